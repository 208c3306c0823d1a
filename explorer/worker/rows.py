"""Small tensors of one shape, measured together as the rows of a matrix."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import repeat
from typing import Any

import numpy as np

from explorer.records import Number, TensorView, number
from explorer.worker.digits import Matrix, faithful
from explorer.worker.heat import SHOWN, blocks_of_rows, said
from explorer.worker.meta import Meta


class Rows:
    """A row is one tensor, flattened, without gaps. Statistics alone are kept where it is `brief`.

    Their views are made when one of them is asked for: of a large pass most are never.
    """

    def __init__(self, meta: Meta, rows: Matrix, brief: bool = False) -> None:
        self.meta = meta
        count = rows.shape[1]
        with np.errstate(all="ignore"):
            squares = np.einsum("ij,ij->i", rows, rows)
            middle = np.add.reduce(rows, 1) / count
            least, most = np.minimum.reduce(rows, 1), np.maximum.reduce(rows, 1)
            spread = np.sqrt(np.maximum(squares / count - middle * middle, 0.0))
            spread[(least == most) & np.isfinite(least)] = 0.0
            middle, spread, norms = faithful(np.stack((middle, spread, np.sqrt(squares))))
        self.measured = (least, most, middle, spread, norms)
        """Columns: smallest, largest, mean, standard deviation, 2-norm."""
        # A finite sum of squares has only finite terms.
        self._finite = bool(np.isfinite(squares).all())
        self.zeros = count - np.count_nonzero(rows, 1)
        self.nonfinite = np.zeros_like(self.zeros)
        if not self._finite:
            self.nonfinite = count - np.isfinite(rows).sum(1)
        self._first = None if brief else rows[:, :SHOWN].copy()
        self._blocks = None if brief else blocks_of_rows(meta.shape, rows)

    def __len__(self) -> int:
        return len(self.zeros)

    @property
    def width(self) -> int:
        """How many numbers are kept of each tensor, beside statistics."""
        kept = (one for one in (self._first, self._blocks) if one is not None)
        return sum(one[0].size for one in kept)

    @property
    def is_listed(self) -> bool:
        """Whether elements are kept, more than one of each tensor."""
        return self._first is not None and self._first.shape[1] > 1

    @cached_property
    def views(self) -> list[TensorView]:
        """One per row."""
        say: Callable[[Sequence[float]], tuple[Any, ...]] = tuple if self._finite else words
        statistics = zip(*(say(column.tolist()) for column in self.measured), strict=True)
        first = repeat(()) if self._first is None else self._first.tolist()
        heats = repeat(None) if self._blocks is None else said(self._blocks)
        ends = (self.zeros.tolist(), self.nonfinite.tolist(), first, heats)
        return [
            TensorView(*self.meta, say(values), None, low, high, mean, std, norm, zero, bad, heat)
            for (low, high, mean, std, norm), zero, bad, values, heat in zip(
                statistics, *ends, strict=False
            )
        ]


def words(values: Sequence[float]) -> tuple[Number, ...]:
    """Numbers as the record has them."""
    # One wild number makes the sum wild; two that cancel give NaN.
    total = sum(values)
    return tuple(values) if total - total == 0.0 else tuple(map(number, values))
