"""Small tensors of one shape, measured together as the rows of a matrix."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import repeat
from typing import Any

import numpy as np

from explorer.records import SHOWN, TensorView, numbers
from explorer.worker.digits import Matrix, faithful
from explorer.worker.heat import blocks_of_rows, said
from explorer.worker.meta import Meta

CERTAIN = 1e-3
"""Part of the squared mean from which on a variance may be had by subtracting it."""

SQUARES = (1e-290, 1e290)
"""Between these a sum of squares has lost nothing to the limits of float64."""


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
            deviation, norms = _deviation(rows, squares, middle), _norms(rows, squares)
            deviation[(least == most) & np.isfinite(least)] = 0.0
            middle, deviation, norms = faithful(np.stack((middle, deviation, norms)))
        self.measured = (least, most, middle, deviation, norms)
        """Columns: smallest, largest, mean, standard deviation, 2-norm."""
        self._finite = bool(np.isfinite(norms).all())
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
        say: Callable[[Sequence[float]], tuple[Any, ...]] = tuple if self._finite else numbers
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


def _deviation(rows: Matrix, squares: Matrix, middle: Matrix) -> Matrix:
    """The standard deviation of each row."""
    count = rows.shape[1]
    variance = squares / count - middle * middle
    # The difference of two large numbers: where it is small, little of it is right.
    doubtful = ~(variance > CERTAIN * middle * middle) | ~np.isfinite(squares)
    found = np.asarray(np.sqrt(variance))
    if doubtful.any():
        found[doubtful] = _length(rows[doubtful] - middle[doubtful, None]) / math.sqrt(count)
    return found


def _norms(rows: Matrix, squares: Matrix) -> Matrix:
    """The 2-norm of each row."""
    found = np.asarray(np.sqrt(squares))
    doubtful = ~((squares > SQUARES[0]) & (squares < SQUARES[1])) & ~np.isnan(squares)
    if doubtful.any():
        doubtful &= np.isfinite(rows).all(1)
        found[doubtful] = _length(rows[doubtful])
    return found


def _length(rows: Matrix) -> Matrix:
    """The square root of the sum of squares of each row, however large or small they are."""
    largest = np.abs(rows).max(1, keepdims=True)
    scaled = rows / np.where(largest == 0, 1.0, largest)
    return np.asarray(np.sqrt(np.einsum("ij,ij->i", scaled, scaled)) * largest[:, 0])
