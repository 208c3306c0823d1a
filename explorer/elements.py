"""Elements of tensors as they travel: as bytes, which take a quarter of the room of their digits.

All stand in one row, those of one tensor behind those of the one before it.
"""

from __future__ import annotations

import math
import sys
from array import array
from collections.abc import Sequence

from msgspec.structs import replace

from explorer.columns import Floats, read
from explorer.records import SHOWN, Count, Record, Shape, TensorView, numbers

WIDTHS = {"float64": "d", "float32": "f", "float16": "f", "bfloat16": "f"}
"""Type of the elements -> of an array that holds every one of them exactly."""

WRITTEN = 8
"""Elements up to which a tensor has them in digits, where whoever reads the JSON sees them."""


class Elements(Record, frozen=True):
    """The elements that are shown of tensors in a list, where they are real and many."""

    of: tuple[Count, ...] = ()
    """Places of these tensors in the list, in order."""
    numbers: bytes = b""
    """Little-endian: float64 of tensors of float64, float32 of others."""


NOTHING = Elements()


def taken_out(tensors: Sequence[TensorView]) -> tuple[tuple[TensorView, ...], Elements]:
    """The tensors without what travels as bytes, and that."""
    rest, places, taken = list(tensors), [], bytearray()
    for place, view in enumerate(tensors):
        if len(view.values) > WRITTEN and view.dtype in WIDTHS and view.imag is None:
            rows = array(WIDTHS[view.dtype], map(float, view.values))
            if sys.byteorder == "big":
                rows.byteswap()
            taken += rows.tobytes()
            places.append(place)
            rest[place] = replace(view, values=())
    return tuple(rest), Elements(tuple(places), bytes(taken)) if places else NOTHING


def put_back(tensors: Sequence[TensorView], elements: Elements) -> tuple[TensorView, ...]:
    """The tensors with their elements; raises ValueError where these are not theirs."""
    whole, at, last = list(tensors), 0, -1
    for place in elements.of:
        if not last < place < len(whole):
            raise ValueError(f"elements of tensor {place}, which is not the next")
        view, last = whole[place], place
        rows: Floats = array(WIDTHS.get(view.dtype, "f"))
        start, at = at, at + _shown(view.shape) * rows.itemsize
        if at > len(elements.numbers):
            raise ValueError(f"tensor {place} has fewer elements than its shape")
        whole[place] = replace(view, values=numbers(read(rows, elements.numbers[start:at])))
    if at != len(elements.numbers):
        raise ValueError("there are elements of no tensor")
    return tuple(whole)


def _shown(shape: Shape) -> int:
    return min(SHOWN, math.prod(shape))
