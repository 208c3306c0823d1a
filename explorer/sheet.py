"""Columns of a large pass, read: every row checked, and written out as the nouns of `records`."""

from __future__ import annotations

from collections.abc import Container, Iterator
from functools import partial
from itertools import accumulate, pairwise

from msgspec.structs import replace

from explorer.columns import (
    CUTS,
    EDGES,
    FATES,
    HIGHEST,
    KINDS,
    NONE,
    PARTS,
    RULES,
    Integers,
    integers,
)
from explorer.measured import Measured
from explorer.records import Edge, Frame, Node, NodeKind, Pass, Saved, Sent, Step, TensorView

MOST_ROWS = 1_000_000
"""Rows of one column; far beyond what a run may keep."""

MOST_IN_ALL = 5_000_000
"""Rows of all passes of a Trace; one of 64 MB, the largest that may be asked for, has 3 million."""

SEARCHED = 30_000
"""Nodes of a pass up to which each is looked at: more would take as much memory as the run."""

EVERY = range(MOST_ROWS)
"""All of them."""


class Sheet:
    """One pass of many nodes; whatever is asked raises ValueError where the columns are wrong."""

    def __init__(self, one: Pass) -> None:
        if one.columns is None:
            raise ValueError("the pass has no columns")
        columns = one.columns
        self._columns = columns
        self._measured = Measured(columns, partial(self.rows, "statistics"))
        self._tensors: dict[int, TensorView] = {}
        self._counts: dict[str, int] = {group: getattr(columns, group).count for group in RULES}
        if any(not 0 <= count <= MOST_ROWS for count in self._counts.values()):
            raise ValueError(f"columns of more than {MOST_ROWS:,} rows")
        self._bounds = {
            "anything": HIGHEST,
            "answers": 2,
            "kinds": len(KINDS),
            "ways": len(EDGES),
            "cuts": len(CUTS),
            "words": len(columns.words),
            "shapes": len(columns.shapes),
            "tensors": len(columns.tensors) + self._counts["statistics"],
            "nodes": self._counts["nodes"],
            "calls": len(one.calls),
            "settings": len(columns.settings),
            "fates": len(FATES),
        }

    def size(self) -> int:
        """Rows of all groups, and of the stretches in them: as they say, before any is there."""
        return sum(self._counts.values()) + sum(self._count(*column) for column in PARTS)

    def check(self) -> None:
        """Reads once whatever bytes there are: an empty column is not made out, because a few bytes
        can say that it has a million rows."""
        if self._columns.words[:1] != ("",):
            raise ValueError("the first word is not empty")
        for group, rules in RULES.items():
            for name, (least, what) in rules.items():
                if self._column(group, name):
                    self.rows(group, name)
                elif least >= self._bounds[what] and self._count(group, name):
                    raise ValueError(f"{group}.{name} names something unknown")
        self._measured.check()
        self._check_steps()

    def _check_steps(self) -> None:
        """A node works once, and hooks stand in the order of steps."""
        count = self._counts["steps"]
        works = len(set(self.rows("steps", "node"))) if self._columns.steps.node else 1
        if count > works:
            raise ValueError("a node works twice")
        hooked = [one.step for one in self._columns.steps.hooked]
        if any(not 0 <= step < count for step in hooked):
            raise ValueError("an unknown step has hooks")
        if any(step >= later for step, later in pairwise(hooked)):
            raise ValueError("hooks do not stand in the order of their steps")

    def rows(self, group: str, name: str) -> Integers:
        """The numbers of one column."""
        least, what = RULES[group][name]
        count = self._count(group, name)
        if count > MOST_ROWS:
            raise ValueError(f"{group}.{name} has more than {MOST_ROWS:,} rows")
        found = integers(self._column(group, name), count, least)
        if found and not least <= min(found) <= max(found) < self._bounds[what]:
            raise ValueError(f"{group}.{name} names something unknown")
        return found

    def _column(self, group: str, name: str) -> bytes:
        column: bytes = getattr(getattr(self._columns, group), name)
        return column

    def _count(self, group: str, name: str) -> int:
        """Rows of a column; stretches of an empty column of lengths have none."""
        parts = PARTS.get((group, name))
        if parts is None:
            return self._counts[group]
        return sum(self.rows(group, parts)) if self._column(group, parts) else 0

    def tensor(self, place: int) -> TensorView | None:
        """The tensor at a place; None where -1 leads."""
        if place == NONE:
            return None
        whole = self._columns.tensors
        if place < len(whole):
            return whole[place]
        known = self._tensors.get(place)
        if known is None:
            known = self._tensors[place] = self._measured.view(place - len(whole))
        return known

    def of_kind(self, kind: NodeKind) -> set[int]:
        """Rows of all boxes of a kind."""
        wanted = KINDS.index(kind)
        return {at for at, one in enumerate(self.rows("nodes", "kind")) if one == wanted}

    def nodes(self, only: Container[int] = EVERY) -> Iterator[Node]:
        """The boxes, by id; of all rows, or of some."""
        words, shapes = self._columns.words, (*self._columns.shapes, None)
        settings, saved = (*self._columns.settings, None), self._saved(only)
        rows = zip(*(self.rows("nodes", name) for name in RULES["nodes"]), strict=True)
        for at, row in enumerate(rows):
            if at not in only:
                continue
            kind, label, op, name, scope, call, line, visit, *more = row
            start, end, shape, value, base, made_in, made_by, cut, retained, set_, fate = more
            yield Node(
                id=f"n{at}",
                kind=KINDS[kind],
                label=words[label],
                name=words[name] or None,
                op=words[op] or None,
                line=line or None,
                visit=visit or None,
                columns=(start, end) if start != NONE else None,
                scope=words[scope] or None,
                call=call if call != NONE else None,
                shape=shapes[shape],
                value=self.tensor(value),
                view_of=_name(base),
                made_in=made_in if made_in != NONE else None,
                made_by=_name(made_by),
                cut=CUTS[cut],
                retained=bool(retained),
                saved=tuple(saved.get(at, ())),
                settings=settings[set_],
                freed=FATES[fate],
            )

    def _saved(self, only: Container[int]) -> dict[int, list[Saved]]:
        """What nodes keep for their backward."""
        words, shapes = self._columns.words, self._columns.shapes
        found: dict[int, list[Saved]] = {}
        rows = zip(*(self.rows("saved", name) for name in RULES["saved"]), strict=True)
        for owner, name, shape, dtype, size, version, now, of, node, output, value in rows:
            if owner not in only:
                continue
            one = Saved(
                words[name],
                shapes[shape],
                words[dtype],
                size,
                version,
                now,
                words[of] or None,
                _name(node),
                output,
                self.tensor(value),
            )
            found.setdefault(owner, []).append(one)
        return found

    def edges(self, only: Container[int] = EVERY) -> Iterator[Edge]:
        """The edges, by id."""
        rows = zip(*(self.rows("edges", name) for name in RULES["edges"]), strict=True)
        for at, (tail, head, slot, output, kind, gradient) in enumerate(rows):
            if at not in only:
                continue
            ends = (f"e{at}", f"n{tail}", f"n{head}", slot, output)
            yield Edge(*ends, EDGES[kind], self.tensor(gradient))

    def steps(self, only: Container[int] = EVERY) -> Iterator[Step]:
        """The nodes at work, in the engine's order."""
        nodes = self.rows("steps", "node")
        works = EVERY if only is EVERY else {node for at, node in enumerate(nodes) if at in only}
        sent = self._sent(works)
        received = self._stretches("steps", "received")
        hooked = {one.step: one.hooks for one in self._columns.steps.hooked}
        names = ("node", "before", "total")
        rows = zip(*(self.rows("steps", name) for name in names), strict=True)
        for at, ((node, before, total), came) in enumerate(zip(rows, received, strict=True)):
            if at not in only:
                continue
            arrived = tuple(map(self.tensor, came))
            grads = (self.tensor(before), self.tensor(total))
            yield Step(
                at, f"n{node}", arrived, tuple(sent.get(node, ())), *grads, hooked.get(at, ())
            )

    def frames(self) -> Iterator[Frame]:
        """The forward replay."""
        lines, visits = self.rows("frames", "line"), self.rows("frames", "visit")
        made = self._stretches("frames", "nodes")
        for line, visit, nodes in zip(lines, visits, made, strict=True):
            yield Frame(line or None, visit or None, tuple(f"n{node}" for node in nodes))

    def _sent(self, works: Container[int]) -> dict[int, list[Sent]]:
        """Node -> what it sends, in order of the edges; of the nodes in `works`."""
        tails, gradients = self.rows("edges", "tail"), self.rows("edges", "gradient")
        found: dict[int, list[Sent]] = {}
        for at, (tail, kind) in enumerate(zip(tails, self.rows("edges", "kind"), strict=True)):
            if EDGES[kind] == "gradient" and tail in works:
                found.setdefault(tail, []).append(Sent(f"e{at}", self.tensor(gradients[at])))
        return found

    def _stretches(self, group: str, name: str) -> Iterator[Integers]:
        """A column that holds a stretch for each row, cut into them."""
        rows = self.rows(group, name)
        lengths = self.rows(group, PARTS[group, name])
        for length, end in zip(lengths, accumulate(lengths), strict=True):
            yield rows[end - length : end]


def written_out(one: Pass) -> Pass:
    """The pass with nodes, edges, steps and frames in place of columns; others as they are."""
    if one.columns is None:
        return one
    sheet = Sheet(one)
    return replace(
        one,
        nodes=tuple(sheet.nodes()),
        edges=tuple(sheet.edges()),
        steps=tuple(sheet.steps()),
        frames=tuple(sheet.frames()),
        columns=None,
    )


def operations(one: Pass) -> set[str]:
    """Types of its autograd nodes."""
    if one.columns is None:
        return {node.op for node in one.nodes if node.op}
    return {one.columns.words[place] for place in {*Sheet(one).rows("nodes", "op")} if place}


def roots(one: Pass) -> Iterator[Node]:
    """Its boxes of outputs."""
    if one.columns is None:
        return (node for node in one.nodes if node.kind == "output")
    sheet = Sheet(one)
    return sheet.nodes(sheet.of_kind("output"))


def is_searchable(one: Pass) -> bool:
    """Whether all of a pass may be written out beside the run itself."""
    return one.columns is None or one.columns.nodes.count <= SEARCHED


def _name(node: int) -> str | None:
    return f"n{node}" if node != NONE else None
