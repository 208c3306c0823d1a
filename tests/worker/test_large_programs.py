"""Programs beyond every limit of the recorder still give a Trace, and say what was left out."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from explorer import wire
from explorer.limits import Limits
from explorer.pass_record import FULL_PASSES, MOST_PASSES
from explorer.records import Program, Trace
from explorer.sheet import written_out
from explorer.worker import answer, room, taking
from explorer.worker.execute import execute

ROOT = Path(__file__).parent.parent.parent
CHAIN = """\
import torch
x = torch.tensor(1.0, requires_grad=True)
y = x
for i in range({length}):
    y = y * 1.00001
{end}
"""
LOOP = """\
import torch
w = torch.ones(1, requires_grad=True)
for i in range({passes}):
    (w * 2).backward()
"""


def recorded(source: str, **asked: object) -> Trace:
    trace = execute(Program(source=source, **asked))  # type: ignore[arg-type]
    assert trace.failure is None, trace.failure
    return trace


def test_a_chain_of_ten_thousand_is_kept_in_full() -> None:
    trace = recorded(CHAIN.format(length=10_000, end="y.backward()"))
    (one,) = map(written_out, trace.passes)
    assert trace.passes[0].columns is not None
    assert one.full
    assert len(one.steps) == one.node_count == 10_001
    assert all(step.received[0] is not None for step in one.steps)
    assert [node.visit for node in one.nodes[:3]] == [10_000, 9_999, 9_998]
    assert one.drawing is None


def test_a_graph_beyond_the_limit_keeps_its_shape_and_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(taking, "RECORD_BYTES", Limits().record_bytes // 20_000)
    trace = recorded(CHAIN.format(length=30_000, end="y.backward()"))
    (one,) = map(written_out, trace.passes)
    assert [step.node for step in one.steps] == [f"n{node}" for node in range(30_001)]
    assert one.steps[0].received == ()
    assert one.steps[-1].total == trace.leaves[0].grad
    assert "30,001 nodes" in (one.note or "")
    assert trace.leaves[0].grad.values[0] == pytest.approx(1.00001**30_000, rel=1e-2)


ORDERED = """\
import torch
torch.manual_seed(0)
w = torch.randn(3, requires_grad=True)
b = torch.randn(3, requires_grad=True)
h = w
for i in range(40):
    h = torch.tanh(h * w + b) + (h if i % 3 else h.exp() * b)
(h.sum(), h.prod())[1].backward({asked})
"""


@pytest.mark.parametrize("asked", ["", "retain_graph=True", "inputs=[b]"])
def test_the_engines_plan_is_the_order_in_which_it_runs(
    asked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = ORDERED.format(asked=asked)
    (whole,) = recorded(source).passes
    monkeypatch.setattr(taking, "MOST_NODES", 0)
    monkeypatch.setattr(taking, "RECORD_BYTES", Limits().record_bytes)
    trace = recorded(source)
    (ordered,) = trace.passes
    assert [step.node for step in ordered.steps] == [step.node for step in whole.steps]
    assert [step.total for step in ordered.steps] == [step.total for step in whole.steps]
    assert trace.leaves == recorded(source).leaves


def test_roots_that_lead_to_each_other_have_no_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    """PyTorch fails when it is asked for one: the program must not."""
    monkeypatch.setattr(taking, "MOST_NODES", 0)
    monkeypatch.setattr(taking, "RECORD_BYTES", Limits().record_bytes)
    source = "import torch\nw = torch.ones(1, requires_grad=True)\ny = w * 2\nz = y * 3\ntorch.autograd.backward([y, z])\n"
    trace = recorded(source)
    assert trace.leaves[0].grad.values == (8.0,)
    assert "too many to be shown" in (trace.passes[0].note or "")


def test_an_error_in_a_pass_of_which_only_the_plan_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(taking, "MOST_NODES", 0)
    monkeypatch.setattr(taking, "RECORD_BYTES", Limits().record_bytes)
    trace = execute(
        Program(
            "import torch\nw = torch.ones(2, requires_grad=True)\ny = w.exp()\ny.add_(1)\ny.sum().backward()\n"
        )
    )
    assert trace.failure is not None
    (one,) = trace.passes
    assert one.steps == ()
    assert "it is not known where" in (one.note or "")


@pytest.mark.parametrize(
    ("left", "steps", "told"),
    [(10**9, 6_001, "what operations saved"), (9 * 10**6, 6_001, "order"), (1, 0, "too many")],
)
def test_where_memory_ends_less_is_kept_and_the_limit_is_named(
    left: int, steps: int, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "has", lambda size: size <= left)
    trace = recorded(CHAIN.format(length=6_000, end="y.backward()"))
    (one,) = map(written_out, trace.passes)
    assert len(one.steps) == steps
    assert told in (one.note or "")
    assert ("more than 384 MB of memory, the limit" in (one.note or "")) == (left < 10**9)
    assert trace.leaves[0].grad.values[0] == pytest.approx(1.00001**6_000, rel=1e-2)


def test_there_is_room_for_a_little_and_never_for_all_the_world() -> None:
    assert room.has(1 << 20)
    assert not room.has(1 << 60)


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        (Limits(nodes=500), "more than 500, the limit"),
        (Limits(record_mb=1), "more than a record of 1 MB, the limit, has room for"),
    ],
)
def test_the_limit_that_cut_a_graph_short_is_named(limits: Limits, told: str) -> None:
    source = CHAIN.format(length=6_000, end="y.backward()")
    (one,) = execute(Program(source), limits).passes
    assert f"The graph has 6,001 nodes, {told}" in (one.note or "")


def test_an_answer_that_is_too_large_keeps_summaries_and_gradients(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Limits, "record_bytes", 100_000)
    program = Program(CHAIN.format(length=2_000, end="y.backward()"))
    trace = wire.decode(answer.answer_to(wire.encode(program), Limits()))
    (one,) = trace.passes
    assert not one.full
    assert not one.nodes
    assert "the limit" in (one.note or "")
    assert trace.leaves[0].grad is not None


@pytest.mark.parametrize(
    "end", ["y.backward()", "", "1 / 0", "del y", "z = y.detach()", "y.backward(); y = 1"]
)
def test_a_chain_of_a_hundred_thousand_does_not_end_the_process(end: str) -> None:
    """Freed carelessly it would: in a process of its own, so that a crash is seen as such."""
    code = (
        "import sys; from explorer.records import Program;"
        "from explorer.worker.execute import execute\n"
        "trace = execute(Program(sys.argv[1]))\n"
        "import gc; gc.collect()\n"
        "print([one.node_count for one in trace.passes], [leaf.grad is None for leaf in trace.leaves])"
    )
    source = CHAIN.format(length=100_000, end=end)
    done = subprocess.run(
        [sys.executable, "-c", code, source], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    nodes, gradient = eval(done.stdout.replace("] [", "], ["))
    assert gradient == [end == "1 / 0"]
    assert nodes == ([1] if end == "del y" else [100_001])


def test_the_first_passes_are_kept_and_one_more_may_be_asked_for() -> None:
    passes = FULL_PASSES + 5
    trace = recorded(LOOP.format(passes=passes))
    assert [one.full for one in trace.passes] == [True] * FULL_PASSES + [False] * 5
    assert trace.passes[-1].node_count == 2
    assert any(f"{FULL_PASSES} of {passes} backward passes" in note for note in trace.notes)
    asked = recorded(LOOP.format(passes=passes), detail=passes - 1)
    assert asked.passes[-1].full
    assert asked.passes[-1].steps[-1].total.values == (2.0 * passes,)


def test_passes_without_end_are_listed_up_to_a_limit() -> None:
    passes = MOST_PASSES + 50
    trace = recorded(LOOP.format(passes=passes))
    assert len(trace.passes) == MOST_PASSES
    assert any(f"of {passes} backward passes" in note for note in trace.notes)
    assert trace.leaves[0].grad.values == (2.0 * passes,)


def test_large_passes_share_a_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    source = """\
import torch
x = torch.tensor(1.0, requires_grad=True)
for k in range(4):
    y = x
    for i in range(8_000):
        y = y * 1.0
    y.backward()
"""
    monkeypatch.setattr(taking, "RECORD_BYTES", Limits().record_bytes // 20_000)
    kept = [one.full for one in recorded(source).passes]
    assert kept == [True, True, False, False]


def test_gradients_and_names_hold_after_the_observer_has_left() -> None:
    source = """\
import torch
x = torch.ones(2, requires_grad=True)
for i in range(4_000):
    y = x * 3
z = (y * y).sum()
z.backward()
"""
    trace = recorded(source)
    (one,) = trace.passes
    assert [node.name for node in one.nodes[:3]] == ["z", None, "y"]
    assert trace.leaves[0].grad.values == (18.0, 18.0)
    assert any("The program is long" in note for note in trace.notes)


def test_nothing_of_the_recorder_stays_behind() -> None:
    execute(Program(source="x = 1\n"))  # methods that are stood in for are replaced once, for good
    before = (torch.autograd.backward, torch.autograd.grad, torch.nn.Module.__call__)
    main, limit, stdout = sys.modules["__main__"], sys.getrecursionlimit(), sys.stdout
    sources = [
        "import torch\ntorch.set_grad_enabled(False)\ntorch.set_default_dtype(torch.float64)\n",
        "import torch\ntorch.set_default_device('meta')\nx = torch.ones(1)\n1 / 0\n",
        "import torch\nfrom torch.overrides import BaseTorchFunctionMode\nBaseTorchFunctionMode().__enter__()\n",
    ]
    for source in sources:
        execute(Program(source=source))
    torch.set_default_device(None)
    while torch._C._len_torch_function_stack():
        torch.overrides._pop_mode()
    assert (torch.autograd.backward, torch.autograd.grad, torch.nn.Module.__call__) == before
    assert (sys.modules["__main__"], sys.getrecursionlimit(), sys.stdout) == (main, limit, stdout)
    assert torch.is_grad_enabled()
    assert torch.get_default_dtype() == torch.float32


def test_no_hook_stays_on_a_graph_that_is_kept() -> None:
    source = """\
import torch
x = torch.ones(1, requires_grad=True)
y = x * 2
for _ in range(5):
    y.backward(retain_graph=True)
    handle = y.grad_fn.register_hook(lambda *_: None)
    print(len(handle.hooks_dict_ref()))
    handle.remove()
"""
    assert recorded(source).printed == "1\n" * 5


def test_a_program_that_uses_modes_of_its_own_is_recorded() -> None:
    source = """\
import torch
from torch.overrides import TorchFunctionMode
class Count(TorchFunctionMode):
    calls = 0
    def __torch_function__(self, func, types, args=(), kwargs=None):
        Count.calls += 1
        return func(*args, **(kwargs or {}))
x = torch.ones(2, requires_grad=True)
with Count():
    y = (x * 2).sum()
y.backward()
print(Count.calls)
"""
    trace = recorded(source)
    assert trace.printed == "2\n"
    assert trace.leaves[0].grad.values == (2.0, 2.0)


def test_functional_transforms_run_as_ever() -> None:
    source = """\
import torch
from torch.func import grad, vmap, jacrev
f = lambda x: (x**3).sum()
x = torch.tensor([1.0, 2.0])
print(grad(f)(x), vmap(grad(f))(x), jacrev(lambda v: v * 2)(x).shape)
w = torch.ones(2, requires_grad=True)
J = torch.autograd.functional.jacobian(lambda v: v**2, w)
(grad(f)(w) * J.diagonal()).sum().backward()
"""
    trace = execute(Program(source=source))
    assert trace.failure is None, trace.failure
    assert "tensor([ 3., 12.])" in trace.printed
