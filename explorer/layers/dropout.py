"""Rows: dropout, which zeroes numbers or whole channels at random while training."""

from __future__ import annotations

from explorer.layers.field import number
from explorer.layers.row import ANY, GRID, Row, same

FAMILY = "Dropout"
P = number("p", 0.5, 0.0, 1.0)
CHANNELS = "Zeroes whole channels at random with probability p while training."


def _of_channels(axes: int) -> Row:
    return Row(
        f"Dropout{axes}d",
        FAMILY,
        CHANNELS,
        GRID[axes],
        (P,),
        example=lambda _: (2, 3, *(4,) * axes),
        shape=same,
        ranks=(axes + 2,),
        short="dropout",
    )


def _of_numbers(name: str, says: str) -> Row:
    return Row(name, FAMILY, says, ANY, (P,), example=lambda _: (4, 8), shape=same, short="dropout")


ROWS = (
    _of_numbers("Dropout", "Zeroes numbers at random with probability p while training."),
    *map(_of_channels, (1, 2, 3)),
    _of_numbers("AlphaDropout", "Dropout that keeps mean and variance; goes with SELU."),
    Row(
        "FeatureAlphaDropout",
        FAMILY,
        "AlphaDropout of whole channels.",
        "batch × channels × …",
        (P,),
        example=lambda _: (2, 3, 4, 4),
        shape=same,
        ranks=(2, 3, 4, 5),
        short="dropout",
    ),
)
