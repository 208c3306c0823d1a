"""Gradients under way in one pass: what a node sends is what the next one receives, and has one
ticket."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

import torch

from explorer.worker.evidence import version_of
from explorer.worker.hooks import Hooks, Tickets
from explorer.worker.measurements import WAITING_ELEMENTS
from explorer.worker.meta import Meta, meta_of
from explorer.worker.snapshots import SMALL, Snapshots
from explorer.worker.walk import Graph

MOST_STEPS = 512
"""Steps that are worked up together at most: one by itself takes three times as long as the engine
takes for a small node."""

End = tuple[int, int]
"""Where an edge ends: a node and one of its outputs."""

Gradients = tuple[torch.Tensor | None, ...]

Given = dict[End, tuple[torch.Tensor, int]]
"""Where a pass begins -> v, and its ticket."""

Source = tuple[torch.Tensor | None, int | None]
"""The first gradient that a node received, and its ticket: what it sends may be a view of it."""

OnWay = tuple[torch.Tensor, int, int]
"""A gradient that goes over an edge, its version, its ticket."""

Outputs = tuple[Meta | None, ...]
"""What the gradients are like that a node receives; None where that is not known."""

TicketOf = Callable[[torch.Tensor, int], int]
"""Gives a ticket to a gradient that has this version."""

Waiting = tuple[int, Gradients, Gradients, list[int]]
"""A step that is looked at later: node, what it sent by input and received by output, versions of
all of these."""


class Traffic:
    """Knows what has been sent and has not arrived yet."""

    def __init__(
        self,
        graph: Graph,
        outputs: list[Outputs],
        snapshots: Snapshots,
        hooks: Hooks,
        given: Given,
    ) -> None:
        self._graph = graph
        self._outputs = outputs
        self._snapshots = snapshots
        self._hooks = hooks
        self._given = given
        self._on_way: dict[End, OnWay] = {}
        """Where they go, so that each is measured once."""
        self._large, largest = _large(graph, outputs)
        """Nodes that receive or send a gradient that is not small."""
        self.at_once = max(1, min(MOST_STEPS, WAITING_ELEMENTS // max(1, largest)))
        """How many steps with small gradients may wait together."""
        self._ends = [*zip(graph.heads, graph.outputs, strict=True)]
        """Where each edge ends."""
        self._shared = _met_twice(chain(self._ends, graph.roots))
        """Where several edges end: what arrives is a sum."""

    @property
    def is_plain(self) -> bool:
        """Whether the gradients are such as the engine makes itself: not those that a pass begins
        with where they are of another kind, or require a gradient."""
        vectors = [v for v, _ in self._given.values()]
        odd = any(
            type(v) is not torch.Tensor or v.requires_grad or v.is_inference() for v in vectors
        )
        return not odd and not torch.is_inference_mode_enabled()

    def is_small(self, node: int) -> bool:
        """Whether all gradients are small that a node receives and sends."""
        return node not in self._large

    def clear(self) -> None:
        """Lets all gradients go."""
        self._on_way.clear()

    def step(self, node: int, sent: Gradients, received: Gradients) -> tuple[Tickets, Tickets]:
        """Tickets of what a node received, by output, and of what it sent, by edge."""
        receive, send, slots = self.receive, self._send, self._graph.slots
        arrived = tuple([receive((node, i), g) for i, g in enumerate(received)])
        source = (received[0], arrived[0])
        edges = self._graph.edges_of(node)
        return arrived, tuple([send(edge, sent[slots[edge]], source) for edge in edges])

    def receive(self, place: End, gradient: torch.Tensor | None) -> int | None:
        """Ticket of a gradient that arrives."""
        version = 0 if gradient is None else version_of(gradient)
        return self._arrives(self._measured, place, gradient, version)

    def _arrives(
        self, ticket_of: TicketOf, place: End, gradient: torch.Tensor | None, version: int
    ) -> int | None:
        if gradient is None:
            return None
        on_way = self._on_way.pop(place, None)
        unchanged = on_way is not None and on_way[0] is gradient and on_way[1] == version
        if on_way is not None and unchanged and not self._hooks.pending:
            return on_way[2]
        given = self._given.get(place)
        if given is not None and given[0] is gradient:
            return given[1]
        ticket = ticket_of(gradient, version)
        if on_way is not None:
            self._hooks.note_unseen(on_way[2], ticket)
        return ticket

    def _measured(self, gradient: torch.Tensor, _: int) -> int:
        return self._snapshots.gradient(gradient)

    def _send(self, edge: int, gradient: torch.Tensor | None, source: Source) -> int | None:
        if gradient is None:
            return None
        ticket = None
        if source[0] is not None and source[1] is not None:
            ticket = self._snapshots.rearranged(gradient, source[0], source[1])
        if ticket is None:
            ticket = self._snapshots.gradient(gradient)
        self._goes(edge, (gradient, version_of(gradient), ticket))
        return ticket

    def _goes(self, edge: int, on_way: OnWay) -> None:
        """A gradient has been sent; a sum with others is not known before it arrives."""
        end = self._ends[edge]
        if end not in self._shared:
            self._on_way[end] = on_way

    def steps(self, waiting: Iterable[Waiting]) -> Iterator[tuple[int, Tickets, Tickets]]:
        """The same of many steps, of small gradients alone: these are measured together when the
        last step has been told."""
        batch = _Batch(self._snapshots.next)
        arrives, went, first = self._arrives, self._went, self._graph.first
        for node, sent, received, versions in waiting:
            came = enumerate(zip(received, versions[len(sent) :], strict=True))
            arrived = tuple([arrives(batch.ticket, (node, i), *one) for i, one in came])
            edges = range(first[node], first[node + 1])
            yield node, arrived, tuple([went(batch, edge, sent, versions) for edge in edges])
        self._snapshots.gradients(batch.gradients, batch.metas, batch.versions)

    def _went(self, batch: _Batch, edge: int, sent: Gradients, versions: list[int]) -> int | None:
        slot = self._graph.slots[edge]
        gradient, version = sent[slot], versions[slot]
        if gradient is None:
            return None
        node, output = self._ends[edge]
        ticket = batch.ticket(gradient, version, self._outputs[node][output])
        self._goes(edge, (gradient, version, ticket))
        return ticket


class _Batch:
    """Gradients that get one ticket after the other."""

    def __init__(self, first: int) -> None:
        self._next = first
        self.gradients: list[torch.Tensor] = []
        self.metas: list[Meta] = []
        self.versions: list[int] = []

    def ticket(self, gradient: torch.Tensor, version: int, meta: Meta | None = None) -> int:
        """The ticket of one more; `meta` where it is known what it is like."""
        self.gradients.append(gradient)
        self.metas.append(meta or meta_of(gradient))
        self.versions.append(version)
        self._next += 1
        return self._next - 1


def _met_twice(places: Iterable[End]) -> set[End]:
    """Places that come more than once."""
    met: set[End] = set()
    twice: set[End] = set()
    for place in places:
        (twice if place in met else met).add(place)
    return twice


def _large(graph: Graph, outputs: list[Outputs]) -> tuple[set[int], int]:
    """Nodes with gradients that are not small, and the elements of the largest of the others."""
    # Equal metas are one object, and there are few.
    each = {id(meta): meta for metas in outputs for meta in metas}
    counts = {key: math.prod(meta.shape) if meta else SMALL + 1 for key, meta in each.items()}
    beyond = {key for key, count in counts.items() if count > SMALL}
    largest = max((count for count in counts.values() if count <= SMALL), default=1)
    if not beyond:
        return set(), largest
    large = {node for node, metas in enumerate(outputs) if beyond.intersection(map(id, metas))}
    ends = zip(graph.tails, graph.heads, strict=True)
    return large.union(tail for tail, head in ends if head in large), largest
