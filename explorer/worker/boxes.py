"""The boxes of a pass: nodes of the graph, then leaves, outputs, inputs and constants."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

from explorer.formulas import settings_of
from explorer.numbers import short
from explorer.records import SHOWN, Node, Saved, TensorView
from explorer.worker.cuts import Cut, key_of_leaf
from explorer.worker.facts import Ticket, facts_of
from explorer.worker.forward import NOWHERE, Origin
from explorer.worker.meta import shape_of
from explorer.worker.operands import Entrance, entrances
from explorer.worker.saved import Attributes, Kept, parts
from explorer.worker.severed import Severed, label, severed
from explorer.worker.taken import Root, Taken
from explorer.worker.walk import NO_NUMBER, Graph
from explorer.worker.witnesses import NOBODY, Witnesses

NOTHING = "None"
"""What a setting that was not given prints as."""


class Row(NamedTuple):
    """One tensor that a node saved."""

    kept: Kept
    box: str | None
    """Where that very tensor stands."""
    name: str | None
    ticket: Ticket
    """Of its numbers, where it is small and no box shows them: a mask, indices, a second result."""


class Boxes:
    """Ids and records of all boxes of one pass."""

    def __init__(self, witnesses: Witnesses, taken: Taken, graph: Graph) -> None:
        self._witnesses = witnesses
        self._taken = taken
        self._graph = graph
        self._view = witnesses.snapshots.view
        count = len(graph)
        self.leaves = {node: f"n{count + place}" for place, node in enumerate(taken.leaves)}
        """AccumulateGrad -> box of its leaf."""
        count += len(taken.leaves)
        self.outputs = [f"n{count + place}" for place in range(len(taken.roots))]
        count += len(taken.roots)
        self.entrances = entrances(graph, witnesses.observer)
        self.inputs: dict[int, str] = {}
        """Ticket -> box of an input or constant."""
        for entrance in self.entrances:
            self.inputs.setdefault(entrance.operand.ticket, f"n{count + len(self.inputs)}")
        self.by_number = {
            number: node for node, number in enumerate(graph.numbers) if number != NO_NUMBER
        }
        self._by_leaf = {id(leaf): self.leaves[node] for node, leaf in taken.leaves.items()}
        self.facts = facts_of(witnesses, taken, graph)
        self.origins = self.facts.origins
        """Where the nodes of the graph come from."""
        self.values: list[Ticket] = [
            *self.facts.values,
            *(taken.leaf_tickets[node] for node in taken.leaves),
            *(root.ticket for root in taken.roots),
            *self.inputs,
        ]
        """Tickets of what stands in the boxes that have a value, by id."""
        entering = [*self._entering()]
        first = count + len(self.inputs)
        self.severed = severed(entering, first, self._keys()) if entering else []

    def nodes(self) -> Iterator[Node]:
        """All boxes, by id."""
        return chain(map(self._op, range(len(self._graph))), self.tensors())

    def tensors(self) -> Iterator[Node]:
        """The boxes behind those of the graph."""
        return chain(
            self._leaves(),
            self._outputs(),
            self._inputs(),
            map(self._cut, self.severed),
        )

    @property
    def count(self) -> int:
        """How many there are."""
        tensors = (self.leaves, self.outputs, self.inputs, self.severed)
        return len(self._graph) + sum(map(len, tensors))

    def saved(self, node: int) -> Iterator[Row]:
        """What a node keeps for its backward."""
        return map(self._row, parts(self._taken.attributes.get(node, {})))

    def settings(self, node: int) -> dict[str, str] | None:
        """What its formula depends on, beside tensors; None where there is nothing."""
        attributes = self._taken.attributes.get(node)
        return _settings(self.facts.types[node], attributes) if attributes else None

    def attributes(self) -> dict[str, dict[str, object]]:
        """What torchviz's show_attrs shows of each node."""
        return {
            f"n{node}": {name: self._shown(value) for name, value in attributes.items()}
            for node, attributes in self._taken.attributes.items()
        }

    def origin_of_root(self, root: Root) -> Origin:
        """Where a root was made, or bound if it is a leaf."""
        if root.leaf is not None:
            return self._witnesses.bound(root.leaf)
        return self.origins[self.by_number[root.number]]

    def _op(self, node: int) -> Node:
        facts, origin = self.facts, self.origins[node]
        maker = facts.makers.get(node, NOBODY)
        return Node(
            id=f"n{node}",
            kind="op",
            label=facts.types[node],
            name=facts.names[node],
            op=facts.types[node],
            line=origin.line,
            visit=origin.visit,
            columns=origin.columns,
            scope=facts.scopes[node],
            call=facts.calls[node],
            shape=facts.shapes[node],
            value=self._view(facts.values[node]),
            saved=tuple(map(self._written, self.saved(node))),
            retained=node in facts.retained,
            freed=self._taken.freed.get(node),
            made_in=maker.made_in,
            made_by=None if maker.made_by is None else f"n{maker.made_by}",
            settings=self.settings(node),
        )

    def _leaves(self) -> Iterator[Node]:
        for node, leaf in self._taken.leaves.items():
            name = self._witnesses.names.of(leaf)
            origin = self._witnesses.bound(leaf)
            yield Node(
                id=self.leaves[node],
                kind="leaf",
                label=name or "leaf",
                name=name,
                line=origin.line,
                visit=origin.visit,
                shape=shape_of(leaf),
                value=self._view(self._taken.leaf_tickets[node]),
            )

    def _outputs(self) -> Iterator[Node]:
        for root, box in zip(self._taken.roots, self.outputs, strict=True):
            name = self._witnesses.root_name(self._taken, root)
            origin = self.origin_of_root(root)
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
        first = {entrance.operand.ticket: entrance for entrance in reversed(self.entrances)}
        for ticket in self.inputs:
            yield self._input(first[ticket], self._view(ticket))

    def _input(self, entrance: Entrance, view: TensorView | None) -> Node:
        assert view is not None
        operand, names = entrance.operand, self._witnesses.names
        name = None if operand.constant else names.of_ticket(operand.ticket)
        owner = self._witnesses.snapshots.owner(operand.ticket)
        origin = self._witnesses.bound(owner) if owner is not None else NOWHERE
        if origin is NOWHERE:
            origin = self.origins[entrance.node]
        return Node(
            id=self.inputs[operand.ticket],
            kind="constant" if operand.constant else "input",
            label=short(view.values[0]) if operand.constant else name or "tensor",
            name=name,
            line=origin.line,
            visit=origin.visit,
            shape=view.shape,
            value=view,
        )

    def _entering(self) -> Iterator[tuple[str, tuple[Cut, ...]]]:
        """Boxes of tensors without history that have cuts behind them, and those."""
        observer = self._witnesses.observer
        for ticket, box in self.inputs.items():
            if cuts := observer.told.get(ticket, ()):
                yield box, cuts
        for node, leaf in self._taken.leaves.items():
            if cuts := observer.cuts.of(leaf):
                yield self.leaves[node], cuts

    def _keys(self) -> dict[int, str]:
        """Boxes by the keys that cuts have for nodes and leaves."""
        keys = {number: f"n{node}" for number, node in self.by_number.items()}
        leaves = self._taken.leaves.items()
        return keys | {key_of_leaf(leaf): self.leaves[node] for node, leaf in leaves}

    def _cut(self, one: Severed) -> Node:
        origin = self._witnesses.origins.at(one.cut.place)
        return Node(
            id=one.box,
            kind="cut",
            label=label(one.cut),
            name=self._witnesses.name_of_cut(one.cut),
            line=origin.line,
            visit=origin.visit,
            cut=one.cut.how,
        )

    def _row(self, kept: Kept) -> Row:
        box, name = self._owner(kept)
        return Row(kept, box, name, self._unboxed(kept, box))

    def _written(self, row: Row) -> Saved:
        kept = row.kept
        return Saved(
            name=kept.name,
            shape=kept.meta.shape,
            dtype=kept.meta.dtype,
            bytes=kept.bytes,
            version=kept.version,
            now=kept.now,
            of=row.name,
            node=row.box,
            output=kept.output,
            value=self._view(row.ticket),
        )

    def _unboxed(self, kept: Kept, box: str | None) -> Ticket:
        if (box is not None and kept.output == 0) or math.prod(kept.meta.shape) > SHOWN:
            return None
        if kept.number is None:
            return kept.ticket
        return self._witnesses.recorder.tickets.get((kept.number, kept.output))

    def _owner(self, kept: Kept) -> tuple[str | None, str | None]:
        """Box and name of a saved tensor."""
        names = self._witnesses.names
        if kept.leaf is not None:
            return self._by_leaf.get(id(kept.leaf)), names.of(kept.leaf)
        if kept.number is not None:
            made = self.by_number.get(kept.number)
            name = self._witnesses.recorder.names.get((kept.number, kept.output))
            return f"n{made}" if made is not None else None, name
        if kept.ticket is not None:
            return self.inputs.get(kept.ticket), names.of_ticket(kept.ticket)
        return None, None

    def _shown(self, value: object) -> object:
        if isinstance(value, Kept):
            return self._written(self._row(value))
        if isinstance(value, tuple):
            return tuple(self._shown(part) for part in value)
        return value

    def _base(self, root: Root) -> str | None:
        """Box of the tensor that a root is a view of."""
        if root.base_leaf is not None:
            return self._by_leaf.get(id(root.base_leaf))
        made = self.by_number.get(root.base_number) if root.base_number is not None else None
        return f"n{made}" if made is not None else None


def _settings(op: str, attributes: Attributes) -> dict[str, str] | None:
    wanted = settings_of(op)
    found = {
        name: value
        for name, value in attributes.items()
        if name in wanted and isinstance(value, str) and value != NOTHING
    }
    return found or None
