"""A stop comes between two statements of the record, not in the middle of one."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import Any

import pytest

from explorer.records import Program
from explorer.worker import stop
from explorer.worker.backward import Watch
from explorer.worker.execute import execute
from explorer.worker.recorder import Recorder
from explorer.worker.traffic import Traffic

pytestmark = pytest.mark.skipif(not stop.TIMERS, reason="this system has no timers")

LOOP = """\
import torch
x = y = torch.ones(3, requires_grad=True)
for i in range(40):
    y = y * 2
y.sum().backward()
"""


@pytest.fixture(autouse=True)
def armed() -> Iterator[None]:
    """Timers that are not up before the test is over; only a signal of the test's own comes."""
    names = (signal.SIGPROF, signal.SIGALRM, signal.SIGUSR1)
    before = {name: signal.getsignal(name) for name in names}
    stop.arm(600, 600)
    yield
    stop.disarm()
    for name, handler in before.items():
        signal.signal(name, handler)


def with_signal(owner: type, name: str, at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The alarm rings inside a method of the recorder when it is called for the `at`-th time."""
    original, calls = getattr(owner, name), iter(range(1, 10**6))

    def ringing(self: Any, *args: Any) -> Any:
        if next(calls) == at:
            signal.raise_signal(signal.SIGALRM)
        return original(self, *args)

    # The recorder's own file is what says that it is at work.
    code = ringing.__code__.replace(co_filename=f"{stop.OWN_FILES}/ringing.py")
    ringing.__code__ = code
    monkeypatch.setattr(owner, name, ringing)


def test_a_statement_is_written_down_before_the_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    with_signal(Recorder, "_finish", 21, monkeypatch)
    trace = execute(Program(LOOP))
    assert trace.failure is not None
    assert (trace.failure.kind, trace.failure.line) == ("timeout", 4)
    last = trace.lines[-1]
    assert (last.line, last.visit, [*last.names]) == (4, 10, ["y"])


def test_a_step_of_the_engine_is_written_down_before_the_stop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_signal(Traffic, "step", 5, monkeypatch)
    trace = execute(Program(LOOP))
    assert trace.failure is not None
    assert (trace.failure.kind, trace.failure.line) == ("timeout", 5)
    assert len(trace.passes[0].steps) == 5


def test_steps_that_wait_are_written_down_before_the_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.worker.backward.MANY", 0)
    with_signal(Watch, "_catch_up", 1, monkeypatch)
    trace = execute(Program(LOOP))
    assert trace.failure is not None
    assert trace.failure.kind == "timeout"
    assert len(trace.passes[0].steps) >= 40


def test_a_program_that_is_in_a_module_is_stopped_there() -> None:
    source = """\
import signal
import torch

class Net(torch.nn.Module):
    def forward(self, x):
        signal.raise_signal(signal.SIGALRM)
        return x

Net()(torch.ones(2))
"""
    trace = execute(Program(source))
    assert trace.failure is not None
    assert (trace.failure.kind, trace.failure.line) == ("timeout", 6)
