"""Rows: convolutions over one, two and three axes, and their transposes."""

from __future__ import annotations

from explorer.layers.field import count, flag, size
from explorer.layers.row import GRID, Chosen, Row, Shape, need
from explorer.layers.windows import places, spread

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
    sizes = (places(n, v.kernel_size, v.stride, v.padding, v.dilation) for n in x[2:])
    return (x[0], v.out_channels, *sizes)


def _unslide(x: Shape, v: Chosen) -> Shape:
    _check_groups(v)
    need(
        v.output_padding < max(v.stride, v.dilation),
        f"output_padding = {v.output_padding} must be smaller than stride or dilation.",
        output_padding=0,
    )
    sizes = spread(x[2:], v.kernel_size, v.stride, v.padding, v.dilation, v.output_padding)
    need(
        all(one >= 1 for one in sizes),
        f"padding = {v.padding} cuts away everything.",
        padding=0,
    )
    return (x[0], v.out_channels, *sizes)


def _convolution(axes: int) -> Row:
    return Row(
        f"Conv{axes}d",
        FAMILY,
        "Slides small filters over the input; each output channel has its own filter.",
        GRID[axes],
        (
            size("in_channels", 3, 1024),
            size("out_channels", 8, 1024),
            count("kernel_size", 3, 15),
            count("stride", 1, 8, torch=1),
            count("padding", 0, 15, low=0, torch=0),
            count("dilation", 1, 4, torch=1),
            count("groups", 1, 64, torch=1),
            flag("bias", True),
        ),
        example=lambda v: (2, v.in_channels, *(max(SIDE[axes], _reach(v)),) * axes),
        shape=_slide,
        parameters=lambda v: (
            v.out_channels * (v.in_channels // v.groups * v.kernel_size**axes + v.bias)
        ),
        ranks=(axes + 2,),
        feature=("in_channels", 1),
        short="conv",
    )


def _reach(v: Chosen) -> int:
    return int(v.dilation * (v.kernel_size - 1) + 1)


def _transposed(axes: int) -> Row:
    return Row(
        f"ConvTranspose{axes}d",
        FAMILY,
        "The backward of a convolution used forward: makes maps larger, with learnable filters.",
        GRID[axes],
        (
            size("in_channels", 8, 1024),
            size("out_channels", 3, 1024),
            count("kernel_size", 3, 15),
            count("stride", 1, 8, torch=1),
            count("padding", 0, 15, low=0, torch=0),
            count("output_padding", 0, 7, low=0, torch=0),
            count("groups", 1, 64, torch=1),
            flag("bias", True),
            count("dilation", 1, 4, torch=1),
        ),
        example=lambda v: (2, v.in_channels, *(SIDE[axes],) * axes),
        shape=_unslide,
        parameters=lambda v: (
            v.in_channels * (v.out_channels // v.groups) * v.kernel_size**axes
            + v.out_channels * v.bias
        ),
        ranks=(axes + 2,),
        feature=("in_channels", 1),
        short="deconv",
    )


ROWS = (*map(_convolution, (1, 2, 3)), *map(_transposed, (1, 2, 3)))
