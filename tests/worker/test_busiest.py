"""Where time or memory ended, the loop that took it is named, and how many rounds would fit."""

from __future__ import annotations

import contextlib

import pytest

from explorer.records import Failure
from explorer.source import Source
from explorer.worker.busiest import with_the_busiest_line
from explorer.worker.recorder import Recorder
from explorer.worker.snapshots import Snapshots
from explorer.worker.taps import tap

NET = """\
def net(x):
    for e in range({short}):
        x = x + 1
    return x
"""


def told(source: str, kind: str = "timeout") -> Failure:
    """What is said of a program that an exception ends where its time would."""
    tapped = tap(source)
    recorder = Recorder(tapped, Snapshots())
    with contextlib.suppress(ZeroDivisionError):
        exec(tapped.code, dict(recorder.taps()))
    return with_the_busiest_line(Failure(kind, "It ended.", hint="?"), recorder, source)


@pytest.mark.parametrize("short", [1, 2, 20])
def test_the_loop_that_trains_is_named_not_a_short_one_inside(short: int) -> None:
    source = NET.format(short=short) + "for t in range(30_000):\n    net(0)\n    1 / (t - 1234)\n"
    failure = told(source)
    assert failure.hint == "The loop in line 5 was in round 1,235 of 30,000: let it do fewer."
    assert failure.fix is not None
    assert "for t in range(900):\n" in Source(source).applied(failure.fix)


def test_a_loop_without_a_known_end_is_named_with_its_rounds() -> None:
    failure = told("k = 0\nwhile True:\n    k += 1\n    1 / (k - 5000)\n")
    assert (failure.hint or "").startswith("The loop in line 2 did 5,000 rounds")
    assert (failure.line, failure.fix) == (2, None)


def test_a_loop_in_a_function_counts_by_its_calls() -> None:
    source = (
        "def f():\n    k = 0\n    while k < 3:\n        k += 1\n"
        "for t in range(9000):\n    f()\n    1 / (t - 1999)\n"
    )
    assert (told(source).hint or "").startswith("The loop in line 5 was in round 2,000 of 9,000")


@pytest.mark.parametrize(("kind", "hint"), [("timeout", "Line 1 ran 3,000 times"), ("memory", "?")])
def test_lines_that_no_loop_of_the_program_runs_are_not_taken_for_one(kind: str, hint: str) -> None:
    source = "def f(x):\n    y = x\n    return y\nlist(map(f, range(3000)))\n"
    assert (told(source, kind).hint or "").startswith(hint)


def test_a_loop_that_has_ended_is_not_to_blame() -> None:
    assert told("for t in range(2000):\n    x = t\n1 / 0\n", "memory").hint == "?"


def test_few_rounds_are_worth_no_word() -> None:
    assert told("for t in range(900):\n    x = t\n").hint == "?"
