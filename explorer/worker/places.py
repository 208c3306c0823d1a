"""Moments of a run: which visit of which statement, and what happened in it."""

from __future__ import annotations

import weakref
from collections.abc import Mapping, Sequence
from types import CodeType
from typing import NamedTuple

import torch

from explorer.records import EventKind
from explorer.worker.grads import Change
from explorer.worker.taps import Statement


class Place(NamedTuple):
    """One visit of one statement."""

    statement: int
    visit: int


class Entry(NamedTuple):
    """A name that a statement bound: to a tensor (`ticket`) or to something else (`text`)."""

    name: str
    ticket: int | None
    grad_fn: str | None
    text: str | None


class Visit(NamedTuple):
    """A finished statement."""

    place: Place
    order: int
    entries: tuple[Entry, ...]
    printed: str

    def with_types(self, types: Mapping[tuple[str, int], str]) -> Visit:
        """With the types of nodes that are known later, by name and ticket."""
        entries = (
            one._replace(grad_fn=types.get((one.name, one.ticket), one.grad_fn))
            if one.ticket is not None
            else one
            for one in self.entries
        )
        return self._replace(entries=tuple(entries))


class Held(NamedTuple):
    """A module, and where it was bound to a variable first."""

    module: torch.nn.Module
    name: str
    place: Place
    order: int


class Binding(NamedTuple):
    """Where a tensor without history first got a name."""

    tensor: weakref.ref[torch.Tensor]
    name: str
    place: Place
    time: int
    """The next node's number then."""
    order: int
    """Among bindings of the same time."""


class Happening(NamedTuple):
    """Something that touched gradients or parameters."""

    kind: EventKind
    place: Place | None
    detail: str
    pass_index: int | None = None
    step: int | None = None
    """Which step of an optimizer it was, counted from 0."""
    grads: Sequence[Change] = ()


class Position(NamedTuple):
    """Where in the program's text an instruction stands."""

    statement: int | None
    line: int
    columns: tuple[int, int] | None
    """UTF-8 bytes; None for expressions over several lines."""


def position_of(statements: list[Statement], code: CodeType, instruction: int) -> Position:
    """The place of an instruction, and the innermost statement around it."""
    places = list(code.co_positions())
    line, end_line, column, end_column = places[instruction // 2]
    line, column = line or 0, column or 0
    around = [number for number, one in enumerate(statements) if one.span.holds(line, column)]
    around.sort(key=lambda number: _size(statements[number]))
    columns = (column, end_column) if end_line == line and end_column is not None else None
    return Position(around[0] if around else None, line, columns)


def _size(statement: Statement) -> tuple[int, int]:
    span = statement.span
    return span.end_line - span.line, span.end_column - span.column
