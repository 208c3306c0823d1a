"""The forward replay: in which order the boxes of a pass came to be, statement by statement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import torch

from explorer.records import Frame
from explorer.worker.boxes import Boxes
from explorer.worker.columns import FrameTable, number_of
from explorer.worker.forward import NOWHERE, Origin
from explorer.worker.packing import Whole
from explorer.worker.taken import Taken
from explorer.worker.walk import NO_NUMBER, Graph
from explorer.worker.witnesses import Witnesses

STEP, JUST_BEFORE, JUST_AFTER = 2, -1, 1
"""Time between one node's number and the next, and when a tensor comes to be that it uses or
gives."""

LAST = 1 << 62
"""After everything that was bound at the same time."""

_VISITS = 1 << 32
"""More than a statement can have."""


class Made(NamedTuple):
    """A box and the moment in which it came to be: that of a node, or just beside it."""

    time: int
    node: int
    line: int
    """0: not known; like `visit`."""
    visit: int
    order: int = 0
    """Among boxes of the same time."""


class Growth:
    """The moments of one pass."""

    def __init__(self, witnesses: Witnesses, taken: Taken, graph: Graph, boxes: Boxes) -> None:
        self._witnesses = witnesses
        self._taken = taken
        self._numbers = graph.numbers
        self._boxes = boxes
        self._first_use: dict[int, int] = {}
        """Leaf's node -> the oldest node that sends it a gradient."""
        oldest = self._first_use
        for tail, head in zip(graph.tails, graph.heads, strict=True):
            if self._numbers[head] != NO_NUMBER:
                continue
            if head not in oldest or self._numbers[tail] < self._numbers[oldest[head]]:
                oldest[head] = tail

    def frames(self) -> tuple[Frame, ...]:
        """Boxes in order, those that one visit of one line made one after the other together: a
        statement that calls a function goes on behind the lines of that."""
        lines, visits, sizes, nodes = self.table()
        boxes = iter([f"n{node}" for node in nodes])
        return tuple(
            Frame(line or None, visit or None, tuple(next(boxes) for _ in range(size)))
            for line, visit, size in zip(lines, visits, sizes, strict=True)
        )

    def table(self) -> FrameTable:
        """The same as columns."""
        rows = np.concatenate((self._ops(), np.array([*self._tensors()], dtype=np.int64)))
        _, nodes, lines, visits, _ = rows[np.lexsort((rows[:, 4], rows[:, 0]))].T
        key = lines * _VISITS + visits
        starts = np.flatnonzero(np.concatenate(([True], key[1:] != key[:-1])))
        sizes = np.diff([*starts, len(rows)])
        columns = (lines[starts], visits[starts], sizes, nodes)
        return FrameTable(*(column.tolist() for column in columns))

    def _ops(self) -> Whole:
        """Rows like `Made`, of all operations."""
        numbers = np.array(self._numbers, dtype=np.uint64)
        (nodes,) = np.nonzero(numbers != NO_NUMBER)
        origins = self._boxes.origins
        times = STEP * numbers[nodes].astype(np.int64)
        lines, visits = np.array(origins.lines)[nodes], np.array(origins.visits)[nodes]
        return np.stack((times, nodes, lines, visits, np.zeros_like(nodes)), 1)

    def _tensors(self) -> Iterator[Made]:
        for node, leaf in self._taken.leaves.items():
            made = self._tensor(self._boxes.leaves[node], leaf, self._first_use.get(node))
            yield made
            yield made._replace(node=node)
        yield from self._inputs()
        for root, box in zip(self._taken.roots, self._boxes.outputs, strict=True):
            time = JUST_AFTER + (STEP * root.number if root.leaf is None else 0)
            yield _at(time, box, self._boxes.origin_of_root(root))

    def _inputs(self) -> Iterable[Made]:
        """Each input at its first use or before."""
        owner = self._witnesses.snapshots.owner
        found: dict[int, Made] = {}
        for node, _, operand in self._boxes.entrances:
            made = self._tensor(self._boxes.inputs[operand.ticket], owner(operand.ticket), node)
            known = found.get(made.node)
            if known is None or made.time < known.time:
                found[made.node] = made
        return found.values()

    def _tensor(self, box: str, tensor: torch.Tensor | None, user: int | None) -> Made:
        """A tensor without history: bound by a statement before its first use, or in it."""
        used = self._numbers[user] if user is not None else 0
        binding = self._witnesses.own_binding(tensor) if tensor is not None else None
        if binding is not None and (user is None or binding.time <= used):
            origin = self._witnesses.origins.at(binding.place)
            return _at(STEP * binding.time + JUST_BEFORE, box, origin, binding.order)
        origin = self._boxes.origins[user] if user is not None else NOWHERE
        return _at(STEP * used + JUST_BEFORE, box, origin, LAST)


def _at(time: int, box: str, origin: Origin, order: int = 0) -> Made:
    return Made(time, number_of(box), origin.line or 0, origin.visit or 0, order)
