"""What is known of a pass before the engine runs: its graph, its roots, what is saved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal

import torch

from explorer.limits import Limits
from explorer.look import is_own
from explorer.pass_record import FULL_PASSES, MOST_PASSES
from explorer.records import PassKind, Program
from explorer.worker import room
from explorer.worker.backward import Watch
from explorer.worker.drawing import MAX_BOXES
from explorer.worker.foreign import unseen
from explorer.worker.history import node_of
from explorer.worker.hooks import Hooks
from explorer.worker.meta import metas_of_outputs
from explorer.worker.places import Happening, Place
from explorer.worker.recorder import Recorder
from explorer.worker.saved import MOST_NODES, SavedReader
from explorer.worker.snapshots import Snapshots
from explorer.worker.taken import Made, Root, Taken
from explorer.worker.traffic import Given, Traffic
from explorer.worker.walk import NO_NUMBER, Graph

FULL_NODES = 20_000
"""Nodes of all full passes together that are kept as records: about 10 MB of JSON."""

RECORD_BYTES, ORDER_RECORD_BYTES = 220, 80
"""Size of a node of a large pass in the record, with its gradients, and with its place alone."""

FULL_BYTES, ORDER_BYTES = 950, 500
"""Memory per node and per edge that it takes to keep a large pass, likewise."""

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
        self._limits = limits
        self._recorder = recorder
        self._snapshots = snapshots
        self._hooks = hooks
        self._saved = SavedReader(snapshots, recorder.tickets)
        self._walked = 0
        self._kept = Counter[str]()
        """Nodes of full passes, by how they are kept."""

    def forget(self) -> None:
        """Drops what holds tensors of the program."""
        self.passes.clear()

    @unseen
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
            self._recorder.ledger.happenings.append(happening)
        if self._walked > MOST_WALKED and self._program.detail != taken.index:
            return taken
        with torch._C.DisableTorchFunction(), torch.no_grad():
            graph = Graph(roots)
            self._walked += len(graph)
            taken.node_count = len(graph)
            self._recorder.ledger.reach(graph.leaves(), backward=how in ("backward", "automatic"))
            taken.order = self._order(graph)
            padded = [*vectors, *[None] * (len(roots) - len(vectors))]
            taken.roots = [self._root(one, v, how) for one, v in zip(roots, padded, strict=True)]
            given = _given(graph, taken.roots, padded)
            detail = self._detail(taken, graph)
            if detail:
                self._describe(taken, graph, detail == "order", given)
        if len(graph) >= HELD_FROM:
            self.held.append(graph)
        return taken

    def _detail(self, taken: Taken, graph: Graph) -> Literal["full", "order"] | None:
        """How much of a pass is kept; None: its summary."""
        nodes = len(graph)
        short = self._shortage(graph)
        asked = taken.index < FULL_PASSES or self._program.detail == taken.index
        if asked and short is None:
            self._kept["wide" if nodes > MOST_NODES else "narrow"] += nodes
            if nodes > MOST_NODES:
                taken.note = f"The graph has {nodes:,} nodes: what operations saved is not read."
            return "full"
        if short is None or nodes <= min(MOST_NODES, self._limits.nodes):
            return None
        many = f"The graph has {nodes:,} nodes, {short}"
        # What `grad` is asked for ends its way without a step, and of roots that lead to each other
        # the engine has no plan: to ask for one is an error inside the program's own call.
        planned = taken.how != "grad" and len(graph.roots) == 1
        if taken.index == 0 and planned and self._has_room_for_order(graph):
            taken.note = (
                f"{many}: its shape and the engine's order are kept, gradients of leaves only."
            )
            return "order"
        taken.note = (
            f"{many}: too many to be shown. The table of leaves has their gradients; fewer layers"
            " or steps give a graph that fits."
        )
        return None

    def _shortage(self, graph: Graph) -> str | None:
        """Which limit a pass with all its gradients would break, in words."""
        limits, nodes = self._limits, len(graph)
        if nodes > limits.nodes:
            return f"more than {limits.nodes:,}, the limit"
        if nodes <= MOST_NODES:
            full = self._kept["narrow"] + nodes > FULL_NODES
            return f"and {FULL_NODES:,} are kept of all passes together" if full else None
        if (self._kept["wide"] + nodes) * RECORD_BYTES > limits.record_bytes:
            return f"more than a record of {limits.record_mb} MB, the limit, has room for"
        if not room.has((nodes + len(graph.tails)) * FULL_BYTES):
            return f"more than {limits.memory_mb} MB of memory, the limit, have room for"
        return None

    def _has_room_for_order(self, graph: Graph) -> bool:
        limits, nodes = self._limits, len(graph)
        return (
            nodes <= min(limits.nodes, MOST_WALKED)
            and nodes * ORDER_RECORD_BYTES <= limits.record_bytes
            and room.has((nodes + len(graph.tails)) * ORDER_BYTES)
        )

    def _describe(self, taken: Taken, graph: Graph, order_only: bool, given: Given) -> None:
        """Everything about the nodes, so that they need not be kept."""
        taken.graph = graph
        outputs = [metas_of_outputs(node) for node in graph.nodes]
        traffic = Traffic(graph, outputs, self._snapshots, self._hooks, given)
        taken.watch = Watch(graph, self._snapshots, self._hooks, traffic, order_only)
        for position, (number, kind) in enumerate(zip(graph.numbers, graph.types, strict=True)):
            if number == NO_NUMBER and (leaf := graph.leaf(position)) is not None:
                taken.leaves[position] = leaf
                taken.leaf_tickets[position] = self._snapshots.of(leaf)
            elif is_own(kind):
                _note_own(taken, position, graph.nodes[position])
        taken.shapes = [metas[0].shape if metas and metas[0] else None for metas in outputs]
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
            v = _one_like(root)
        base = root._base if root._is_view() else None
        made = node_of(base) if base is not None else None
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


def _one_like(root: torch.Tensor) -> torch.Tensor:
    """The vector that PyTorch takes where the root is one number."""
    return torch.ones_like(root) if root.is_nested else torch.ones(root.shape, dtype=root.dtype)


def _given(graph: Graph, roots: list[Root], vectors: Sequence[torch.Tensor | None]) -> Given:
    """The vectors that the program gave, and their tickets, by where they enter the graph."""
    pairs = zip(graph.roots, roots, vectors, strict=True)
    return {place: (v, root.v) for place, root, v in pairs if v is not None and root.v is not None}


def _note_own(taken: Taken, position: int, node: Any) -> None:
    """What the program's own Function is asked for, and where its forward begins: it is older than
    its own steps."""
    taken.asked[position] = getattr(node, "needs_input_grad", ())
    forward = getattr(getattr(node, "_forward_cls", None), "forward", None)
    code = getattr(forward, "__code__", None)
    if code is not None:
        taken.forwards[position] = code.co_firstlineno
