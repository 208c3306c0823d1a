"""What the gate refuses, left out of a program that does not need it for its gradients.

A notebook plots, shows a bar of progress, chooses threads. None of that has a part in the graph, so
its lines become comments, all at once. What other lines compute with, such as data from a file,
only the writer of the program can replace: then there is no change.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise

from msgspec.structs import replace

from explorer import gate
from explorer.records import Failure, Fix
from explorer.source import Edit, Source

SHOWING = frozenset(
    {
        *("matplotlib", "seaborn", "plotly", "IPython", "torchviz", "graphviz", "torchview"),
        *("torchsummary", "torchinfo", "logging", "torch.utils.benchmark"),
    }
)
"""Modules that make something for people to look at: what is made with them is left out too."""
ASIDE = SHOWING | {"os", "sys", "google", "tqdm", "shutil", "signal", "subprocess", "threading"}
"""Modules of which a statement by itself, such as `os.makedirs(...)`, is left out."""
LOOPED = ("tqdm", "trange")
"""Bars of progress: a loop goes through what they are given."""
LONGEST = 20_000
"""Characters of a program that is looked into."""


def with_fix(failure: Failure, source: str) -> Failure:
    """The gate's refusal, with a change after which the gate lets the program pass."""
    if failure.kind != "refused" or len(source) > LONGEST:
        return failure
    try:
        text = Source(source)
        fix = _Leaving(text).fix()
    except (SyntaxError, ValueError, RecursionError):
        return failure
    if fix is None or gate.refusal(text.applied(fix)) is not None:
        return failure
    return replace(failure, fix=fix)


class _Leaving:
    """One program, and what of it goes."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._edits: list[Edit] = []
        self._gone: set[ast.stmt] = set()
        self._rid: set[ast.AST] = set()
        """Parts that an edit replaces."""
        self._names: dict[str, str] = {}
        """Name that is bound to something refused -> the module that it came from."""

    def fix(self) -> Fix | None:
        """The change; None where what stays computes with what goes."""
        nodes = list(ast.walk(self._source.tree))
        closed = {(found.line, found.name) for found in gate.findings(self._source.tree)}
        for node in nodes:
            if isinstance(node, ast.Import | ast.ImportFrom):
                self._import(node)
        for node in nodes:
            if isinstance(node, ast.Call):
                self._call(node, closed)
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                self._decorators(node, closed)
        while any(self._goes(one) for one in nodes if isinstance(one, ast.Expr | ast.Assign)):
            pass
        gone = {inner for statement in self._gone for inner in ast.walk(statement)}
        if any(self._module(node) for node in nodes if node not in gone):
            return None
        kept = [edit for edit in self._edits if not self._inside(edit)]
        return self._source.edited(*kept, *self._comments()) if self._alone() else None

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        """Of several modules in one line, those that are there stay."""
        base = f"{node.module or '.'}." if isinstance(node, ast.ImportFrom) else ""
        stay = [alias for alias in node.names if not _refused(base + alias.name)]
        for alias in node.names:
            bound = alias.asname or alias.name.split(".")[0]
            if alias not in stay and bound not in gate.MODULES:
                self._names[bound] = _home(base + alias.name)
        if not stay:
            self._gone.add(node)
        elif len(stay) < len(node.names) and isinstance(node, ast.Import):
            self._edits.append(self._source.replacing(node, ast.unparse(ast.Import(stay))))

    def _call(self, node: ast.Call, closed: set[tuple[int, str]]) -> None:
        """A bar around a loop, a compiler around a model, and calls that stand by themselves."""
        name = ast.unparse(node.func)
        last = name.rsplit(".", 1)[-1]
        statement = self._source.statement_of(node)
        if last in LOOPED and node.args and self._names.get(name.split(".")[0]) == "tqdm":
            code = self._source.code(node.args[0])
            self._instead(node, f"range({code})" if last == "trange" else code, node.args[0])
        elif (node.lineno, name) in closed and name in gate.COMPILERS and node.args:
            self._instead(node, self._source.code(node.args[0]), node.args[0])
        elif (node.lineno, name) in closed and isinstance(statement, ast.Expr):
            self._gone.add(statement)
        for keyword in node.keywords:
            if keyword.arg == "num_workers" and (keyword.value.lineno, keyword.arg) in closed:
                self._instead(keyword.value, "0")

    def _decorators(
        self, node: ast.FunctionDef | ast.ClassDef, closed: set[tuple[int, str]]
    ) -> None:
        """A compiler above a function, if it takes one line."""
        for one in node.decorator_list:
            name = ast.unparse(one.func if isinstance(one, ast.Call) else one)
            if (one.lineno, name) in closed and one.lineno == one.end_lineno:
                at = self._source.text.rindex("@", 0, self._source.ends(one)[0])
                self._edits.append(Edit(at, at, "# "))

    def _instead(self, node: ast.expr, text: str, stays: ast.expr | None = None) -> None:
        self._edits.append(self._source.replacing(node, text))
        self._rid |= {*ast.walk(node)} - ({*ast.walk(stays)} if stays is not None else set())

    def _goes(self, statement: ast.Expr | ast.Assign) -> bool:
        """Whether a statement goes, and did not before."""
        used = {module for node in ast.walk(statement) if (module := self._module(node))}
        if not used or statement in self._gone:
            return False
        if isinstance(statement, ast.Assign):
            bound = [name for target in statement.targets for name in _bound(target)]
            if bound and not used <= SHOWING:
                return False
            self._names |= dict.fromkeys(bound, "matplotlib")
        elif not used <= ASIDE:
            return False
        self._gone.add(statement)
        return True

    def _module(self, node: ast.AST) -> str | None:
        """What a name in the program leads to, if that is refused."""
        if not isinstance(node, ast.Name) or node in self._rid:
            return None
        return self._names.get(node.id)

    def _inside(self, edit: Edit) -> bool:
        """Whether it lies in something that goes, or in what another edit replaces."""
        around = [self._source.ends(one) for one in self._gone]
        around += [(one.start, one.end) for one in self._edits if one != edit]
        return any(start <= edit.start and edit.end <= end for start, end in around)

    def _alone(self) -> bool:
        """Whether no statement that stays stands behind one that goes, in the same line."""
        return not any(
            one in self._gone and other not in self._gone and one.end_lineno == other.lineno
            for block in _blocks(self._source.tree)
            for one, other in pairwise(block)
        )

    def _comments(self) -> Iterator[Edit]:
        """A block of which nothing stays gets a `pass`."""
        for block in _blocks(self._source.tree):
            for statement in [one for one in block if one in self._gone]:
                start, end = self._source.ends(statement)
                code = self._source.text[start:end].replace("\n", "\n# ")
                last = statement is block[-1] and all(one in self._gone for one in block)
                yield Edit(start, end, f"pass  # {code}" if last else f"# {code}")


def _refused(module: str) -> bool:
    return any(True for _ in gate.findings(ast.parse(f"import {module}")))


def _home(path: str) -> str:
    """The module that something comes from: the outermost, or one of those that show."""
    shown = (one for one in SHOWING if f"{path}.".startswith(f"{one}."))
    return next(shown, path.split(".")[0])


def _bound(target: ast.expr) -> list[str]:
    return [
        one.id
        for one in ast.walk(target)
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
    ]


def _blocks(tree: ast.AST) -> Iterator[list[ast.stmt]]:
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list) and block:
                yield block
