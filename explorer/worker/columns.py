"""A large pass as columns: from lists of what is known of it, without a record for every node."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from explorer.columns import CUTS, EDGES, FATES, HIGHEST, KINDS, NONE, PARTS, RULES
from explorer.records import (
    Columns,
    EdgeColumns,
    EdgeKind,
    FrameColumns,
    Hooked,
    HookedStep,
    Node,
    NodeColumns,
    SavedColumns,
    StepColumns,
)
from explorer.worker.boxes import Row
from explorer.worker.facts import Facts, Ticket
from explorer.worker.packing import Numbers, Places, Whole, packed
from explorer.worker.tensors import ENDS, GRADIENTS, RESULTS, Tensors

_EDGES = {kind: place for place, kind in enumerate(EDGES)}
_CUTS = {kind: place for place, kind in enumerate(CUTS)}


class EdgeTable(NamedTuple):
    """The edges of a pass, by id."""

    tails: Sequence[int]
    """Nodes, like `heads`."""
    heads: Sequence[int]
    slots: Sequence[int]
    outputs: Sequence[int]
    kinds: Sequence[EdgeKind]
    gradients: Sequence[Ticket]


class StepTable(NamedTuple):
    """The steps of a pass, in order."""

    nodes: Sequence[int]
    received: Sequence[tuple[Ticket, ...]]
    """By output of the node."""
    before: Sequence[Ticket]
    """A leaf's `.grad`; likewise after it, `total`."""
    total: Sequence[Ticket]
    hooks: dict[int, tuple[Hooked, ...]]
    """Step -> hooks that changed something."""


class FrameTable(NamedTuple):
    """The forward replay of a pass."""

    lines: Sequence[int]
    """0: not known; like `visits`."""
    visits: Sequence[int]
    sizes: Sequence[int]
    nodes: Sequence[int]
    """Of all frames, one after the other."""


class KeptTable(NamedTuple):
    """What the operations of a pass keep for their backward."""

    owners: Sequence[int]
    """Nodes, in order."""
    rows: Sequence[Row]
    """What each of them keeps."""
    settings: Sequence[dict[str, str] | None]
    """By node of the graph, what its formula depends on; empty where nothing was read."""
    freed: Mapping[int, bool]
    """Nodes that lost it, and that did not."""

    def fits(self) -> bool:
        """Whether columns can hold its numbers."""
        return all(row.kept.bytes < HIGHEST for row in self.rows)


NOTHING_KEPT = KeptTable((), (), (), {})


class Writer:
    """Packs one pass. Ids count from 0: operations first, then the other boxes."""

    def __init__(self, facts: Facts, others: Sequence[Node], values: Sequence[Ticket]) -> None:
        """`values` are those of all boxes but cuts, which have none."""
        self._words: Places[str] = Places([""], nothing=0)
        self._shapes: Places[tuple[int, ...]] = Places([], nothing=NONE)
        self._settings: Places[tuple[tuple[str, str], ...]] = Places([], nothing=NONE)
        self._facts = facts
        self._others = others
        self._ops = len(facts.types)
        self._values = _numbers([*values, *[None] * (self._ops + len(others) - len(values))])

    def columns(
        self,
        tensors: Tensors,
        edges: EdgeTable,
        steps: StepTable,
        frames: FrameTable,
        kept: KeptTable = NOTHING_KEPT,
    ) -> Columns:
        """All columns of the pass; `tensors` gets every tensor in it."""
        gradients = _numbers(edges.gradients)
        received = _numbers(chain.from_iterable(steps.received))
        before, total = _numbers(steps.before), _numbers(steps.total)
        values = _numbers(row.ticket for row in kept.rows)
        tensors.add(RESULTS, self._values[: self._ops])
        tensors.add(ENDS, self._values[self._ops :])
        tensors.add(GRADIENTS, gradients, received)
        tensors.add(ENDS, before, total)
        tensors.add(RESULTS, values)
        whole, statistics, place = tensors.parted(self._words.of, self._shapes.of)
        over: dict[str, Numbers] = {
            "tail": edges.tails,
            "head": edges.heads,
            "slot": edges.slots,
            "output": edges.outputs,
            "kind": [_EDGES[kind] for kind in edges.kinds],
            "gradient": place(gradients),
        }
        works: dict[str, Numbers] = {
            "node": steps.nodes,
            "outputs": [*map(len, steps.received)],
            "received": place(received),
            "before": place(before),
            "total": place(total),
        }
        grown = dict(zip(RULES["frames"], frames, strict=True))
        return Columns(
            nodes=NodeColumns(**_packed("nodes", self._nodes(place(self._values), kept))),
            saved=SavedColumns(**_packed("saved", self._saved(kept, place(values)))),
            settings=tuple(map(dict, self._settings.all)),
            edges=EdgeColumns(**_packed("edges", over)),
            steps=StepColumns(
                **_packed("steps", works),
                hooked=tuple(HookedStep(step, hooks) for step, hooks in steps.hooks.items()),
            ),
            frames=FrameColumns(**_packed("frames", grown)),
            statistics=statistics,
            tensors=whole,
            words=tuple(self._words.all),
            shapes=tuple(self._shapes.all),
        )

    def _nodes(self, values: Whole, kept: KeptTable) -> dict[str, Numbers]:
        facts, others, words = self._facts, self._others, self._words.each
        origins, ops, count = facts.origins, self._ops, self._ops + len(others)
        types = words(facts.types)
        spans = origins.columns | {
            place: node.columns for place, node in enumerate(others, ops) if node.columns
        }
        bases = {
            place: number_of(node.view_of) for place, node in enumerate(others, ops) if node.view_of
        }
        makers = facts.makers.items()
        settings = [None if one is None else tuple(one.items()) for one in kept.settings]
        return {
            "kind": [KINDS.index("op")] * ops + [KINDS.index(node.kind) for node in others],
            "label": types + words([node.label for node in others]),
            "op": types + words([node.op for node in others]),
            "name": words([*facts.names, *(node.name for node in others)]),
            "scope": words([*facts.scopes, *(node.scope for node in others)]),
            "call": _numbers([*facts.calls, *(node.call for node in others)]),
            "line": [*origins.lines, *(node.line or 0 for node in others)],
            "visit": [*origins.visits, *(node.visit or 0 for node in others)],
            "start": _sparse(count, {place: start for place, (start, _) in spans.items()}),
            "end": _sparse(count, {place: end for place, (_, end) in spans.items()}),
            "shape": self._shapes.each([*facts.shapes, *(node.shape for node in others)]),
            "value": values,
            "view_of": _sparse(count, bases),
            "made_in": _sparse(count, {node: one.made_in for node, one in makers}),
            "made_by": _sparse(count, {node: one.made_by for node, one in makers}),
            "cut": [0] * ops + [_CUTS[node.cut] for node in others],
            "retained": _sparse(count, dict.fromkeys(facts.retained, 1), 0),
            "settings": _sparse(count, dict(enumerate(self._settings.each(settings)))),
            "freed": _sparse(count, {at: FATES.index(fate) for at, fate in kept.freed.items()}, 0),
        }

    def _saved(self, kept: KeptTable, values: Whole) -> dict[str, Numbers]:
        ones, words = [row.kept for row in kept.rows], self._words.each
        return {
            "owner": kept.owners,
            "name": words([one.name for one in ones]),
            "shape": self._shapes.each([one.meta.shape for one in ones]),
            "dtype": words([one.meta.dtype for one in ones]),
            "size": [one.bytes for one in ones],
            "version": [one.version for one in ones],
            "now": [one.now for one in ones],
            "of": words([row.name for row in kept.rows]),
            "node": [NONE if row.box is None else number_of(row.box) for row in kept.rows],
            "output": [one.output for one in ones],
            "value": values,
        }


def _numbers(tickets: Iterable[int | None]) -> Whole:
    return np.array([NONE if one is None else one for one in tickets], dtype=np.int64)


def _sparse(count: int, known: Mapping[int, int | None], usual: int = NONE) -> Whole:
    """A column in which few rows say something."""
    rows = np.full(count, usual, dtype=np.int64)
    for place, number in known.items():
        rows[place] = usual if number is None else number
    return rows


def _packed(group: str, columns: Mapping[str, Numbers]) -> dict[str, Any]:
    """A group's columns, and how many rows it has."""
    rules = RULES[group]
    found: dict[str, Any] = {
        name: packed(columns[name], usual) for name, (usual, _) in rules.items()
    }
    found["count"] = next(len(columns[name]) for name in rules if (group, name) not in PARTS)
    return found


def number_of(box: str) -> int:
    """The number in the id of a node."""
    return int(box[1:])
