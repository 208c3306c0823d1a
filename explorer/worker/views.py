"""Tensors as TensorViews: the numbers that are shown of a tensor at one moment."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import chain, repeat
from typing import Any, NamedTuple

import numpy as np
import torch
from msgspec import structs
from numpy.typing import NDArray

from explorer.records import Number, TensorView

SHOWN = 64
"""Elements whose values are kept; the record promises the first 64."""

BLOCKS = 16
"""Most rows and columns of a heat map: what one sees at a glance in a card."""

HEAT_UP_TO = 1 << 22
"""Elements. Averaging more into blocks would take longer than making most of them did."""

PURE_UP_TO = 4
"""Tiny tensors that plain Python measures faster than numpy, which takes 30 microseconds to start."""

ROW = 4096
"""Elements whose float32 squares are added up before float64 takes over: error below 1e-6."""

COUNTED_UP_TO = 1 << 20
"""Elements in which zeros are counted; of larger tensors a sample of 65,536 says the share."""

NORM_RANGE = (1e-15, 1e15)
"""Where squares of float32 numbers neither vanish nor overflow."""

Heat = tuple[tuple[Number, ...], ...] | None
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
    stacked = torch.stack(list(tensors)).reshape(len(tensors), -1)
    return view_of_rows(meta, stacked.double().numpy())


def views_of_lists(meta: Meta, tensors: Sequence[list[Any]]) -> list[TensorView]:
    """The views of tiny real tensors of one shape, given as nested lists."""
    if len(tensors) > PURE_UP_TO:
        rows = np.array(tensors, dtype=np.float64).reshape(len(tensors), -1)
        return view_of_rows(meta, rows)
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
    low, high = min(values), max(values)
    return TensorView(*meta, values, None, low, high, mean, deviation, norm, values.count(0.0))


def view_of_rows(meta: Meta, rows: Matrix) -> list[TensorView]:
    """One view per row; a row is one tensor, flattened, without gaps."""
    count = rows.shape[1]
    with np.errstate(all="ignore"):
        squares = np.einsum("ij,ij->i", rows, rows)
        mean = np.add.reduce(rows, 1) / count
        low, high = np.minimum.reduce(rows, 1), np.maximum.reduce(rows, 1)
        spread = np.sqrt(np.maximum(squares / count - mean * mean, 0.0))
        spread[low == high] = 0.0
        columns = [low, high, mean, spread, np.sqrt(squares), count - np.count_nonzero(rows, 1)]
    # A finite sum of squares has only finite terms.
    finite = bool(np.isfinite(squares).all())
    wild = repeat(0) if finite else (count - np.isfinite(rows).sum(1)).tolist()
    heats = _heats(meta.shape, rows)
    shown = rows[:, :SHOWN].tolist()
    numbers = zip(*(column.tolist() for column in columns), wild, shown, heats, strict=False)
    say: Callable[[Sequence[float]], tuple[Number, ...]] = tuple if finite else words
    return [
        TensorView(*meta, say(values), None, *say(measured), zeros, bad, heat)
        for *measured, zeros, bad, values, heat in numbers
    ]


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
    mean = _sum(flat) / count
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
        heat=_heat(tensor),
    )


def rearranged(meta: Meta, tensor: torch.Tensor, known: TensorView) -> TensorView:
    """The view of a large tensor that has the elements of another, in another order."""
    return structs.replace(
        known,
        shape=meta.shape,
        requires_grad=meta.requires_grad,
        values=words(_first(tensor)),
        heat=_heat(tensor),
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


def _heats(shape: tuple[int, ...], rows: Matrix) -> Iterable[Heat]:
    """Heat maps of tensors of one shape, each flattened to a row."""
    if len(shape) < 2 or rows.shape[1] <= SHOWN:
        return repeat(None, len(rows))
    return _blocks(torch.from_numpy(rows.reshape(len(rows), -1, shape[-1])))


def _heat(tensor: torch.Tensor) -> Heat:
    """Heat map of a large tensor."""
    if tensor.dim() < 2 or tensor.numel() > HEAT_UP_TO:
        return None
    return next(iter(_blocks(tensor.reshape(1, -1, tensor.shape[-1]))))


def _blocks(stack: torch.Tensor) -> Iterable[Heat]:
    """Means over at most 16 x 16 blocks of each matrix in a stack [tensor, row, column]."""
    sums = _merged(_merged(stack, 1), 2)
    if stack.shape[1] % sums.shape[1] or stack.shape[2] % sums.shape[2]:
        areas = torch.outer(*(_sizes(size) for size in stack.shape[1:]))
    else:
        areas = torch.tensor(stack[0].numel() / sums[0].numel())
    means = sums.double() / areas
    say: Callable[[Sequence[float]], tuple[Number, ...]]
    say = tuple if math.isfinite(sums.sum().item()) else words
    return [tuple(map(say, block)) for block in means.tolist()]


def _merged(stack: torch.Tensor, axis: int) -> torch.Tensor:
    """The stack with an axis added up to at most 16 blocks."""
    size = stack.shape[axis]
    blocks = min(size, BLOCKS)
    if size == blocks:
        return stack
    if size % blocks == 0:
        return stack.unflatten(axis, (blocks, -1)).sum(axis + 1)
    shape = [*stack.shape]
    shape[axis] = blocks
    return stack.new_zeros(shape).index_add_(axis, _block_of(size), stack)


@cache
def _block_of(size: int) -> torch.Tensor:
    """Block of each place along an axis."""
    return (torch.arange(size) * BLOCKS + BLOCKS - 1) // size


@cache
def _sizes(size: int) -> torch.Tensor:
    """How many places each block along an axis has."""
    if size <= BLOCKS:
        return torch.ones(size, dtype=torch.float64)
    return torch.bincount(_block_of(size), minlength=BLOCKS).double()
