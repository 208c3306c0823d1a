"""The first steps of a pass, read without the rest of it: for what is told line by line."""

from __future__ import annotations

from msgspec.structs import replace

from explorer.records import Pass
from explorer.sheet import Sheet


def opening(one: Pass, most: int) -> Pass:
    """The pass with its first steps, at most so many, the edges over which these send, with those
    that lead on to a leaf, and the nodes at both ends alone."""
    if one.columns is None:
        return replace(one, steps=one.steps[:most])
    sheet = Sheet(one)
    works = {*sheet.rows("steps", "node")[:most]}
    tails, heads = sheet.rows("edges", "tail"), sheet.rows("edges", "head")
    leaves = sheet.of_kind("leaf")
    edges = {at for at, tail in enumerate(tails) if tail in works}
    ends = works.union(heads[at] for at in edges)
    edges |= {at for at, head in enumerate(heads) if head in leaves and tails[at] in ends}
    return replace(
        one,
        nodes=tuple(sheet.nodes(ends.union(heads[at] for at in edges))),
        edges=tuple(sheet.edges(edges)),
        steps=tuple(sheet.steps(range(most))),
        columns=None,
    )


def steps_of(one: Pass) -> int:
    """How many steps a pass has."""
    return len(one.steps) if one.columns is None else one.columns.steps.count
