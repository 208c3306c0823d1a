"""A gradcheck of the program leaves room for the passes that the program is about."""

from __future__ import annotations

import pytest

from explorer.records import Program, Trace
from explorer.worker.execute import execute
from tests.worker.oracle import run_bare

OWN = """\
import torch
from torch.autograd import gradcheck, gradgradcheck

class Double(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, grad):
        return grad * 2

x = torch.ones(3, 3, requires_grad=True, dtype=torch.double)
"""


def run(source: str) -> Trace:
    trace = execute(Program(source=OWN + source))
    assert trace.failure is None, trace.failure
    return trace


def test_of_a_gradcheck_the_first_pass_is_shown_and_the_others_are_counted() -> None:
    trace = run("gradcheck(Double.apply, x)\n")
    (one,) = trace.passes
    assert (one.how, one.line, len(one.steps)) == ("grad", 14, 1)
    (note,) = (note for note in trace.notes if "gradcheck" in note)
    assert "of each check the first pass is shown" in note
    assert not any("are kept with their graphs" in note for note in trace.notes)


@pytest.mark.parametrize("call", ["gradcheck", "gradgradcheck", "torch.autograd.gradcheck"])
def test_passes_behind_a_gradcheck_are_shown_as_without_it(call: str) -> None:
    body = "loss = (Double.apply(x) * x.detach()).sum()\nloss.backward()\n"
    checked, plain = run(f"{call}(Double.apply, (x,))\n{body}"), run(f"pass\n{body}")
    assert [one.how for one in checked.passes] == ["grad", "backward"]
    assert checked.passes[1].nodes == plain.passes[0].nodes
    assert checked.leaves == plain.leaves


def test_a_gradcheck_gives_what_it_gives_without_the_recorder() -> None:
    source = "print(gradcheck(Double.apply, x), gradgradcheck(torch.sin, x), x.grad)\n"
    assert run(source).printed == run_bare(OWN + source).printed == "True True None\n"


def test_a_gradcheck_that_fails_is_the_programs_error_and_ends_the_check() -> None:
    source = OWN.replace("grad * 2", "grad * 3") + (
        "try:\n    gradcheck(Double.apply, x)\nexcept RuntimeError as error:\n"
        "    print(type(error).__name__)\n(x * x).sum().backward()\n(x * x).sum().backward()\n"
    )
    trace = execute(Program(source=source))
    assert trace.printed == "GradcheckError\n"
    assert [one.how for one in trace.passes] == ["grad", "backward", "backward"]
