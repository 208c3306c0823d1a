"""The autograd graph behind some tensors, as lists: nodes breadth first, edges, numbers."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch.autograd.graph import Node

NO_NUMBER = 2**64 - 1
"""Sequence number of every AccumulateGrad: the engine runs them first."""


class Graph:
    """Edge e leads from `tails[e]`, by its input `slots[e]`, to output `outputs[e]` of `heads[e]`.

    The edges of node i are `range(first[i], first[i + 1])`, by slot. `widths[i]` counts all slots
    of node i, also those without an edge.
    """

    def __init__(self, roots: Sequence[torch.Tensor]) -> None:
        self.nodes: list[Node] = []
        self.tails, self.slots = array("i"), array("i")
        self.heads, self.outputs = array("i"), array("i")
        self.first, self.widths = array("i"), array("i")
        self.roots: list[tuple[int, int]] = []
        """Node and output of each root."""
        index: dict[Node, int] = {}
        for root in roots:
            edge = torch.autograd.graph.get_gradient_edge(root)
            if edge.node not in index:
                index[edge.node] = len(self.nodes)
                self.nodes.append(edge.node)
            self.roots.append((index[edge.node], edge.output_nr))
        self._walk(index)
        self.types = [type(node).__name__ for node in self.nodes]
        self.numbers = [node._sequence_nr() for node in self.nodes]

    def __len__(self) -> int:
        return len(self.numbers)

    def edges_of(self, node: int) -> range:
        """The edges over which a node sends gradients."""
        return range(self.first[node], self.first[node + 1])

    def leaf(self, node: int) -> torch.Tensor | None:
        """The tensor that an AccumulateGrad belongs to; None for operations."""
        if self.numbers[node] != NO_NUMBER:
            return None
        found: torch.Tensor | None = getattr(self.nodes[node], "variable", None)
        return found

    def leaves(self) -> Iterator[torch.Tensor]:
        """The leaves that it leads to."""
        accumulating = (place for place, one in enumerate(self.numbers) if one == NO_NUMBER)
        return (leaf for place in accumulating if (leaf := self.leaf(place)) is not None)

    def _walk(self, index: dict[Node, int]) -> None:
        nodes, first = self.nodes, self.first
        tails, slots, heads, outputs = self.tails, self.slots, self.heads, self.outputs
        tail = 0
        while tail < len(nodes):
            first.append(len(tails))
            followers: Any = nodes[tail].next_functions
            for slot, (node, output) in enumerate(followers):
                if node is None:
                    continue
                head = index.get(node)
                if head is None:
                    head = index[node] = len(nodes)
                    nodes.append(node)
                tails.append(tail)
                slots.append(slot)
                heads.append(head)
                outputs.append(output)
            self.widths.append(len(followers))
            tail += 1
        first.append(len(tails))


def release(graphs: list[Graph]) -> None:
    """Lets graphs go root first, so that no node takes a whole chain with it.

    Freeing a deep chain from its root recurses in C, once per node, and ends the process. Here each
    node's inputs are still held when it goes. All tensors with history must have gone before.
    """
    held: dict[int, Node] = {}
    for graph in graphs:
        for number, node in zip(graph.numbers, graph.nodes, strict=True):
            held[-len(held) - 1 if number == NO_NUMBER else number] = node
        graph.nodes.clear()
    ordered = [held[number] for number in sorted(held)]
    held.clear()
    while ordered:
        ordered.pop()
