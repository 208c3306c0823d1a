"""A pass of the record with its look-ups: boxes, edges by slot, steps by node."""

from __future__ import annotations

from typing import TypeGuard

from explorer.records import Edge, Node, Pass

ACCUMULATE = "AccumulateGrad"
"""Type of the node that adds what arrives to a leaf's `.grad`."""


def is_own(op: str | None) -> TypeGuard[str]:
    """Whether a node is of a Function of the program's own: names of PyTorch's end in a digit."""
    return op is not None and op.endswith("Backward")


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
