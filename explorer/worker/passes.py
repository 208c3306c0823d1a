"""A pass as the engine gave it, written down as the record has it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from msgspec import structs

from explorer.records import Edge, EdgeKind, Hooked, Jacobian, Number, Pass, Sent, Step, TensorView
from explorer.worker.backward import Worked
from explorer.worker.boxes import Boxes
from explorer.worker.columns import (
    NOTHING_KEPT,
    EdgeTable,
    KeptTable,
    StepTable,
    Writer,
    number_of,
)
from explorer.worker.drawing import MAX_BOXES, draw
from explorer.worker.growth import Growth
from explorer.worker.hooks import Change, Tickets
from explorer.worker.saved import MOST_NODES, memory, parts
from explorer.worker.taken import Taken
from explorer.worker.tensors import Tensors
from explorer.worker.walk import Graph
from explorer.worker.witnesses import Witnesses

RECORDS = MAX_BOXES
"""Boxes up to which a pass is written box by box, as drawing it needs; others are columns."""

EdgeRow = tuple[int, int, int, int, EdgeKind, int | None]
"""Nodes at its tail and its head, slot, output, kind, ticket of its gradient."""


def write(witnesses: Witnesses, taken: Taken) -> Pass:
    """The Pass; only its summary where the graph was not kept."""
    origin, snapshots = witnesses.origins.at(taken.place), witnesses.snapshots
    roots = [witnesses.root_name(taken, root) for root in taken.roots]
    summary: dict[str, Any] = {
        "index": taken.index,
        "how": taken.how,
        "root": ", ".join(filter(None, roots)) or None,
        "v": snapshots.view(taken.roots[0].v) if taken.roots else None,
        "line": origin.line,
        "visit": origin.visit,
        "order": taken.order,
        "node_count": taken.node_count,
        "note": taken.note,
        "value": _value(witnesses, taken),
    }
    if taken.graph is None:
        return Pass(**summary, full=False)
    everything = (one for attributes in taken.attributes.values() for one in parts(attributes))
    saved_bytes, own_bytes = memory(everything)
    boxes = Boxes(witnesses, taken, taken.graph)
    page = _Page(witnesses, taken, taken.graph, boxes)
    growth = Growth(witnesses, taken, taken.graph, boxes)
    summary |= {
        "saved_bytes": saved_bytes,
        "own_bytes": own_bytes,
        "calls": boxes.facts.runs,
        "modules": boxes.facts.modules,
        "jacobians": tuple(
            Jacobian(boxes.leaves[leaf], rows) for leaf, rows in taken.jacobians.items()
        ),
    }
    kept = _kept(boxes, taken) if boxes.count > RECORDS else None
    if kept is not None and kept.fits():
        writer = Writer(boxes.facts, [*boxes.tensors()], boxes.values)
        most = None if len(taken.graph) > MOST_NODES else sys.maxsize
        tensors = Tensors(snapshots.found, snapshots.view, most)
        tables = (page.edge_table(), page.step_table(), growth.table(), kept)
        return Pass(**summary, columns=writer.columns(tensors, *tables))
    record = Pass(
        **summary,
        nodes=tuple(boxes.nodes()),
        edges=tuple(page.edges()),
        steps=tuple(page.steps()),
        frames=growth.frames(),
    )
    if len(record.nodes) > MAX_BOXES:
        return record
    return structs.replace(record, drawing=draw(record, boxes.attributes()))


def _kept(boxes: Boxes, taken: Taken) -> KeptTable:
    """What the operations keep, as far as it was read."""
    if not taken.attributes:
        return NOTHING_KEPT
    pairs = [(node, row) for node in sorted(taken.attributes) for row in boxes.saved(node)]
    return KeptTable(
        [node for node, _ in pairs],
        [row for _, row in pairs],
        [*map(boxes.settings, range(len(boxes.facts.types)))],
        taken.freed,
    )


def _value(witnesses: Witnesses, taken: Taken) -> Number | None:
    """The root as one real number."""
    view = witnesses.snapshots.view(taken.roots[0].ticket) if len(taken.roots) == 1 else None
    single = view is not None and len(view.values) == 1 and view.imag is None
    return view.values[0] if view is not None and single else None


class _Page:
    """Edges and steps of a full pass. Edges from outputs come first, then those of the graph, those
    to leaves, those to inputs and constants, and those over cuts."""

    def __init__(self, witnesses: Witnesses, taken: Taken, graph: Graph, boxes: Boxes) -> None:
        self._taken = taken
        self._graph = graph
        self._boxes = boxes
        self._view = witnesses.snapshots.view
        self._origins = witnesses.origins
        self._worked: list[Worked] = taken.watch.steps if taken.watch is not None else []
        self._starts = _starts(taken, graph)
        self._before = len(graph.roots)
        """Number of the first edge between nodes."""
        count = self._before + len(graph.tails)
        self._to_leaf = {node: f"e{count + place}" for place, node in enumerate(boxes.leaves)}

    def edges(self) -> Iterator[Edge]:
        """All edges, by id."""
        rows = zip(*self.edge_table(), strict=True)
        for place, (tail, head, slot, output, kind, ticket) in enumerate(rows):
            ends = (f"n{tail}", f"n{head}")
            yield Edge(f"e{place}", *ends, slot, output, kind, self._view(ticket))

    def edge_table(self) -> EdgeTable:
        """What they are made of."""
        graph = self._graph
        count = len(graph.tails)
        ends = (graph.tails, graph.heads, graph.slots, graph.outputs)
        between: tuple[Sequence[Any], ...] = (*ends, ["gradient"] * count, self._sent())
        groups = (_columns(self._of_outputs()), between, _columns(self._of_tensors()))
        return EdgeTable._make([*chain(*column)] for column in zip(*groups, strict=True))

    def _of_outputs(self) -> Iterator[EdgeRow]:
        outputs = zip(self._boxes.outputs, self._taken.roots, self._graph.roots, strict=True)
        for box, root, (head, output) in outputs:
            yield number_of(box), head, 0, output, "gradient", root.v if self._worked else None

    def _of_tensors(self) -> Iterator[EdgeRow]:
        """Edges to leaves, inputs and constants, and over cuts."""
        boxes = self._boxes
        arrived = {
            node: received[0]
            for node, received, *_ in self._worked
            if received and node in self._to_leaf
        }
        for node, leaf in boxes.leaves.items():
            yield node, number_of(leaf), 0, 0, "gradient", arrived.get(node)
        for node, slot, operand in boxes.entrances:
            yield node, number_of(boxes.inputs[operand.ticket]), slot, 0, "data", None
        for box, behind, slot in (way for one in boxes.severed for way in one.ways()):
            yield number_of(box), number_of(behind), slot, 0, "cut", None

    def _sent(self) -> list[int | None]:
        """Ticket of what went over each edge between nodes."""
        sent: list[int | None] = [None] * len(self._graph.tails)
        for node, _, left, _, _ in self._worked:
            start = self._graph.first[node]
            sent[start : start + len(left)] = left
        return sent

    def steps(self) -> Iterator[Step]:
        """The nodes at work, in the engine's order."""
        view, edges_of, first = self._view, self._graph.edges_of, self._before
        hooks = self.step_table().hooks
        for index, (node, received, left, before, total) in enumerate(self._worked):
            arrived = tuple(map(view, received))
            over = zip(edges_of(node), left, strict=False)
            sent = [Sent(f"e{first + edge}", view(ticket)) for edge, ticket in over]
            if node in self._to_leaf:
                sent = [Sent(self._to_leaf[node], arrived[0])]
            grads = (view(before), view(total))
            yield Step(index, f"n{node}", arrived, tuple(sent), *grads, hooks.get(index, ()))

    def step_table(self) -> StepTable:
        """What they are made of; what a node sends is what its edges carry."""
        changes = self._taken.watch.changes if self._taken.watch is not None else {}
        columns: Sequence[Any] = [*zip(*self._worked, strict=True)] or [()] * 5
        nodes, received, _, before, total = columns
        hooks = {
            index: self._hooks(index, node, received[index])
            for index, node in enumerate(nodes)
            if index in changes or node in self._starts
        }
        told = {index: changed for index, changed in hooks.items() if changed}
        return StepTable(nodes, received, before, total, told)

    def _hooks(self, step: int, node: int, received: Tickets) -> tuple[Hooked, ...]:
        """Hooks that really changed something."""
        watch = self._taken.watch
        changes = watch.changes.get(step, []) if watch is not None else []
        if not changes and node in self._starts:
            output, v = self._starts[node]
            changes = [Change("node", "hook", None, (v,), received[output : output + 1])]
        hooks = [
            Hooked(
                kind=change.kind,
                name=change.name,
                line=self._origins.at(change.place).line,
                before=tuple(map(self._view, change.before)),
                after=tuple(map(self._view, change.after)),
            )
            for change in changes
        ]
        return tuple(one for one in hooks if any(map(_differ, one.before, one.after)))


def _columns(rows: Iterable[EdgeRow]) -> Sequence[tuple[Any, ...]]:
    return [*zip(*rows, strict=True)] or [()] * len(EdgeTable._fields)


def _starts(taken: Taken, graph: Graph) -> dict[int, tuple[int, int]]:
    """Nodes that nothing but v comes to -> output, and ticket of v."""
    heads = set(zip(graph.heads, graph.outputs, strict=True)).intersection(graph.roots)
    return {
        node: (output, root.v)
        for root, (node, output) in zip(taken.roots, graph.roots, strict=True)
        if root.v is not None and (node, output) not in heads and len(taken.roots) == 1
    }


def _differ(one: TensorView | None, other: TensorView | None) -> bool:
    """Whether the numbers are others."""
    if one is None or other is None:
        return one is not other
    return structs.replace(one, requires_grad=False) != structs.replace(other, requires_grad=False)
