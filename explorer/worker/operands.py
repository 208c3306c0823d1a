"""Where operands without gradient enter a graph: which input of which node they are."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from explorer.worker.observe import Call, Observer, Operand
from explorer.worker.walk import Graph


class Entrance(NamedTuple):
    """An operand at a slot of a node."""

    node: int
    slot: int
    operand: Operand


def entrances(graph: Graph, observer: Observer) -> list[Entrance]:
    """Every operand that the observed calls behind a graph used, in order of the nodes."""
    calls: dict[int, Call] = {}
    made: dict[int, list[int]] = defaultdict(list)
    end = observer.end
    for node, number in enumerate(graph.numbers):
        call = observer.find(number) if number < end else None
        if call is not None and call.operands:
            calls[call.first] = call
            made[call.first].append(node)
    return [
        entrance for first, call in calls.items() for entrance in _of_call(graph, call, made[first])
    ]


def _of_call(graph: Graph, call: Call, nodes: list[int]) -> list[Entrance]:
    """The operands of one call over the nodes that it made.

    A slot without a next function is an input without gradient: they are filled in order, those of
    the node that gave the result first. Operands that no formula differentiates (indices, targets,
    exponents) come behind the slots.
    """
    nodes = sorted(nodes, key=lambda node: graph.numbers[node], reverse=True)
    result = next((node for node in nodes if graph.numbers[node] == call.result), nodes[0])
    nodes.sort(key=lambda node: node != result)
    free = [(node, slot) for node in nodes for slot in _free(graph, node)]
    beyond = graph.widths[result]
    found = []
    ordered = sorted(call.operands, key=lambda operand: not operand.differentiable)
    for operand in ordered:
        if free and (operand.differentiable or free[0][0] == result):
            node, slot = free.pop(0)
        else:
            node, slot, beyond = result, beyond, beyond + 1
        found.append(Entrance(node, slot, operand))
    return found


def _free(graph: Graph, node: int) -> list[int]:
    taken = {graph.slots[edge] for edge in graph.edges_of(node)}
    return [slot for slot in range(graph.widths[node]) if slot not in taken]
