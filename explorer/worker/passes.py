"""A pass as it was taken, written down as the record has it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import torch
from msgspec import structs

from explorer.numbers import short
from explorer.records import Edge, Node, Number, Pass, Saved, Sent, Step, TensorView
from explorer.worker.drawing import MAX_BOXES, draw
from explorer.worker.engine import Root, Taken
from explorer.worker.forward import NOWHERE, Made, Origin, Origins, frames
from explorer.worker.names import Names
from explorer.worker.observe import Observer
from explorer.worker.operands import Entrance, entrances
from explorer.worker.recorder import Recorder
from explorer.worker.saved import Kept
from explorer.worker.scopes import Scopes
from explorer.worker.snapshots import Snapshots
from explorer.worker.walk import NO_NUMBER

JUST_BEFORE, JUST_AFTER = -0.5, 0.5
"""Of the number of a node, where a tensor comes to be that it uses or gives."""

LAST = 1 << 62
"""After everything that was bound at the same time."""


class Writing:
    """What all passes of a run have in common."""

    def __init__(
        self,
        snapshots: Snapshots,
        recorder: Recorder,
        observer: Observer,
        scopes: Scopes,
        names: Names,
        origins: Origins,
    ) -> None:
        self.snapshots = snapshots
        self.recorder = recorder
        self.observer = observer
        self.scopes = scopes
        self.names = names
        self.origins = origins

    def write(self, taken: Taken) -> Pass:
        """The Pass; only its summary where the graph was not kept."""
        origin = self.origins.at(taken.place)
        summary: dict[str, Any] = {
            "index": taken.index,
            "how": taken.how,
            "root": ", ".join(filter(None, map(self.root_name, taken.roots))) or None,
            "v": self.snapshots.view(taken.roots[0].v) if taken.roots else None,
            "line": origin.line,
            "visit": origin.visit,
            "order": taken.order,
            "node_count": taken.node_count,
            "note": taken.note,
            "value": self._value(taken),
        }
        if taken.graph is None:
            return Pass(**summary, full=False)
        return _Page(self, taken).written(summary)

    def _value(self, taken: Taken) -> Number | None:
        """The root as one real number."""
        view = self.snapshots.view(taken.roots[0].ticket) if len(taken.roots) == 1 else None
        single = view is not None and len(view.values) == 1 and view.imag is None
        return view.values[0] if view is not None and single else None

    def root_name(self, root: Root) -> str | None:
        """The variable that a root is bound to."""
        if root.leaf is not None:
            return self.names.of(root.leaf)
        name = self.recorder.names.get((root.number, root.output))
        return name or self.names.of_ticket(root.ticket)


class _Page:
    """One full pass. Boxes are numbered: nodes of the graph, leaves, outputs, inputs, constants."""

    def __init__(self, writing: Writing, taken: Taken) -> None:
        assert taken.graph is not None
        self._writing = writing
        self._taken = taken
        self._graph = taken.graph
        self._view = writing.snapshots.view
        count = len(self._graph)
        self._leaf_ids = {node: f"n{count + place}" for place, node in enumerate(taken.leaves)}
        count += len(taken.leaves)
        self._output_ids = [f"n{count + place}" for place in range(len(taken.roots))]
        count += len(taken.roots)
        self._entrances = entrances(self._graph, writing.observer)
        self._input_ids: dict[int, str] = {}
        """Ticket -> box of an input or constant."""
        for entrance in self._entrances:
            self._input_ids.setdefault(entrance.operand.ticket, f"n{count + len(self._input_ids)}")
        self._by_number = {
            number: node for node, number in enumerate(self._graph.numbers) if number != NO_NUMBER
        }
        self._by_leaf = {id(leaf): self._leaf_ids[node] for node, leaf in taken.leaves.items()}

    def written(self, summary: dict[str, Any]) -> Pass:
        """The Pass with everything in it."""
        nodes = (*self._ops(), *self._leaves(), *self._outputs(), *self._inputs())
        steps = tuple(self._steps())
        record = Pass(
            **summary,
            nodes=nodes,
            edges=tuple(self._edges()),
            steps=steps,
            frames=frames(self._made()),
        )
        drawing = draw(record, self._attributes()) if len(nodes) <= MAX_BOXES else None
        return structs.replace(record, drawing=drawing)

    @cached_property
    def _origins(self) -> list[Origin]:
        """Of each node of the graph."""
        forwards, of = self._taken.forwards, self._writing.origins.of
        return [
            NOWHERE if number == NO_NUMBER else of(number, forwards.get(node))
            for node, number in enumerate(self._graph.numbers)
        ]

    def _ops(self) -> Iterator[Node]:
        writing, graph = self._writing, self._graph
        for node, number in enumerate(graph.numbers):
            kind, shape = graph.types[node], self._taken.shapes[node]
            if number == NO_NUMBER:
                yield Node(f"n{node}", "op", kind, op=kind, shape=shape)
                continue
            origin = self._origins[node]
            yield Node(
                id=f"n{node}",
                kind="op",
                label=kind,
                name=writing.names.of_result(number),
                op=kind,
                line=origin.line,
                visit=origin.visit,
                columns=origin.columns,
                scope=writing.names.of_module(writing.scopes.of(number)),
                shape=shape,
                value=self._view(writing.recorder.tickets.get((number, 0))),
                saved=self._saved(node),
            )

    def _leaves(self) -> Iterator[Node]:
        names = self._writing.names
        for node, leaf in self._taken.leaves.items():
            name = names.of(leaf)
            origin = self._bound(leaf)
            yield Node(
                id=self._leaf_ids[node],
                kind="leaf",
                label=name or "leaf",
                name=name,
                line=origin.line,
                visit=origin.visit,
                shape=tuple(leaf.shape),
                value=self._view(self._taken.leaf_tickets[node]),
            )

    def _outputs(self) -> Iterator[Node]:
        for root, box in zip(self._taken.roots, self._output_ids, strict=True):
            name = self._writing.root_name(root)
            origin = self._root_origin(root)
            view = self._view(root.ticket)
            yield Node(
                id=box,
                kind="output",
                label=name or "output",
                name=name,
                line=origin.line,
                visit=origin.visit,
                shape=view.shape if view else None,
                value=view,
                view_of=self._base(root),
            )

    def _inputs(self) -> Iterator[Node]:
        seen: set[int] = set()
        for entrance in self._entrances:
            operand = entrance.operand
            if operand.ticket in seen:
                continue
            seen.add(operand.ticket)
            view = self._view(operand.ticket)
            assert view is not None
            name = None if operand.constant else self._writing.names.of_ticket(operand.ticket)
            origin = self._entered(entrance).origin
            yield Node(
                id=self._input_ids[operand.ticket],
                kind="constant" if operand.constant else "input",
                label=_number(view) if operand.constant else name or "tensor",
                name=name,
                line=origin.line,
                visit=origin.visit,
                shape=view.shape,
                value=view,
            )

    def _edges(self) -> Iterator[Edge]:
        graph = self._graph
        gradients = {edge: ticket for step in self._worked for edge, ticket in step.sent}
        totals = {step.node: step.received[0] for step in self._worked if step.received}
        for place, ((head, output), root) in enumerate(
            zip(graph.roots, self._taken.roots, strict=True)
        ):
            v = self._view(root.v) if self._worked else None
            yield Edge(f"e{place}", self._output_ids[place], f"n{head}", 0, output, gradient=v)
        ends = zip(graph.tails, graph.heads, graph.slots, graph.outputs, strict=True)
        for edge, (tail, head, slot, output) in enumerate(ends):
            gradient = self._view(gradients.get(edge))
            yield Edge(self._edge(edge), f"n{tail}", f"n{head}", slot, output, gradient=gradient)
        for node, leaf in self._leaf_ids.items():
            gradient = self._view(totals.get(node))
            yield Edge(self._leaf_edges[node], f"n{node}", leaf, 0, gradient=gradient)
        last = len(graph.roots) + len(graph.tails) + len(self._leaf_ids)
        for place, (node, slot, operand) in enumerate(self._entrances, last):
            used = self._input_ids[operand.ticket]
            yield Edge(f"e{place}", f"n{node}", used, slot, kind="data")

    def _edge(self, edge: int) -> str:
        return f"e{len(self._graph.roots) + edge}"

    @cached_property
    def _leaf_edges(self) -> dict[int, str]:
        """AccumulateGrad -> id of its edge to the leaf."""
        first = len(self._graph.roots) + len(self._graph.tails)
        return {node: f"e{place}" for place, node in enumerate(self._leaf_ids, first)}

    @property
    def _worked(self) -> list[Any]:
        return self._taken.watch.steps if self._taken.watch is not None else []

    def _steps(self) -> Iterator[Step]:
        for index, (node, received, sent, before, total) in enumerate(self._worked):
            arrived = tuple([self._view(ticket) for ticket in received])
            if node in self._leaf_edges:
                left: tuple[Sent, ...] = (Sent(self._leaf_edges[node], arrived[0]),)
            else:
                left = tuple([Sent(self._edge(edge), self._view(ticket)) for edge, ticket in sent])
            yield Step(index, f"n{node}", arrived, left, self._view(before), self._view(total))

    def _saved(self, node: int) -> tuple[Saved, ...]:
        found: list[Saved] = []
        for value in self._taken.attributes.get(node, {}).values():
            parts = (value,) if isinstance(value, Kept) or not isinstance(value, tuple) else value
            found += [self._written_saved(part) for part in parts if isinstance(part, Kept)]
        return tuple(found)

    def _written_saved(self, kept: Kept) -> Saved:
        names, box, name = self._writing.names, None, None
        if kept.leaf is not None:
            name, box = names.of(kept.leaf), self._by_leaf.get(id(kept.leaf))
        elif kept.number is not None:
            made = self._by_number.get(kept.number)
            box = f"n{made}" if made is not None else None
            name = self._writing.recorder.names.get((kept.number, kept.output))
        elif kept.ticket is not None:
            name, box = names.of_ticket(kept.ticket), self._input_ids.get(kept.ticket)
        return Saved(
            name=kept.name,
            shape=kept.meta.shape,
            dtype=kept.meta.dtype,
            bytes=kept.bytes,
            version=kept.version,
            of=name,
            node=box,
            output=kept.output,
        )

    def _attributes(self) -> dict[str, dict[str, object]]:
        """What torchviz's show_attrs shows of each node."""
        return {
            f"n{node}": {name: self._shown(value) for name, value in attributes.items()}
            for node, attributes in self._taken.attributes.items()
        }

    def _shown(self, value: object) -> object:
        if isinstance(value, Kept):
            return self._written_saved(value)
        if isinstance(value, tuple):
            return tuple(self._shown(part) for part in value)
        return value

    def _base(self, root: Root) -> str | None:
        """Box of the tensor that a root is a view of."""
        if root.base_leaf is not None:
            return self._by_leaf.get(id(root.base_leaf))
        made = self._by_number.get(root.base_number) if root.base_number is not None else None
        return f"n{made}" if made is not None else None

    def _root_origin(self, root: Root) -> Origin:
        if root.leaf is not None:
            return self._bound(root.leaf)
        return self._origins[self._by_number[root.number]]

    def _bound(self, leaf: Any) -> Origin:
        binding = self._writing.names.binding(leaf)
        return self._writing.origins.at(binding.place) if binding is not None else NOWHERE

    @cached_property
    def _first_use(self) -> dict[int, int]:
        """Node -> the oldest node that sends it a gradient."""
        oldest: dict[int, int] = {}
        numbers = self._graph.numbers
        for tail, head in zip(self._graph.tails, self._graph.heads, strict=True):
            if head not in oldest or numbers[tail] < numbers[oldest[head]]:
                oldest[head] = tail
        return oldest

    def _made(self) -> Iterator[Made]:
        """All boxes with the moment in which they came to be."""
        entered: set[str] = set()
        for number, node in self._by_number.items():
            yield Made(number, f"n{node}", self._origins[node])
        for node, leaf in self._leaf_ids.items():
            made = self._leaf_made(node)
            yield made._replace(node=leaf)
            yield made._replace(node=f"n{node}")
        for entrance in self._entrances:
            made = self._entered(entrance)
            if made.node not in entered:
                entered.add(made.node)
                yield made
        for root, box in zip(self._taken.roots, self._output_ids, strict=True):
            time = JUST_AFTER + (root.number if root.leaf is None else 0)
            yield Made(time, box, self._root_origin(root))

    def _leaf_made(self, node: int) -> Made:
        """When a leaf was bound to its name; or when it was used first."""
        user = self._first_use.get(node)
        return self._tensor_made("", self._taken.leaves[node], user)

    def _entered(self, entrance: Entrance) -> Made:
        """When an input was bound or used first."""
        operand = entrance.operand
        owner = self._writing.snapshots.owner(operand.ticket)
        return self._tensor_made(self._input_ids[operand.ticket], owner, entrance.node)

    def _tensor_made(self, box: str, tensor: torch.Tensor | None, user: int | None) -> Made:
        """A tensor without history: bound by a statement before its first use, or in it."""
        used = self._graph.numbers[user] if user is not None else 0
        binding = self._writing.names.binding(tensor) if tensor is not None else None
        if binding is not None and (user is None or binding.time <= used):
            origin = self._writing.origins.at(binding.place)
            return Made(binding.time + JUST_BEFORE, box, origin, binding.order)
        origin = self._origins[user] if user is not None else NOWHERE
        return Made(used + JUST_BEFORE, box, origin, LAST)


def _number(view: TensorView) -> str:
    return short(view.values[0]) if view.values else view.dtype
