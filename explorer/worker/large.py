"""Tensors too large to be copied: measured in place, in the order of memory."""

from __future__ import annotations

import math

import numpy as np
import torch
from msgspec import structs

from explorer.records import TensorView
from explorer.worker.heat import SHOWN, heat_of_large
from explorer.worker.views import Meta, measured, number, view_of_complex, words

ROW = 4096
"""Elements whose float32 squares are added up before float64 takes over: error below 1e-6."""

COUNTED_UP_TO = 1 << 20
"""Elements in which zeros are counted; of larger tensors a sample of 65,536 says the share."""

NORM_RANGE = (1e-15, 1e15)
"""Where squares of float32 numbers neither vanish nor overflow."""


def view_of_large(meta: Meta, tensor: torch.Tensor, brief: bool = False) -> TensorView:
    """A tensor of some thousand elements or more, read a few times; `brief` gives its statistics
    alone."""
    if tensor.is_complex():
        return view_of_complex(meta, tensor.flatten().tolist())
    if tensor.dtype not in (torch.float32, torch.float64):
        tensor = tensor.double()
    flat, count = _in_memory_order(tensor), tensor.numel()
    low, high = (bound.item() for bound in torch.aminmax(flat))
    size = _norm(flat, max(abs(low), abs(high)))
    mean = _sum(flat) / count
    wild = 0 if math.isfinite(low + high) else count - int(torch.isfinite(flat).sum())
    return TensorView(
        *meta,
        values=() if brief else words(_first(tensor)),
        low=number(low),
        high=number(high),
        mean=measured(mean),
        std=measured(_deviation(flat, (low, high, mean, size))),
        norm=measured(size),
        zeros=_zeros(flat),
        nonfinite=wild,
        heat=None if brief else heat_of_large(tensor),
    )


def rearranged(meta: Meta, tensor: torch.Tensor, known: TensorView, brief: bool) -> TensorView:
    """The view of a large tensor that has the elements of another, in another order."""
    return structs.replace(
        known,
        shape=meta.shape,
        requires_grad=meta.requires_grad,
        values=() if brief else words(_first(tensor)),
        heat=None if brief else heat_of_large(tensor),
    )


def _in_memory_order(tensor: torch.Tensor) -> torch.Tensor:
    """All elements in one row; gradients of weights are often stored transposed."""
    extent = 1 + sum((n - 1) * step for n, step in zip(tensor.shape, tensor.stride(), strict=True))
    if extent == tensor.numel() and 0 not in tensor.stride():
        return tensor.as_strided((extent,), (1,))
    return tensor.flatten()


def _norm(flat: torch.Tensor, largest: float) -> float:
    """2-norm: float32 within short rows, float64 over them, float64 throughout at the extremes."""
    if flat.dtype == torch.float64 or not NORM_RANGE[0] < largest < NORM_RANGE[1]:
        return torch.linalg.vector_norm(flat, dtype=torch.float64).item()
    whole = flat.numel() // ROW * ROW
    rows = torch.linalg.vector_norm(flat[:whole].view(-1, ROW), dim=1).double()
    parts = (rows, flat[whole:].double())
    return math.hypot(*(torch.linalg.vector_norm(part).item() for part in parts))


def _deviation(flat: torch.Tensor, measured: tuple[float, float, float, float]) -> float:
    low, high, mean, size = measured
    if low == high:
        return 0.0
    variance = size * size / flat.numel() - mean * mean
    # The difference of two large numbers: where it is small, little of it is right.
    if variance <= 1e-3 * mean * mean:
        return torch.std(flat.double(), correction=0).item()
    return math.sqrt(variance) if math.isfinite(variance) else math.nan


def _zeros(flat: torch.Tensor) -> int:
    """Elements equal to 0, counted, or estimated by a sample.

    The sample's stride shares no factor with the sizes that kernels have, or it would see the same
    place of each kernel only.
    """
    count = flat.numel()
    array = flat.numpy()
    if count <= COUNTED_UP_TO:
        return count - int(np.count_nonzero(array != 0))
    stride = (count >> 16) | 1
    while any(stride % size == 0 for size in (3, 5, 7)):
        stride += 2
    sample = array[::stride]
    return round(count * (1 - np.count_nonzero(sample != 0) / sample.size))


def _first(tensor: torch.Tensor) -> list[float]:
    """The first elements, row by row, without copying the rest."""
    if tensor.is_contiguous():
        return tensor.view(-1)[:SHOWN].tolist()
    while tensor.dim() > 1 and tensor[0].numel() >= SHOWN:
        tensor = tensor[0]
    return tensor[:SHOWN].flatten()[:SHOWN].tolist()


def _sum(flat: torch.Tensor) -> float:
    """Sum: float32 within short rows, float64 over them."""
    whole = flat.numel() // ROW * ROW
    parts = (flat[:whole].view(-1, ROW).sum(1), flat[whole:])
    return sum(part.sum(dtype=torch.float64).item() for part in parts)
