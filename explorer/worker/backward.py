"""One run of the engine, watched: the order of its nodes and every gradient that passes.

Each operation gets one hook that runs after it. The hook sees the sum that arrived at each of its
outputs, and what it sends to each input, after the engine has summed over broadcast axes and cast.
AccumulateGrad also gets one that runs before it: afterwards its gradient may be the leaf's `.grad`.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

import torch
from torch.autograd.graph import Node

from explorer.look import is_own
from explorer.worker import stop
from explorer.worker.evidence import Evidence, evidence_of
from explorer.worker.hooks import Change, Hooks, Tickets
from explorer.worker.recorder import next_number
from explorer.worker.saved import MOST_NODES
from explorer.worker.snapshots import Snapshots
from explorer.worker.traffic import Gradients, Traffic, Waiting
from explorer.worker.walk import NO_NUMBER, Graph

MANY = 300
"""Nodes from which on steps are written down many at once."""

Worked = tuple[int, Tickets, Tickets, int | None, int | None]
"""A node that has run: its number, tickets of the gradients received by output, tickets of what it
sent over its edges, tickets of a leaf's `.grad` before and after."""


class Watch:
    """Hooks on every node of a graph, and what they saw."""

    def __init__(
        self,
        graph: Graph,
        snapshots: Snapshots,
        hooks: Hooks,
        traffic: Traffic,
        order_only: bool = False,
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
        self._traffic = traffic
        self._waiting: list[Waiting] = []

    @contextmanager
    def hooked(self, creates_graph: bool) -> Iterator[None]:
        """The hooks are on meanwhile. They hold integers only, or PyTorch could never free them."""
        if self.order_only:
            with self._asking():
                yield
            return
        handles: list[Any] = []
        self._hooks.taken()
        self._creates_graph = creates_graph
        collecting = gc.isenabled()
        gc.disable()  # Half of a hook's time would go into looking for garbage.
        try:
            handles += self._watch_nodes(creates_graph)
            with self._snapshots.pass_of(large=len(self._graph) > MOST_NODES):
                try:
                    yield
                finally:
                    self._catch_up()
                    # From here on the program can get at what `grad` has given it.
                    self._snapshots.flush()
        finally:
            for handle in handles:
                handle.remove()
            self._traffic.clear()
            if collecting:
                gc.enable()

    def _watch_nodes(self, creates_graph: bool) -> Iterator[Any]:
        """Hooks on every node."""
        # One function for all nodes: one for each would take a third of a large pass's memory.
        after, later, may_wait = self._after, self._later(), self._may_wait(creates_graph)
        for position, node in enumerate(self._graph.nodes):
            if self._graph.numbers[position] == NO_NUMBER:
                yield from self._watch_leaf(position)
            else:
                does = later if may_wait and self._traffic.is_small(position) else after
                yield node.register_hook(partial(does, position))
                if creates_graph:
                    yield node.register_prehook(self._start)

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
        with torch._C.DisableTorchFunction():
            self._catch_up()
            self._end((node, *self._traffic.step(node, sent, received), None, None))
        stop.check()

    def _may_wait(self, creates_graph: bool) -> bool:
        """Whether it pays, and nobody but the engine can get at gradients on their way."""
        if len(self._graph) < MANY or creates_graph or self._hooks.may_be:
            return False
        return self._traffic.is_plain and not any(map(is_own, self._graph.types))

    def _later(self) -> Callable[[int, Gradients, Gradients], None]:
        """Does the work of `_after` later, for many nodes at once."""
        waiting, catch_up, most = self._waiting, self._catch_up, self._traffic.at_once
        due = stop.due

        def later(node: int, sent: Gradients, received: Gradients) -> None:
            if self._asleep:
                return
            versions = [0 if one is None else one._version for one in sent + received]
            waiting.append((node, sent, received, versions))
            if len(waiting) >= most:
                catch_up()
            if due:
                stop.check()

        return later

    def _catch_up(self) -> None:
        """Writes down the steps that wait; none of them if it is stopped before the last."""
        if not self._waiting:
            return
        waiting, before = self._waiting[:], len(self.steps)
        self._waiting.clear()
        try:
            for step in self._traffic.steps(waiting):
                self._end((*step, None, None))
        except BaseException:
            del self.steps[before:]
            self.changes = {at: made for at, made in self.changes.items() if at < before}
            raise

    def _start(self, _: Gradients) -> None:
        """A node begins its work. What is made until the next one begins is made because of it."""
        if not self._asleep:
            self.starts.append(next_number())

    def _end(self, step: Worked) -> None:
        """A node has done its work."""
        if changes := self._hooks.taken():
            self.changes[len(self.steps)] = changes
        self.steps.append(step)

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
            with torch._C.DisableTorchFunction():
                self._catch_up()
                old, came, known = _grad(leaf), received[0], None
                ticket = self._traffic.receive((node, 0), came)
                if ticket is not None and came is not None:
                    known = _Came(ticket, evidence_of(came))
                    snapshots.keep(came)  # A gradient that nobody holds becomes `.grad` as it is.
                arrived.append((known, snapshots.of(old) if old is not None else None))

        def after(_: Gradients, __: Gradients) -> None:
            if self._asleep:
                return
            came, old = arrived.pop()
            with torch._C.DisableTorchFunction():
                total = self._total(_grad(leaf), came, old)
            self._end((node, (came.ticket if came is not None else None,), (), old, total))
            stop.check()

        return [accumulate.register_prehook(before), accumulate.register_hook(after)]

    def _total(
        self, grad: torch.Tensor | None, came: _Came | None, before: int | None
    ) -> int | None:
        """The leaf's `.grad` now; the first gradient becomes it as it is."""
        if grad is None:
            return None
        if before is None and came is not None and came.is_still(grad):
            self._snapshots.alias(grad, came.ticket)
        return self._snapshots.of(grad)


def _grad(leaf: torch.Tensor | None) -> torch.Tensor | None:
    return leaf.grad if leaf is not None else None


class _Came(NamedTuple):
    """A gradient that has come to a leaf."""

    ticket: int
    was: Evidence

    def is_still(self, grad: torch.Tensor) -> bool:
        """Whether a leaf's `.grad` has the same numbers: no hook has changed them since."""
        now = evidence_of(grad)
        versions = (0, self.was.version)  # of a copy, and of the gradient itself
        return now.numbers == self.was.numbers and now.version in versions
