"""Who comes next, without any process."""

from __future__ import annotations

import threading

import pytest

from explorer import turns
from explorer.records import Program
from explorer.turns import Job, Turns


def job(name: str, *, slow: bool = False) -> Job:
    one = Job(Program(source=name), name.encode())
    one.slow = slow
    return one


def filled(workers: int, *jobs: Job) -> Turns:
    line = Turns(workers)
    line.waiting.extend(jobs)
    return line


def begun(line: Turns) -> list[str]:
    found = []
    while one := line.begin():
        found.append(one.program.source)
    return found


def test_first_come_first_served_as_many_as_there_are_workers() -> None:
    line = filled(2, job("a"), job("b"), job("c"))
    assert begun(line) == ["a", "b"]
    assert [line.place(one) for one in (*line.running, *line.waiting)] == [0, 0, 1]


def test_slow_programs_come_after_the_others() -> None:
    assert begun(filled(3, job("slow", slow=True), job("a"), job("b"))) == ["a", "b", "slow"]


def test_slow_programs_never_take_the_last_worker() -> None:
    slow = [job(name, slow=True) for name in "abc"]
    line = filled(3, *slow)
    assert begun(line) == ["a", "b"]
    line.waiting.append(job("quick"))
    assert begun(line) == ["quick"]


def test_with_one_worker_slow_programs_have_their_turn_too() -> None:
    assert begun(filled(1, job("slow", slow=True))) == ["slow"]


def test_a_slow_program_that_waited_for_long_is_slow_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turns, "LONG_WAIT", 0.0)
    assert begun(filled(1, job("slow", slow=True), job("a"))) == ["slow"]


def test_a_long_run_gives_way_only_while_somebody_quicker_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turns, "PATIENCE", -1.0)
    one = job("long")
    line = filled(1, one)
    line.begin()
    assert not line.must_yield(one)
    line.waiting.append(job("slow", slow=True))
    assert not line.must_yield(one)
    line.waiting.append(job("quick"))
    assert line.must_yield(one)


def test_a_run_gives_way_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE", -1.0)
    one = job("long")
    line = filled(1, one, job("quick"))
    line.begin()
    line.running.remove(one)
    line.wait_again(one)
    assert begun(line) == ["quick"]
    line.running.clear()
    line.begin()
    line.waiting.append(job("another"))
    assert line.running == [one]
    assert not line.must_yield(one)


def test_a_job_is_found_while_it_will_be_answered() -> None:
    one = job("a")
    line = filled(1, one)
    assert line.find(b"a") is one
    line.begin()
    one.end("yield")
    assert line.find(b"a") is one
    one.end("answered")
    assert line.find(b"a") is None


def test_waiting_for_a_ticket_ends_with_its_time() -> None:
    assert turns.Ticket("a", threading.Condition()).wait(0.01) is None


def test_a_slow_program_without_room_keeps_nobody_waiting_however_long_it_waited(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turns, "LONG_WAIT", 0.0)
    slow = [job(name, slow=True) for name in "abc"]
    assert begun(filled(3, *slow, job("quick"))) == ["a", "b", "quick"]
