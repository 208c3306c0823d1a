"""Rows: normalisation over the batch, the layer, groups of channels, or one example."""

from __future__ import annotations

from math import prod

from explorer.layers.field import Field, count, flag, number, size, sizes
from explorer.layers.row import GRID, Chosen, Row, Shape, need, same, show

FAMILY = "Normalisation"
SIDE = 4
EPS = number("eps", 1e-5, 1e-12, 1.0)
MOMENTUM = number("momentum", 0.1, 0.0, 1.0)
FEATURES = size("num_features", 8, 4096)


def _batch(x: Shape, _: Chosen) -> Shape:
    need(
        x[0] * prod(x[2:]) > 1,
        f"A mean over one number is that number: {show(x)} holds one per channel. "
        "Take a larger batch.",
    )
    return x


def _instance(x: Shape, _: Chosen) -> Shape:
    need(prod(x[2:]) > 1, f"{show(x)} holds one number per channel, too few to normalise.")
    return x


def _batch_norm(axes: int) -> Row:
    return Row(
        f"BatchNorm{axes}d",
        FAMILY,
        "Gives each channel mean 0 and variance 1 over the batch, then scales and shifts.",
        "batch × features, or batch × channels × length" if axes == 1 else GRID[axes],
        (FEATURES, EPS, MOMENTUM, flag("affine", True), flag("track_running_stats", True)),
        example=lambda v: (4, v.num_features, *((SIDE,) * axes if axes > 1 else ())),
        shape=_batch,
        parameters=lambda v: 2 * v.num_features * v.affine,
        ranks=(2, 3) if axes == 1 else (axes + 2,),
        feature=("num_features", 1),
        short="norm",
    )


def _instance_norm(axes: int) -> Row:
    return Row(
        f"InstanceNorm{axes}d",
        FAMILY,
        "Gives each channel of each example mean 0 and variance 1.",
        GRID[axes],
        (FEATURES, EPS, MOMENTUM, flag("affine", False), flag("track_running_stats", False)),
        example=lambda v: (2, v.num_features, *(SIDE,) * axes),
        shape=_instance,
        parameters=lambda v: 2 * v.num_features * v.affine,
        ranks=(axes + 2,),
        feature=("num_features", 1),
        short="norm",
    )


def _last_axes(x: Shape, v: Chosen) -> Shape:
    wanted = v.normalized_shape
    if len(wanted) > len(x) - 1:
        fit: Shape = x[1:] or x
    else:
        fit = x[-len(wanted) :]
    need(
        x[-len(wanted) :] == wanted,
        f"{show(x)} does not end in normalized_shape, {show(wanted)}.",
        normalized_shape=fit,
    )
    return x


def _over_last_axes(name: str, says: str, fields: tuple[Field, ...], biased: bool) -> Row:
    return Row(
        name,
        FAMILY,
        says,
        "… × normalized_shape",
        (sizes("normalized_shape", (8,)), *fields),
        example=lambda v: (4, *v.normalized_shape),
        shape=_last_axes,
        parameters=lambda v: (
            prod(v.normalized_shape) * v.elementwise_affine * (1 + (biased and v.bias))
        ),
        short="norm",
    )


def _group(x: Shape, v: Chosen) -> Shape:
    need(
        v.num_channels % v.num_groups == 0,
        f"{v.num_channels} channels cannot be split into {v.num_groups} equal groups.",
        num_groups=1,
    )
    need(x[0] * prod(x[2:]) * (x[1] // v.num_groups) > 1, "One number cannot be normalised.")
    return x


LAYER = "Gives the last axes of each example mean 0 and variance 1, then scales and shifts."
RMS = "Divides by the root mean square over the last axes, then scales."
AFFINE = flag("elementwise_affine", True)
# PyTorch's own default is the smallest step of the number type, which has no fixed value.
RMS_EPS = number("eps", 1e-6, 1e-12, 1.0, torch=None)

ROWS = (
    *map(_batch_norm, (1, 2, 3)),
    _over_last_axes("LayerNorm", LAYER, (EPS, AFFINE, flag("bias", True)), biased=True),
    _over_last_axes("RMSNorm", RMS, (RMS_EPS, AFFINE), biased=False),
    Row(
        "GroupNorm",
        FAMILY,
        "Gives each group of channels of each example mean 0 and variance 1.",
        "batch × channels × …",
        (
            count("num_groups", 2, 64, named=False),
            size("num_channels", 8, 4096),
            EPS,
            flag("affine", True),
        ),
        example=lambda v: (2, v.num_channels, SIDE, SIDE),
        shape=_group,
        parameters=lambda v: 2 * v.num_channels * v.affine,
        ranks=(2, 3, 4, 5),
        feature=("num_channels", 1),
        short="norm",
    ),
    *map(_instance_norm, (1, 2, 3)),
    Row(
        "LocalResponseNorm",
        FAMILY,
        "Divides by the size of neighbouring channels, as AlexNet did.",
        "batch × channels × …",
        (
            count("size", 2, 16, named=False),
            number("alpha", 1e-4, 0.0, 1.0),
            number("beta", 0.75, 0.0, 4.0),
            number("k", 1.0, 0.01, 10.0),
        ),
        example=lambda _: (2, 4, SIDE, SIDE),
        shape=same,
        ranks=(3, 4, 5),
        short="norm",
    ),
)
