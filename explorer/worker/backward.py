"""One run of the engine, watched: the order of its nodes and every gradient that passes.

Each operation gets one hook that runs after it. The hook sees the sum that arrived at each of its
outputs, and what it sends to each input, after the engine has summed over broadcast axes and cast.
AccumulateGrad also gets one that runs before it: afterwards its gradient may be the leaf's `.grad`.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

import torch
from torch.autograd.graph import Node

from explorer.worker.evidence import Evidence, evidence_of
from explorer.worker.hooks import Change, Hooks
from explorer.worker.recorder import next_number
from explorer.worker.saved import MOST_NODES
from explorer.worker.snapshots import Snapshots
from explorer.worker.walk import NO_NUMBER, Graph

Gradients = tuple[torch.Tensor | None, ...]
Tickets = tuple[int | None, ...]


Worked = tuple[int, Tickets, Tickets, int | None, int | None]
"""A node that has run: its number, tickets of the gradients received by output, tickets of what it
sent over its edges, tickets of a leaf's `.grad` before and after."""


Given = dict[tuple[int, int], tuple[torch.Tensor, int]]


Source = tuple[torch.Tensor | None, int | None]
"""The first gradient that a node received, and its ticket: what it sends may be a view of it."""


class Watch:
    """Hooks on every node of a graph, and what they saw."""

    def __init__(
        self,
        graph: Graph,
        snapshots: Snapshots,
        hooks: Hooks,
        order_only: bool = False,
        given: Given | None = None,
    ) -> None:
        self.steps: list[Worked] = []
        self.changes: dict[int, list[Change]] = {}
        """Step -> hooks of the program that changed its gradients."""
        self.starts: list[int] = []
        """Before each step the number that the next new node will get, if the pass makes any."""
        self._hooks = hooks
        self._creates_graph = False
        self._asleep = False
        self.order_only = order_only
        self._graph = graph
        self._snapshots = snapshots
        self._given = given or {}
        """Node and output of a root -> v, and its ticket."""
        self._on_way: dict[tuple[int, int], tuple[torch.Tensor, int, int]] = {}
        """Node and output -> the one gradient under way to it, its version and its ticket, so that
        it is measured once."""
        self._shared = _met_twice(chain(zip(graph.heads, graph.outputs, strict=True), graph.roots))

    @contextmanager
    def hooked(self, creates_graph: bool) -> Iterator[None]:
        """The hooks are on meanwhile. They hold integers only, or PyTorch could never free them."""
        if self.order_only:
            with self._asking():
                yield
            return
        handles = []
        self._hooks.taken()
        self._creates_graph = creates_graph
        collecting = gc.isenabled()
        gc.disable()  # Half of a hook's time would go into looking for garbage.
        # One function for all nodes: one for each would take a third of a large pass's memory.
        after = self._after
        try:
            for position, node in enumerate(self._graph.nodes):
                if self._graph.numbers[position] == NO_NUMBER:
                    handles += self._watch_leaf(position)
                else:
                    handles.append(node.register_hook(partial(after, position)))
                    if creates_graph:
                        handles.append(node.register_prehook(self._start))
            with self._snapshots.pass_of(large=len(self._graph) > MOST_NODES):
                yield
        finally:
            for handle in handles:
                handle.remove()
            self._on_way.clear()
            if collecting:
                gc.enable()

    @contextmanager
    def asleep(self) -> Iterator[None]:
        """Meanwhile the engine runs for something else, perhaps over the same nodes."""
        before, self._asleep = self._asleep, True
        try:
            with self._hooks.apart():
                yield
        finally:
            self._asleep = before

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Hooks on leaves alone, and one that asks the engine for its plan: hooks on all nodes take
        more memory than the graph itself. The plan is what happens, unless there is an error."""
        nodes, numbers = self._graph.nodes, self._graph.numbers
        plan: list[Node] = []

        def ask(_: Gradients) -> None:
            if not plan:
                plan.extend(torch._C._current_graph_task_execution_order())  # type: ignore[attr-defined]

        handles = [nodes[root].register_prehook(ask) for root, _ in self._graph.roots]
        for position, number in enumerate(numbers):
            if number == NO_NUMBER:
                handles += self._watch_leaf(position)
        try:
            with torch.autograd.set_multithreading_enabled(False):
                yield
        except BaseException:
            plan.clear()
            raise
        finally:
            for handle in handles:
                handle.remove()
            self._follow(plan)

    def _follow(self, plan: list[Node]) -> None:
        """Steps in the order of a plan, those of leaves as they were seen."""
        places = {node: place for place, node in enumerate(self._graph.nodes)}
        seen = {step[0]: step for step in self.steps}
        order = [places[node] for node in plan]
        self.steps = [seen.get(node, (node, (), (), None, None)) for node in order]

    def _after(self, node: int, sent: Gradients, received: Gradients) -> None:
        """After an operation."""
        if self._asleep:
            return
        receive, send, slots = self._receive, self._send, self._graph.slots
        arrived = tuple([receive((node, i), g) for i, g in enumerate(received)])
        source = (received[0], arrived[0])
        edges = self._graph.edges_of(node)
        left = tuple([send(edge, sent[slots[edge]], source) for edge in edges])
        self._end((node, arrived, left, None, None))

    def _receive(self, place: tuple[int, int], gradient: torch.Tensor | None) -> int | None:
        if gradient is None:
            return None
        on_way = self._on_way.pop(place, None)
        if on_way is not None and self._is_unchanged(*on_way[:2], gradient):
            return on_way[2]
        given = self._given.get(place)
        if given is not None and given[0] is gradient:
            return given[1]
        ticket = self._snapshots.gradient(gradient)
        if on_way is not None:
            self._hooks.note_unseen(on_way[2], ticket)
        return ticket

    def _is_unchanged(self, sent: torch.Tensor, version: int, arrived: torch.Tensor) -> bool:
        """Whether a gradient arrives as it was sent."""
        return sent is arrived and version == arrived._version and not self._hooks.pending

    def _start(self, _: Gradients) -> None:
        """A node begins its work. What is made until the next one begins is made because of it."""
        if not self._asleep:
            self.starts.append(next_number())

    def _end(self, step: Worked) -> None:
        """A node has done its work."""
        if changes := self._hooks.taken():
            self.changes[len(self.steps)] = changes
        self.steps.append(step)

    def _send(self, edge: int, gradient: torch.Tensor | None, source: Source) -> int | None:
        if gradient is None:
            return None
        ticket = None
        if source[0] is not None and source[1] is not None:
            ticket = self._snapshots.rearranged(gradient, source[0], source[1])
        if ticket is None:
            ticket = self._snapshots.gradient(gradient)
        place = (self._graph.heads[edge], self._graph.outputs[edge])
        if place not in self._shared:
            self._on_way[place] = (gradient, gradient._version, ticket)
        return ticket

    def _watch_leaf(self, node: int) -> list[Any]:
        """The two hooks of an AccumulateGrad."""
        leaf, snapshots = self._graph.leaf(node), self._snapshots
        accumulate: Any = self._graph.nodes[node]
        arrived: list[tuple[_Came | None, int | None]] = []

        def before(received: Gradients) -> None:
            if self._asleep:
                return
            if self._creates_graph:
                self._start(received)
            old = leaf.grad if leaf is not None else None
            came = received[0]
            ticket = self._receive((node, 0), came)
            known = None
            if ticket is not None and came is not None:
                known = _Came(ticket, evidence_of(came))
                snapshots.keep(came)  # A gradient that nobody holds becomes `.grad` as it is.
            arrived.append((known, snapshots.of(old) if old is not None else None))

        def after(_: Gradients, __: Gradients) -> None:
            if self._asleep:
                return
            came, old = arrived.pop()
            total = self._total(leaf, came, old)
            self._end((node, (came.ticket if came is not None else None,), (), old, total))

        return [accumulate.register_prehook(before), accumulate.register_hook(after)]

    def _total(
        self, leaf: torch.Tensor | None, came: _Came | None, before: int | None
    ) -> int | None:
        """The leaf's `.grad` now; the first gradient becomes it as it is."""
        grad = leaf.grad if leaf is not None else None
        if leaf is None or grad is None:
            return None
        if before is None and came is not None and came.is_still(grad):
            self._snapshots.alias(grad, came.ticket)
        return self._snapshots.of(grad)


class _Came(NamedTuple):
    """A gradient that has come to a leaf."""

    ticket: int
    was: Evidence

    def is_still(self, grad: torch.Tensor) -> bool:
        """Whether a leaf's `.grad` has the same numbers: no hook has changed them since."""
        now = evidence_of(grad)
        versions = (0, self.was.version)  # of a copy, and of the gradient itself
        return now.numbers == self.was.numbers and now.version in versions


def _met_twice(places: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """Places that come more than once."""
    met: set[tuple[int, int]] = set()
    twice: set[tuple[int, int]] = set()
    for place in places:
        (twice if place in met else met).add(place)
    return twice
