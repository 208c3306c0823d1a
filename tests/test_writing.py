"""The written program against the same network written by hand, and every row in a program."""

from __future__ import annotations

import random
import warnings
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import torch
from msgspec.structs import replace
from torch import nn

from explorer import datasets
from explorer.check import check, repaired
from explorer.datasets import DATASETS
from explorer.layers import LAYERS, left_out
from explorer.losses import LOSSES
from explorer.optimizers import OPTIMIZERS
from explorer.ready_made import READY_MADE
from explorer.stack import Piece, Stack
from explorer.writing import source

READY = pytest.mark.parametrize("one", READY_MADE, ids=lambda one: one.title)


def run(text: str) -> dict[str, Any]:
    scope: dict[str, Any] = {"__name__": "__main__"}
    with redirect_stdout(StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(text, "program", "exec"), scope)
    return scope


def one_row(name: str) -> Stack:
    row = LAYERS[name]
    batch, *shape = row.example(row.chosen({}))
    return Stack(layers=(Piece(name),), batch=batch, shape=tuple(shape))


def assert_same(written: nn.Module, by_hand: nn.Module) -> None:
    ours, theirs = list(written.parameters()), list(by_hand.parameters())
    assert len(ours) == len(theirs) > 0
    for mine, other in zip(ours, theirs, strict=True):
        assert torch.equal(mine, other)
        assert mine.grad is not None
        assert other.grad is not None
        assert torch.equal(mine.grad, other.grad)


def test_xor_equals_the_network_written_by_hand() -> None:
    written = run(source(READY_MADE[0].stack))
    torch.manual_seed(0)
    x = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    y = torch.tensor([[0.0], [1.0], [1.0], [0.0]])
    hidden, out = nn.Linear(2, 4), nn.Linear(4, 1)
    parameters = [*hidden.parameters(), *out.parameters()]
    for _ in range(5):
        for parameter in parameters:
            parameter.grad = None
        loss = nn.functional.binary_cross_entropy(torch.sigmoid(out(torch.tanh(hidden(x)))), y)
        loss.backward()
        with torch.no_grad():
            for parameter in parameters:
                parameter -= 0.5 * parameter.grad
    assert_same(written["model"], nn.Sequential(hidden, out))
    assert torch.equal(written["loss"], loss)


@pytest.mark.parametrize("at", [1, 2])
def test_the_digit_classifiers_equal_those_written_by_hand(at: int) -> None:
    stack = READY_MADE[at].stack
    written = run(source(stack))
    x, y = written["x"], written["y"]
    torch.manual_seed(0)
    by_hand = nn.Sequential(nn.Linear(784, 128), nn.Linear(128, 64), nn.Linear(64, 10))
    for _ in range(stack.steps):
        by_hand.zero_grad()
        scores = by_hand[2](by_hand[1](by_hand[0](x.view(20, 784)).relu()).relu())
        if at == 1:
            loss = (scores.softmax(1) - y).square().mean()
        else:
            loss = -scores.log_softmax(1)[torch.arange(20), y].mean()
        loss.backward()
        with torch.no_grad():
            for parameter in by_hand.parameters():
                parameter -= 0.2 * parameter.grad  # type: ignore[operator]
    for mine, other in zip(written["model"].parameters(), by_hand.parameters(), strict=True):
        torch.testing.assert_close(mine, other)
        torch.testing.assert_close(mine.grad, other.grad)


def test_a_cell_that_walks_over_time_equals_the_layer_that_does() -> None:
    stack = Stack(layers=(Piece("LSTMCell"),), batch=2, shape=(5, 8))
    layer = Piece("LSTM", {"output": "last step"})
    cell, whole = run(source(stack)), run(source(replace(stack, layers=(layer,))))
    for mine, other in zip(cell["model"].parameters(), whole["model"].parameters(), strict=True):
        torch.testing.assert_close(mine.grad, other.grad)


@READY
def test_both_styles_make_the_same_network(one: Any) -> None:
    sequential = run(source(replace(one.stack, style="sequential")))
    in_class = run(source(replace(one.stack, style="class")))
    assert_same(sequential["model"], in_class["model"])


@READY
def test_a_ready_made_stack_runs_and_its_output_has_the_predicted_shape(one: Any) -> None:
    found, scope = check(one.stack), run(source(one.stack))
    assert tuple(scope["output"].shape) == found.output
    assert sum(p.numel() for p in scope["model"].parameters()) == found.parameters
    assert scope["loss"].isfinite()


@pytest.mark.parametrize("style", ["sequential", "class"])
@pytest.mark.parametrize("name", LAYERS)
def test_every_layer_runs_in_a_program(name: str, style: Any) -> None:
    stack = replace(one_row(name), style=style)
    found = check(stack)
    assert found.fits, found
    scope = run(source(stack))
    assert tuple(scope["output"].shape) == found.output
    leaves = [*scope["model"].parameters()] or [scope["x"]]
    assert all(leaf.grad is not None for leaf in leaves)


@pytest.mark.parametrize("data", DATASETS)
@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_on_every_data_runs_or_says_why_not(loss: str, data: str) -> None:
    start = Stack(layers=(Piece("Flatten"), Piece("Linear")), loss=Piece(loss)).on(data)
    stack = repaired(start)
    found = check(stack)
    if not found.fits:
        assert found.error or [place for place in found.places if place.error]
        return
    scope = run(source(stack))
    assert scope["loss"].dim() == 0
    assert all(parameter.grad is not None for parameter in scope["model"].parameters())


def test_every_loss_runs_with_the_ends_of_its_ranges() -> None:
    for loss in LOSSES.values():
        for field in loss.fields:
            ends = field.options or (
                (False, True) if field.kind == "flag" else (field.low, field.high)
            )
            for value in ends:
                whole = field.kind == "count"
                values = {field.name: int(value) if whole else value}
                stack = Stack(layers=(Piece("Linear"),), loss=Piece(loss.name, values))
                assert run(source(repaired(stack)))["loss"].dim() == 0


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_runs_with_the_ends_of_its_ranges(name: str) -> None:
    for field in OPTIMIZERS[name].fields:
        for value in (False, True) if field.kind == "flag" else (field.low, field.high):
            piece = Piece(name, {field.name: value})
            if field.name == "nesterov" and value:
                piece = piece.having({"momentum": 0.9})
            stack = Stack(layers=(Piece("Linear"),), optimizer=piece)
            optimizer = run(source(stack))["optimizer"]
            assert type(optimizer).__name__ == name
            key = {"beta1": "betas", "beta2": "betas"}.get(field.name, field.name)
            written = optimizer.param_groups[0][key]
            assert value in (written if isinstance(written, tuple) else (written,))


def test_the_tables_and_what_is_left_out_are_all_of_torch() -> None:
    losses = {name for name in dir(nn) if "Loss" in name}
    assert set(LOSSES) | set(left_out.LOSSES) == losses
    optimizers = {name for name in dir(torch.optim) if isinstance(getattr(torch.optim, name), type)}
    assert set(OPTIMIZERS) | set(left_out.OPTIMIZERS) == optimizers


def test_whatever_fits_runs() -> None:
    """Random stacks of three layers on random data, repaired: a promise that is kept."""
    draw = random.Random(5)
    ran = 0
    for _ in range(400):
        names = draw.choices(list(LAYERS), k=3)
        data = draw.choice(list(DATASETS))
        stack = Stack(
            layers=tuple(map(Piece, names)),
            loss=Piece(draw.choice(list(LOSSES))),
            optimizer=draw.choice([None, Piece("SGD")]),
            style=draw.choice(["sequential", "class"]),
        )
        stack = repaired(stack.on(data))
        found = check(stack)
        if not found.fits:
            continue
        scope = run(source(stack))
        assert tuple(scope["output"].shape) == found.output, stack
        ran += 1
    assert ran > 80


def test_without_zero_grad_the_gradients_of_all_steps_add_up() -> None:
    stack = Stack(layers=(Piece("Linear"),), optimizer=Piece("SGD", {"lr": 0.0}), steps=3)
    once = run(source(stack))["model"][0].weight.grad
    added = run(source(replace(stack, zero_grad=False)))["model"][0].weight.grad
    torch.testing.assert_close(added, 3 * once)


def test_the_digits_are_those_of_their_file_and_are_learned() -> None:
    stack = replace(READY_MADE[2].stack, steps=100, batch=50)
    text = source(stack)
    scope = run(text)
    images = (Path(datasets.__file__).parent / "data" / "digits8.txt").read_text("utf-8")
    sevens = [line for line in images.splitlines() if not line.startswith("#")][7::10]
    dots = torch.tensor([[int(dot, 17) for dot in line] for line in sevens[:5]])
    small = run(source(replace(stack, data="digits8", layers=(Piece("Flatten"), *LAST))))["x"]
    assert torch.equal(small[7::10].flatten(1) * 16, dots.float())
    assert scope["right"] == 50
    others = run(source(replace(stack, steps=1, batch=100)))
    found = scope["model"](others["x"][50:]).argmax(1)
    assert (found == others["y"][50:]).float().mean() > 0.8, "it also reads what it never saw"


LAST = (Piece("Linear", {"in_features": 64, "out_features": 10}), Piece("LogSoftmax"))


def test_how_many_are_recognised_is_counted_for_labels_and_for_one_hot_targets() -> None:
    for at in (1, 2):
        scope = run(source(replace(READY_MADE[at].stack, steps=2)))
        labels = torch.arange(20) % 10
        assert scope["right"] == (scope["model"](scope["x"]).argmax(1) == labels).sum()
    assert "right" not in run(source(replace(READY_MADE[0].stack, steps=2)))


def test_a_long_training_prints_about_twenty_lines() -> None:
    for steps in (101, 999, 1000):
        printed = StringIO()
        with redirect_stdout(printed):
            exec(source(replace(READY_MADE[0].stack, steps=steps)), {"__name__": "__main__"})
        assert 15 <= len(printed.getvalue().splitlines()) <= 20


def test_code_is_python_that_fits_the_page() -> None:
    for one in READY_MADE:
        text = source(one.stack)
        assert max(map(len, text.splitlines())) <= 100
        assert "  \n" not in text
        assert text.endswith("\n")
