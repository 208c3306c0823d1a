"""Vanishing, exploding, dead, saturated: judged by the numbers of one pass."""

from __future__ import annotations

import math

import pytest
import torch

from explorer.health import Health, Vital, health
from explorer.records import Program
from explorer.worker import passes
from explorer.worker.execute import execute

HEAD = "import torch\nfrom torch import nn\ntorch.manual_seed(0)\n"


def judged(source: str, **asked: int) -> Health:
    found = health(execute(Program(source=HEAD + source, **asked)))  # type: ignore[arg-type]
    assert found is not None
    return found


def vitals(source: str) -> dict[str, Vital]:
    return {one.name: one for one in judged(source).vitals}


DEEP = """\
first = torch.tensor(1.0, requires_grad=True)
last = torch.tensor(1.0, requires_grad=True)
h = first
for layer in range(8):
    h = 0.1 * h
(h * last + last).backward()
"""


def test_a_gradient_that_shrinks_on_its_way_vanishes() -> None:
    found = vitals(DEEP)
    assert found["first"].verdict == "vanishing"
    assert found["first"].norm == pytest.approx(1e-8, rel=1e-5)
    assert found["last"].verdict == ""


def test_the_last_pass_is_judged_or_the_one_that_was_asked_for() -> None:
    twice = "w = torch.ones(1, requires_grad=True)\nfor i in range(3):\n    (w * i).backward()\n"
    assert judged(twice).pass_index == 2
    assert judged(twice).vitals[0].norm == 2.0
    assert judged(twice, detail=1).vitals[0].norm == 1.0


def test_a_gradient_far_larger_than_its_weight_explodes() -> None:
    found = vitals("w = torch.tensor([3.0, 4.0], requires_grad=True)\n(200 * w).sum().backward()\n")
    assert found["w"].verdict == ""
    assert found["w"].of_weight == pytest.approx(200 * math.sqrt(2) / 5)
    found = vitals("w = torch.tensor([3.0, 4.0], requires_grad=True)\n(400 * w).sum().backward()\n")
    assert found["w"].verdict == "exploding"


def test_zero_and_not_finite_are_no_sizes() -> None:
    source = "w = torch.tensor({value}, requires_grad=True)\n{loss}.backward()\n"
    assert vitals(source.format(value=0.0, loss="(w * w)"))["w"].verdict == "exactly 0"
    assert vitals(source.format(value=0.0, loss="w.sqrt()"))["w"].verdict == "not finite"


def test_updates_are_compared_with_what_they_update() -> None:
    source = """\
model = nn.Linear(3, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
model(torch.ones(2, 3)).sum().backward()
optimizer.step()
"""
    names: dict[str, object] = {}
    exec(HEAD + source, names)
    model = names["model"]
    assert isinstance(model, torch.nn.Linear)
    moved = 0.5 * torch.full((1, 3), 2.0).norm() / model.weight.norm()
    assert vitals(source)["model.weight"].update == pytest.approx(moved.item(), rel=1e-5)
    assert vitals(DEEP)["last"].update is None


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("x = torch.tensor([-1.0, -2.0], requires_grad=True)\nx.relu().sum().backward()\n",
         "Relu in line 5 is dead"),
        ("x = torch.linspace(-19, 1, 41, requires_grad=True)\nx.relu().sum().backward()\n",
         "Relu in line 5 stops 95.12 % of the elements that reach it (39 of 41)"),
        ("x = torch.tensor(9.0, requires_grad=True)\ntorch.sigmoid(x).backward()\n",
         "Sigmoid in line 5 is saturated: it sends 0.01234 %"),
        ("m = nn.Sequential(nn.Linear(1, 1), nn.Tanh())\nm(torch.full((1, 1), 99999.0)).sum().backward()\n",
         "Tanh (m.1) in line 5 is saturated"),
    ],
)  # fmt: skip
def test_operations_that_stop_gradients_are_named(source: str, words: str) -> None:
    (sentence,) = judged(source).findings
    assert words in sentence


def test_operations_that_let_gradients_through_are_not() -> None:
    source = "x = torch.linspace(-2, 2, 9, requires_grad=True)\nx.relu().tanh().sum().backward()\n"
    assert judged(source).findings == ()


def test_what_never_arrived_is_no_fault_of_a_rectifier() -> None:
    source = "x = torch.ones(100, requires_grad=True)\nx.relu()[:3].sum().backward()\n"
    assert judged(source).findings == ()


def test_without_a_pass_there_is_nothing_to_judge() -> None:
    assert health(execute(Program("import torch\nx = torch.ones(1)\n"))) is None
    stopped = "w = torch.ones(2, requires_grad=True)\ny = w * 2\ny.backward()\n"
    assert health(execute(Program(HEAD + stopped))) is None


def test_a_pass_of_columns_is_judged_like_one_of_records(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = judged(DEEP)
    monkeypatch.setattr(passes, "RECORDS", 0)
    assert judged(DEEP) == plain
