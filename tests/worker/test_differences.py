"""Every leaf's gradient stands beside a slope that was measured by running the program again."""

from __future__ import annotations

import time

import pytest
import torch

from explorer.gallery import EXAMPLES
from explorer.limits import Limits
from explorer.records import Check, Program
from explorer.worker import differences
from explorer.worker.execute import execute

HEAD = "import torch\nfrom torch import nn\n"


def checks(source: str, **asked: object) -> dict[str, Check]:
    trace = execute(Program(source=HEAD + source, check=True, **asked))  # type: ignore[arg-type]
    assert trace.failure is None, trace.failure
    return {one.leaf: one for one in trace.checks}


HONEST_OTHERWISE = {"detach_and_no_grad": "cuts", "own_function": "backward", "hooks": "hook",
                    "nan": "not finite"}  # fmt: skip
"""Examples whose gradients are no slopes, and why."""


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.slug)
def test_gradients_of_the_gallery_are_slopes_or_the_reason_is_said(example: object) -> None:
    source, slug = example.source, example.slug  # type: ignore[attr-defined]
    trace = execute(Program(source=source, check=True))
    assert trace.checks
    expected = HONEST_OTHERWISE.get(slug)
    if expected is None:
        assert {one.verdict for one in trace.checks} == {"agrees"}
    else:
        assert expected in " ".join(one.why or "" for one in trace.checks)


def test_the_worst_element_is_named_with_both_numbers() -> None:
    one = checks(
        "w = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)\n(w ** 3).sum().backward()\n"
    )["w"]
    assert (one.verdict, one.elements, one.shape, one.dtype) == ("agrees", 4, (2, 2), "float64")
    assert one.at is not None
    assert one.gradient == pytest.approx(3 * (1 + 2 * one.at[0] + one.at[1]) ** 2)
    assert one.slope == pytest.approx(one.gradient, rel=1e-6)


WRONG = """\
class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x ** 3
    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 2 * x ** 2 * g
x = torch.tensor([1.0, 2.0], requires_grad=True)
Cube.apply(x).sum().backward()
"""


def test_a_wrong_backward_is_found_out() -> None:
    one = checks(WRONG)["x"]
    assert one.verdict == "differs"
    assert (one.at, one.gradient) == ((1,), 8.0)
    assert one.slope == pytest.approx(12.0, rel=1e-6)
    assert one.why == "look at the backward of Cube"
    assert checks(WRONG.replace("2 * x ** 2", "3 * x ** 2"))["x"].verdict == "agrees"


def test_at_a_kink_autograd_lies_between_the_slopes() -> None:
    one = checks(
        "x = torch.tensor([0.0, 1.0], requires_grad=True)\ntorch.relu(x).sum().backward()\n"
    )["x"]
    assert (one.verdict, one.at, one.gradient) == ("kink", (0,), 0.0)
    assert one.slope == pytest.approx(0.5)


@pytest.mark.parametrize(
    "source",
    [
        "w = torch.randn(3, requires_grad=True)\ny = (w.exp() @ torch.arange(3.0))\n",
        "w = torch.randn(3, requires_grad=True)\nwith torch.no_grad():\n    w.fill_(0.3)\ny = w.sin().sum()\n",
        "w = torch.empty(3, requires_grad=True)\nnn.init.normal_(w)\ny = w.sin().sum()\n",
        "ws = [torch.randn(2, requires_grad=True) for _ in range(3)]\ny = torch.stack(ws).prod()\n",
        "m = nn.LSTM(2, 3)\ny = m(torch.randn(4, 1, 2))[0].pow(2).sum()\n",
        "m = nn.Sequential(nn.Linear(3, 3), nn.Dropout(), nn.BatchNorm1d(3))\ny = m(torch.randn(4, 3)).pow(3).sum()\n",
        "def f(n):\n    w = torch.ones(2, requires_grad=True)\n    return (w * n).tanh().sum()\ny = f(2)\n",
        "w = torch.randn(3)\nw.requires_grad_()\ny = (w[0] * w[1:]).sum() if w[0] < 9 else w.sum()\n",
        "w = torch.randn(4, requires_grad=True)\ntorch.autograd.grad((w ** 2).sum(), w)\n",
        "w = torch.randn(2, requires_grad=True)\ntorch.autograd.grad(outputs=w ** 2, inputs=[w], grad_outputs=torch.arange(2.0))\n",
        "w = torch.randn(2, requires_grad=True)\ntorch.autograd.backward([w ** 2, w.sum()], [torch.ones(2), None])\n",
    ],
)  # fmt: skip
def test_leaves_are_changed_where_the_program_first_uses_them(source: str) -> None:
    found = checks(source, seed=3)
    assert found
    assert {one.verdict for one in found.values()} == {"agrees"}


def test_v_and_the_root_are_those_that_were_asked_for() -> None:
    source = "w = torch.tensor([1.0, 2.0], requires_grad=True)\na = w ** 2\nb = w ** 3\n"
    one = checks(source, root="a", gradient="torch.tensor([1.0, 10.0])")["w"]
    assert (one.verdict, one.at) == ("agrees", (1,)) or one.gradient in (2.0, 40.0)
    assert one.gradient in (2.0, 40.0)


def test_a_root_without_a_name_is_the_one_that_is_checked() -> None:
    source = "w = torch.tensor([1.0, 2.0], requires_grad=True)\na = (w * 5).sum()\n(w ** 3).sum()\n"
    one = checks(source)["w"]
    assert one.verdict == "agrees"
    assert one.gradient == {(0,): 3.0, (1,): 12.0}[one.at or ()]


def test_float32_is_compared_less_strictly() -> None:
    one = checks(
        "w = torch.tensor([2.0], dtype=torch.float32, requires_grad=True)\n(w ** 3).sum().backward()\n"
    )["w"]
    assert (one.verdict, one.dtype) == ("agrees", "float32")


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("w = torch.ones(2, dtype=torch.float16, requires_grad=True)\nw.sum().backward()\n", "too coarse"),
        ("import random\nw = torch.ones(2, requires_grad=True)\nimport time\n(w * time.perf_counter()).sum().backward()\n", "two runs give different results"),
        ("w = torch.ones(0, requires_grad=True)\nw.sum().backward()\n", "no elements"),
        ("w = torch.ones(1, requires_grad=True)\n(w / 0).sum().backward()\n", "not finite"),
        ("from torch.utils.checkpoint import checkpoint\nw = torch.ones(2, requires_grad=True)\ncheckpoint(torch.exp, w, use_reentrant=True).sum().backward()\n", "a second time: When use_reentrant=True"),
    ],
)  # fmt: skip
def test_what_cannot_be_checked_says_why(source: str, why: str) -> None:
    (one,) = checks(source).values()
    assert one.verdict == "unchecked"
    assert why in (one.why or "")
    assert one.slope is None


def test_when_time_is_used_up_the_rest_says_so() -> None:
    program = Program(
        HEAD + "w = torch.ones(2, requires_grad=True)\nw.sum().backward()\n", check=True
    )
    began = time.process_time() - 100
    (one,) = differences.checked(execute(program), Limits(), began).checks
    assert one.verdict == "unchecked"
    assert "time" in (one.why or "")


def test_checking_changes_nothing_that_outlives_it() -> None:
    state = torch.get_default_dtype(), torch.autograd.backward, torch.autograd.grad
    checks("w = torch.ones(2, requires_grad=True)\nprint(w)\nw.sum().backward()\n")
    assert state == (torch.get_default_dtype(), torch.autograd.backward, torch.autograd.grad)


def test_without_the_wish_nothing_is_checked() -> None:
    assert (
        execute(Program(HEAD + "torch.ones(1, requires_grad=True).sum().backward()\n")).checks == ()
    )
