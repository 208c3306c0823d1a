"""Hints: what a program did that is probably not meant, each told once, with its line."""

from __future__ import annotations

import pytest

from explorer.gallery import EXAMPLES
from explorer.hints import HINT
from explorer.records import Program, Trace
from explorer.source import Source
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
        ["line 6: this backward() added", "`w`", "step in line 8", "write `w.grad = None` once"],
    ),
    "zero_grad forgotten by hand, of two": (
        "w, b = torch.ones(2, requires_grad=True), torch.ones((), requires_grad=True)\nfor _ in range(2):\n    loss = ((w * w).sum() + b * b)\n    loss.backward()\n    with torch.no_grad():\n        w -= 0.1 * w.grad\n        b -= 0.1 * b.grad\n",
        ["line 7: this backward() added", "write `b.grad = w.grad = None`"],
    ),
    "zero_grad forgotten by hand, of a module": (
        "model = nn.Linear(2, 1)\nfor _ in range(2):\n    loss = model(torch.ones(3, 2)).pow(2).mean()\n    loss.backward()\n    with torch.no_grad():\n        for p in model.parameters():\n            p -= 0.1 * p.grad\n",
        ["line 7: this backward() added", "call `model.zero_grad()`"],
    ),
    "zero_grad forgotten, of an optimizer by another name": (
        MODEL.replace("optimizer", "opt")
        + "for _ in range(3):\n    loss = F.cross_entropy(model(x), target)\n    loss.backward()\n    opt.step()\n",
        ["line 9: this backward() added", "call `opt.zero_grad()` once in each round"],
    ),
    "backward is not called": (
        "w = torch.tensor(2.0, requires_grad=True)\nloss = w * w\nloss.backward\nprint(w.grad)\n",
        ["line 6: `loss.backward` is not called", "add `()`"],
    ),
    "step is not called": (
        MODEL
        + "for _ in range(3):\n    optimizer.zero_grad()\n    loss = F.cross_entropy(model(x), target)\n    loss.backward()\n    optimizer.step\n",
        ["line 11: `optimizer.step` is not called"],
    ),
    "zero_grad is not called": (
        MODEL
        + "for _ in range(3):\n    optimizer.zero_grad\n    loss = F.cross_entropy(model(x), target)\n    loss.backward()\n    optimizer.step()\n",
        ["line 8: `optimizer.zero_grad` is not called"],
    ),
    "a column and a row in a loss": (
        "out, t = torch.ones(4, 1, requires_grad=True), torch.zeros(4)\nfor _ in range(2):\n    loss = nn.MSELoss()(out, t)\n    loss.backward()\n",
        ["line 6: the loss compares", "(4, 1)", "(4,)", "(4, 4)", "`t.view_as(out)`"],
    ),
    "a row for a column of a model": (
        "model, y = nn.Linear(2, 1), torch.zeros(4)\nloss = nn.MSELoss()(model(torch.ones((4, 2))), y)\nloss.backward()\n",
        ["line 5: the loss compares", "(4, 1)", "(4,)", "`y.unsqueeze(-1)`"],
    ),
    "a column for a row of a model": (
        "model, y = nn.Linear(2, 1), torch.zeros(4, 1)\nloss = F.mse_loss(model(torch.ones((4, 2))).flatten(), y)\nloss.backward()\n",
        ["line 5: the loss compares", "(4, 1)", "(4,)", "`y.squeeze(-1)`"],
    ),
    "a target of another shape altogether": (
        "model, y = nn.Linear(2, 1), torch.zeros(1, 4)\nloss = F.mse_loss(model(torch.ones((4, 2))), y)\nloss.backward()\n",
        ["line 5: the loss compares", "(4, 1)", "(1, 4)", "`y.reshape(4, 1)`"],
    ),
    "a loss of one number for many": (
        "out = torch.ones(4, 1, requires_grad=True)\nloss = F.l1_loss(out, torch.zeros(2, 1, 1))\nloss.backward()\n",
        ["line 5: the loss compares", "(2, 4, 1)", "the shape of the output"],
    ),
    "the gradient of a result is looked at": (
        "x = torch.ones(2, requires_grad=True)\ny = x * 2\ny.sum().backward()\nprint(x.grad, y.grad)\n",
        ["line 7: `y.grad` is None", "leaves only", "`y.retain_grad()`"],
    ),
    "step before backward": (
        MODEL + "loss = F.cross_entropy(model(x), target)\noptimizer.step()\nloss.backward()\n",
        ["line 8: SGD.step moved nothing", "no backward() has run"],
    ),
    "backward forgotten": (
        MODEL
        + "for _ in range(3):\n    optimizer.zero_grad()\n    loss = F.cross_entropy(model(x), target)\n    optimizer.step()\n",
        ["line 10: SGD.step moved nothing", "no backward() has run", "`loss.backward()`"],
    ),
    "backward forgotten, and emptied late": (
        MODEL
        + "for _ in range(3):\n    loss = F.cross_entropy(model(x), target)\n    optimizer.zero_grad()\n    optimizer.step()\n",
        ["line 10: SGD.step moved nothing", "no backward() has run", "`loss.backward()`"],
    ),
    "backward forgotten, and the loss has no name": (
        MODEL + "out = model(x)\noptimizer.step()\n",
        ["line 8: SGD.step moved nothing", "no backward() has run", "backward() of the loss"],
    ),
    "backward after the first round only": (
        MODEL
        + "for i in range(3):\n    optimizer.zero_grad()\n    loss = F.cross_entropy(model(x), target)\n    if i == 0: loss.backward()\n    optimizer.step()\n",
        ["line 11: SGD.step moved nothing", "no backward() has run since the step before"],
    ),
    "step before backward in a loop": (
        MODEL
        + "for _ in range(3):\n    optimizer.zero_grad()\n    loss = F.cross_entropy(model(x), target)\n    optimizer.step()\n    loss.backward()\n",
        ["line 10: SGD.step moved nothing", "backward() first"],
    ),
    "a step of what backward does not reach": (
        MODEL
        + "v = torch.ones(2, requires_grad=True)\n(v * v).sum().backward()\noptimizer.zero_grad()\noptimizer.step()\nF.cross_entropy(model(x), target).backward()\n",
        ["line 10: SGD.step moved nothing", "none of its parameters", "backward() in line 8"],
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
    "an ensemble that is stacked and not trained": "models = [nn.Linear(2, 1) for _ in range(2)]\nparams, _ = torch.func.stack_module_state(models)\ncall = lambda p, x: torch.func.functional_call(models[0], p, (x,))\nout = torch.vmap(call, (0, None))(params, torch.ones(3, 2))\n",
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
    "a gradient that is kept": "x = torch.ones(2, requires_grad=True)\ny = x * 2\ny.retain_grad()\ny.sum().backward()\nprint(y.grad)\n",
    "a value that is only looked at": "x = torch.ones(2, requires_grad=True)\ny = (x * x).sum()\ny.shape\n",
    "two optimizers of one round each": MODEL
    + "other = torch.optim.Adam(model.parameters())\nfor _ in range(2):\n    for one in (optimizer, other):\n        one.zero_grad()\n        F.cross_entropy(model(x), target).backward()\n        one.step()\n",
    "gradient of the input": MODEL + "x.requires_grad_()\nmodel(x)[0, 0].backward()\n",
}


FIXED = {
    "zero_grad forgotten": "    optimizer.zero_grad()\n    loss.backward()",
    "zero_grad forgotten by hand": "    w.grad = None\n    (w * w).backward()",
    "zero_grad forgotten by hand, of two": "    b.grad = w.grad = None\n    loss.backward()",
    "zero_grad forgotten by hand, of a module": "    model.zero_grad()\n    loss.backward()",
    "step before backward": "loss.backward()\noptimizer.step()",
    "step before backward in a loop": "    loss.backward()\n    optimizer.step()",
    "backward forgotten": "    loss.backward()\n    optimizer.step()",
    "zero_grad between backward and step": "optimizer.zero_grad()\nloss.backward()",
    "backward is not called": "loss.backward()",
    "step is not called": "    optimizer.step()",
    "zero_grad is not called": "    optimizer.zero_grad()",
    "a column and a row in a loss": "    loss = nn.MSELoss()(out, t.view_as(out))",
    "a row for a column of a model": "loss = nn.MSELoss()(model(torch.ones((4, 2))), y.unsqueeze(-1))",
    "a column for a row of a model": "loss = F.mse_loss(model(torch.ones((4, 2))).flatten(), y.squeeze(-1))",
    "a target of another shape altogether": "loss = F.mse_loss(model(torch.ones((4, 2))), y.reshape(4, 1))",
    "the gradient of a result is looked at": "y.retain_grad()\ny.sum().backward()",
}
"""Hint -> lines of the change that goes with it. With it the program has nothing left to hint at."""


def run(source: str) -> Trace:
    trace = execute(Program(source=source))
    assert trace.failure is None, trace.failure
    return trace


def hints(source: str) -> list[str]:
    return [note for note in run(source).notes if note.startswith(HINT)]


@pytest.mark.parametrize("name", HINTED)
def test_what_is_probably_not_meant_is_told_once(name: str) -> None:
    source, words = HINTED[name]
    (hint,) = hints(HEAD + source)
    for word in words:
        assert word in hint


@pytest.mark.parametrize("name", FIXED)
def test_a_change_mends_what_a_hint_tells(name: str) -> None:
    source, _ = HINTED[name]
    trace = run(HEAD + source)
    ((words, fix),) = trace.fixes.items()
    assert words in trace.notes
    assert fix.code == FIXED[name]
    assert hints(Source(HEAD + source).applied(fix)) == []


def test_brackets_that_lack_are_told_beside_an_error() -> None:
    source = (
        "import torch\nw = torch.ones(2, requires_grad=True)\nw.grad_\n(w * w).sum().backward\n"
    )
    trace = execute(Program(source=source))
    assert trace.failure is not None
    assert [note.partition(" is not called")[0] for note in trace.notes] == [
        "Hint: line 3: `w.grad_`",
        "Hint: line 4: `(w * w).sum().backward`",
    ]
    assert [fix.code for fix in trace.fixes.values()] == ["w.grad_()", "(w * w).sum().backward()"]


def test_a_change_that_the_error_tells_is_not_told_twice() -> None:
    source = (
        "import torch\nw = torch.ones(2, requires_grad=True)\nw.sum().backward\nw.grad.norm()\n"
    )
    trace = execute(Program(source=source))
    assert trace.failure is not None
    assert trace.failure.fix is not None
    assert trace.notes == ()


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
