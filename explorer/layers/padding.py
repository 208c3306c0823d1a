"""Rows: padding, five ways to continue a grid beyond its border."""

from __future__ import annotations

from explorer.layers.field import Field, number
from explorer.layers.row import GRID, Chosen, Row, Shape, need, show
from explorer.layers.windows import each

FAMILY = "Padding"
BORDERS = {
    1: "left and right",
    2: "left, right, top and bottom",
    3: "left, right, top, bottom, front and back",
}
FILL = number("value", 0.0, -1000.0, 1000.0, torch=None, named=False)

# Name -> what stands beyond the border, further fields, and the widest padding for an axis of n.
WAYS: dict[str, tuple[str, tuple[Field, ...], int | None]] = {
    "ZeroPad": ("Puts zeros around.", (), None),
    "ConstantPad": ("Puts one number around.", (FILL,), None),
    "ReflectionPad": ("Continues as in a mirror that stands on the border.", (), -1),
    "ReplicationPad": ("Repeats the number at the border.", (), None),
    "CircularPad": ("Continues with the other end.", (), 0),
}


def _padding(axes: int) -> Field:
    return Field(
        "padding",
        "sides",
        1,
        0,
        16,
        lengths=(2 * axes,),
        order=BORDERS[axes],
        named=False,
    )


def _borders(v: Chosen, axes: int) -> tuple[tuple[int, int], ...]:
    """Before and behind each axis; PyTorch counts them from the last axis."""
    both = each(v.padding, 2 * axes)
    return tuple(zip(both[::2], both[1::2], strict=True))[::-1]


def _grow(x: Shape, v: Chosen, spare: int | None) -> Shape:
    borders = _borders(v, len(x) - 2)
    if spare is not None:
        fits = all(max(pair) <= n + spare for n, pair in zip(x[2:], borders, strict=True))
        widest = min(x[2:]) + spare
        need(
            fits,
            f"padding = {v.padding} reaches beyond what {show(x)} holds; at most {widest}.",
            padding=widest,
        )
    return (*x[:2], *(n + sum(pair) for n, pair in zip(x[2:], borders, strict=True)))


def _row(way: str, axes: int) -> Row:
    says, more, spare = WAYS[way]
    return Row(
        f"{way}{axes}d",
        FAMILY,
        says,
        GRID[axes],
        (_padding(axes), *more),
        example=lambda v: (2, 3, *(max(pair) + 2 for pair in _borders(v, axes))),
        shape=lambda x, v: _grow(x, v, spare),
        ranks=(axes + 2,),
        short="pad",
    )


ROWS = tuple(_row(way, axes) for way in WAYS for axes in (1, 2, 3))
