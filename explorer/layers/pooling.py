"""Rows: pooling by maximum, average and power mean, with a window or to a given size."""

from __future__ import annotations

from explorer.layers.field import Field, count, flag, number
from explorer.layers.row import GRID, Chosen, Row, Shape, need
from explorer.layers.windows import places, places_or_part

FAMILY = "Pooling"
SIDE = {1: 16, 2: 8, 3: 5}


def _slide(x: Shape, v: Chosen) -> Shape:
    padding, dilation = getattr(v, "padding", 0), getattr(v, "dilation", 1)
    reach = dilation * (v.kernel_size - 1) + 1
    # PyTorch's quick path for one axis measures the window without its dilation.
    widest = (v.kernel_size if len(x) == 3 else reach) // 2
    need(
        padding <= widest,
        f"padding = {padding} is more than half of the window; at most {widest}.",
        padding=widest,
    )
    rule = places_or_part if v.ceil_mode else places
    sizes = (rule(n, v.kernel_size, v.stride, padding, dilation) for n in x[2:])
    return (*x[:2], *sizes)


def _window(*more: Field, kernel: int = 2) -> tuple[Field, ...]:
    return (
        count("kernel_size", kernel, 15, named=False),
        count("stride", kernel, 15, twin="kernel_size"),
        *more,
        flag("ceil_mode", False),
    )


PADDING = count("padding", 0, 7, low=0, torch=0)
DILATION = count("dilation", 1, 4, torch=1)


def _example(axes: int, v: Chosen) -> Shape:
    reach = getattr(v, "dilation", 1) * (v.kernel_size - 1) + 1
    return (2, 3, *(max(SIDE[axes], reach),) * axes)


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
        (count("output_size", 1, 64, named=False),),
        example=lambda _: (2, 3, *(SIDE[axes],) * axes),
        shape=lambda x, v: (*x[:2], *(v.output_size,) * axes),
        ranks=(axes + 2,),
        short="pool",
    )


MAX = "Keeps the largest number of each window; only that one gets a gradient."
AVERAGE = "Keeps the mean of each window; each number gets an equal share of the gradient."
POWER = "Keeps the power mean of each window, between average and maximum."
NORM = number("norm_type", 2.0, 1.0, 8.0, torch=None, named=False)

ROWS = (
    *(_sliding("MaxPool", MAX, _window(PADDING, DILATION), axes) for axes in (1, 2, 3)),
    *(
        _sliding("AvgPool", AVERAGE, _window(PADDING, flag("count_include_pad", True)), axes)
        for axes in (1, 2, 3)
    ),
    *(_sliding("LPPool", POWER, (NORM, *_window()), axes) for axes in (1, 2, 3)),
    *(_adaptive("Avg", "Averages down to a given size.", axes) for axes in (1, 2, 3)),
    *(_adaptive("Max", "Maxima down to a given size.", axes) for axes in (1, 2, 3)),
)
