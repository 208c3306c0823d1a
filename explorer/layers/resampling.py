"""Rows: upsampling, shuffling of pixels and channels, and windows as columns."""

from __future__ import annotations

from math import prod

from explorer.layers.field import Field, choice, count
from explorer.layers.row import GRID, Chosen, Row, Shape, need, show
from explorer.layers.windows import places

FAMILY = "Resampling"
SCALE = count("scale_factor", 2, 8)
# How many axes a way of interpolating works on; the others take any.
AXES_OF_MODE = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}
MODE_OF_AXES = {1: "linear", 2: "bilinear", 3: "trilinear"}
MODES = ("nearest", "nearest-exact", *AXES_OF_MODE)


def _scale(x: Shape, v: Chosen) -> Shape:
    axes = len(x) - 2
    mode = getattr(v, "mode", "nearest")
    need(
        AXES_OF_MODE.get(mode, axes) == axes,
        f'mode "{mode}" needs {AXES_OF_MODE.get(mode, axes)} axes after the channels, '
        f"but {show(x)} has {axes}.",
        mode=MODE_OF_AXES[axes],
    )
    return (*x[:2], *(n * v.scale_factor for n in x[2:]))


def _to_space(x: Shape, v: Chosen) -> Shape:
    r = v.upscale_factor
    need(x[1] % (r * r) == 0, f"{x[1]} channels cannot be split into groups of {r}² = {r * r}.")
    return (x[0], x[1] // (r * r), x[2] * r, x[3] * r)


def _to_channels(x: Shape, v: Chosen) -> Shape:
    r = v.downscale_factor
    need(x[2] % r == 0 and x[3] % r == 0, f"{x[2]} × {x[3]} cannot be divided by {r}.")
    return (x[0], x[1] * r * r, x[2] // r, x[3] // r)


def _shuffle(x: Shape, v: Chosen) -> Shape:
    need(x[1] % v.groups == 0, f"{x[1]} channels cannot be split into {v.groups} equal groups.")
    return x


WINDOW: tuple[Field, ...] = (
    count("kernel_size", 3, 15, named=False),
    count("dilation", 1, 4, torch=1),
    count("padding", 0, 15, low=0, torch=0),
    count("stride", 1, 8, torch=1),
)


def _windows(n: int, v: Chosen) -> int:
    return places(n, v.kernel_size, v.stride, v.padding, v.dilation)


def _unfold(x: Shape, v: Chosen) -> Shape:
    columns = prod(_windows(n, v) for n in x[2:])
    return (x[0], x[1] * v.kernel_size**2, columns)


def _fold(x: Shape, v: Chosen) -> Shape:
    area, columns = v.kernel_size**2, _windows(v.output_size, v) ** 2
    need(x[1] % area == 0, f"{x[1]} rows cannot be split into windows of {area} numbers.")
    need(
        x[2] == columns,
        f"An image of {v.output_size} × {v.output_size} has {columns} windows, not {x[2]}.",
    )
    return (x[0], x[1] // area, v.output_size, v.output_size)


def _columns(v: Chosen) -> int:
    """Windows of the image that Fold makes, at least one even where none fits."""
    span = v.output_size + 2 * v.padding - v.dilation * (v.kernel_size - 1) - 1
    return int(max(1, span // v.stride + 1) ** 2)


def _side(v: Chosen) -> int:
    return max(8, int(v.dilation * (v.kernel_size - 1) + 1))


def _up(name: str, says: str) -> Row:
    return Row(
        name,
        FAMILY,
        says,
        GRID[2],
        (SCALE,),
        example=lambda _: (2, 3, 4, 4),
        shape=_scale,
        ranks=(4,),
        short="up",
    )


ROWS = (
    Row(
        "Upsample",
        FAMILY,
        "Makes a map larger by repeating or interpolating.",
        "batch × channels × one to three axes",
        (SCALE, choice("mode", MODES)),
        example=lambda v: (2, 3, *(4,) * AXES_OF_MODE.get(v.mode, 2)),
        shape=_scale,
        ranks=(3, 4, 5),
        short="up",
    ),
    _up("UpsamplingNearest2d", "Repeats pixels."),
    _up("UpsamplingBilinear2d", "Interpolates between pixels, corners on corners."),
    Row(
        "PixelShuffle",
        FAMILY,
        "Turns channels into pixels: a larger map with fewer channels.",
        GRID[2],
        (count("upscale_factor", 2, 8, named=False),),
        example=lambda v: (2, 2 * v.upscale_factor**2, 4, 4),
        shape=_to_space,
        ranks=(4,),
        short="shuffle",
    ),
    Row(
        "PixelUnshuffle",
        FAMILY,
        "Turns pixels into channels: a smaller map with more channels.",
        GRID[2],
        (count("downscale_factor", 2, 8, named=False),),
        example=lambda v: (2, 3, 2 * v.downscale_factor, 2 * v.downscale_factor),
        shape=_to_channels,
        ranks=(4,),
        short="unshuffle",
    ),
    Row(
        "ChannelShuffle",
        FAMILY,
        "Deals the channels out anew among groups.",
        GRID[2],
        (count("groups", 2, 64, named=False),),
        example=lambda v: (2, 2 * v.groups, 4, 4),
        shape=_shuffle,
        ranks=(4,),
        short="shuffle",
    ),
    Row(
        "Unfold",
        FAMILY,
        "Lays the windows of a map side by side as columns.",
        GRID[2],
        WINDOW,
        example=lambda v: (2, 3, _side(v), _side(v)),
        shape=_unfold,
        ranks=(4,),
    ),
    Row(
        "Fold",
        FAMILY,
        "Puts columns back as windows of a map, adding where they overlap.",
        "batch × (channels · window) × windows",
        (count("output_size", 8, 128, named=False), *WINDOW),
        example=lambda v: (2, 3 * v.kernel_size**2, _columns(v)),
        shape=_fold,
        ranks=(3,),
    ),
)
