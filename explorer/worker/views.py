"""Tensors as TensorViews: the numbers that are shown of a tensor at one moment."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import chain, repeat
from typing import Any, NamedTuple

import numpy as np
import torch

from explorer.records import Number, TensorView, number
from explorer.worker.digits import Matrix, faithful, faithful_number
from explorer.worker.heat import SHOWN, heats_of_rows

PURE_UP_TO = 4
"""Tiny tensors that plain Python measures faster than numpy, which needs 30 microseconds."""

Plain = complex | float | int | bool


class Meta(NamedTuple):
    """What is known of a tensor without reading it."""

    shape: tuple[int, ...]
    dtype: str
    requires_grad: bool


_METAS: dict[tuple[tuple[int, ...], torch.dtype, bool], Meta] = {}


def meta_of(tensor: torch.Tensor) -> Meta:
    """Shape, name of the dtype, and whether it requires a gradient."""
    shape = shape_of(tensor) if tensor.is_nested else tensor.shape
    key = (shape, tensor.dtype, tensor.requires_grad)
    meta = _METAS.get(key)
    if meta is None:
        dtype = str(tensor.dtype).removeprefix("torch.")
        meta = _METAS[key] = Meta(tuple(shape), dtype, tensor.requires_grad)
    return meta


def shape_of(tensor: torch.Tensor) -> tuple[int, ...]:
    """Its sizes; of a nested tensor only how many tensors it has, the others differ."""
    return (tensor.size(0),) if tensor.is_nested else tuple(tensor.shape)


def unmeasured(meta: Meta) -> TensorView:
    """The view of a tensor of which nothing but its shape is known."""
    return TensorView(*meta, truncated=True)


def view_of_number(meta: Meta, value: Plain) -> TensorView:
    """The view of a tensor with one element."""
    if isinstance(value, complex):
        return view_of_complex(meta, [value])
    exact = float(value)
    if exact - exact != 0.0:
        return view_of_rows(meta, np.array([[exact]]))[0]
    values = (exact,)
    return TensorView(*meta, values, None, exact, exact, exact, 0.0, abs(exact), int(exact == 0))


def views_of(meta: Meta, tensors: Sequence[torch.Tensor], brief: bool = False) -> list[TensorView]:
    """The views of small dense tensors that share shape and dtype; statistics alone if `brief`."""
    if 0 in meta.shape:
        return [TensorView(*meta, norm=0.0)] * len(tensors)
    if tensors[0].is_complex():
        return [view_of_complex(meta, tensor.flatten().tolist()) for tensor in tensors]
    stacked = torch.stack(list(tensors)).reshape(len(tensors), -1)
    return view_of_rows(meta, stacked.double().numpy(), brief)


def views_of_lists(
    meta: Meta, tensors: Sequence[list[Any]], brief: bool = False
) -> list[TensorView]:
    """The views of tiny real tensors of one shape, given as nested lists."""
    if len(tensors) > PURE_UP_TO:
        rows = np.array(tensors, dtype=np.float64).reshape(len(tensors), -1)
        return view_of_rows(meta, rows, brief)
    flat = list(tensors)
    for _ in meta.shape[1:]:
        flat = [[*chain.from_iterable(nested)] for nested in flat]
    return [_pure(meta, numbers) for numbers in flat]


def _pure(meta: Meta, numbers: list[Plain]) -> TensorView:
    values = tuple(map(float, numbers))  # type: ignore[arg-type]
    total = sum(values)
    if total - total != 0.0:
        return view_of_rows(meta, np.array([values]))[0]
    mean = total / len(values)
    deviation, norm = math.dist(values, (mean,) * len(values)), math.hypot(*values)
    deviation /= math.sqrt(len(values))
    mean, deviation, norm = map(faithful_number, (mean, deviation, norm))
    zeros = values.count(0.0)
    return TensorView(*meta, values, None, min(values), max(values), mean, deviation, norm, zeros)


def view_of_rows(meta: Meta, rows: Matrix, brief: bool = False) -> list[TensorView]:
    """One view per row; a row is one tensor, flattened, without gaps."""
    count = rows.shape[1]
    with np.errstate(all="ignore"):
        squares = np.einsum("ij,ij->i", rows, rows)
        middle = np.add.reduce(rows, 1) / count
        least, most = np.minimum.reduce(rows, 1), np.maximum.reduce(rows, 1)
        spread = np.sqrt(np.maximum(squares / count - middle * middle, 0.0))
        spread[(least == most) & np.isfinite(least)] = 0.0
        middle, spread, norms = faithful(np.stack((middle, spread, np.sqrt(squares))))
        columns = (least, most, middle, spread, norms)
    # A finite sum of squares has only finite terms.
    finite = bool(np.isfinite(squares).all())
    say: Callable[[Sequence[float]], tuple[Any, ...]] = tuple if finite else words
    statistics = zip(*(say(column.tolist()) for column in columns), strict=True)
    zeros = (count - np.count_nonzero(rows, 1)).tolist()
    wild = repeat(0) if finite else (count - np.isfinite(rows).sum(1)).tolist()
    first = [()] * len(rows) if brief else rows[:, :SHOWN].tolist()
    heats = repeat(None) if brief else heats_of_rows(meta.shape, rows)
    return [
        TensorView(*meta, say(values), None, low, high, mean, std, norm, zero, bad, heat)
        for (low, high, mean, std, norm), zero, bad, values, heat in zip(
            statistics, zeros, wild, first, heats, strict=False
        )
    ]


def view_of_complex(meta: Meta, numbers: list[complex]) -> TensorView:
    """A complex tensor: real and imaginary parts, norm, zeros; it has no smallest element."""
    array = np.array(numbers, dtype=np.complex128)
    wild = int(np.count_nonzero(~np.isfinite(array)))
    return TensorView(
        *meta,
        values=words(array.real[:SHOWN].tolist()),
        imag=words(array.imag[:SHOWN].tolist()),
        norm=measured(math.sqrt(float(np.sum(array.real**2 + array.imag**2)))),
        zeros=int(np.count_nonzero(array == 0)),
        nonfinite=wild,
    )


def measured(value: float) -> Number:
    """A statistic, in as many digits as it is shown with at most."""
    return number(faithful_number(value))


def words(values: Sequence[float]) -> tuple[Number, ...]:
    """Numbers as the record has them."""
    # One wild number makes the sum wild; two that cancel give NaN.
    total = sum(values)
    return tuple(values) if total - total == 0.0 else tuple(map(number, values))
