"""A pass of the record with its look-ups: boxes, edges by slot, steps by node."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple, TypeGuard

from explorer.records import Edge, Node, Pass

ACCUMULATE = "AccumulateGrad"
"""Type of the node that adds what arrives to a leaf's `.grad`."""


def is_own(op: str | None) -> TypeGuard[str]:
    """Whether a node is of a Function of the program's own: names of PyTorch's end in a digit."""
    return op is not None and op.endswith("Backward")


def called(node: Node) -> str:
    """What a sentence calls a node: its variable, else its operation."""
    return node.name or node.op or node.label


class Places(NamedTuple):
    """Where boxes of one name were made."""

    lines: set[int]
    visits: set[int]


class Look:
    """One pass with its look-ups."""

    def __init__(self, one: Pass) -> None:
        self.nodes = {node.id: node for node in one.nodes}
        self.edges = {edge.id: edge for edge in one.edges}
        self.steps = {step.node: step for step in one.steps}
        self.slots: dict[tuple[str, int], Edge] = {}
        self.into: dict[str, list[Edge]] = {}
        for edge in one.edges:
            self.slots.setdefault((edge.tail, edge.slot), edge)
            if edge.kind == "gradient":
                self.into.setdefault(edge.head, []).append(edge)

    def operand(self, edge: Edge | None) -> Node | None:
        """The box of what an edge leads to: of an AccumulateGrad its leaf."""
        head = self.nodes.get(edge.head) if edge else None
        if head is None or head.op != ACCUMULATE:
            return head
        leaf = self.slots.get((head.id, 0))
        return self.nodes.get(leaf.head) if leaf else head

    def apart(self, node: Node) -> tuple[str | None, str | None]:
        """ "line 6" and "visit 9", each None where it tells a box from no other of its name."""
        places = self._places.get(called(node)) if node.line is not None else None
        line = f"line {node.line}" if places and len(places.lines) > 1 else None
        visit = f"visit {node.visit or 1}" if places and len(places.visits) > 1 else None
        return line, visit

    @cached_property
    def _places(self) -> Mapping[str, Places]:
        """What a node is called -> where all were made that are called so."""
        found: dict[str, Places] = {}
        for node in self.nodes.values():
            if node.line is not None:
                places = found.setdefault(called(node), Places(set(), set()))
                places.lines.add(node.line)
                places.visits.add(node.visit or 1)
        return found
