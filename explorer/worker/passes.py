"""A pass as the engine gave it, written down as the record has it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat
from typing import Any

from msgspec import structs

from explorer.records import Edge, Hooked, Jacobian, Number, Pass, Sent, Step, TensorView
from explorer.worker.backward import Worked
from explorer.worker.boxes import Boxes
from explorer.worker.columns import EdgeRow, StepRow, Writer, number_of
from explorer.worker.drawing import MAX_BOXES, draw
from explorer.worker.growth import Growth
from explorer.worker.hooks import Change, Tickets
from explorer.worker.saved import MOST_NODES, memory, parts
from explorer.worker.taken import Taken
from explorer.worker.walk import Graph
from explorer.worker.witnesses import Witnesses


def write(witnesses: Witnesses, taken: Taken) -> Pass:
    """The Pass; only its summary where the graph was not kept."""
    origin = witnesses.origins.at(taken.place)
    summary: dict[str, Any] = {
        "index": taken.index,
        "how": taken.how,
        "root": ", ".join(filter(None, map(witnesses.root_name, taken.roots))) or None,
        "v": witnesses.snapshots.view(taken.roots[0].v) if taken.roots else None,
        "line": origin.line,
        "visit": origin.visit,
        "order": taken.order,
        "node_count": taken.node_count,
        "note": taken.note,
        "value": _value(witnesses, taken),
    }
    if taken.graph is None:
        return Pass(**summary, full=False)
    kept = (one for attributes in taken.attributes.values() for one in parts(attributes))
    saved_bytes, own_bytes = memory(kept)
    boxes = Boxes(witnesses, taken, taken.graph)
    page = _Page(witnesses, taken, taken.graph, boxes)
    growth = Growth(witnesses, taken, taken.graph, boxes)
    if len(taken.graph) > MOST_NODES:
        rows = (boxes.nodes(), page.edge_rows(), page.step_rows())
        writer = Writer(witnesses.snapshots.view, *rows, growth.frames)
        return Pass(**summary, calls=boxes.calls.records, columns=writer.columns())
    record = Pass(
        **summary,
        nodes=tuple(boxes.nodes()),
        edges=tuple(page.edges()),
        steps=tuple(page.steps()),
        frames=growth.frames(),
        saved_bytes=saved_bytes,
        own_bytes=own_bytes,
        calls=boxes.calls.records,
        jacobians=tuple(
            Jacobian(boxes.leaves[leaf], rows) for leaf, rows in taken.jacobians.items()
        ),
    )
    if len(record.nodes) > MAX_BOXES:
        return record
    return structs.replace(record, drawing=draw(record, boxes.attributes()))


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
        for place, (tail, head, slot, output, kind, ticket) in enumerate(self.edge_rows()):
            ends = (f"n{tail}", f"n{head}")
            yield Edge(f"e{place}", *ends, slot, output, kind, self._view(ticket))

    def edge_rows(self) -> Iterator[EdgeRow]:
        """What they are made of."""
        graph, boxes = self._graph, self._boxes
        sent = self._sent()
        arrived = {
            node: received[0]
            for node, received, *_ in self._worked
            if received and node in self._to_leaf
        }
        outputs = zip(boxes.outputs, self._taken.roots, graph.roots, strict=True)
        for box, root, (head, output) in outputs:
            yield number_of(box), head, 0, output, "gradient", root.v if self._worked else None
        ends = (graph.tails, graph.heads, graph.slots, graph.outputs)
        yield from zip(*ends, repeat("gradient"), sent, strict=False)
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
        rows = zip(self.step_rows(), self._worked, strict=True)
        for index, ((node, received, before, total, hooks), worked) in enumerate(rows):
            arrived = tuple(map(view, received))
            over = zip(edges_of(node), worked[2], strict=False)
            sent = [Sent(f"e{first + edge}", view(ticket)) for edge, ticket in over]
            if node in self._to_leaf:
                sent = [Sent(self._to_leaf[node], arrived[0])]
            grads = (view(before), view(total))
            yield Step(index, f"n{node}", arrived, tuple(sent), *grads, hooks)

    def step_rows(self) -> Iterator[StepRow]:
        """What they are made of; what a node sends is what its edges carry."""
        changes = self._taken.watch.changes if self._taken.watch is not None else {}
        for index, (node, received, _, before, total) in enumerate(self._worked):
            hooked = index in changes or node in self._starts
            hooks = self._hooks(index, node, received) if hooked else ()
            yield node, received, before, total, hooks

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
