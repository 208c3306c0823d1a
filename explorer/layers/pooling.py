"""Rows: pooling by maximum, average and power mean, with a window or to a given size."""

from __future__ import annotations

from explorer.layers.field import Field, flag, number, side
from explorer.layers.row import GRID, Chosen, Row, Shape, need
from explorer.layers.windows import each, places, places_or_part, reaches, slid, with_axis

FAMILY = "Pooling"
SIDE = {1: 16, 2: 8, 3: 5}


def _slide(x: Shape, v: Chosen) -> Shape:
    axes = len(x) - 2
    for axis, padding in enumerate(each(getattr(v, "padding", 0), axes)):
        # PyTorch measures the window without its dilation.
        widest = each(v.kernel_size, axes)[axis] // 2
        need(
            padding <= widest,
            f"padding = {padding} is more than half of the window; at most {widest}.",
            padding=with_axis(v.padding, axis, widest) if padding else 0,
        )
    return (*x[:2], *slid(x[2:], v, places_or_part if v.ceil_mode else places))


def _window(axes: int, *more: Field, kernel: int = 2) -> tuple[Field, ...]:
    return (
        side("kernel_size", kernel, 15, axes, named=False),
        side("stride", kernel, 15, axes, twin="kernel_size"),
        *more,
        flag("ceil_mode", False),
    )


def _padding(axes: int) -> Field:
    return side("padding", 0, 7, axes, low=0, torch=0)


def _example(axes: int, v: Chosen) -> Shape:
    return (2, 3, *(max(SIDE[axes], n) for n in reaches(v, axes)))


def _sliding(name: str, says: str, fields: tuple[Field, ...], axes: int) -> Row:
    return Row(
        f"{name}{axes}d",
        FAMILY,
        says,
        GRID[axes],
        fields,
        example=lambda v: _example(axes, v),
        shape=_slide,
        ranks=(axes + 2,),
        short="pool",
    )


def _adaptive(name: str, says: str, axes: int) -> Row:
    return Row(
        f"Adaptive{name}Pool{axes}d",
        FAMILY,
        says,
        GRID[axes],
        (side("output_size", 1, 64, axes, named=False),),
        example=lambda _: (2, 3, *(SIDE[axes],) * axes),
        shape=lambda x, v: (*x[:2], *each(v.output_size, axes)),
        ranks=(axes + 2,),
        short="pool",
    )


def _largest(axes: int) -> Row:
    dilation = side("dilation", 1, 4, axes, torch=1)
    return _sliding("MaxPool", MAX, _window(axes, _padding(axes), dilation), axes)


def _average(axes: int) -> Row:
    counted = flag("count_include_pad", True)
    return _sliding("AvgPool", AVERAGE, _window(axes, _padding(axes), counted), axes)


MAX = "Keeps the largest number of each window; only that one gets a gradient."
AVERAGE = "Keeps the mean of each window; each number gets an equal share of the gradient."
POWER = "Keeps the power mean of each window, between average and maximum."
NORM = number("norm_type", 2.0, 1.0, 8.0, torch=None, named=False)

ROWS = (
    *map(_largest, (1, 2, 3)),
    *map(_average, (1, 2, 3)),
    *(_sliding("LPPool", POWER, (NORM, *_window(axes)), axes) for axes in (1, 2, 3)),
    *(_adaptive("Avg", "Averages down to a given size.", axes) for axes in (1, 2, 3)),
    *(_adaptive("Max", "Maxima down to a given size.", axes) for axes in (1, 2, 3)),
)
