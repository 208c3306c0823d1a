"""Rows: upsampling, shuffling of pixels and channels, and windows as columns."""

from __future__ import annotations

from math import prod

from explorer.layers.field import Field, choice, count, side
from explorer.layers.row import GRID, Chosen, Row, Shape, need, show
from explorer.layers.windows import each, places, reaches, slid

FAMILY = "Resampling"
SCALE = side("scale_factor", 2, 8, 3, lengths=(1, 2, 3))
BOTH = side("scale_factor", 2, 8, 2)
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
    several = isinstance(v.scale_factor, tuple)
    need(
        not several or len(v.scale_factor) == axes,
        f"scale_factor = {v.scale_factor} does not say one number for each of {axes} axes.",
        scale_factor=2,
    )
    return (*x[:2], *(n * by for n, by in zip(x[2:], each(v.scale_factor, axes), strict=True)))


def _to_scale(v: Chosen) -> Shape:
    """A map with as many axes as the mode, or else the scale, asks for."""
    asked = len(v.scale_factor) if isinstance(v.scale_factor, tuple) else 2
    return (2, 3, *(4,) * AXES_OF_MODE.get(v.mode, asked))


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
    side("kernel_size", 3, 15, 2, named=False),
    side("dilation", 1, 4, 2, torch=1),
    side("padding", 0, 15, 2, low=0, torch=0),
    side("stride", 1, 8, 2, torch=1),
)


def _unfold(x: Shape, v: Chosen) -> Shape:
    return (x[0], x[1] * prod(each(v.kernel_size, 2)), prod(slid(x[2:], v, places)))


def _fold(x: Shape, v: Chosen) -> Shape:
    area, image = prod(each(v.kernel_size, 2)), each(v.output_size, 2)
    columns = prod(slid(image, v, places))
    need(x[1] % area == 0, f"{x[1]} rows cannot be split into windows of {area} numbers.")
    need(
        x[2] == columns,
        f"An image of {show(image)} has {columns} windows, not {x[2]}.",
    )
    return (x[0], x[1] // area, *image)


def _columns(v: Chosen) -> int:
    """Windows of the image that Fold makes, at least one even where none fits."""
    image, padding, stride = (each(one, 2) for one in (v.output_size, v.padding, v.stride))
    spans = zip(image, padding, stride, reaches(v, 2), strict=True)
    return prod(max(1, (n + 2 * p - reach) // s + 1) for n, p, s, reach in spans)


def _up(name: str, says: str) -> Row:
    return Row(
        name,
        FAMILY,
        says,
        GRID[2],
        (BOTH,),
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
        example=_to_scale,
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
        example=lambda v: (2, 3, *(max(8, n) for n in reaches(v, 2))),
        shape=_unfold,
        ranks=(4,),
    ),
    Row(
        "Fold",
        FAMILY,
        "Puts columns back as windows of a map, adding where they overlap.",
        "batch × (channels · window) × windows",
        (side("output_size", 8, 128, 2, named=False), *WINDOW),
        example=lambda v: (2, 3 * prod(each(v.kernel_size, 2)), _columns(v)),
        shape=_fold,
        ranks=(3,),
    ),
)
