"""A program twice: with its gradients emptied before each backward, and without."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from explorer.records import Record


class Twin(Record, frozen=True):
    """Two programs that differ in nothing else; each has as many lines as the other."""

    emptied: str
    kept: str


class _Edit(Record, frozen=True):
    start: int
    """Byte of the text, UTF-8."""
    end: int
    text: str


def twin(source: str) -> Twin | None:
    """Both programs; None where nothing tells how to empty gradients, or the text is no Python."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    starts = _line_starts(source)
    cleared = [_replaced(node, starts, "pass") for node in ast.walk(tree) if _empties(node)]
    if cleared:
        return Twin(source, _edited(source, cleared))
    optimizer = next(_optimizers(tree), None)
    if optimizer is None:
        return None
    added = [
        _before(node, starts, f"{optimizer}.zero_grad(); ")
        for node in ast.walk(tree)
        if _calls(node, "backward")
    ]
    return Twin(_edited(source, added), source) if added else None


def _empties(node: ast.AST) -> bool:
    """`optimizer.zero_grad()`, `w.grad = None`, `w.grad.zero_()`."""
    if _calls(node, "zero_grad"):
        return True
    match node:
        case ast.Assign(targets=targets, value=ast.Constant(value=None)):
            return all(_is_grad(target) for target in targets)
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=owner, attr="zero_"))):
            return _is_grad(owner)
    return False


def _is_grad(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "grad"


def _calls(node: ast.AST, method: str) -> bool:
    """Whether the statement is a call of that method and nothing else."""
    match node:
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr=attr))):
            return attr == method
    return False


def _optimizers(tree: ast.AST) -> Iterator[str]:
    """Names that an optimizer of `torch.optim` is bound to."""
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=called)):
                if "optim." in ast.unparse(called):
                    yield name


def _line_starts(source: str) -> list[int]:
    starts = [0]
    for line in source.encode().split(b"\n"):
        starts.append(starts[-1] + len(line) + 1)
    return starts


def _replaced(node: ast.AST, starts: list[int], text: str) -> _Edit:
    """The statement becomes `text`, on as many lines as it had."""
    assert isinstance(node, ast.stmt)
    end_line = node.end_lineno or node.lineno
    end = starts[end_line - 1] + (node.end_col_offset or 0)
    begin = starts[node.lineno - 1] + node.col_offset
    return _Edit(begin, end, text + "\n" * (end_line - node.lineno))


def _before(node: ast.AST, starts: list[int], text: str) -> _Edit:
    assert isinstance(node, ast.stmt)
    start = starts[node.lineno - 1] + node.col_offset
    return _Edit(start, start, text)


def _edited(source: str, edits: list[_Edit]) -> str:
    text = source.encode()
    for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
        text = text[: edit.start] + edit.text.encode() + text[edit.end :]
    return text.decode()
