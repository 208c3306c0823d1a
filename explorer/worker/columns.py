"""A large pass as columns: takes records one at a time, so that never all of them are there."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from itertools import islice
from operator import attrgetter
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from explorer.columns import (
    CUTS,
    EDGES,
    KINDS,
    MEASURED,
    NONE,
    PARTS,
    RULES,
    WIDTHS,
    Integers,
)
from explorer.records import (
    Columns,
    EdgeColumns,
    EdgeKind,
    Frame,
    FrameColumns,
    Hooked,
    HookedStep,
    Node,
    NodeColumns,
    StepColumns,
    TensorColumns,
    TensorView,
)

MOST_IN_FULL = 3 << 20
"""Bytes of JSON, about, of the tensors that are kept with their numbers."""

_BARE, _NUMBER = 200, 12
"""Bytes of JSON of a tensor without its numbers, and of one number."""

_ENDS, _GRADIENTS, _RESULTS = range(3)
"""Whose numbers are kept first: those of leaves and of other boxes that no operation made, those of
gradients, those of forward results."""

AT_A_TIME = 4096

Row = tuple[int, ...]
Whole = NDArray[np.int64]

Ticket = int | None

EdgeRow = tuple[int, int, int, int, EdgeKind, Ticket]
"""Nodes at its tail and its head, slot, output, kind, ticket of its gradient."""

StepRow = tuple[int, tuple[Ticket, ...], Ticket, Ticket, tuple[Hooked, ...]]
"""The node, tickets of what it received and of a leaf's `.grad` before and after, hooks."""

_EDGES = {kind: place for place, kind in enumerate(EDGES)}
_CUTS = {kind: place for place, kind in enumerate(CUTS)}
_MEASURED = attrgetter(*MEASURED)
_NO_COLUMNS = (NONE, NONE)

Item = TypeVar("Item", bound=Hashable)


class Writer:
    """Takes the parts of one pass. Ids must count from 0: "n0", "n1", ...; "e0", "e1", ..."""

    def __init__(
        self,
        view: Callable[[int], TensorView | None],
        nodes: Iterable[Node],
        edges: Iterable[EdgeRow],
        steps: Iterable[StepRow],
        frames: Callable[[], Iterable[Frame]],
    ) -> None:
        """They are read in this order; what comes of them is all that stays. `view` gives the
        tensor under a ticket."""
        self._view = view
        self._tensors = Tensors()
        self._gradients: dict[Ticket, int] = {None: NONE}
        """Tickets of gradients -> their places."""
        self._words = Places([""])
        self._shapes: Places[tuple[int, ...]] = Places([])
        self._said: dict[tuple[str, ...], tuple[int, ...]] = {}
        """Kind and words of a node -> their places: most nodes say what another one said."""

        self._described: dict[tuple[tuple[int, ...], str, bool], Row] = {}
        """Likewise of tensors."""
        self._received = array("i")
        self._made = array("i")
        self._hooked: list[HookedStep] = []
        self._steps = 0
        self._rows = {
            "nodes": _turned("nodes", map(self._node, nodes)),
            "edges": _turned("edges", map(self._edge, edges)),
            "steps": _turned("steps", map(self._step, steps)),
            "frames": _turned("frames", map(self._frame, frames())),
        }

    def columns(self) -> Columns:
        """The columns of all that."""
        whole, rest = self._tensors.parted()
        moved = np.full(len(whole) + len(rest) + 1, NONE)
        moved[[*whole, *rest]] = np.arange(len(moved) - 1)
        self._rows["statistics"] = _turned("statistics", map(self._statistics, rest.values()))
        packed_ = {group: _packed(group, rows, moved) for group, rows in self._rows.items()}
        received = packed(moved[self._received], NONE)
        return Columns(
            words=tuple(self._words.all),
            shapes=tuple(self._shapes.all),
            tensors=tuple(whole.values()),
            statistics=TensorColumns(**packed_["statistics"], **_measured(rest.values())),
            nodes=NodeColumns(**packed_["nodes"]),
            edges=EdgeColumns(**packed_["edges"]),
            steps=StepColumns(**packed_["steps"], received=received, hooked=tuple(self._hooked)),
            frames=FrameColumns(**packed_["frames"], nodes=packed(self._made)),
        )

    def _node(self, node: Node) -> Row:
        said = (node.kind, node.label, node.op or "", node.name or "", node.scope or "")
        places = self._said.get(said)
        if places is None:
            places = (KINDS.index(node.kind), *map(self._words.of, said[1:]))
            self._said[said] = places
        value, shape = node.value, node.shape
        return (
            *places,
            NONE if node.call is None else node.call,
            node.line or 0,
            node.visit or 0,
            *(node.columns or _NO_COLUMNS),
            NONE if shape is None else self._shapes.of(shape),
            NONE
            if value is None
            else self._tensors.place(value, _RESULTS if node.kind == "op" else _ENDS),
            NONE if node.view_of is None else number_of(node.view_of),
            NONE if node.made_in is None else node.made_in,
            NONE if node.made_by is None else number_of(node.made_by),
            _CUTS[node.cut],
            int(node.retained),
        )

    def _edge(self, edge: EdgeRow) -> Row:
        tail, head, slot, output, kind, gradient = edge
        return tail, head, slot, output, _EDGES[kind], self._gradient(gradient)

    def _step(self, step: StepRow) -> Row:
        node, received, before, total, hooks = step
        self._received.extend(map(self._gradient, received))
        if hooks:
            self._hooked.append(HookedStep(self._steps, hooks))
        self._steps += 1
        return node, len(received), self._grad(before), self._grad(total)

    def _gradient(self, ticket: Ticket) -> int:
        place = self._gradients.get(ticket)
        if place is None:
            place = self._gradients[ticket] = self._placed(ticket, _GRADIENTS)
        return place

    def _grad(self, ticket: Ticket) -> int:
        return NONE if ticket is None else self._placed(ticket, _ENDS)

    def _placed(self, ticket: Ticket, rank: int) -> int:
        view = None if ticket is None else self._view(ticket)
        return NONE if view is None else self._tensors.place(view, rank)

    def _frame(self, frame: Frame) -> Row:
        self._made.extend([int(node[1:]) for node in frame.nodes])
        return frame.line or 0, frame.visit or 0, len(frame.nodes)

    def _statistics(self, view: TensorView) -> Row:
        said = (view.shape, view.dtype, view.requires_grad)
        of = self._described.get(said)
        if of is None:
            shape, dtype = self._shapes.of(view.shape), self._words.of(view.dtype)
            of = self._described[said] = (shape, dtype, int(view.requires_grad))
        return (*of, view.zeros, view.nonfinite)


def _turned(group: str, rows: Iterator[Row]) -> dict[str, Integers]:
    """Rows as columns; some at a time, because a row takes ten times the memory of its numbers."""
    names = [name for name in RULES[group] if (group, name) not in PARTS]
    columns = {name: array("i") for name in names}
    while some := [*islice(rows, AT_A_TIME)]:
        for column, numbers in zip(columns.values(), zip(*some, strict=True), strict=True):
            column.extend(numbers)
    return columns


def _measured(views: Iterable[TensorView]) -> dict[str, Any]:
    """The columns of measurements; words become what they stand for."""
    columns = zip(*map(_MEASURED, views), strict=True)
    written = (np.array(column).astype("<f8").tobytes() for column in columns)
    return dict(zip(MEASURED, written, strict=False))


def _packed(group: str, columns: dict[str, Integers], moved: Whole) -> dict[str, Any]:
    """A group's columns; tensors by the place that they have in the end."""
    found: dict[str, Any] = {"count": len(next(iter(columns.values())))}
    for name, column in columns.items():
        usual, what = RULES[group][name]
        found[name] = packed(moved[column] if what == "tensors" else column, usual)
    return found


def packed(numbers: Sequence[int] | Whole, usual: int = 0) -> bytes:
    """A column of integers, as narrow as they are."""
    rows = np.asarray(numbers, dtype=np.int64)
    low, high = (int(rows.min()), int(rows.max())) if len(rows) else (usual, usual)
    if low == high == usual:
        return b""
    width = next(width for width in WIDTHS if max(high, -low - 1) < 1 << 8 * width - 1)
    return rows.astype(f"<i{width}").tobytes()


def number_of(box: str) -> int:
    """The number in the id of a node."""
    return int(box[1:])


class Tensors:
    """The tensors of a pass, each once, and which of them are kept with their numbers."""

    def __init__(self) -> None:
        self.seen: list[TensorView] = []
        self._ranks: list[int] = []
        self._places: dict[int, int] = {}

    def place(self, view: TensorView, rank: int) -> int:
        """Its place in `seen`; the lower the rank, the sooner its numbers are kept."""
        place = self._places.get(id(view))
        if place is None:
            place = self._places[id(view)] = len(self.seen)
            self.seen.append(view)
            self._ranks.append(rank)
        elif rank < self._ranks[place]:
            self._ranks[place] = rank
        return place

    def parted(self) -> tuple[dict[int, TensorView], dict[int, TensorView]]:
        """Those in full, and those of which statistics say enough, by place."""
        whole: dict[int, TensorView] = {}
        rest: dict[int, TensorView] = {}
        for at, view in enumerate(self.seen):
            regular = None not in _MEASURED(view) and view.imag is None and not view.truncated
            (rest if regular else whole)[at] = view
        larger = [at for at, view in rest.items() if len(view.values) > 1]
        room = MOST_IN_FULL
        for at in sorted(larger, key=self._ranks.__getitem__):
            view = rest[at]
            room -= _BARE + _NUMBER * (len(view.values) + sum(map(len, view.heat or ())))
            if room < 0:
                break
            whole[at] = rest.pop(at)
        return whole, rest


class Places(Generic[Item]):
    """Things, each once."""

    def __init__(self, all_: list[Item]) -> None:
        self.all = all_
        self._places = {one: place for place, one in enumerate(all_)}

    def of(self, one: Item) -> int:
        """The thing's place."""
        place = self._places.get(one)
        if place is None:
            place = self._places[one] = len(self.all)
            self.all.append(one)
        return place
