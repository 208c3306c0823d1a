"""What a run was doing when its time or its memory was used up."""

from __future__ import annotations

import ast
from collections import defaultdict
from typing import NamedTuple

from msgspec.structs import replace

from explorer.records import Failure, Fix
from explorer.source import Source, source_of
from explorer.worker.recorder import Recorder

OFTEN = 1_000
"""Visits of one line, or rounds of one loop, from which they are worth a word."""

SAFE = 0.8
"""Of the rounds that fitted the limit, how many surely do so again."""


class Loop(NamedTuple):
    """A loop of the program, and how it went."""

    each: float
    """Rounds each time that the program came to it: a short loop inside of a long one has few."""
    node: ast.For | ast.While


def with_the_busiest_line(failure: Failure, recorder: Recorder, source: str) -> Failure:
    """A loop that does not end, or ends late, is the usual reason why time or memory does."""
    if failure.kind not in ("timeout", "memory") or max(recorder.visits, default=0) < OFTEN:
        return failure
    try:
        text = source_of(source)
        loop = max(_loops(text, recorder), key=lambda one: one.each, default=None)
    except MemoryError:
        return failure
    if loop is not None and loop.each >= OFTEN:
        hint, fix = _of_loop(text, loop)
        return replace(failure, hint=hint, line=failure.line or loop.node.lineno, fix=fix)
    if failure.kind == "memory":
        return failure
    visits = max(recorder.visits)
    line = recorder.statements[recorder.visits.index(visits)].span.line
    hint = f"Line {line} ran {visits:,} times: have it run less often."
    return replace(failure, hint=hint, line=failure.line or line)


def _loops(text: Source, recorder: Recorder) -> list[Loop]:
    """All loops of the program that are not known to have ended."""
    seen: dict[tuple[int, int], list[int]] = defaultdict(list)
    for statement, visits in zip(recorder.statements, recorder.visits, strict=True):
        seen[statement.span.line, statement.span.column].append(visits)
    found = []
    for node in ast.walk(text.tree):
        if isinstance(node, ast.For | ast.While):
            counts = seen[node.lineno, node.col_offset]
            rounds = max(counts, default=0)
            # A `for` has two taps: one for what it goes through, one for each round.
            around = text.around(node, ast.FunctionDef) if len(counts) == 1 else None
            calls = seen[around.lineno, around.col_offset] if around is not None else counts[:-1]
            times = min(calls or counts[1:], default=1)
            found.append(Loop(rounds / max(1, times), node))
    return [one for one in found if (end := _end(one.node)) is None or one.each < end[0]]


def _end(node: ast.For | ast.While) -> tuple[int, ast.expr] | None:
    """How many rounds `for i in range(100)` will do, and where that stands."""
    match node:
        case ast.For(
            iter=ast.Call(
                func=ast.Name(id="range"), args=[ast.Constant(value=int(most)) as end], keywords=[]
            )
        ):
            return most, end
    return None


def _of_loop(text: Source, loop: Loop) -> tuple[str, Fix | None]:
    """What is said of a loop, and the same loop with as many rounds as fit."""
    line, rounds, end = loop.node.lineno, int(loop.each), _end(loop.node)
    if end is None:
        return (
            f"The loop in line {line} did {rounds:,} rounds: check that it ends, or sooner.",
            None,
        )
    most, code = end
    fewer = int(rounds * SAFE)
    fewer -= fewer % 10 ** (len(str(fewer)) - 1)
    return (
        f"The loop in line {line} was in round {rounds:,} of {most:,}: let it do fewer.",
        text.edited(text.replacing(code, str(fewer))),
    )
