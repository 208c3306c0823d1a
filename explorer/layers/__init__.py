"""The table of layers: one row each. To add a layer, add its row to the family's file."""

from __future__ import annotations

from explorer.layers import (
    activation,
    attention,
    convolution,
    dense,
    dropout,
    normalisation,
    padding,
    pooling,
    resampling,
    sequence,
)
from explorer.layers.row import Row

LAYERS: dict[str, Row] = {
    row.name: row
    for family in (
        dense,
        activation,
        convolution,
        pooling,
        normalisation,
        dropout,
        padding,
        sequence,
        attention,
        resampling,
    )
    for row in family.ROWS
}
"""Name -> row, in the order in which the picker shows them."""
