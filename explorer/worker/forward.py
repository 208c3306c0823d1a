"""Which statement made which node."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from explorer.source import Source, source_of
from explorer.worker.observe import Observer
from explorer.worker.places import Place
from explorer.worker.recorder import Recorder


class Origin(NamedTuple):
    """Where in the program something was made."""

    line: int | None = None
    visit: int | None = None
    columns: tuple[int, int] | None = None


NOWHERE = Origin()


@dataclass(frozen=True)
class Whence:
    """The origins of the nodes of a graph, by node; a line or visit of 0 is not known."""

    lines: list[int]
    visits: list[int]
    columns: dict[int, tuple[int, int]]

    def __getitem__(self, node: int) -> Origin:
        line, visit = self.lines[node] or None, self.visits[node] or None
        return Origin(line, visit, self.columns.get(node))

    def put(self, node: int, origin: Origin) -> None:
        """Says where a node comes from."""
        self.lines[node], self.visits[node] = origin.line or 0, origin.visit or 0
        if origin.columns is not None:
            self.columns[node] = origin.columns


class Origins:
    """Answers where nodes come from, by their numbers."""

    def __init__(
        self, source: str, functions: dict[int, int], recorder: Recorder, observer: Observer
    ) -> None:
        self._source = source
        self._lines = source.splitlines()
        self._functions = functions
        self._recorder = recorder
        self._observer = observer
        self._starts: dict[int, str | None] = {}

    def of(self, number: int, forward: int | None = None) -> Origin:
        """Origin of a node; `forward` is the first line of its own Function's forward.

        Such a node gets its number before the steps of that forward, which did not make it.
        """
        call = self._observer.find(number)
        if call is not None and call.place is not None and forward is None:
            origin = self.at(call.place)
            position = call.position
            if position is not None and position.columns and position.line == origin.line:
                return origin._replace(columns=self._characters(position.line, position.columns))
            return origin
        marks = self._recorder.marks
        for mark in range(marks.after(number), len(marks)):
            origin = self.at(marks.place(mark))
            if forward is None or not self._inside(origin, forward):
                return origin
        return NOWHERE

    def of_all(self, numbers: Sequence[int], forwards: Mapping[int, int]) -> Whence:
        """Origins of many nodes, by their place in `numbers`; `forwards` has the first lines of
        their own Functions' forward."""
        statements, visits = self._recorder.marks.places(numbers)
        # The last line is that of `NO_STATEMENT`, which is -1.
        lines = np.array([*(one.span.line for one in self._recorder.statements), 0])
        found = Whence(lines[statements].tolist(), visits.tolist(), {})
        seen = self._observer.end
        for node, number in enumerate(numbers):
            if number < seen or node in forwards:
                found.put(node, self.of(number, forwards.get(node)))
        return found

    def at(self, place: Place | None) -> Origin:
        """Line and visit of a place."""
        if place is None:
            return NOWHERE
        return Origin(self._recorder.statements[place.statement].span.line, place.visit)

    def text(self, place: Place | None) -> str:
        """First line of the statement, as it stands in the program."""
        line = self.at(place).line
        return self._lines[line - 1].strip() if line is not None else ""

    def start(self, place: Place | None) -> str | None:
        """The variable that the statement of a pass starts it from, as it stands there: in a
        function, what is a `loss` here may have been made as `x`."""
        if place is None:
            return None
        number = place.statement
        if number not in self._starts:
            span = self._recorder.statements[number].span
            found = _start(self._parsed.statement_from(span.line, span.column))
            self._starts[number] = None if found in self._imported else found
        return self._starts[number]

    @cached_property
    def _parsed(self) -> Source:
        return source_of(self._source)

    @cached_property
    def _imported(self) -> set[str]:
        """Names of modules, as in `autograd.backward(x)`."""
        imports = (
            node
            for node in ast.walk(self._parsed.tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
        )
        return {alias.asname or alias.name for node in imports for alias in node.names}

    def _inside(self, origin: Origin, forward: int) -> bool:
        return forward <= (origin.line or 0) <= self._functions.get(forward, forward)

    def _characters(self, line: int, columns: tuple[int, int]) -> tuple[int, int]:
        """Columns in characters, from columns in bytes."""
        text = self._lines[line - 1] if line <= len(self._lines) else ""
        if text.isascii():
            return columns
        coded = text.encode()
        start, end = (len(coded[:column].decode(errors="ignore")) for column in columns)
        return start, end


def _start(statement: ast.stmt | None) -> str | None:
    """The one variable that `x.backward()` or `grad(x, ...)` of a simple statement starts from."""
    if not isinstance(statement, ast.Expr | ast.Assign):
        return None
    found = [name for node in ast.walk(statement) if (name := _started(node)) is not None]
    return found[0] if len(found) == 1 else None


def _started(node: ast.AST) -> str | None:
    match node:
        case (
            ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="backward"))
            | ast.Call(func=ast.Attribute(attr="grad"), args=[ast.Name(id=name), *_])
            | ast.Call(func=ast.Name(id="grad"), args=[ast.Name(id=name), *_])
        ):
            return name
    return None
