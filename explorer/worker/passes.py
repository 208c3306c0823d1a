"""A pass as the engine gave it, written down as the record has it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import structs

from explorer.records import Edge, Number, Pass, Sent, Step
from explorer.worker.backward import Worked
from explorer.worker.boxes import Boxes
from explorer.worker.drawing import MAX_BOXES, draw
from explorer.worker.growth import Growth
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
    boxes = Boxes(witnesses, taken, taken.graph)
    page = _Page(witnesses, taken, taken.graph, boxes)
    record = Pass(
        **summary,
        nodes=boxes.nodes(),
        edges=tuple(page.edges()),
        steps=tuple(page.steps()),
        frames=Growth(witnesses, taken, taken.graph, boxes).frames(),
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
        self._worked: list[Worked] = taken.watch.steps if taken.watch is not None else []
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
            yield Step(index, f"n{node}", arrived, tuple(sent), view(before), view(total))
