"""Rows: convolutions over one, two and three axes, and their transposes."""

from __future__ import annotations

from math import prod

from explorer.layers.field import Field, count, flag, side, size
from explorer.layers.row import GRID, Chosen, Row, Shape, need
from explorer.layers.windows import each, places, reaches, slid, spread

FAMILY = "Convolution"
SIDE = {1: 16, 2: 8, 3: 5}
"""Length of each axis in the example."""


def _check_groups(v: Chosen) -> None:
    for name in ("in_channels", "out_channels"):
        channels = getattr(v, name)
        need(
            channels % v.groups == 0,
            f"{name} = {channels} cannot be split into {v.groups} equal groups.",
            groups=1,
        )


def _slide(x: Shape, v: Chosen) -> Shape:
    _check_groups(v)
    return (x[0], v.out_channels, *slid(x[2:], v, places))


def _unslide(x: Shape, v: Chosen) -> Shape:
    _check_groups(v)
    axes = len(x) - 2
    extra, stride, dilation = (
        each(side, axes) for side in (v.output_padding, v.stride, v.dilation)
    )
    need(
        all(more < max(*pair) for more, *pair in zip(extra, stride, dilation, strict=True)),
        f"output_padding = {v.output_padding} must be smaller than stride or dilation.",
        output_padding=0,
    )
    sizes = tuple(n + more for n, more in zip(slid(x[2:], v, spread), extra, strict=True))
    need(
        all(one >= 1 for one in sizes),
        f"padding = {v.padding} cuts away everything.",
        padding=0,
    )
    return (x[0], v.out_channels, *sizes)


def _window(axes: int) -> tuple[Field, ...]:
    return (
        side("kernel_size", 3, 15, axes),
        side("stride", 1, 8, axes, torch=1),
        side("padding", 0, 15, axes, low=0, torch=0),
    )


def _weights(v: Chosen, axes: int) -> int:
    """Numbers in one filter over one channel."""
    return prod(each(v.kernel_size, axes))


def _convolution(axes: int) -> Row:
    return Row(
        f"Conv{axes}d",
        FAMILY,
        "Slides small filters over the input; each output channel has its own filter.",
        GRID[axes],
        (
            size("in_channels", 3, 1024),
            size("out_channels", 8, 1024),
            *_window(axes),
            side("dilation", 1, 4, axes, torch=1),
            count("groups", 1, 64, torch=1),
            flag("bias", True),
        ),
        example=lambda v: (2, v.in_channels, *(max(SIDE[axes], n) for n in reaches(v, axes))),
        shape=_slide,
        parameters=lambda v: (
            v.out_channels * (v.in_channels // v.groups * _weights(v, axes) + v.bias)
        ),
        ranks=(axes + 2,),
        feature=("in_channels", 1),
        short="conv",
    )


def _transposed(axes: int) -> Row:
    return Row(
        f"ConvTranspose{axes}d",
        FAMILY,
        "The backward of a convolution used forward: makes maps larger, with learnable filters.",
        GRID[axes],
        (
            size("in_channels", 8, 1024),
            size("out_channels", 3, 1024),
            *_window(axes),
            side("output_padding", 0, 7, axes, low=0, torch=0),
            count("groups", 1, 64, torch=1),
            flag("bias", True),
            side("dilation", 1, 4, axes, torch=1),
        ),
        example=lambda v: (2, v.in_channels, *(SIDE[axes],) * axes),
        shape=_unslide,
        parameters=lambda v: (
            v.in_channels * (v.out_channels // v.groups) * _weights(v, axes)
            + v.out_channels * v.bias
        ),
        ranks=(axes + 2,),
        feature=("in_channels", 1),
        short="deconv",
    )


ROWS = (*map(_convolution, (1, 2, 3)), *map(_transposed, (1, 2, 3)))
