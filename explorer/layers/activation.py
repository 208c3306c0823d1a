"""Rows: activations, number by number, and those that look along an axis."""

from __future__ import annotations

from explorer.layers.field import Field, axis, choice, count, number
from explorer.layers.row import ANY, GRID, Chosen, Row, Shape, need, need_axis, same, show

FAMILY = "Activation"
WEIGHED = "Softmax"

# Name -> what it does, and its fields.
POINTWISE: dict[str, tuple[str, tuple[Field, ...]]] = {
    "ReLU": ("Keeps what is positive, sets the rest to 0.", ()),
    "LeakyReLU": (
        "Keeps what is positive, scales the rest down.",
        (number("negative_slope", 0.01, 0.0, 1.0),),
    ),
    "ReLU6": ("ReLU that stops at 6.", ()),
    "ELU": ("Like ReLU, but bends smoothly to −alpha.", (number("alpha", 1.0, 0.01, 10.0),)),
    "CELU": ("ELU whose slope has no jump.", (number("alpha", 1.0, 0.01, 10.0),)),
    "SELU": ("ELU scaled so that deep networks keep mean 0 and variance 1.", ()),
    "GELU": (
        "x times the probability that a normal variable is below x.",
        (choice("approximate", ("none", "tanh")),),
    ),
    "SiLU": ("x times sigmoid(x), also called Swish.", ()),
    "Mish": ("x times tanh(softplus(x)).", ()),
    "Sigmoid": ("Squeezes into 0 to 1; flat, and so without gradient, at both ends.", ()),
    "Tanh": ("Squeezes into −1 to 1; flat at both ends.", ()),
    "Softplus": (
        "A smooth ReLU: log(1 + eˣ).",
        (number("beta", 1.0, 0.1, 10.0), number("threshold", 20.0, 1.0, 100.0)),
    ),
    "Softsign": ("x / (1 + |x|).", ()),
    "LogSigmoid": ("The logarithm of the sigmoid, computed safely.", ()),
    "Hardsigmoid": ("A sigmoid of three straight lines.", ()),
    "Hardswish": ("SiLU of straight lines and a parabola.", ()),
    "Softshrink": ("Pulls towards 0 by lambd.", (number("lambd", 0.5, 0.0, 10.0),)),
    "Hardshrink": ("Sets what is smaller than lambd to 0.", (number("lambd", 0.5, 0.0, 10.0),)),
    "Tanhshrink": ("x − tanh(x).", ()),
    "Threshold": (
        "Replaces what is not above the threshold by a value.",
        (
            number("threshold", 0.1, -100.0, 100.0, torch=None, named=False),
            number("value", 0.0, -100.0, 100.0, torch=None, named=False),
        ),
    ),
}

# Name -> what it does.
WEIGHING = {
    "Softmax": "Turns numbers along an axis into probabilities that add up to 1.",
    "LogSoftmax": "The logarithm of Softmax, computed safely; goes with NLLLoss.",
    "Softmin": "Softmax of the negated numbers.",
}


def _weighing(name: str, says: str) -> Row:
    return Row(
        name,
        WEIGHED,
        says,
        ANY,
        (axis("dim", 1),),
        example=lambda _: (2, 3, 2, 3, 2),
        shape=_along_axis,
    )


def _along_axis(x: Shape, v: Chosen) -> Shape:
    need_axis(x, "dim", v.dim)
    return x


def _halve(x: Shape, v: Chosen) -> Shape:
    need_axis(x, "dim", v.dim)
    at = v.dim % len(x)
    need(x[at] % 2 == 0, f"Axis {at} of {show(x)} has {x[at]}, which has no halves.")
    return (*x[:at], x[at] // 2, *x[at + 1 :])


def _prelu(x: Shape, v: Chosen) -> Shape:
    channels = x[1] if len(x) > 1 else 1
    need(
        v.num_parameters in (1, channels),
        f"num_parameters must be 1, or {channels}: one per channel of {show(x)}.",
        num_parameters=channels,
    )
    return x


def _clamped(x: Shape, v: Chosen) -> Shape:
    need(v.min_val < v.max_val, "min_val must be below max_val.", min_val=-1.0, max_val=1.0)
    return x


def _leaky(x: Shape, v: Chosen) -> Shape:
    need(v.lower <= v.upper, "lower must not be above upper.", lower=v.upper)
    return x


ROWS = (
    *(
        Row(name, FAMILY, says, ANY, fields, example=lambda _: (4, 8), shape=same)
        for name, (says, fields) in POINTWISE.items()
    ),
    Row(
        "Hardtanh",
        FAMILY,
        "Cuts off below and above.",
        ANY,
        (number("min_val", -1.0, -100.0, 100.0), number("max_val", 1.0, -100.0, 100.0)),
        example=lambda _: (4, 8),
        shape=_clamped,
    ),
    Row(
        "RReLU",
        FAMILY,
        "LeakyReLU whose slope is drawn anew for each number while training.",
        ANY,
        (number("lower", 0.125, 0.0, 1.0), number("upper", 1 / 3, 0.0, 1.0)),
        example=lambda _: (4, 8),
        shape=_leaky,
    ),
    Row(
        "PReLU",
        FAMILY,
        "LeakyReLU whose slope is learnt.",
        ANY,
        (count("num_parameters", 1, 1024, torch=1), number("init", 0.25, -1.0, 1.0)),
        example=lambda v: (4, max(8, v.num_parameters)),
        shape=_prelu,
        parameters=lambda v: v.num_parameters,
    ),
    Row(
        "GLU",
        FAMILY,
        "Halves an axis: one half times the sigmoid of the other.",
        ANY,
        (axis("dim", -1, torch=-1),),
        example=lambda _: (4, 2, 4, 2, 8),
        shape=_halve,
    ),
    *(_weighing(name, says) for name, says in WEIGHING.items()),
    Row(
        "Softmax2d",
        WEIGHED,
        "Softmax over the channels of each pixel.",
        GRID[2],
        (),
        example=lambda _: (2, 3, 4, 4),
        shape=same,
        ranks=(4,),
    ),
)
