"""Rows: linear layers, and those that only regroup axes."""

from __future__ import annotations

from math import prod

from explorer.layers.field import axis, flag, size, sizes
from explorer.layers.row import (
    ANY,
    VECTORS,
    Chosen,
    Row,
    Shape,
    ShapeError,
    need,
    need_axis,
    same,
    show,
)

LINEAR = "Linear"
RESHAPE = "Reshape"
WIDEST = 65_536


def _regroup_ends(x: Shape, start: int, end: int) -> tuple[int, int]:
    need_axis(x, "start_dim", start)
    need_axis(x, "end_dim", end)
    first, last = start % len(x), end % len(x)
    need(first <= last, f"start_dim is axis {first}, after end_dim, axis {last}.", start_dim=0)
    return first, last


def _flatten(x: Shape, v: Chosen) -> Shape:
    first, last = _regroup_ends(x, v.start_dim, v.end_dim)
    return (*x[:first], prod(x[first : last + 1]), *x[last + 1 :])


def _unflatten(x: Shape, v: Chosen) -> Shape:
    need_axis(x, "dim", v.dim)
    at = v.dim % len(x)
    if prod(v.unflattened_size) != x[at]:
        raise ShapeError(
            f"{show(v.unflattened_size)} is {prod(v.unflattened_size)} numbers, "
            f"but axis {at} of {show(x)} has {x[at]}.",
            unflattened_size=_square(x[at]),
        )
    return (*x[:at], *v.unflattened_size, *x[at + 1 :])


def _square(count: int) -> Shape:
    """One channel of a square picture where that many numbers make one."""
    side = round(count**0.5)
    return (1, side, side) if side * side == count else (1, count)


ROWS = (
    Row(
        "Linear",
        LINEAR,
        "Multiplies by a weight matrix and adds a bias: y = xWᵀ + b.",
        "… × features",
        (size("in_features", 8, WIDEST), size("out_features", 4), flag("bias", True)),
        example=lambda v: (4, v.in_features),
        shape=lambda x, v: (*x[:-1], v.out_features),
        parameters=lambda v: v.out_features * (v.in_features + v.bias),
        feature=("in_features", -1),
    ),
    Row(
        "Bilinear",
        LINEAR,
        "Products of pairs of features, weighted: y = x₁ᵀWx₂ + b. Here both inputs are x.",
        "… × features",
        (
            size("in1_features", 8, 512),
            size("in2_features", 8, 512),
            size("out_features", 4, 512),
            flag("bias", True),
        ),
        example=lambda v: (4, v.in1_features),
        shape=lambda x, v: _bilinear(x, v),
        parameters=lambda v: v.out_features * (v.in1_features * v.in2_features + v.bias),
        feature=("in1_features", -1),
        call=lambda name, _x, _v: (f"x = {name}(x, x)",),
        chains=False,
    ),
    Row(
        "Identity",
        RESHAPE,
        "Passes everything on as it is.",
        ANY,
        (),
        example=lambda _: (4, 8),
        shape=same,
    ),
    Row(
        "Flatten",
        RESHAPE,
        "Joins neighbouring axes into one, by default all but the batch.",
        ANY,
        (axis("start_dim", 1, torch=1), axis("end_dim", -1, torch=-1)),
        example=lambda _: (4, 2, 3, 3, 2),
        shape=_flatten,
    ),
    Row(
        "Unflatten",
        RESHAPE,
        "Splits one axis into several.",
        VECTORS,
        (axis("dim", 1, named=False), sizes("unflattened_size", (2, 4))),
        example=lambda v: (prod(v.unflattened_size),) * 5,
        shape=_unflatten,
    ),
)


def _bilinear(x: Shape, v: Chosen) -> Shape:
    need(
        v.in2_features == x[-1],
        f"Both inputs are x, so in2_features must be {x[-1]} as well, not {v.in2_features}.",
        in2_features=x[-1],
    )
    return (*x[:-1], v.out_features)
