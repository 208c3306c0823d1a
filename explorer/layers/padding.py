"""Rows: padding, five ways to continue a grid beyond its border."""

from __future__ import annotations

from explorer.layers.field import Field, count, number
from explorer.layers.row import GRID, Chosen, Row, Shape, need, show

FAMILY = "Padding"
PADDING = count("padding", 1, 16, low=0, named=False)
FILL = number("value", 0.0, -1000.0, 1000.0, torch=None, named=False)

# Name -> what stands beyond the border, further fields, and the widest padding for an axis of n.
WAYS: dict[str, tuple[str, tuple[Field, ...], int | None]] = {
    "ZeroPad": ("Puts zeros around.", (), None),
    "ConstantPad": ("Puts one number around.", (FILL,), None),
    "ReflectionPad": ("Continues as in a mirror that stands on the border.", (), -1),
    "ReplicationPad": ("Repeats the number at the border.", (), None),
    "CircularPad": ("Continues with the other end.", (), 0),
}


def _grow(x: Shape, v: Chosen, spare: int | None) -> Shape:
    widest = None if spare is None else min(x[2:]) + spare
    if widest is not None:
        need(
            v.padding <= widest,
            f"padding = {v.padding} reaches beyond what {show(x)} holds; at most {widest}.",
            padding=widest,
        )
    return (*x[:2], *(n + 2 * v.padding for n in x[2:]))


def _row(way: str, axes: int) -> Row:
    says, more, spare = WAYS[way]
    return Row(
        f"{way}{axes}d",
        FAMILY,
        says,
        GRID[axes],
        (PADDING, *more),
        example=lambda v: (2, 3, *(v.padding + 2,) * axes),
        shape=lambda x, v: _grow(x, v, spare),
        ranks=(axes + 2,),
        short="pad",
    )


ROWS = tuple(_row(way, axes) for way in WAYS for axes in (1, 2, 3))
