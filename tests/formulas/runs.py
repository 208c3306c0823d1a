"""Layers and losses of the tables as programs, each in all its variants."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.layers import LAYERS
from explorer.layers.field import Field, Value
from explorer.layers.row import Row, ShapeError
from explorer.losses import LOSSES, Loss

HEAD = "import torch\nfrom torch import nn\ntorch.manual_seed(0)\n"
SHAPES = ((4, 3), (4, 3, 5), (4, 3, 2, 2))


def ends(field: Field) -> tuple[Value, ...]:
    match field.kind:
        case "flag":
            return (False, True)
        case "choice":
            return field.options
        case "count":
            return (int(field.low),)
        case "sides":
            return (
                tuple(min(int(field.high), int(field.low) + n) for n in range(field.lengths[0])),
            )
    return ()


def variants(fields: tuple[Field, ...]) -> Iterator[dict[str, Value]]:
    yield {}
    for field in fields:
        for value in ends(field):
            yield {field.name: value}


def layer(name: str) -> str:
    """A program that runs a layer in training and in eval mode."""
    row = LAYERS[name]
    return HEAD + "".join(_layer(row, values) for values in variants(row.fields))


def _layer(row: Row, values: dict[str, Value]) -> str:
    chosen = row.chosen(values)
    shape = row.example(chosen)
    try:
        row.flow(shape, values)
    except ShapeError:
        return ""
    words = getattr(chosen, "num_embeddings", 0)
    data = f"torch.randint(0, {words}, {shape})" if row.takes_indices else _floats(shape)
    call = "\n    ".join(row.call("layer", shape, chosen))
    return (
        f"layer = {row.code(values)}\n"
        "for mode in (True, False):\n"
        "    layer.train(mode)\n"
        f"    x = {data}\n    {call}\n"
        "    if x.requires_grad:\n        x.sum().backward()\n"
    )


def _floats(shape: tuple[int, ...]) -> str:
    return f"torch.randn({shape}, requires_grad=True)"


TARGETS = {
    "class": "torch.randint(0, 3, (x.shape[0], *x.shape[2:]))",
    "labels": "torch.tensor([[0, -1, -1]] * 4)",
    "sign": "torch.randn(x.shape).sign()",
}


def loss(name: str) -> str:
    """A program that runs a loss with every choice."""
    one = LOSSES[name]
    return HEAD + "".join(_loss(one, values) for values in variants(one.fields))


def _loss(one: Loss, values: dict[str, Value]) -> str:
    target = TARGETS.get(one.target, "torch.rand(x.shape)")
    shapes = [shape for shape in SHAPES if not one.ranks or len(shape) in one.ranks]
    return "".join(
        f"x = torch.rand({shape}, requires_grad=True)\n{one.code(values)}(x, {target}).backward()\n"
        for shape in shapes
        if values.get("classes") != "last axis" or len(shape) == 2
    )
