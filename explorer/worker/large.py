"""Tensors too large to be copied: measured in place, in the order of memory.

A large tensor is read once, in parts that stay in the processor's cache while each statistic takes
its look: reading them from memory takes longer than adding them up.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple, TypeGuard

import numpy as np
import torch
from msgspec import structs

from explorer.records import SHOWN, TensorView, number, numbers
from explorer.worker.dense import dense
from explorer.worker.heat import Blocks, Heat, heat_of_large
from explorer.worker.meta import Meta
from explorer.worker.views import measured, view_of_complex

ROW = 4096
"""Elements that float32 adds up before float64 takes over: torch adds by halves."""

SQUARES = 1024
"""Elements whose float32 squares are added up before that, one after the other: equal ones are all
rounded alike, and the error of their norm would grow beyond 1e-6."""

PART = 32 * ROW
"""Elements that are looked at together: half a MB of float32."""

MATRIX_FROM = 1 << 19
"""Elements from which a heat map is made while everything else is measured: no cache holds them."""

NORM_RANGE = (1e-15, 1e15)
"""Where squares of float32 numbers neither vanish nor overflow."""


class Measured(NamedTuple):
    """Statistics over all elements."""

    low: float
    high: float
    total: float
    norm: float
    zeros: int


@torch.no_grad()
def view_of_large(meta: Meta, tensor: torch.Tensor, brief: bool = False) -> TensorView:
    """A tensor of some thousand elements or more, read once; `brief` gives its statistics alone."""
    tensor = dense(tensor)
    if tensor.is_complex():
        return view_of_complex(meta, tensor.flatten().tolist())
    if tensor.dtype not in (torch.float32, torch.float64):
        tensor = tensor.double()
    flat, count = _in_memory_order(tensor), tensor.numel()
    blocks = None if brief or count < MATRIX_FROM else _blocks_of(tensor)
    found = measure(flat, blocks or _Rows(count))
    mean = found.total / count
    wild = 0 if math.isfinite(found.low + found.high) else count - int(torch.isfinite(flat).sum())
    return TensorView(
        *meta,
        values=() if brief else numbers(_first(tensor)),
        low=number(found.low),
        high=number(found.high),
        mean=measured(mean),
        std=measured(_deviation(flat, found, mean)),
        norm=measured(found.norm),
        zeros=found.zeros,
        nonfinite=wild,
        heat=None if brief else _heat(tensor, blocks),
    )


class _Rows:
    """Adds up in rows that float32 adds up well."""

    def __init__(self, count: int) -> None:
        self._count = count
        self.total = 0.0

    def parts(self, most: int) -> Iterator[tuple[int, int]]:
        """Start and end of stretches."""
        for start in range(0, self._count, most):
            yield start, min(start + most, self._count)

    def add(self, part: torch.Tensor) -> None:
        """Takes the next stretch."""
        for rows in _in_rows(part, ROW):
            self.total += rows.sum(1).sum(dtype=torch.float64).item()


def measure(flat: torch.Tensor, sums: _Rows | Blocks) -> Measured:
    """Of all elements of a float32 or float64 tensor of one axis, without gaps."""
    array, mask = flat.numpy(), np.empty(2 * PART, np.bool_)
    bounds: list[Any] = []
    norms: list[torch.Tensor] = []
    others = 0
    for start, end in sums.parts(PART):
        part = array[start:end]
        bounds += (np.minimum.reduce(part), np.maximum.reduce(part))
        others += int(np.count_nonzero(np.not_equal(part, 0, out=mask[: len(part)])))
        norms += (
            torch.linalg.vector_norm(row, dim=1) for row in _in_rows(flat[start:end], SQUARES)
        )
        sums.add(flat[start:end])
    low, high = float(np.min(bounds)), float(np.max(bounds))
    norm = _norm(flat, norms, max(abs(low), abs(high)))
    return Measured(low, high, sums.total, norm, len(array) - others)


def _in_rows(part: torch.Tensor, row: int) -> list[torch.Tensor]:
    """Matrices with rows of a length that float32 adds up well."""
    whole = part.numel() // row * row
    matrices = (part[:whole].view(-1, row), part[whole:].view(1, -1))
    return [matrix for matrix in matrices if matrix.numel()]


def _blocks_of(tensor: torch.Tensor) -> Blocks | None:
    """For a matrix as it lies in memory, leading axes taken as rows; None where it is none."""
    matrix = tensor.T if tensor.dim() == 2 and not tensor.is_contiguous() else tensor
    width = matrix.shape[-1]
    if tensor.dim() < 2 or width > PART or not matrix.is_contiguous():
        return None
    return Blocks(tensor.numel() // width, width)


def _heat(tensor: torch.Tensor, blocks: Blocks | None) -> Heat:
    if blocks is None:
        return heat_of_large(tensor)
    return blocks.heat(transposed=not tensor.is_contiguous())


def _norm(flat: torch.Tensor, norms: list[torch.Tensor], largest: float) -> float:
    """2-norm, from those of short rows; anew and in float64 where float32 is no good."""
    if flat.dtype != torch.float64 and not NORM_RANGE[0] < largest < NORM_RANGE[1]:
        return torch.linalg.vector_norm(flat, dtype=torch.float64).item()
    return torch.linalg.vector_norm(torch.cat(norms), dtype=torch.float64).item()


def _deviation(flat: torch.Tensor, found: Measured, mean: float) -> float:
    if found.low == found.high:
        return 0.0 if math.isfinite(found.low) else math.nan
    variance = found.norm * found.norm / flat.numel() - mean * mean
    # The difference of two large numbers: where it is small, little of it is right.
    if variance <= 1e-3 * mean * mean:
        return torch.std(flat.double(), correction=0).item()
    return math.sqrt(variance) if math.isfinite(variance) else math.nan


def is_known(known: object, tensor: torch.Tensor, other: torch.Tensor) -> TypeGuard[TensorView]:
    """Whether a tensor has all elements of another, in whatever order; `known` is of that one."""
    return (
        isinstance(known, TensorView)
        and not known.truncated
        and known.imag is None
        and (tensor.numel(), tensor.dtype) == (other.numel(), other.dtype)
        and tensor.is_neg() == other.is_neg()
        and tensor.data_ptr() == other.data_ptr()
        and _has_no_gaps(tensor)
        and _has_no_gaps(other)
    )


def rearranged(meta: Meta, tensor: torch.Tensor, known: TensorView, brief: bool) -> TensorView:
    """The view of a large tensor that has the elements of another, in another order."""
    return structs.replace(
        known,
        shape=meta.shape,
        requires_grad=meta.requires_grad,
        values=() if brief else numbers(_first(tensor)),
        heat=None if brief else heat_of_large(tensor),
    )


def _in_memory_order(tensor: torch.Tensor) -> torch.Tensor:
    """All elements in one row; gradients of weights are often stored transposed."""
    if _has_no_gaps(tensor):
        return tensor.as_strided((tensor.numel(),), (1,))
    # What is expanded stays so when it is flattened, and float32 adds that up badly.
    return tensor.flatten().contiguous()


def _has_no_gaps(tensor: torch.Tensor) -> bool:
    """Whether it is a stretch of memory, each element once."""
    extent = 1
    for step, size in sorted(zip(tensor.stride(), tensor.shape, strict=True)):
        if size != 1 and step != extent:
            return False
        extent *= size
    return True


def _first(tensor: torch.Tensor) -> list[float]:
    """The first elements, row by row, without copying the rest."""
    if tensor.is_contiguous():
        return tensor.view(-1)[:SHOWN].tolist()
    while tensor.dim() > 1 and tensor[0].numel() >= SHOWN:
        tensor = tensor[0]
    return tensor[:SHOWN].flatten()[:SHOWN].tolist()
