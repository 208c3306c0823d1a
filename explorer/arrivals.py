"""Gradients that come to leaves, of passes however large."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from explorer.columns import NONE
from explorer.records import Node, Pass, Step
from explorer.sheet import Sheet


def arrivals(one: Pass) -> Iterator[tuple[Node, Step]]:
    """Each leaf with the step that brought its gradient, in the engine's order; of a pass that is
    written out, at least around its leaves."""
    nodes = {node.id: node for node in one.nodes if node.kind == "leaf"}
    leaves = {edge.tail: nodes[edge.head] for edge in one.edges if edge.head in nodes}
    for step in one.steps:
        if step.node in leaves and step.received:
            yield leaves[step.node], step


def around_leaves(one: Pass) -> Pass:
    """The pass with its leaves, the edges to them and the steps that change their `.grad` alone:
    quickly, however large it is."""
    if one.columns is None:
        return one
    sheet = Sheet(one)
    leaves = sheet.of_kind("leaf")
    edges = {at for at, head in enumerate(sheet.rows("edges", "head")) if head in leaves}
    steps = {at for at, total in enumerate(sheet.rows("steps", "total")) if total != NONE}
    return replace(
        one,
        nodes=tuple(sheet.nodes(leaves)),
        edges=tuple(sheet.edges(edges)),
        steps=tuple(sheet.steps(steps)),
        columns=None,
    )
