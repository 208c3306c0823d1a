"""A Trace as text: what a reader of a terminal needs, and nothing a terminal obeys."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

import explorer.report
from explorer.records import (
    FORMAT,
    Also,
    Edge,
    Failure,
    Fix,
    Leaf,
    Line,
    Node,
    Pass,
    Program,
    Sent,
    Step,
    Trace,
)
from explorer.report import MOST_ROWS, explain, report, sentence
from tests.passes import rich, scalar, wide


def trace(**parts: object) -> Trace:
    return Trace(format=FORMAT, program=Program(source=""), **parts)  # type: ignore[arg-type]


PASS = Pass(
    index=0,
    how="backward",
    root="y",
    line=2,
    nodes=(
        Node(id="n0", kind="op", label="MulBackward0", line=1),
        Node(id="n1", kind="op", label="AccumulateGrad"),
        Node(id="n2", kind="leaf", label="w", name="w"),
    ),
    edges=(
        Edge(id="e0", tail="n0", head="n1", slot=0),
        Edge(id="e1", tail="n1", head="n2", slot=0),
    ),
    steps=(
        Step(
            index=0, node="n0", received=(scalar(1),), sent=(Sent(edge="e0", gradient=scalar(3)),)
        ),
        Step(index=1, node="n1", received=(None,), sent=(Sent(edge="e1", gradient=None),)),
    ),
)


def test_a_pass_without_steps_ends_with_its_heading() -> None:
    bare = replace(PASS, steps=(), nodes=(), edges=(), full=False)
    assert report(trace(passes=(bare, bare))).splitlines() == [
        "pass 1 (backward from y, line 2)",
        "",
        "pass 1 (backward from y, line 2)",
    ]


def test_of_many_steps_the_first_are_told_and_how_many_more_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In either form of a pass, and in the same words as where all are told."""
    whole = explain(trace(passes=(rich(),))).splitlines()
    monkeypatch.setattr(explorer.report, "MOST_SENTENCES", 1)
    for one in (rich(), wide()):
        short = explain(trace(passes=(one,))).splitlines()
        assert short == [*whole[:2], "… and 1 more; --json has all"]


def test_a_step_tells_what_came_and_what_went_where() -> None:
    text = report(trace(passes=(PASS,)))
    assert "pass 1 (backward from y, line 2)" in text
    first, second = text.splitlines()[-2:]
    assert first.split() == ["1", "1", "MulBackward0", "1", "3", "to", "AccumulateGrad"]
    assert second.split() == ["2", "AccumulateGrad", "nothing", "nothing", "to", "w"]


def test_none_says_why() -> None:
    leaf = Leaf(name="w", shape=(), value=scalar(2), grad=None, why_none="unused")
    assert "None (unused)" in report(trace(leaves=(leaf,)))


def test_long_tables_end_with_how_much_is_missing() -> None:
    lines = tuple(Line(line=n, visit=1, others={"x": "1"}) for n in range(MOST_ROWS + 5))
    assert "… and 5 more" in report(trace(lines=lines))


@pytest.mark.parametrize("most", [1, MOST_ROWS])
def test_a_pass_of_columns_reads_like_one_of_records(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explorer.report, "MOST_ROWS", most)
    assert report(trace(passes=(wide(),))) == report(trace(passes=(rich(),)))
    assert report(trace(passes=(wide(),))).count("more; --json has all") == (most == 1)


def test_a_failure_comes_last_with_its_line_and_hint() -> None:
    failure = Failure(kind="error", message="It broke.", line=3, hint="Mend it.")
    assert sentence(failure) == "line 3: It broke.\nMend it."
    assert report(trace(printed="before", failure=failure)).endswith("Mend it.")


def test_nothing_reaches_the_terminal_that_it_would_obey() -> None:
    """Names and printed text are the program's: an escape sequence could hide or forge lines."""
    evil = "\x1b[2J\r"
    line = Line(line=1, visit=1, names={evil: scalar(1)}, others={"x": evil})
    failure = Failure(kind="error", message=evil)
    text = report(trace(lines=(line,), printed=f"{evil}\n", notes=(evil,), failure=failure))
    assert "\x1b" not in text
    assert "\r" not in text


def test_an_explanation_has_nothing_that_a_terminal_obeys() -> None:
    wild = replace(PASS, root="y\x1b[2J")
    told = explain(trace(passes=(wild,)))
    assert "\x1b" not in told
    assert "1. MulBackward0 (line 1) received" in told


@pytest.mark.parametrize("told", [report, explain])
def test_a_hint_comes_with_the_change_that_mends_it(told: Callable[[Trace], str]) -> None:
    hint = "Hint: line 2: nothing empties .grad."
    fix = Fix(code="opt.zero_grad()\nopt.step()", line=2, until=2)
    assert told(trace(notes=(hint, "Cut."), fixes={hint: fix})).splitlines() == [
        "  Hint: line 2: nothing empties .grad.",
        "  Change line 2 to",
        "    opt.zero_grad()",
        "    opt.step()",
        "",
        "  Cut.",
    ]


def test_an_explanation_ends_with_the_failure_and_has_the_notes() -> None:
    failure = Failure(kind="error", message="Wrong.", line=3, hint="Do it right.")
    told = explain(trace(notes=("Cut.",), failure=failure))
    assert told.split("\n\n") == ["  Cut.", "line 3: Wrong.\nDo it right."]


def test_a_failure_tells_its_other_lines_and_the_change() -> None:
    failure = Failure(
        kind="error",
        message="`y` was changed.",
        line=7,
        hint="Make a new one.",
        details="RuntimeError: in place",
        also=(Also(line=5, words="kept\x1b here"), Also(line=6, words="changed here")),
        fix=Fix(code="if a:\n    y = y + 1", line=6, until=7),
    )
    assert sentence(failure).splitlines() == [
        "line 7: `y` was changed.",
        "  line 5: kept  here",
        "  line 6: changed here",
        "Make a new one.",
        "Change lines 6 to 7 to",
        "  if a:",
        "      y = y + 1",
        "(RuntimeError: in place)",
    ]
