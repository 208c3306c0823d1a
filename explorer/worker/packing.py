"""Columns of integers, as narrow as they are, and the places of what they name."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from explorer.columns import WIDTHS

Whole = NDArray[np.int64]
Numbers = Sequence[int] | Whole

Item = TypeVar("Item", bound=Hashable)


def packed(numbers: Numbers, usual: int = 0) -> bytes:
    """A column of integers, as narrow as they are."""
    rows = np.asarray(numbers, dtype=np.int64)
    low, high = (int(rows.min()), int(rows.max())) if len(rows) else (usual, usual)
    if low == high == usual:
        return b""
    width = next(width for width in WIDTHS if max(high, -low - 1) < 1 << 8 * width - 1)
    return rows.astype(f"<i{width}").tobytes()


class Places(Generic[Item]):
    """Things, each once."""

    def __init__(self, all_: list[Item], nothing: int) -> None:
        """`nothing` is the place of None."""
        self.all = all_
        self._nothing = nothing
        self._places = {one: place for place, one in enumerate(all_)}

    def of(self, one: Item) -> int:
        """The thing's place."""
        place = self._places.get(one)
        if place is None:
            place = self._places[one] = len(self.all)
            self.all.append(one)
        return place

    def each(self, items: Sequence[Item | None]) -> list[int]:
        """Places of many."""
        places = {
            one: self._nothing if one is None else self.of(one) for one in dict.fromkeys(items)
        }
        return [places[one] for one in items]
