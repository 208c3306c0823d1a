"""What is recorded of optimizer steps, against the parameters themselves; and the update rules."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pytest
import torch

from explorer.latex import latex
from explorer.optimizers import OPTIMIZERS
from explorer.records import Moved, TensorView
from explorer.update_rules import AFTER, SYMBOLS, UPDATE, UPDATE_RULES, followed
from explorer.worker.moves import FULL_STEPS, Moves


class Kept:
    """Copies under numbered tickets."""

    def __init__(self) -> None:
        self.views: list[TensorView] = []

    def of(self, tensor: torch.Tensor) -> int:
        flat = tensor.detach().double().flatten()
        self.views.append(TensorView(tuple(tensor.shape), "float64", values=tuple(flat.tolist())))
        return len(self.views) - 1

    def distrust(self, tensor: torch.Tensor) -> None:
        """All is looked at anew here."""

    def view(self, ticket: int | None) -> TensorView | None:
        return None if ticket is None else self.views[ticket]


def trained(make: Any, steps: int, **more: Any) -> tuple[list[tuple[Moved, ...]], list[Any]]:
    """The record of so many steps of two parameters, and (values, gradients) seen from outside."""
    torch.manual_seed(0)
    w = torch.randn(3, dtype=torch.float64, requires_grad=True)
    unused = torch.ones(2, dtype=torch.float64, requires_grad=True)
    optimizer = make([w, unused])
    moves = Moves(Kept(), **more)
    seen, done = [w.detach().clone()], []
    with moves.watching(lambda *what: done.append(what)):
        for step in range(steps):
            optimizer.zero_grad()
            ((w - step) ** 3).sum().backward()
            optimizer.step()
            seen.append((w.detach().clone(), w.grad.clone()))
    optimizer.step()  # nobody watches any more
    kind = type(optimizer).__name__
    assert done == [(f"{kind}.step", step) for step in range(steps)]
    names = {id(w): "w", id(unused): "unused"}
    return [moves.written(step, lambda one: names[id(one)]) for step in range(steps)], seen


def test_a_step_is_before_gradient_update_and_after() -> None:
    record, seen = trained(lambda p: torch.optim.SGD(p, lr=0.01), 3)
    before = seen[0]
    for moved, (after, gradient) in zip(record, seen[1:], strict=True):
        w, unused = moved
        assert w.before and w.after and w.gradient and w.update
        torch.testing.assert_close(torch.tensor(w.before.values).double(), before)
        torch.testing.assert_close(torch.tensor(w.after.values).double(), after)
        torch.testing.assert_close(torch.tensor(w.gradient.values).double(), gradient)
        assert w.update_norm == pytest.approx((after - before).norm().item())
        assert w.gradient_norm == pytest.approx(gradient.norm().item())
        assert w.norm == pytest.approx(after.norm().item())
        assert w.settings["lr"] == 0.01
        assert (unused.gradient, unused.gradient_norm, unused.update_norm) == (None, None, None)
        before = after


def test_late_steps_keep_their_norms_only_unless_they_are_wanted() -> None:
    record, _ = trained(lambda p: torch.optim.SGD(p, lr=1e-4), FULL_STEPS + 2)
    assert record[FULL_STEPS - 1][0].before
    assert record[FULL_STEPS][0].before is None
    assert record[FULL_STEPS][0].update_norm
    record, _ = trained(lambda p: torch.optim.SGD(p, lr=1e-4), FULL_STEPS + 2, keeps=lambda: True)
    assert record[-1][0].before


VARIANTS: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {}),
    ("SGD", {"momentum": 0.9}),
    ("SGD", {"momentum": 0.9, "dampening": 0.5, "weight_decay": 0.1}),
    ("SGD", {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    ("Adam", {}),
    ("Adam", {"betas": (0.8, 0.9), "weight_decay": 0.1, "eps": 1e-3}),
    ("Adam", {"amsgrad": True}),
    ("Adam", {"maximize": True, "weight_decay": 0.1}),
    ("AdamW", {"weight_decay": 0.3}),
    ("AdamW", {"amsgrad": True, "maximize": True}),
    ("SGD", {"maximize": True, "weight_decay": 0.1}),
    ("RMSprop", {}),
    ("RMSprop", {"centered": True, "weight_decay": 0.1}),
    ("RMSprop", {"momentum": 0.9, "maximize": True}),
    ("Adagrad", {}),
    ("Adagrad", {"lr_decay": 0.1, "initial_accumulator_value": 1.0, "weight_decay": 0.1}),
]


def at(views: Mapping[str, TensorView], element: int) -> dict[str, float]:
    """One element of each; of a single number, which all elements share, that."""
    return {
        name: float(view.values[element if len(view.values) > 1 else 0])
        for name, view in views.items()
    }


@pytest.mark.parametrize(("name", "options"), VARIANTS)
def test_the_lines_give_the_numbers_that_the_optimizer_gave(
    name: str, options: dict[str, Any]
) -> None:
    record, _ = trained(lambda p: getattr(torch.optim, name)(p, lr=0.05, **options), 4)
    rule = UPDATE_RULES[name]
    for moved in (step[0] for step in record):
        assert moved.before and moved.after and moved.gradient and moved.update
        lines = rule.lines(moved.settings, bool(moved.state_before))
        assert [line.column for line in lines[-2:]] == [UPDATE, AFTER]
        for element in range(len(moved.after.values)):
            theirs = at({"before": moved.before, "g": moved.gradient}, element)
            remembered = at(moved.state_before, element)
            known = rule.known(theirs["before"], theirs["g"], remembered, moved.settings)
            ours = followed(lines, known)
            wanted = at({**moved.state, UPDATE: moved.update, AFTER: moved.after}, element)
            for line in lines:
                if line.column:
                    assert ours[line.name] == pytest.approx(wanted.pop(line.column)), line
            assert not wanted, "every number of the table has its line"


def test_what_was_remembered_before_a_step_is_what_the_step_before_it_left() -> None:
    record, _ = trained(lambda p: torch.optim.Adam(p, lr=0.05), 3)
    assert record[0][0].state_before == {}
    for earlier, later in pairwise(step[0] for step in record):
        assert {name: view.values for name, view in later.state_before.items()} == {
            name: view.values for name, view in earlier.state.items()
        }


def test_every_name_of_a_rule_has_its_symbol() -> None:
    for name, options in VARIANTS:
        record, _ = trained(lambda p: getattr(torch.optim, name)(p, lr=0.05, **options), 2)  # noqa: B023
        moved = record[1][0]
        for line in UPDATE_RULES[name].lines(moved.settings, True):
            assert line.name in SYMBOLS
            assert latex(line.expression, SYMBOLS.__getitem__)


def test_every_optimizer_of_the_table_has_its_rule() -> None:
    assert set(UPDATE_RULES) == set(OPTIMIZERS)


@pytest.mark.parametrize("by_name", [True, False])
@pytest.mark.parametrize("make", [torch.optim.SGD, torch.optim.LBFGS])
def test_a_step_with_a_closure_has_the_gradient_where_it_began(make: Any, by_name: bool) -> None:
    w = torch.tensor([3.0, 1.0], dtype=torch.float64, requires_grad=True)
    optimizer, moves = make([w], lr=0.1), Moves(Kept())

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = (w**4).sum()
        loss.backward()
        return loss

    starts = []
    with moves.watching(lambda *_: None):
        for _ in range(3):
            starts.append(w.detach().clone())
            optimizer.step(closure=closure) if by_name else optimizer.step(closure)
    ends = [*starts[1:], w.detach()]
    for step, (start, end) in enumerate(zip(starts, ends, strict=True)):
        (moved,) = moves.written(step, lambda _: "w")
        assert moved.gradient and moved.gradient.values == tuple((4 * start**3).tolist())
        assert moved.gradient_norm == pytest.approx((4 * start**3).norm().item())
        assert moved.update_norm == pytest.approx((end - start).norm().item())
