"""Heat maps: means over at most 16 x 16 blocks of a matrix."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.records import SHOWN, Number, number
from explorer.worker.digits import HEAT_DIGITS, faithful

BLOCKS = 16
"""Most rows and columns: what one sees at a glance in a card."""

HEAT_UP_TO = 1 << 22
"""Elements of a tensor that is not a matrix in memory. Averaging more into blocks would take longer
than making most of them did."""

WIDE = 64
"""Elements of a row that fill a processor's vectors."""

Heat = tuple[tuple[Number, ...], ...] | None


def blocks_of_rows(shape: tuple[int, ...], rows: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Heat maps of tensors of one shape, each flattened to a row; None where they need none."""
    if len(shape) < 2 or rows.shape[1] <= SHOWN:
        return None
    stack = rows.reshape(len(rows), -1, shape[-1])
    return _means(stack.shape[1:], _merged(_merged(stack, 1), 2))


def said(blocks: NDArray[np.float64]) -> list[Heat]:
    """Heat maps as records have them."""
    if np.isfinite(np.add.reduce(blocks, None)):
        return [tuple(map(tuple, block)) for block in blocks.tolist()]
    return [tuple(tuple(map(number, row)) for row in block) for block in blocks.tolist()]


def heat_of_large(tensor: torch.Tensor) -> Heat:
    """Heat map of one tensor, its leading axes taken as rows; None where it would take too long."""
    if tensor.dim() < 2 or tensor.numel() > HEAT_UP_TO:
        return None
    matrix = tensor.reshape(-1, tensor.shape[-1])
    height, width = matrix.shape
    if height > BLOCKS and height % BLOCKS == 0:
        matrix = matrix.unflatten(0, (BLOCKS, -1)).sum(1)
    elif height > BLOCKS:
        sums = matrix.new_zeros(BLOCKS, width)
        matrix = sums.index_add_(0, torch.from_numpy(_block_of(height)), matrix)
    return said(_means((height, width), _merged(matrix.double().numpy()[None], 2)))[0]


class Blocks:
    """Adds up a matrix, stretch by stretch in the order of memory, by blocks of rows."""

    def __init__(self, height: int, width: int) -> None:
        self._shape = (height, width)
        self._bounds = [*_starts(height).tolist(), height] if height > BLOCKS else range(height + 1)
        self._sums = np.zeros((min(height, BLOCKS), min(width, BLOCKS)))
        self._block = 0

    def parts(self, most: int) -> Iterator[tuple[int, int]]:
        """Start and end of stretches within one block: whole rows, less than twice `most` elements
        where a row is not longer."""
        width = self._shape[1]
        for block, (top, bottom) in enumerate(pairwise(self._bounds)):
            self._block = block
            pieces = max(1, (bottom - top) * width // most)
            step = -(-(bottom - top) // pieces)
            for row in range(top, bottom, step):
                yield row * width, min(row + step, bottom) * width

    def add(self, part: torch.Tensor) -> None:
        """Takes the stretch that `parts` came to last."""
        width = self._shape[1]
        together = _at_once(part.numel() // width, width)
        column = part.view(-1, together * width).sum(0).view(together, width).sum(0)
        self._sums[self._block] += _merged(column.double().numpy()[None], 1)[0]

    @property
    def total(self) -> float:
        """Sum of all elements."""
        return float(np.add.reduce(self._sums, None))

    def heat(self, transposed: bool) -> Heat:
        """The heat map of the matrix, or of the transposed one."""
        heat = said(_means(self._shape, self._sums[None]))[0]
        return tuple(zip(*heat, strict=True)) if transposed and heat else heat


def _at_once(height: int, width: int) -> int:
    """How many rows to add up side by side: adding short ones takes longer."""
    together = 1
    while width * together < WIDE and height % (2 * together) == 0:
        together *= 2
    return together


def _means(shape: tuple[int, ...], sums: NDArray[np.float64]) -> NDArray[np.float64]:
    height, width = sums.shape[1:]
    if shape[0] % height or shape[1] % width:
        sums = sums / np.outer(_sizes(shape[0]), _sizes(shape[1]))
    else:
        sums = sums * (height * width / (shape[0] * shape[1]))
    return faithful(sums, HEAT_DIGITS)


def _merged(stack: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    """The stack with an axis added up to at most 16 blocks."""
    size = stack.shape[axis]
    if size <= BLOCKS:
        return stack
    with np.errstate(all="ignore"):
        if size % BLOCKS:
            return np.add.reduceat(stack, _starts(size), axis)
        shape = (*stack.shape[:axis], BLOCKS, size // BLOCKS, *stack.shape[axis + 1 :])
        return np.asarray(np.add.reduce(stack.reshape(shape), axis + 1))


@cache
def _starts(size: int) -> NDArray[np.intp]:
    """Where the blocks along an axis begin."""
    return np.arange(BLOCKS) * size // BLOCKS


@cache
def _sizes(size: int) -> NDArray[np.intp]:
    """How many places each block along an axis has."""
    return np.diff([*_starts(size), size]) if size > BLOCKS else np.ones(size, np.intp)


@cache
def _block_of(size: int) -> NDArray[np.intp]:
    """Block of each place along an axis."""
    return np.repeat(np.arange(BLOCKS), _sizes(size))
