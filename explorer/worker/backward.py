"""One run of the engine, watched: the order of its nodes and every gradient that passes.

Each operation gets one hook that runs after it. The hook sees the sum that arrived at each of its
outputs, and what it sends to each input, after the engine has summed over broadcast axes and cast.
AccumulateGrad also gets one that runs before it: afterwards its gradient may be the leaf's `.grad`.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

from explorer.worker.hooks import Change, Hooks
from explorer.worker.recorder import next_number
from explorer.worker.snapshots import Snapshots
from explorer.worker.walk import NO_NUMBER, Graph

Gradients = tuple[torch.Tensor | None, ...]
Tickets = tuple[int | None, ...]


Sent = tuple[tuple[int, int | None], ...]
Worked = tuple[int, Tickets, Sent, int | None, int | None]
"""A node that has run: its number, tickets of the gradients received by output, edges with tickets
of the contributions sent, tickets of a leaf's `.grad` before and after."""


Source = tuple[torch.Tensor | None, int | None]
"""The first gradient that a node received, and its ticket: what it sends may be a view of it."""


class Watch:
    """Hooks on every node of a graph, and what they saw."""

    def __init__(
        self, graph: Graph, snapshots: Snapshots, hooks: Hooks, order_only: bool = False
    ) -> None:
        self.steps: list[Worked] = []
        self.changes: dict[int, list[Change]] = {}
        """Step -> hooks of the program that changed its gradients."""
        self.starts: list[int] = []
        """Before each step the number that the next new node will get, if the pass makes any."""
        self._hooks = hooks
        self._creates_graph = False
        self._order_only = order_only
        self._graph = graph
        self._snapshots = snapshots
        self._on_way: dict[tuple[int, int], tuple[torch.Tensor, int]] = {}
        """Node and output -> the one gradient under way to it, so that it is measured once."""
        self._places = [*zip(graph.heads, graph.outputs, strict=True)]
        senders = Counter([*self._places, *graph.roots])
        self._shared = {place for place, count in senders.items() if count > 1}

    @contextmanager
    def hooked(self, creates_graph: bool) -> Iterator[None]:
        """The hooks are on meanwhile. They hold integers only, or PyTorch could never free them."""
        handles = []
        self._hooks.taken()
        self._creates_graph = creates_graph
        collecting = gc.isenabled()
        gc.disable()  # Half of a hook's time would go into looking for garbage.
        try:
            for position, node in enumerate(self._graph.nodes):
                if self._graph.numbers[position] == NO_NUMBER:
                    handles += self._watch_leaf(position)
                else:
                    handles.append(node.register_hook(self._after(position)))
                    if creates_graph:
                        handles.append(node.register_prehook(self._start))
            yield
        finally:
            for handle in handles:
                handle.remove()
            self._on_way.clear()
            if collecting:
                gc.enable()

    def _after(self, node: int) -> Callable[[Gradients, Gradients], None]:
        """The hook of an operation."""
        graph, receive, send = self._graph, self._receive, self._send
        if self._order_only:
            steps = self.steps
            return lambda *_: steps.append((node, (), (), None, None))
        edges = [(edge, graph.slots[edge]) for edge in graph.edges_of(node)]

        def hook(sent: Gradients, received: Gradients) -> None:
            arrived = tuple([receive((node, i), g) for i, g in enumerate(received)])
            source = (received[0], arrived[0])
            left = tuple([(edge, send(edge, sent[slot], source)) for edge, slot in edges])
            self._end((node, arrived, left, None, None))

        return hook

    def _receive(self, place: tuple[int, int], gradient: torch.Tensor | None) -> int | None:
        if gradient is None:
            return None
        on_way = self._on_way.pop(place, None)
        if on_way is not None and on_way[0] is gradient:
            return on_way[1]
        ticket = self._snapshots.gradient(gradient)
        if on_way is not None:
            self._hooks.note_unseen(on_way[1], ticket)
        return ticket

    def _start(self, _: Gradients) -> None:
        """A node begins its work. What is made until the next one begins is made because of it."""
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
        place = self._places[edge]
        if place not in self._shared:
            self._on_way[place] = (gradient, ticket)
        return ticket

    def _watch_leaf(self, node: int) -> list[Any]:
        """The two hooks of an AccumulateGrad."""
        leaf, snapshots = self._graph.leaf(node), self._snapshots
        accumulate: Any = self._graph.nodes[node]
        arrived: list[tuple[int | None, int | None]] = []

        def before(received: Gradients) -> None:
            if self._creates_graph:
                self._start(received)
            old = leaf.grad if leaf is not None else None
            ticket = self._receive((node, 0), received[0])
            arrived.append((ticket, snapshots.of(old) if old is not None else None))

        def after(_: Gradients, __: Gradients) -> None:
            received, old = arrived.pop()
            total = self._total(leaf, received, old)
            self._end((node, (received,), (), old, total))

        return [accumulate.register_prehook(before), accumulate.register_hook(after)]

    def _total(
        self, leaf: torch.Tensor | None, received: int | None, before: int | None
    ) -> int | None:
        """The leaf's `.grad` now; the first gradient becomes it as it is."""
        grad = leaf.grad if leaf is not None else None
        if leaf is None or grad is None:
            return None
        if before is None and received is not None and not leaf._post_accumulate_grad_hooks:
            self._snapshots.alias(grad, received)
        return self._snapshots.of(grad)
