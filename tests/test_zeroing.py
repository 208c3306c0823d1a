"""The same program with and without emptied gradients."""

from __future__ import annotations

import ast

import pytest

from explorer.ready_made import READY_MADE
from explorer.writing import source
from explorer.zeroing import twin


@pytest.mark.parametrize(
    "line",
    [
        "optimizer.zero_grad()",
        "model.zero_grad(set_to_none=True)",
        "w.grad = None",
        "w.grad.zero_()",
    ],
)
def test_what_empties_a_gradient_is_left_out(line: str) -> None:
    both = twin(f"if True:\n    {line}  # é\nloss.backward()\n")
    assert both is not None
    assert both.kept == "if True:\n    pass  # é\nloss.backward()\n"
    assert line in both.emptied


def test_a_forgotten_zero_grad_is_put_before_backward() -> None:
    text = "opt = torch.optim.SGD(p, lr=1)\nfor i in range(2):\n    é = f(); loss.backward()\n"
    both = twin(text)
    assert both is not None
    assert both.kept == text
    assert "é = f(); opt.zero_grad(); loss.backward()" in both.emptied


def test_an_optimizer_is_known_by_its_class_and_a_schedule_is_none() -> None:
    text = (
        "from torch.optim import Adam\nfrom torch.optim.lr_scheduler import StepLR\n"
        "plan = torch.optim.lr_scheduler.StepLR(None, 1)\nopt = Adam(p)\nloss.backward()\n"
    )
    both = twin(text)
    assert both is not None
    assert "opt.zero_grad(); loss.backward()" in both.emptied


@pytest.mark.parametrize(
    "text", ["", "x = (", "x = 1", "loss.backward()", "\0", "a = " + "(" * 300]
)
def test_a_program_without_a_way_to_empty_gradients_has_no_twin(text: str) -> None:
    assert twin(text) is None


def test_both_have_the_same_lines() -> None:
    text = "a = 1\noptimizer.zero_grad(\n    set_to_none=False\n)\nb = 2\n"
    both = twin(text)
    assert both is not None
    assert both.kept.splitlines()[4] == "b = 2"


@pytest.mark.parametrize("one", READY_MADE, ids=lambda one: one.title)
def test_every_ready_made_stack_has_a_twin_that_is_python(one: object) -> None:
    both = twin(source(one.stack))  # type: ignore[attr-defined]
    assert both is not None
    ast.parse(both.kept)
    assert "zero_grad" not in both.kept
