"""Traces of all sessions stand on one shelf, and a rerun decodes each once."""

from __future__ import annotations

import threading

import pytest

from explorer.answers import Answers
from explorer.panels import shelf
from explorer.records import FORMAT, Program, Trace
from explorer.wire import encode


def trace(source: str) -> Trace:
    return Trace(format=FORMAT, program=Program(source))


def find_elsewhere(name: str) -> Trace | None:
    """As the next rerun does: in a thread of its own."""
    found: list[Trace | None] = []
    rerun = threading.Thread(target=lambda: found.append(shelf.find(name)))
    rerun.start()
    rerun.join()
    return found[0]


def test_what_this_rerun_made_need_not_be_decoded() -> None:
    made = trace("made here")
    shelf.keep("mine/1", made)
    assert shelf.find("mine/1") is made


def test_a_text_that_is_known_stands_there_as_it_came() -> None:
    made = trace("with its text")
    known = encode(made) + b"\n"
    shelf.keep("mine/0", made, known)
    assert shelf.text("mine/0") is known
    assert find_elsewhere("mine/0") == made


def test_another_rerun_decodes_once_for_itself() -> None:
    made = trace("shared")
    shelf.keep("mine/2", made)
    found = find_elsewhere("mine/2")
    assert found == made
    assert found is not made


def test_a_name_has_the_trace_that_was_kept_last() -> None:
    shelf.keep("mine/3", trace("first"))
    shelf.keep("mine/3", trace("second"))
    for found in (shelf.find("mine/3"), find_elsewhere("mine/3")):
        assert found is not None
        assert found.program.source == "second"


def test_what_was_dropped_is_gone_for_the_next_rerun() -> None:
    shelf.keep("mine/4", trace("gone"))
    shelf.drop("mine/4")
    shelf.drop("nobody's")
    assert find_elsewhere("mine/4") is None


def test_a_rerun_holds_no_more_than_a_page_shows() -> None:
    for number in range(5):
        shelf.keep(f"page/{number}", trace("x"))
    assert len(shelf._rerun.decoded) == shelf.AT_ONCE


def test_all_sessions_together_take_no_more_than_the_shelf(monkeypatch: pytest.MonkeyPatch) -> None:
    size = len(encode(trace("x" * 100)))
    monkeypatch.setattr(shelf, "_texts", Answers(10 * size))
    for number in range(100):
        shelf.keep(f"session {number}/1", trace("x" * 100))
    kept = [number for number in range(100) if find_elsewhere(f"session {number}/1")]
    assert 5 < len(kept) <= 10
    assert 99 in kept
