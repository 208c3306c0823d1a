"""The forward replay: in which order the boxes of a pass came to be, statement by statement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import torch

from explorer.records import Frame
from explorer.worker.boxes import Boxes
from explorer.worker.forward import NOWHERE, Origin
from explorer.worker.taken import Taken
from explorer.worker.walk import Graph
from explorer.worker.witnesses import Witnesses

JUST_BEFORE, JUST_AFTER = -0.5, 0.5
"""Of the number of a node, where a tensor comes to be that it uses or gives."""

LAST = 1 << 62
"""After everything that was bound at the same time."""


class Made(NamedTuple):
    """A box and the moment in which it came to be: the number of a node, or just beside one."""

    time: float
    node: str
    origin: Origin
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
        """Node -> the oldest node that sends it a gradient."""
        oldest = self._first_use
        for tail, head in zip(graph.tails, graph.heads, strict=True):
            if head not in oldest or self._numbers[tail] < self._numbers[oldest[head]]:
                oldest[head] = tail

    def frames(self) -> tuple[Frame, ...]:
        """Boxes in order, those of one visit of one line together."""
        groups: dict[tuple[int | None, int | None], list[str]] = {}
        for one in sorted(self._made(), key=lambda one: (one.time, one.order)):
            groups.setdefault((one.origin.line, one.origin.visit), []).append(one.node)
        return tuple(Frame(line, visit, tuple(nodes)) for (line, visit), nodes in groups.items())

    def _made(self) -> Iterator[Made]:
        boxes = self._boxes
        for number, node in boxes.by_number.items():
            yield Made(number, f"n{node}", boxes.origins[node])
        for node, leaf in self._taken.leaves.items():
            made = self._tensor(boxes.leaves[node], leaf, self._first_use.get(node))
            yield made
            yield made._replace(node=f"n{node}")
        yield from self._inputs()
        for root, box in zip(self._taken.roots, boxes.outputs, strict=True):
            time = JUST_AFTER + (root.number if root.leaf is None else 0)
            yield Made(time, box, boxes.origin_of_root(root))

    def _inputs(self) -> Iterable[Made]:
        """Each input at its first use or before."""
        owner = self._witnesses.snapshots.owner
        found: dict[str, Made] = {}
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
            return Made(binding.time + JUST_BEFORE, box, origin, binding.order)
        origin = self._boxes.origins[user] if user is not None else NOWHERE
        return Made(used + JUST_BEFORE, box, origin, LAST)
