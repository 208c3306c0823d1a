"""The first nouns: one tensor at one moment, one that is kept, and what all records have in common.

Everybody imports these names from `explorer.records`, where the other nouns are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import Meta, Struct

Number = float | Literal["nan", "inf", "-inf"]
"""JSON has no NaN and no infinities, so they travel as words, never as null."""

Count = Annotated[int, Meta(ge=0, le=(1 << 63) - 1)]
"""How many, or which one: lines, visits, places, sizes. PyTorch counts in 64 bits."""

Shape = Annotated[tuple[Count, ...], Meta(max_length=64)]
"""Sizes of a tensor; PyTorch itself has no more than 64 axes."""


def number(value: float) -> Number:
    """The number, or the word that stands for it."""
    if value - value == 0.0:
        return value
    if value != value:
        return "nan"
    return "inf" if value > 0 else "-inf"


def numbers(values: Sequence[float]) -> tuple[Number, ...]:
    """Many of them."""
    # One wild number makes the sum wild; two that cancel give NaN.
    total = sum(values)
    return tuple(values) if total - total == 0.0 else tuple(map(number, values))


class Record(Struct, frozen=True, gc=False, forbid_unknown_fields=True, omit_defaults=True):
    """Base of all records: immutable, compared by value, refuses fields it does not know. Defaults
    do not travel; `wire.written_out` has them all.

    Python's garbage collector leaves them alone: they cannot hold each other in a circle, and one
    answer has ten thousands of them.
    """


SHOWN = 64
"""Elements of a tensor that are kept at most; a larger matrix is shown by a heat map."""


class TensorView(Record, frozen=True):
    """What is shown of one tensor at one moment. All statistics are over all elements."""

    shape: Shape
    dtype: str
    """Without the prefix: "float32"."""
    requires_grad: bool = False
    values: tuple[Number, ...] = ()
    """First 64 elements, row-major. Booleans are 0 and 1. Of complex tensors the real parts."""
    imag: tuple[Number, ...] | None = None
    """Imaginary parts beside `values`; None for real tensors."""
    low: Number | None = None
    """Smallest element; None where there is none (empty, complex)."""
    high: Number | None = None
    mean: Number | None = None
    std: Number | None = None
    """Population standard deviation (divided by n)."""
    norm: Number | None = None
    """2-norm over all elements, accumulated in float64."""
    zeros: Count = 0
    """Count of elements equal to 0."""
    nonfinite: Count = 0
    """Count of NaN and infinities."""
    heat: tuple[tuple[Number, ...], ...] | None = None
    """Block means, at most 16 x 16, of tensors with two axes or more and over 64 elements
    (leading axes are flattened into rows)."""
    truncated: bool = False
    """True where the tensor was too large for statistics and only its shape is known."""
