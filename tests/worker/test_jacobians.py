"""The whole Jacobian of a small root: PyTorch's own, and v times it is what the pass brought."""

from __future__ import annotations

import pytest
import torch

from explorer.records import Pass, Program, Trace
from explorer.worker.execute import execute
from tests.worker.oracle import run_bare

HEAD = "import torch\nfrom torch import nn\n"
X = "x = torch.tensor([1.0, 2.0, -3.0], requires_grad=True)\n"


def recorded(source: str, **asked: object) -> Trace:
    trace = execute(Program(source=HEAD + source, **asked))  # type: ignore[arg-type]
    assert trace.failure is None, trace.failure
    return trace


def of_leaf(one: Pass, name: str) -> torch.Tensor:
    boxes = {node.id: node.name for node in one.nodes}
    (rows,) = (jacobian.rows for jacobian in one.jacobians if boxes[jacobian.leaf] == name)
    return torch.tensor(rows, dtype=torch.float64)


@pytest.mark.parametrize(
    ("expression", "function"),
    [
        ("x.exp()", torch.exp),
        ("torch.softmax(x, 0)", lambda x: torch.softmax(x, 0)),
        ("torch.outer(x, x)", lambda x: torch.outer(x, x)),
        ("x[:2] * x[2]", lambda x: x[:2] * x[2]),
        ("x.relu()", torch.relu),
    ],
)
def test_it_equals_the_functional_jacobian(expression: str, function) -> None:
    trace = recorded(f"{X}y = {expression}\n")
    (one,) = trace.passes
    x = torch.tensor([1.0, 2.0, -3.0])
    expected = torch.autograd.functional.jacobian(function, x).reshape(-1, 3).double()
    torch.testing.assert_close(of_leaf(one, "x"), expected, rtol=0, atol=0)


@pytest.mark.parametrize("v", [None, "one_hot(1)", "torch.tensor([1., -2., 0.5])"])
def test_v_times_the_jacobian_is_the_gradient_of_the_leaf(v: str | None) -> None:
    source = (
        f"{X}w = torch.tensor([[1.0, 2.0, 3.0]] * 3, requires_grad=True)\ny = torch.tanh(w @ x)\n"
    )
    trace = recorded(source, gradient=v)
    (one,) = trace.passes
    vector = torch.tensor(one.v.values, dtype=torch.float64)
    for leaf in trace.leaves:
        product = (vector @ of_leaf(one, leaf.name)).float()
        torch.testing.assert_close(product, torch.tensor(leaf.grad.values))


def test_one_hot_takes_a_place_in_each_axis_too() -> None:
    source = "x = torch.ones(2, 3, requires_grad=True)\ny = x * 2\n"
    trace = recorded(source, gradient="one_hot(1, 2)")
    assert trace.passes[0].v.values == (0.0, 0.0, 0.0, 0.0, 0.0, 1.0)
    assert recorded(source, gradient="one_hot(5)").passes[0].v == trace.passes[0].v


def test_a_name_of_the_program_goes_before_ours() -> None:
    trace = recorded(
        f"{X}one_hot = lambda i: torch.full((3,), float(i))\ny = x * 2\n", gradient="one_hot(7)"
    )
    assert trace.passes[0].v.values == (7.0, 7.0, 7.0)


def test_a_pass_of_the_program_gets_one_when_it_is_asked_for() -> None:
    source = f"{X}y = x**2\ny.backward(torch.ones(3))\n"
    assert recorded(source).passes[0].jacobians == ()
    (one,) = recorded(source, jacobian=True).passes
    assert of_leaf(one, "x").diag().tolist() == [2.0, 4.0, -6.0]


@pytest.mark.parametrize(
    "rest",
    [
        "y = x.sum()\n",
        "x = torch.ones(40, requires_grad=True)\ny = x * 2\n",
        "x = torch.ones(2, dtype=torch.complex64, requires_grad=True)\ny = x * 2\n",
    ],
)
def test_there_is_none_of_a_scalar_a_large_or_a_complex_root(rest: str) -> None:
    assert recorded(X + rest).passes[0].jacobians == ()


def test_it_leaves_no_trace_in_the_run() -> None:
    """Hooks print and draw random numbers once, gradients are added once, the pass itself runs."""
    source = f"{X}x.register_hook(lambda g: print('hook', torch.rand(1).item()))\ny = x * 2\n"
    trace = recorded(source)
    bare = run_bare(HEAD + source + "y.backward(torch.ones(3))\n")
    assert trace.printed == bare.printed
    assert torch.equal(torch.get_rng_state(), bare.random)
    assert trace.leaves[0].grad.values == (2.0, 2.0, 2.0)
    assert len(trace.passes) == 1


def test_a_backward_that_cannot_run_twice_is_said() -> None:
    source = f"""{X}
class Once(torch.autograd.Function):
    runs = 0
    @staticmethod
    def forward(ctx, x): return x * 2
    @staticmethod
    def backward(ctx, g):
        Once.runs += 1
        if Once.runs == 1: raise RuntimeError("not now")
        return g * 2
y = Once.apply(x)
"""
    (one,) = recorded(source).passes
    assert one.jacobians == ()
    assert "Jacobian could not be computed: not now" in (one.note or "")
    assert one.steps[-1].total.values == (2.0, 2.0, 2.0)
