"""What operations keep beside the tensors that boxes show: settings, masks, indices."""

from __future__ import annotations

import torch

from explorer.records import Node, Program, Saved
from explorer.sheet import written_out
from explorer.worker.execute import execute

HEAD = "import torch\nimport torch.nn.functional as F\n"


def node(body: str, op: str) -> Node:
    trace = execute(Program(HEAD + body))
    assert trace.failure is None, trace.failure
    return next(one for one in trace.passes[0].nodes if one.op == op)


def saved(one: Node, name: str) -> Saved:
    return next(kept for kept in one.saved if kept.name == name)


X = "x = torch.tensor([[1.0, 5.0], [4.0, 2.0]], requires_grad=True)\n"


def test_settings_stand_as_pytorch_prints_them() -> None:
    assert node(X + "(x**3).sum().backward()", "PowBackward0").settings == {"exponent": "3"}
    last = node(X + "x.softmax(-1).sum().backward()", "SoftmaxBackward0").settings
    assert last == {"dim": str(2**64 - 1)}
    axes = node(X + "x.sum((0, 1)).backward()", "SumBackward1").settings
    assert axes == {"dim": "(0, 1)"}


def test_settings_that_no_formula_asks_for_and_those_not_given_are_left_out() -> None:
    assert node(X + "x.sum().backward()", "SumBackward0").settings is None
    clamp = node(X + "x.clamp(min=2).sum().backward()", "ClampBackward1").settings
    assert clamp == {"min": "2"}


def test_settings_are_known_of_graphs_that_torchviz_cannot_draw() -> None:
    long = "y = x\nfor _ in range(700):\n    y = torch.add(y, x, alpha=3)\ny.sum().backward()"
    trace = execute(Program(HEAD + X + long))
    assert trace.passes[0].drawing is None
    nodes = written_out(trace.passes[0]).nodes
    added = next(one for one in nodes if one.op == "AddBackward0")
    assert added.settings == {"alpha": "3"}


def test_a_small_tensor_that_no_box_shows_has_its_numbers() -> None:
    body = X + "torch.manual_seed(0)\nF.dropout(x, 0.5).sum().backward()"
    mask = saved(node(body, "MulBackward0"), "other").value
    assert mask is not None
    torch.manual_seed(0)
    assert mask.values == tuple(torch.nn.functional.dropout(torch.ones(4), 0.5).tolist())
    picked = saved(node(X + "x.max(1).values.sum().backward()", "MaxBackward0"), "indices").value
    assert picked is not None
    assert picked.values == (1.0, 0.0)


def test_a_second_result_has_its_numbers() -> None:
    body = X + "F.layer_norm(x, (2,)).pow(2).sum().backward()"
    mean = saved(node(body, "NativeLayerNormBackward0"), "result1").value
    assert mean is not None
    assert mean.values == (3.0, 3.0)


def test_what_a_box_shows_and_what_is_large_is_not_repeated() -> None:
    product = node(X + "(x * x.exp()).sum().backward()", "MulBackward0")
    assert all(kept.value is None and kept.node for kept in product.saved)
    large = "x = torch.ones(80, requires_grad=True)\nF.dropout(x).sum().backward()"
    assert saved(node(large, "MulBackward0"), "other").value is None
