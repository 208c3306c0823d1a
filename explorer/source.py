"""The text of a program as explanations read it: what stands where, and how a change would look."""

from __future__ import annotations

import ast
import re
import textwrap
from bisect import bisect_right
from functools import lru_cache
from typing import NamedTuple, TypeVar

from explorer.records import Fix
from explorer.unwarned import parsed, unwarned

_Node = TypeVar("_Node", bound=ast.AST)

ATOMS = (ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.Constant, ast.List, ast.Tuple)
"""Expressions that something can be written behind without brackets."""

END = re.compile(r"\r(?!\n)|\n")
"""Of a line, as Python counts them. It is one character, whatever stands before it."""

HEADED = (ast.For, ast.AsyncFor, ast.While, ast.If, ast.With, ast.AsyncWith, ast.FunctionDef)


class Edit(NamedTuple):
    """Text from `start` to `end` (offsets in the program) becomes `text`."""

    start: int
    end: int
    text: str


class Source:
    """A program that Python could read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tree = parsed(text)
        self._lines = END.split(text)
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line) + 1)
        self._parents = {
            inner: outer for outer in ast.walk(self.tree) for inner in ast.iter_child_nodes(outer)
        }

    def at(self, span: tuple[int, int, int, int]) -> ast.expr | ast.stmt | None:
        """The innermost node of exactly this span: line, end line, column, end column in bytes."""
        found = None
        for node in ast.walk(self.tree):
            if isinstance(node, ast.expr | ast.stmt) and _span(node) == span:
                found = node
        return found

    def statement_of(self, node: ast.AST) -> ast.stmt | None:
        """The statement around a node, or the node itself."""
        while not isinstance(node, ast.stmt):
            if node not in self._parents:
                return None
            node = self._parents[node]
        return node

    def statement_from(self, line: int, column: int) -> ast.stmt | None:
        """The innermost statement that begins there; the column is in bytes."""
        found = None
        for node in ast.walk(self.tree):
            if isinstance(node, ast.stmt) and (node.lineno, node.col_offset) == (line, column):
                found = node
        return found

    def around(self, node: ast.AST, kind: type[_Node]) -> _Node | None:
        """The nearest node of a kind around another."""
        outer = self._parents.get(node)
        while outer is not None and not isinstance(outer, kind):
            outer = self._parents.get(outer)
        return outer

    def block(self, node: ast.stmt) -> list[ast.stmt]:
        """The statements among which one stands, itself included."""
        outer = self._parents[node]
        for name in ("body", "orelse", "finalbody"):
            block = getattr(outer, name, None)
            if isinstance(block, list) and node in block:
                return block
        return [node]

    def before(self, statement: ast.stmt) -> list[ast.stmt]:
        """The statements of its block that stand before it."""
        block = self.block(statement)
        return block[: block.index(statement)]

    def code(self, node: ast.AST) -> str:
        """The node as it stands there."""
        return self.text[slice(*self.ends(node))] if isinstance(node, ast.expr | ast.stmt) else ""

    def ends(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """Offsets of its first character and behind its last."""
        end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or 0
        return self._offset(node.lineno, node.col_offset), self._offset(end_line, end_column)

    # Changes. Each is a Fix, or None where it could not be written into this text.

    def edited(self, *edits: Edit) -> Fix | None:
        """The whole lines that the edits touch, as they become."""
        if not edits:
            return None
        ordered = sorted(edits)
        first = self._line_of(ordered[0].start)
        last = max(self._line_of(max(edit.start, edit.end - 1)) for edit in ordered)
        begin, end = self._starts[first - 1], self._starts[last] - 1
        code, place = "", begin
        for edit in ordered:
            code += self.text[place : edit.start] + edit.text
            place = edit.end
        return self._checked(Fix(code + self.text[place:end], first, last))

    def replacing(self, node: ast.expr | ast.stmt, text: str) -> Edit:
        """Puts other text in the place of a node."""
        return Edit(*self.ends(node), text)

    def ahead(self, node: ast.arg | ast.expr, text: str) -> Edit:
        """Writes something before a node."""
        start = self._offset(node.lineno, node.col_offset)
        return Edit(start, start, text)

    def behind(self, node: ast.expr, text: str) -> Edit:
        """Writes something behind an expression, such as ".float()"."""
        start, end = self.ends(node)
        if isinstance(node, ATOMS):
            return Edit(end, end, text)
        if self._has_brackets(start, end):
            return Edit(end + 1, end + 1, text)
        return Edit(start, end, f"({self.text[start:end]}){text}")

    def tail(self, owner: ast.expr, call: ast.Call) -> Edit:
        """Leaves away what is called on an expression: `x.cuda()` becomes `x`."""
        start, end = self.ends(owner)[1], self.ends(call)[1]
        start += self.text[start:end].index(".")
        return Edit(start, end, "")

    def argument(self, call: ast.Call, text: str) -> Edit:
        """Gives a call one more argument, the last."""
        end = self.ends(call)[1] - 1
        given = bool(call.args or call.keywords) and not self.text[:end].rstrip().endswith(",")
        return Edit(end, end, f", {text}" if given else text)

    def renamed(self, keyword: ast.keyword, name: str) -> Fix | None:
        """An argument of a call under another name."""
        start = self._offset(keyword.lineno, keyword.col_offset)
        return self.edited(Edit(start, start + len(keyword.arg or ""), name))

    def redefined(self, function: ast.FunctionDef, name: str) -> Fix | None:
        """The head of a function under another name."""
        start = self.text.index(function.name, self.ends(function)[0] + len("def"))
        return self.edited(Edit(start, start + len(function.name), name))

    def inserted(self, statement: ast.stmt, code: str) -> Fix | None:
        """A statement right before another one."""
        start, _ = self.ends(statement)
        indent = self._indent(statement)
        if indent is None:
            return self.edited(Edit(start, start, f"{code}; "))
        first, last = statement.lineno, self._line_of(self._head_end(statement) - 1)
        code = f"{indent}{code}\n" + "\n".join(self._lines[first - 1 : last])
        return self._checked(Fix(code, first, last))

    def under(self, header: str, statement: ast.stmt) -> Fix | None:
        """A statement moved into a block of its own."""
        indent = self._indent(statement)
        if indent is None or isinstance(statement, HEADED):
            return None
        first, last = statement.lineno, statement.end_lineno or statement.lineno
        body = "\n".join("    " + line for line in self._lines[first - 1 : last])
        return self._checked(Fix(f"{indent}{header}\n{body}", first, last))

    def without_header(self, block: ast.With) -> Fix | None:
        """The body of a block, moved to where the block stood."""
        indent = self._indent(block)
        first, last = block.lineno, block.end_lineno or block.lineno
        if indent is None or block.body[0].lineno == block.lineno:
            return None
        inner = "\n".join(self._lines[block.body[0].lineno - 1 : last])
        code = textwrap.indent(textwrap.dedent(inner), indent)
        return self._checked(Fix(code, first, last))

    def undecorated(self, function: ast.FunctionDef, decorator: ast.expr) -> Fix | None:
        """A function without one of its decorators."""
        first, last = decorator.lineno, decorator.end_lineno or decorator.lineno
        kept = self._lines[last : function.lineno]
        return self._checked(Fix("\n".join(kept), first, function.lineno))

    def moved(self, first: ast.stmt, behind: ast.stmt) -> Fix | None:
        """One statement moved behind a later one of the same block, each on lines of its own."""
        if self._indent(first) is None or self._indent(behind) is None:
            return None
        block = self.block(first)
        if behind not in block:
            return None
        start, split = first.lineno, first.end_lineno or first.lineno
        end = behind.end_lineno or behind.lineno
        lines = [*self._lines[split:end], *self._lines[start - 1 : split]]
        return self._checked(Fix("\n".join(lines), start, end))

    def moved_into(self, statement: ast.stmt, loop: ast.For | ast.While) -> Fix | None:
        """A statement moved from above a loop to the first place inside of it."""
        if self._indent(statement) is None or isinstance(statement, HEADED):
            return None
        if statement not in self.block(loop) or loop.body[0].lineno == loop.lineno:
            return None
        indent, inner = self._indent(statement) or "", self._indent(loop.body[0]) or ""
        start, split = statement.lineno, statement.end_lineno or statement.lineno
        head = loop.body[0].lineno - 1
        moved = [inner + line.removeprefix(indent) for line in self._lines[start - 1 : split]]
        return self._checked(Fix("\n".join([*self._lines[split:head], *moved]), start, head))

    def moved_out(self, statement: ast.stmt, loop: ast.For | ast.While) -> Fix | None:
        """A statement of a loop moved behind the loop."""
        indent = self._indent(loop)
        if self._indent(statement) is None or indent is None or statement not in loop.body:
            return None
        if len(loop.body) == 1 or isinstance(statement, HEADED):
            return None
        start, split = statement.lineno, statement.end_lineno or statement.lineno
        end = loop.end_lineno or split
        moved = textwrap.dedent("\n".join(self._lines[start - 1 : split]))
        kept = self._lines[split:end]
        return self._checked(Fix("\n".join([*kept, textwrap.indent(moved, indent)]), start, end))

    def applied(self, fix: Fix) -> str:
        """The program with a change made."""
        return "\n".join([*self._lines[: fix.line - 1], fix.code, *self._lines[fix.until :]])

    def _has_brackets(self, start: int, end: int) -> bool:
        """Whether an expression stands in brackets of its own, not in those of a call."""
        before, opening = self.text[max(0, start - 2) : start - 1], self.text[start - 1 : start]
        call = before.isalnum() or before in ("_", ")", "]")
        return opening == "(" and self.text[end : end + 1] == ")" and not call

    def _indent(self, statement: ast.stmt) -> str | None:
        """What stands before it on its line; None if that is code, or code follows."""
        before = self._lines[statement.lineno - 1][: self._column(statement)]
        end = self.ends(statement)[1]
        rest = self.text[end : self._starts[self._line_of(end)] - 1].strip()
        return None if before.strip() or (rest and not rest.startswith("#")) else before

    def _head_end(self, statement: ast.stmt) -> int:
        """Where a statement ends; of one with a body, where its head does."""
        if isinstance(statement, HEADED) and statement.body[0].lineno > statement.lineno:
            return self._starts[statement.body[0].lineno - 1]
        return self.ends(statement)[1]

    def _column(self, node: ast.stmt) -> int:
        return self.ends(node)[0] - self._starts[node.lineno - 1]

    def _offset(self, line: int, column: int) -> int:
        """The place of a column that is given in UTF-8 bytes."""
        text = self._lines[line - 1]
        if not text.isascii():
            column = len(text.encode()[:column].decode(errors="ignore"))
        return self._starts[line - 1] + column

    def _line_of(self, offset: int) -> int:
        return bisect_right(self._starts, max(0, offset))

    def _checked(self, fix: Fix) -> Fix | None:
        """Only what Python can read, and what changes anything."""
        try:
            changed = self.applied(fix)
            with unwarned():
                compile(changed, "<fix>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            return None
        return fix if changed != self.text else None


@lru_cache(maxsize=1)
def source_of(text: str) -> Source:
    """The same for everybody who asks about one program; raises what `Source` does."""
    return Source(text)


def _span(node: ast.expr | ast.stmt) -> tuple[int, int, int, int]:
    return node.lineno, node.end_lineno or 0, node.col_offset, node.end_col_offset or 0
