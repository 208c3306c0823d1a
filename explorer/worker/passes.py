"""A pass as the engine gave it, written down as the record has it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import structs

from explorer.records import Edge, Hooked, Jacobian, Number, Pass, Sent, Step, TensorView
from explorer.worker.backward import Worked
from explorer.worker.boxes import Boxes
from explorer.worker.drawing import MAX_BOXES, draw
from explorer.worker.growth import Growth
from explorer.worker.hooks import Change, Tickets
from explorer.worker.saved import memory, parts
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
    record = Pass(
        **summary,
        nodes=boxes.nodes(),
        edges=tuple(page.edges()),
        steps=tuple(page.steps()),
        frames=Growth(witnesses, taken, taken.graph, boxes).frames(),
        saved_bytes=saved_bytes,
        own_bytes=own_bytes,
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
        count = len(graph.roots)
        self._between = [f"e{count + edge}" for edge in range(len(graph.tails))]
        count += len(graph.tails)
        self._to_leaf = {node: f"e{count + place}" for place, node in enumerate(boxes.leaves)}
        self._count = count + len(boxes.leaves)

    def edges(self) -> Iterator[Edge]:
        """All edges, by id."""
        graph, boxes, view = self._graph, self._boxes, self._view
        sent = {edge: ticket for _, _, left, _, _ in self._worked for edge, ticket in left}
        arrived = {node: received[0] for node, received, *_ in self._worked if received}
        for place, (root, (head, output)) in enumerate(
            zip(self._taken.roots, graph.roots, strict=True)
        ):
            v = view(root.v) if self._worked else None
            yield Edge(f"e{place}", boxes.outputs[place], f"n{head}", 0, output, gradient=v)
        ends = zip(graph.tails, graph.heads, graph.slots, graph.outputs, strict=True)
        for edge, (tail, head, slot, output) in enumerate(ends):
            gradient = view(sent.get(edge))
            yield Edge(self._between[edge], f"n{tail}", f"n{head}", slot, output, gradient=gradient)
        for node, leaf in boxes.leaves.items():
            gradient = view(arrived.get(node))
            yield Edge(self._to_leaf[node], f"n{node}", leaf, 0, gradient=gradient)
        for place, (node, slot, operand) in enumerate(boxes.entrances, self._count):
            yield Edge(f"e{place}", f"n{node}", boxes.inputs[operand.ticket], slot, kind="data")
        ways = (way for one in boxes.severed for way in one.ways())
        for place, (box, behind, slot) in enumerate(ways, self._count + len(boxes.entrances)):
            yield Edge(f"e{place}", box, behind, slot, kind="cut")

    def steps(self) -> Iterator[Step]:
        """The nodes at work, in the engine's order."""
        view = self._view
        for index, (node, received, left, before, total) in enumerate(self._worked):
            arrived = tuple([view(ticket) for ticket in received])
            sent = [Sent(self._between[edge], view(ticket)) for edge, ticket in left]
            if node in self._to_leaf:
                sent = [Sent(self._to_leaf[node], arrived[0])]
            hooks = self._hooks(index, node, received)
            yield Step(index, f"n{node}", arrived, tuple(sent), view(before), view(total), hooks)

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
    heads = set(zip(graph.heads, graph.outputs, strict=True))
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
