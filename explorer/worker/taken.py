"""A pass as the engine gave it: lists, numbers, and tickets of snapshots instead of tensors."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import NamedTuple

import torch

from explorer.records import PassKind
from explorer.worker.backward import Watch
from explorer.worker.grads import Change
from explorer.worker.jacobians import Rows
from explorer.worker.places import Place
from explorer.worker.saved import Attributes, freed, parts
from explorer.worker.walk import Graph


@dataclass(frozen=True)
class Root:
    """A tensor that backward started from."""

    number: int
    """Of the node that made it; AccumulateGrad's for a leaf."""
    output: int
    ticket: int
    v: int | None
    leaf: torch.Tensor | None
    base_number: int | None
    """Of the node that made the tensor which it is a view of."""
    base_leaf: torch.Tensor | None


@dataclass
class Taken:
    """One pass. Nodes are numbered as in `graph`; without one only the summary is known."""

    index: int
    how: PassKind
    place: Place | None
    roots: list[Root] = field(default_factory=list)
    start: str | None = None
    """Name of the root, where no statement of the program starts the pass."""
    graph: Graph | None = None
    watch: Watch | None = None
    order: int = 1
    node_count: int = 0
    note: str | None = None
    stopped: bool = False
    """Whether it ended in an error."""
    attributes: dict[int, Attributes] = field(default_factory=dict)
    leaves: dict[int, torch.Tensor] = field(default_factory=dict)
    leaf_tickets: dict[int, int] = field(default_factory=dict)
    shapes: list[tuple[int, ...] | None] = field(default_factory=list)
    grads: list[Change] = field(default_factory=list)
    """What the pass made of the `.grad` of leaves."""
    freed: dict[int, bool] = field(default_factory=dict)
    """Node -> whether the pass freed what it had saved."""
    jacobians: dict[int, Rows] = field(default_factory=dict)
    forwards: dict[int, int] = field(default_factory=dict)
    """Node of the program's own Function -> first line of its forward."""
    asked: dict[int, tuple[bool, ...]] = field(default_factory=dict)
    """The same node -> which inputs of its forward require a gradient."""

    def note_freed(self) -> None:
        """Looks whether the pass that has ended freed what nodes had saved."""
        nodes = self.graph.nodes if self.graph is not None else []
        for position, attributes in self.attributes.items():
            if any(parts(attributes)) and (gone := freed(nodes[position])) is not None:
                self.freed[position] = gone

    @property
    def ran(self) -> bool:
        """Whether the engine got anywhere."""
        return self.how != "unfinished"


class Made(NamedTuple):
    """The nodes that a pass made: those of its gradients' own graph, because of `create_graph`."""

    start: int
    end: int
    """Their numbers are `range(start, end)`."""
    taken: Taken

    def by(self, number: int) -> int | None:
        """The node of the pass during whose work a node was made; None where that is not known."""
        watch = self.taken.watch
        step = bisect_right(watch.starts, number) - 1 if watch is not None else -1
        return watch.steps[step][0] if watch is not None and 0 <= step < len(watch.steps) else None
