"""What is known of a pass before the engine runs: its graph, its roots, what is saved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import torch

from explorer.limits import Limits
from explorer.records import PassKind, Program
from explorer.worker.backward import Watch
from explorer.worker.drawing import MAX_BOXES
from explorer.worker.hooks import Hooks
from explorer.worker.places import Happening, Place
from explorer.worker.recorder import Recorder
from explorer.worker.saved import MOST_NODES, SavedReader
from explorer.worker.snapshots import Snapshots
from explorer.worker.taken import Made, Root, Taken
from explorer.worker.walk import Graph

FULL_PASSES = 40
"""Passes that are kept in full: more than anyone compares."""

MOST_PASSES = 2_000
"""Passes that are listed at all: a long training is a thousand."""

FULL_NODES = 20_000
"""Nodes of all full passes together: about 25 MB of JSON."""

MOST_WALKED = 300_000
"""Nodes that are counted in all; later passes are only listed."""

HELD_FROM = 10_000
"""Nodes from which a graph is held until the end, where it is released root first."""


class Taking:
    """Writes down each pass as it begins, in as much detail as there is room for."""

    def __init__(
        self,
        program: Program,
        limits: Limits,
        recorder: Recorder,
        snapshots: Snapshots,
        hooks: Hooks,
    ) -> None:
        self.passes: list[Taken] = []
        self.count = 0
        """Passes, also those that are not listed."""
        self.held: list[Graph] = []
        """Graphs that must be released root first, after all tensors."""
        self.made: list[Made] = []
        """Nodes that passes made."""
        self._program = program
        self._most = limits.nodes
        self._recorder = recorder
        self._snapshots = snapshots
        self._hooks = hooks
        self._saved = SavedReader(snapshots, recorder.tickets)
        self._walked = 0
        self._full_nodes = 0

    def forget(self) -> None:
        """Drops what holds tensors of the program."""
        self.passes.clear()

    def take(
        self,
        how: PassKind,
        roots: Sequence[torch.Tensor],
        vectors: Sequence[torch.Tensor | None],
        place: Place | None,
    ) -> Taken:
        """What is known of a pass before the engine runs."""
        taken = Taken(self.count, how, place)
        self.count += 1
        if taken.index >= MOST_PASSES:
            return taken
        self.passes.append(taken)
        if how == "backward" or how == "grad":
            happening = Happening(how, place, "", taken.index, grads=taken.grads)
            self._recorder.happenings.append(happening)
        if self._walked > MOST_WALKED and self._program.detail != taken.index:
            return taken
        with torch._C.DisableTorchFunction(), torch.no_grad():
            graph = Graph(roots)
            self._walked += len(graph)
            taken.node_count = len(graph)
            taken.order = self._order(graph)
            padded = [*vectors, *[None] * (len(roots) - len(vectors))]
            taken.roots = [self._root(one, v, how) for one, v in zip(roots, padded, strict=True)]
            detail = self._detail(taken, len(graph))
            if detail:
                self._describe(taken, graph, order_only=detail == "order")
        if len(graph) >= HELD_FROM:
            self.held.append(graph)
        return taken

    def _detail(self, taken: Taken, nodes: int) -> Literal["full", "order"] | None:
        """How much of a pass is kept; None: its summary."""
        most = min(FULL_NODES, self._most)
        asked = self._program.detail == taken.index and nodes <= most
        if asked or (taken.index < FULL_PASSES and self._full_nodes + nodes <= most):
            self._full_nodes += nodes
            return "full"
        if nodes <= most:
            return None
        many = f"The graph has {nodes:,} nodes: "
        if taken.index == 0 and nodes <= self._most:
            taken.note = (
                many + "its shape and the engine's order are kept, gradients of leaves only."
            )
            return "order"
        taken.note = (
            f"{many}too many to be shown, the limit is {self._most:,}. The table of leaves has"
            " their gradients; fewer layers or steps give a graph that fits."
        )
        return None

    def _describe(self, taken: Taken, graph: Graph, order_only: bool) -> None:
        """Everything about the nodes, so that they need not be kept."""
        taken.graph = graph
        taken.watch = Watch(graph, self._snapshots, self._hooks, order_only)
        for position, node in enumerate(graph.nodes):
            leaf = graph.leaf(position)
            if leaf is not None:
                taken.leaves[position] = leaf
                taken.leaf_tickets[position] = self._snapshots.of(leaf)
            elif graph.types[position].endswith("Backward"):
                _note_forward(taken.forwards, position, node)
        self._recorder.grads.follow(taken.leaves.values())
        taken.shapes = [_first_shape(node) for node in graph.nodes]
        if len(graph) <= MOST_NODES:
            taken.attributes = {
                position: kept
                for position, node in enumerate(graph.nodes)
                if position not in taken.leaves
                and (kept := self._saved.read(node, plain=len(graph) <= MAX_BOXES))
            }

    def _root(self, root: torch.Tensor, v: torch.Tensor | None, how: PassKind) -> Root:
        ticket = self._snapshots.of(root)
        edge = torch.autograd.graph.get_gradient_edge(root)
        number = edge.node._sequence_nr()
        if root.grad_fn is not None:
            self._recorder.tickets[number, edge.output_nr] = ticket
        if v is None and how != "unfinished" and root.numel() == 1:
            v = torch.ones_like(root)
        base = root._base if root._is_view() else None
        made = base.grad_fn if base is not None else None
        return Root(
            number=number,
            output=edge.output_nr,
            ticket=ticket,
            v=self._snapshots.of(v) if v is not None else None,
            leaf=root if root.grad_fn is None else None,
            base_number=made._sequence_nr() if made is not None else None,
            base_leaf=base if base is not None and made is None and base.requires_grad else None,
        )

    def _order(self, graph: Graph) -> int:
        """1 for a graph of the program, one more than the pass that made some of its nodes."""
        return 1 + max(
            (
                made.taken.order
                for made in self.made
                if any(made.start <= number < made.end for number in graph.numbers)
            ),
            default=0,
        )


def _first_shape(node: Any) -> tuple[int, ...] | None:
    outputs = node._input_metadata
    if not outputs or outputs[0].is_nested_tensor:
        return None
    return tuple(outputs[0].shape)


def _note_forward(forwards: dict[int, int], position: int, node: Any) -> None:
    """Where the forward of the program's own Function begins: it is older than its own steps."""
    forward = getattr(getattr(node, "_forward_cls", None), "forward", None)
    code = getattr(forward, "__code__", None)
    if code is not None:
        forwards[position] = code.co_firstlineno
