"""Tensors as TensorViews: the numbers that are shown of a tensor at one moment."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.records import Number, TensorView

SHOWN = 64
"""Elements whose values are kept; the record promises the first 64."""

BLOCKS = 16
"""Most rows and columns of a heat map: what one sees at a glance in a card."""

HEAT_UP_TO = 1 << 22
"""Elements. Averaging more into blocks would take longer than making most of them did."""

PURE_UP_TO = 16
"""Elements that plain Python measures faster than numpy, which takes 20 microseconds to start."""

ROW = 4096
"""Elements whose float32 squares are added up before float64 takes over: error below 1e-6."""

COUNTED_UP_TO = 1 << 20
"""Elements in which zeros are counted; of larger tensors a sample of 65,536 says the share."""

NORM_RANGE = (1e-15, 1e15)
"""Where squares of float32 numbers neither vanish nor overflow."""

Matrix = NDArray[np.float64]
Plain = complex | float | int | bool

_DTYPES: dict[torch.dtype, str] = {}


class Meta(NamedTuple):
    """What is known of a tensor without reading it."""

    shape: tuple[int, ...]
    dtype: str
    requires_grad: bool


def meta_of(tensor: torch.Tensor) -> Meta:
    """Shape, name of the dtype, and whether it requires a gradient."""
    dtype = tensor.dtype
    name = _DTYPES.get(dtype)
    if name is None:
        name = _DTYPES[dtype] = str(dtype).removeprefix("torch.")
    return Meta(tuple(tensor.shape), name, tensor.requires_grad)


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


def views_of(meta: Meta, tensors: Sequence[torch.Tensor]) -> list[TensorView]:
    """The views of small dense tensors that share shape and dtype."""
    if 0 in meta.shape:
        return [TensorView(*meta, norm=0.0)] * len(tensors)
    if tensors[0].is_complex():
        return [view_of_complex(meta, tensor.flatten().tolist()) for tensor in tensors]
    count = tensors[0].numel()
    if count * len(tensors) <= PURE_UP_TO:
        return [_pure(meta, tensor.flatten().tolist()) for tensor in tensors]
    stacked = torch.stack(list(tensors)).reshape(len(tensors), count)
    return view_of_rows(meta, stacked.double().numpy())


def _pure(meta: Meta, numbers: list[Plain]) -> TensorView:
    values = [float(number) for number in numbers]  # type: ignore[arg-type]
    total = math.fsum(values) if all(map(math.isfinite, values)) else math.nan
    if total - total != 0.0:
        return view_of_rows(meta, np.array([values]))[0]
    mean = total / len(values)
    variance = sum((value - mean) * (value - mean) for value in values) / len(values)
    low, high, zeros = min(values), max(values), values.count(0.0)
    deviation, norm = math.sqrt(variance), math.hypot(*values)
    return TensorView(*meta, tuple(values), None, low, high, mean, deviation, norm, zeros)


def view_of_rows(meta: Meta, rows: Matrix) -> list[TensorView]:
    """One view per row; a row is one tensor, flattened, without gaps."""
    count = rows.shape[1]
    with np.errstate(all="ignore"):
        mean = rows.mean(1)
        deviation = rows.std(1)
        norm = np.sqrt(np.einsum("ij,ij->i", rows, rows))
        zeros = count - np.count_nonzero(rows, axis=1)
        wild = count - np.isfinite(rows).sum(1)
        heats = _heats(meta.shape, rows)
        columns = (rows.min(1), rows.max(1), mean, deviation, norm)
    numbers = zip(*(column.tolist() for column in columns), strict=True)
    shown = rows[:, :SHOWN].tolist()
    views = []
    for row, (low, high, middle, spread, size) in enumerate(numbers):
        measured = (low, high, middle, spread, size)
        values = shown[row]
        if wild[row]:
            measured, values = map(words, (measured, values))  # type: ignore[assignment]
        view = TensorView(
            *meta, tuple(values), None, *measured, int(zeros[row]), int(wild[row]), heats[row]
        )
        views.append(view)
    return views


def view_of_complex(meta: Meta, numbers: list[complex]) -> TensorView:
    """A complex tensor: real and imaginary parts, norm, zeros; it has no smallest element."""
    array = np.array(numbers, dtype=np.complex128)
    wild = int(np.count_nonzero(~np.isfinite(array)))
    return TensorView(
        *meta,
        values=words(array.real[:SHOWN].tolist()),
        imag=words(array.imag[:SHOWN].tolist()),
        norm=number(math.sqrt(float(np.sum(array.real**2 + array.imag**2)))),
        zeros=int(np.count_nonzero(array == 0)),
        nonfinite=wild,
    )


def view_of_large(meta: Meta, tensor: torch.Tensor) -> TensorView:
    """A tensor too large to be copied: read a few times in the order of memory."""
    if tensor.is_complex():
        return view_of_complex(meta, tensor.flatten().tolist())
    if tensor.dtype not in (torch.float32, torch.float64):
        tensor = tensor.double()
    flat, count = _in_memory_order(tensor), tensor.numel()
    low, high = (bound.item() for bound in torch.aminmax(flat))
    size = _norm(flat, max(abs(low), abs(high)))
    mean = flat.sum(dtype=torch.float64).item() / count
    wild = 0 if math.isfinite(low + high) else count - int(torch.isfinite(flat).sum())
    return TensorView(
        *meta,
        values=words(_first(tensor)),
        low=number(low),
        high=number(high),
        mean=number(mean),
        std=number(_deviation(flat, (low, high, mean, size))),
        norm=number(size),
        zeros=_zeros(flat),
        nonfinite=wild,
        heat=_heat(tensor) if count <= HEAT_UP_TO else None,
    )


def number(value: float) -> Number:
    """The number, or the word that stands for it in JSON."""
    return value if value - value == 0.0 else str(value)  # type: ignore[return-value]


def words(values: Sequence[float]) -> tuple[Number, ...]:
    """Numbers as the record has them."""
    return tuple(map(number, values))


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
    rows = torch.linalg.vector_norm(flat[:whole].view(-1, ROW), dim=1)
    parts = (rows, flat[whole:])
    return math.hypot(*(torch.linalg.vector_norm(p, dtype=torch.float64).item() for p in parts))


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
    while tensor.dim() > 1 and tensor[0].numel() >= SHOWN:
        tensor = tensor[0]
    return tensor[:SHOWN].flatten()[:SHOWN].tolist()


def _heats(shape: tuple[int, ...], rows: Matrix) -> list[tuple[tuple[Number, ...], ...] | None]:
    """Heat maps of tensors of one shape, each flattened to a row."""
    if len(shape) < 2 or rows.shape[1] <= SHOWN:
        return [None] * len(rows)
    blocks = _blocks(rows.reshape(len(rows), -1, shape[-1]))
    return [tuple(map(words, block)) for block in blocks.tolist()]


def _heat(tensor: torch.Tensor) -> tuple[tuple[Number, ...], ...] | None:
    if tensor.dim() < 2:
        return None
    with np.errstate(all="ignore"):
        array = tensor.reshape(1, -1, tensor.shape[-1]).numpy()
        return tuple(map(words, _blocks(array)[0].tolist()))


def _blocks(stack: NDArray[np.floating]) -> Matrix:
    """Means over at most 16 x 16 blocks of each matrix in a stack [tensor, row, column]."""
    _, height, width = stack.shape
    down, across = (_starts(size) for size in (height, width))
    sums = np.add.reduceat(stack, down, axis=1).astype(np.float64)
    sums = np.add.reduceat(sums, across, axis=2)
    areas = np.outer(np.diff([*down, height]), np.diff([*across, width]))
    return np.asarray(sums / areas)


def _starts(size: int) -> list[int]:
    """Where the blocks begin along an axis."""
    blocks = min(size, BLOCKS)
    return [size * block // blocks for block in range(blocks)]
