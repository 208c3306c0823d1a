"""Kept answers are bounded in bytes, and those asked for last stay."""

from __future__ import annotations

from explorer.answers import Answers


def test_an_answer_is_kept_under_its_program() -> None:
    answers = Answers()
    answers.keep(b"program", b"answer")
    assert answers.get(b"program") == b"answer"
    assert answers.get(b"another") is None


def test_the_answer_that_nobody_asked_for_longest_goes_first() -> None:
    answers = Answers(max_bytes=20)
    answers.keep(b"a", b"x" * 9)
    answers.keep(b"b", b"x" * 9)
    answers.get(b"a")
    answers.keep(b"c", b"x" * 9)
    assert [answers.get(name) is not None for name in (b"a", b"b", b"c")] == [True, False, True]


def test_an_answer_larger_than_all_room_is_not_kept() -> None:
    answers = Answers(max_bytes=20)
    answers.keep(b"a", b"x" * 50)
    assert answers.get(b"a") is None


def test_a_dropped_answer_makes_room() -> None:
    answers = Answers(max_bytes=20)
    answers.keep(b"a", b"x" * 9)
    answers.keep(b"b", b"x" * 9)
    answers.drop(b"a")
    answers.drop(b"never kept")
    answers.keep(b"c", b"x" * 9)
    assert [answers.get(name) is not None for name in (b"a", b"b", b"c")] == [False, True, True]


def test_keeping_an_answer_twice_counts_it_once() -> None:
    answers = Answers(max_bytes=20)
    for _ in range(5):
        answers.keep(b"a", b"x" * 9)
    answers.keep(b"b", b"x" * 9)
    assert answers.get(b"a") is not None
