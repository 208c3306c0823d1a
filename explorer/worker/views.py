"""Tensors as TensorViews: the numbers that are shown of a tensor at one moment."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import torch

from explorer.records import SHOWN, Number, TensorView, number, numbers
from explorer.worker.dense import dense, stacked
from explorer.worker.digits import faithful_number
from explorer.worker.meta import Meta
from explorer.worker.rows import Rows

PURE_UP_TO = 4
"""Tiny tensors that plain Python measures faster than numpy, which needs 30 microseconds."""

Plain = complex | float | int | bool


class Single(NamedTuple):
    """A tensor with one element."""

    meta: Meta
    number: Plain


def unmeasured(meta: Meta) -> TensorView:
    """The view of a tensor of which nothing but its shape is known."""
    return TensorView(*meta, truncated=True)


def view_of_number(meta: Meta, value: Plain) -> TensorView:
    """The view of a tensor with one element."""
    if isinstance(value, complex):
        return view_of_complex(meta, [value])
    exact = float(value)
    if exact - exact != 0.0:
        return Rows(meta, np.array([[exact]])).views[0]
    values = (exact,)
    return TensorView(*meta, values, None, exact, exact, exact, 0.0, abs(exact), int(exact == 0))


def views_of(
    meta: Meta, tensors: Sequence[torch.Tensor], brief: bool = False
) -> Sequence[TensorView | Single] | Rows:
    """What is seen of small tensors that share shape and dtype; statistics alone if `brief`."""
    if 0 in meta.shape:
        return [TensorView(*meta, norm=0.0)] * len(tensors)
    if tensors[0].is_complex():
        return [view_of_complex(meta, dense(one).flatten().tolist()) for one in tensors]
    rows = stacked(tensors).numpy()
    if rows.shape[1] == 1:
        return [Single(meta, number) for number in rows[:, 0].tolist()]
    return Rows(meta, rows, brief)


def views_of_lists(
    meta: Meta, tensors: Sequence[list[Any]], brief: bool = False
) -> list[TensorView] | Rows:
    """The views of tiny real tensors of one shape, given as nested lists."""
    if len(tensors) > PURE_UP_TO:
        rows = np.array(tensors, dtype=np.float64).reshape(len(tensors), -1)
        return Rows(meta, rows, brief)
    flat = list(tensors)
    for _ in meta.shape[1:]:
        flat = [[*chain.from_iterable(nested)] for nested in flat]
    return [_pure(meta, numbers) for numbers in flat]


def _pure(meta: Meta, numbers: list[Plain]) -> TensorView:
    values = tuple(map(float, numbers))  # type: ignore[arg-type]
    total = sum(values)
    if total - total != 0.0:
        return Rows(meta, np.array([values])).views[0]
    mean = total / len(values)
    low, high, norm = min(values), max(values), math.hypot(*values)
    deviation = math.dist(values, (mean,) * len(values)) / math.sqrt(len(values))
    if low == high:
        deviation = 0.0
    mean, deviation, norm = map(faithful_number, (mean, deviation, norm))
    zeros = values.count(0.0)
    return TensorView(*meta, values, None, low, high, mean, deviation, norm, zeros)


def view_of_complex(meta: Meta, elements: list[complex]) -> TensorView:
    """A complex tensor: real and imaginary parts, norm, zeros; it has no smallest element."""
    array = np.array(elements, dtype=np.complex128)
    wild = int(np.count_nonzero(~np.isfinite(array)))
    return TensorView(
        *meta,
        values=numbers(array.real[:SHOWN].tolist()),
        imag=numbers(array.imag[:SHOWN].tolist()),
        norm=measured(math.sqrt(float(np.sum(array.real**2 + array.imag**2)))),
        zeros=int(np.count_nonzero(array == 0)),
        nonfinite=wild,
    )


def measured(value: float) -> Number:
    """A statistic, in as many digits as it is shown with at most."""
    return number(faithful_number(value))
