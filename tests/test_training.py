"""Rounds of training read from a Trace, against the same training watched from outside."""

from __future__ import annotations

from contextlib import redirect_stdout
from io import StringIO
from typing import Any

import pytest
import torch
from msgspec.structs import replace

from explorer.ready_made import READY_MADE
from explorer.records import Program, TensorView, Trace
from explorer.stack import Piece, Stack
from explorer.training import accumulated, rounds
from explorer.worker.execute import execute
from explorer.writing import source

BY_HAND = """
import torch
w = torch.tensor(1.0, requires_grad=True)
b = torch.tensor(2.0, requires_grad=True)
for step in range(3):
    loss = (w + b) ** 2
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
        b -= 0.1 * b.grad
    w.grad = b.grad = None
"""


def trace_of(stack: Stack) -> Trace:
    trace = execute(Program(source(stack)))
    assert trace.failure is None
    return trace


def values(view: TensorView | None) -> list[float]:
    assert view is not None
    return [float(value) for value in view.values]


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad"])
def test_each_round_is_what_the_program_did(name: str) -> None:
    stack = replace(READY_MADE[0].stack, optimizer=Piece(name), steps=4)
    found = rounds(trace_of(stack))
    watched = _watched(source(stack))
    assert [one.optimizer for one in found] == [name] * 4
    for one, (loss, before, gradients, after) in zip(found, watched, strict=True):
        assert one.loss == pytest.approx(loss)
        for moved, old, gradient, new in zip(one.moves, before, gradients, after, strict=True):
            assert values(moved.before) == pytest.approx(old.flatten().tolist())
            assert values(moved.gradient) == pytest.approx(gradient.flatten().tolist())
            assert values(moved.after) == pytest.approx(new.flatten().tolist())
            assert moved.update_norm == pytest.approx((new - old).norm().item(), rel=1e-4)


def _watched(text: str) -> list[Any]:
    """The same program with a step that remembers."""
    seen: list[Any] = []
    text = text.replace(
        "optimizer.step()",
        "old = [p.detach().clone() for p in model.parameters()]; "
        "grads = [p.grad.clone() for p in model.parameters()]; optimizer.step(); "
        "seen.append((loss.item(), old, grads, [p.detach().clone() for p in model.parameters()]))",
    )
    with redirect_stdout(StringIO()):
        exec(text, {"seen": seen, "__name__": "__main__"})
    return seen


def test_names_are_those_of_the_leaves() -> None:
    trace = trace_of(READY_MADE[0].stack)
    names = [moved.name for moved in rounds(trace)[0].moves]
    assert names == ["model.0.weight", "model.0.bias", "model.2.weight", "model.2.bias"]


def test_updates_by_hand_are_one_round_per_pass() -> None:
    trace = execute(Program(BY_HAND))
    found = rounds(trace)
    assert [one.pass_index for one in found] == [0, 1, 2]
    assert [one.loss for one in found] == pytest.approx([9.0, 9 * 0.6**2, 9 * 0.6**4])
    assert all(one.moves == () for one in found)


def test_a_forgotten_zero_grad_shows_as_a_sum() -> None:
    trace = trace_of(replace(READY_MADE[0].stack, zero_grad=False, steps=2))
    first, second = (accumulated(one) for one in trace.passes)
    assert all(share.before is None for share in first)
    for share in second:
        sums = [a + b for a, b in zip(values(share.before), values(share.share), strict=True)]
        assert values(share.after) == pytest.approx(sums)


def test_a_program_that_trains_nothing_has_no_rounds() -> None:
    text = "import torch\nx = torch.ones(2, requires_grad=True)\nx.sum().backward()\n"
    assert rounds(execute(Program(text))) == ()


def test_of_a_thousand_steps_any_can_be_seen_in_full() -> None:
    text = source(replace(READY_MADE[0].stack, steps=1000))
    trace = execute(Program(text, detail=700))
    found = rounds(trace)
    assert len(found) == 1000
    assert all(one.loss is not None and one.moves for one in found)
    assert trace.passes[700].full
    assert found[700].moves[0].before is not None
    assert found[699].moves[0].before is None
    assert found[699].moves[0].update_norm is not None


def test_recording_changes_nothing_in_the_training() -> None:
    stack = replace(READY_MADE[0].stack, optimizer=Piece("Adam"), steps=5)
    leaves = {leaf.name: leaf for leaf in trace_of(stack).leaves}
    scope: dict[str, Any] = {"__name__": "__main__"}
    with redirect_stdout(StringIO()):
        exec(source(stack), scope)
    for name, parameter in scope["model"].named_parameters():
        assert isinstance(parameter, torch.Tensor)
        known = values(leaves[f"model.{name}"].value)
        assert known == parameter.detach().flatten().tolist()
