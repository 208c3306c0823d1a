"""Hints: what a program did that is probably not meant, each told once, with its line."""

from __future__ import annotations

import pytest

from explorer.gallery import EXAMPLES
from explorer.hints import HINT
from explorer.records import Program
from explorer.worker.execute import execute
from tests.programs import PROGRAMS

HEAD = "import torch\nfrom torch import nn\nimport torch.nn.functional as F\n"

MODEL = """\
model = nn.Linear(2, 3)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
x, target = torch.ones(4, 2), torch.tensor([0, 1, 2, 0])
"""
HINTED = {
    "zero_grad forgotten": (
        MODEL
        + "for _ in range(3):\n    loss = F.cross_entropy(model(x), target)\n    loss.backward()\n    optimizer.step()\n",
        ["line 9: this backward() added", "`model.bias` and `model.weight`", "step in line 10"],
    ),
    "zero_grad forgotten by hand": (
        "w = torch.tensor(2.0, requires_grad=True)\nfor _ in range(2):\n    (w * w).backward()\n    with torch.no_grad():\n        w -= 0.1 * w.grad\n",
        ["line 6: this backward() added", "`w`", "step in line 8"],
    ),
    "step before backward": (
        MODEL + "loss = F.cross_entropy(model(x), target)\noptimizer.step()\nloss.backward()\n",
        ["line 8: SGD.step moved nothing", "no backward() has run"],
    ),
    "zero_grad between backward and step": (
        MODEL
        + "loss = F.cross_entropy(model(x), target)\nloss.backward()\noptimizer.zero_grad()\noptimizer.step()\n",
        ["line 10: SGD.step moved nothing", "zero_grad() in line 9", "before backward()"],
    ),
    "zeros between backward and step": (
        MODEL
        + "loss = F.cross_entropy(model(x), target)\nloss.backward()\noptimizer.zero_grad(set_to_none=False)\noptimizer.step()\n",
        ["line 10: SGD.step moved nothing", "zero_grad() in line 9"],
    ),
    "a layer that no optimizer has": (
        MODEL
        + "head = nn.Linear(3, 3)\nF.cross_entropy(head(model(x)), target).backward()\noptimizer.step()\n",
        ["`head.bias` and `head.weight` get gradients", "no optimizer"],
    ),
    "one parameter that no optimizer has": (
        "w, b = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(()))\noptimizer = torch.optim.SGD([w], lr=0.1)\n((w * w).sum() + b).backward()\noptimizer.step()\n",
        ["`b` gets a gradient", "it never changes"],
    ),
    "a loss beside the parameters": (
        MODEL + "v = torch.ones(3, requires_grad=True)\nloss = (v * v).sum()\nloss.backward()\n",
        ["`loss` does not depend on `model.bias` and `model.weight`"],
    ),
    "a loss behind a cut": (
        MODEL
        + "v = torch.ones(3, requires_grad=True)\nout = model(x).detach()\nloss = (out * v).sum()\nloss.backward()\n",
        ["no gradient reaches `model.bias`", "line 8 cut the graph with `detach()`"],
    ),
    "softmax before cross entropy": (
        MODEL
        + "p = F.softmax(model(x), dim=1)\nloss = F.cross_entropy(p, target)\nloss.backward()\n",
        ["line 8: cross-entropy takes raw scores", "line 7 has put them"],
    ),
    "sigmoid before its own loss": (
        MODEL
        + "p = torch.sigmoid(model(x))\nloss = F.binary_cross_entropy_with_logits(p, torch.ones(4, 3))\nloss.backward()\n",
        ["line 8: this loss takes raw scores", "line 7 has put them"],
    ),
    "probabilities into NLLLoss": (
        MODEL + "p = model(x).softmax(1)\nloss = nn.NLLLoss()(p, target)\nloss.backward()\n",
        ["line 8: NLLLoss takes logarithms", "line 7 gives probabilities"],
    ),
    "scores into NLLLoss": (
        MODEL + "loss = nn.NLLLoss()(model(x), target)\nloss.backward()\n",
        ["line 7: NLLLoss takes logarithms", "raw scores"],
    ),
}

GOOD = {
    "a good loop": MODEL
    + "for _ in range(3):\n    optimizer.zero_grad()\n    loss = F.cross_entropy(model(x), target)\n    loss.backward()\n    optimizer.step()\n",
    "zeros instead of None": MODEL
    + "for _ in range(3):\n    optimizer.zero_grad(set_to_none=False)\n    loss = F.cross_entropy(model(x), target)\n    loss.backward()\n    optimizer.step()\n",
    "emptied after the step": MODEL
    + "for _ in range(3):\n    loss = F.cross_entropy(model(x), target)\n    loss.backward()\n    optimizer.step()\n    model.zero_grad()\n",
    "several batches for one step": MODEL
    + "for _ in range(2):\n    optimizer.zero_grad()\n    for _ in range(2):\n        F.cross_entropy(model(x), target).backward()\n    optimizer.step()\n",
    "two optimizers": MODEL
    + "head = nn.Linear(3, 3)\nother = torch.optim.Adam(head.parameters())\nF.cross_entropy(head(model(x)), target).backward()\noptimizer.step()\nother.step()\n",
    "log_softmax into NLLLoss": MODEL
    + "F.nll_loss(F.log_softmax(model(x), 1), target).backward()\noptimizer.step()\n",
    "a frozen layer": MODEL
    + "base = nn.Linear(2, 2).requires_grad_(False)\nF.cross_entropy(model(base(x)), target).backward()\noptimizer.step()\n",
    "gradient of the input": MODEL + "x.requires_grad_()\nmodel(x)[0, 0].backward()\n",
}


def hints(source: str) -> list[str]:
    trace = execute(Program(source=source))
    assert trace.failure is None, trace.failure
    return [note for note in trace.notes if note.startswith(HINT)]


@pytest.mark.parametrize("name", HINTED)
def test_what_is_probably_not_meant_is_told_once(name: str) -> None:
    source, words = HINTED[name]
    (hint,) = hints(HEAD + source)
    for word in words:
        assert word in hint


@pytest.mark.parametrize("name", GOOD)
def test_what_is_meant_gets_no_hint(name: str) -> None:
    assert hints(HEAD + GOOD[name]) == []


MEANT = {"training loop without zero_grad"}


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_of_the_oracle_get_no_hint(name: str) -> None:
    assert bool(hints(PROGRAMS[name])) == (name in MEANT)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one.slug)
def test_examples_get_no_hint_but_the_one_that_shows_it(example) -> None:
    assert bool(hints(example.source)) == ("zero_grad" in example.slug)
