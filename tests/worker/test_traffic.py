"""Steps that are written down many at once are those that are written down one by one."""

from __future__ import annotations

import pytest

from explorer.records import Pass, Program
from explorer.worker import backward, snapshots, traffic
from explorer.worker.execute import execute
from tests.programs import HEAD, PROGRAMS


def passes_of(source: str) -> list[Pass]:
    return [*execute(Program(source)).passes]


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps of passes of any size wait, three at a time."""
    monkeypatch.setattr(backward, "MANY", 0)
    monkeypatch.setattr(traffic, "MOST_STEPS", 3)


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_pass_is_the_same_whether_its_steps_wait(
    name: str, request: pytest.FixtureRequest
) -> None:
    at_once = passes_of(PROGRAMS[name])
    request.getfixturevalue("waiting")
    assert passes_of(PROGRAMS[name]) == at_once


LATE = """\
x = torch.randn(3, requires_grad=True)
y = x * 2
z = y.exp()
"""


@pytest.mark.usefixtures("waiting")
def test_what_a_nodes_own_hook_makes_of_a_waiting_gradient_is_told() -> None:
    hook = "y.grad_fn.register_prehook(lambda came: (came[0] * 5,))\n"
    (one,) = passes_of(HEAD + LATE + hook + "z.sum().backward()\n")
    (changed,) = (hooked for step in one.steps for hooked in step.hooks)
    before, after = changed.before[0], changed.after[0]
    assert changed.kind == "node"
    assert before is not None and after is not None
    assert after.values == pytest.approx([5 * value for value in before.values])


@pytest.mark.usefixtures("waiting")
def test_a_gradient_that_is_changed_in_place_while_it_waits_is_not_shown_wrong() -> None:
    source = HEAD + LATE + "y.grad_fn.register_prehook(lambda came: (came[0].mul_(5),))\n"
    trace = execute(Program(source + "z.sum().backward()\n"))
    (one,) = trace.passes
    sent = next(step.sent[0].gradient for step in one.steps if step.received and step.index == 1)
    assert sent is not None
    assert sent.truncated
    assert not sent.values
    assert any("changed" in note for note in trace.notes)


@pytest.mark.usefixtures("waiting")
def test_a_pass_that_stops_keeps_the_steps_that_waited() -> None:
    source = """\
x = torch.randn(3, requires_grad=True)
y = x * 2
w = torch.ones(3)
z = (y * w).exp().sum()
w.add_(1)
z.backward()
"""
    trace = execute(Program(HEAD + source))
    assert trace.failure is not None
    assert len(trace.passes[0].steps) == 2


def test_steps_that_were_being_written_down_when_memory_ended_are_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(backward, "MANY", 0)
    monkeypatch.setattr(traffic, "MOST_STEPS", 2)
    monkeypatch.setattr(snapshots.Snapshots, "gradients", full)
    trace = execute(Program(HEAD + LATE + "z.sum().backward()\n"))
    assert trace.failure is not None
    assert trace.failure.kind == "memory"
    assert trace.passes[0].steps == ()
