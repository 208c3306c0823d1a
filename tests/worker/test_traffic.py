"""Steps that are written down many at once are those that are written down one by one."""

from __future__ import annotations

import contextlib
import io

import pytest

from explorer.records import Pass, Program
from explorer.sheet import written_out
from explorer.worker import backward, snapshots, traffic
from explorer.worker.execute import execute
from tests.programs import HEAD, PROGRAMS


def passes_of(source: str) -> list[Pass]:
    return [*map(written_out, execute(Program(source)).passes)]


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


@pytest.mark.parametrize("late", ["", "g.numpy()[:] = 7\n", "g.data.zero_()\n", "g.mul_(7)\n"])
@pytest.mark.parametrize("many", [0, 10**9])
def test_what_grad_gave_is_shown_as_it_was_given(
    late: str, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backward, "MANY", many)
    source = "x = torch.ones(100, requires_grad=True)\ny = x * 2\n"
    source += "g, = torch.autograd.grad(y.sum(), x)\n" + late
    (one,) = passes_of(HEAD + source)
    sent = one.steps[1].sent[0].gradient
    assert sent is not None
    assert {*sent.values} == {2.0}


@pytest.mark.parametrize("length", [1, 400])
def test_inference_tensors_on_their_way_do_not_end_the_program(length: int) -> None:
    source = f"""\
x = torch.ones(3, requires_grad=True)
y = x
for i in range({length}):
    y = y + 1
total = y.sum()
with torch.inference_mode():
    v = torch.ones(3)
    total.backward(retain_graph=True)
print(x.grad)
x.grad = None
y.backward(v)
print(x.grad)
"""
    trace = execute(Program(HEAD + source))
    assert (trace.failure, trace.printed) == (None, 2 * "tensor([1., 1., 1.])\n")


UNCOUNTED = """\
x = torch.ones(3, requires_grad=True)
y = x
for i in range(400):
    y = y * 1.01
    if i == 200:
        y.grad_fn.register_prehook(lambda g: (g[0].data.mul_(5), None)[1])
y.sum().backward()
"""


def test_a_nodes_own_hook_finds_nothing_that_waits() -> None:
    (one,) = passes_of(HEAD + UNCOUNTED)
    sent = one.steps[199].sent[0].gradient
    assert sent is not None
    assert sent.values == pytest.approx([1.01**199] * 3, rel=1e-4)


def test_a_hook_that_is_registered_during_a_pass_is_told_at_its_step() -> None:
    source = """\
x = torch.ones(3, requires_grad=True)
zs = [x]
for i in range(400):
    zs.append(zs[-1] * 1.01)
double = lambda g: g * 2
zs[200].grad_fn.register_prehook(lambda g: (zs[100].register_hook(double), None)[1])
zs[-1].sum().backward()
"""
    (one,) = passes_of(HEAD + source)
    told = [(step.index, hook.kind) for step in one.steps for hook in step.hooks]
    assert told == [(301, "tensor")]


def test_a_class_of_tensors_is_not_asked_by_the_recorder() -> None:
    source = """\
asked = []
class Kind(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        asked.append(getattr(func, "__name__", str(func)))
        return super().__torch_function__(func, types, args, kwargs or {})

x = torch.ones(3, requires_grad=True)
v = torch.ones(3).as_subclass(Kind)
y = x
for i in range(400):
    y = y + 1
before = len(asked)
y.backward(v)
print(len(asked) - before)
"""
    names: dict[str, object] = {}
    trace = execute(Program(HEAD + source))
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(HEAD + source, names)
    assert trace.printed == printed.getvalue()
