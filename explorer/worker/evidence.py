"""Whether a tensor is still as it was: by its version, and by a look at its numbers.

PyTorch counts most changes in place, but not those by optimizers with `fused=True`, by BatchNorm in
its running statistics, by numpy, through `.data`, or in inference mode. What has no history is
therefore looked at: all of it where that is cheap, a sample of larger tensors.
"""

from __future__ import annotations

import ctypes
import zlib
from functools import cache
from typing import NamedTuple

import torch

from explorer.worker.foreign import is_foreign, unseen
from explorer.worker.history import is_leaf

WHOLE = 8192
"""Elements up to which all numbers are looked at: 8 microseconds."""

SAMPLE = 64
"""Elements of a larger tensor that are looked at."""


UNREADABLE = (RuntimeError, NotImplementedError, TypeError)
"""What PyTorch raises for layouts and devices whose elements cannot be read."""


class Evidence(NamedTuple):
    """What a tensor is like. Where two of one tensor differ, it has changed in between."""

    version: int
    requires_grad: bool
    numbers: int | None
    """Checksum; None where nothing was looked at."""
    whole: bool
    """Whether all numbers were: then no change can have gone unnoticed."""


def evidence_of(tensor: torch.Tensor) -> Evidence:
    """How a tensor is now. Results with history have their version alone: they are many, and what
    changes them uncounted (`.data`, numpy) is watched elsewhere."""
    if _has_history(tensor):
        return _counted(version_of(tensor))
    return looked_at(tensor)


@cache
def _counted(version: int) -> Evidence:
    return Evidence(version, True, None, False)


@unseen
def looked_at(tensor: torch.Tensor) -> Evidence:
    """How a tensor is now, by its numbers, whether or not it has a history."""
    version = version_of(tensor)
    if tensor.layout is not torch.strided or is_foreign(tensor):
        return Evidence(version, tensor.requires_grad, None, False)
    whole = tensor.numel() <= WHOLE
    try:
        numbers = _checksum(tensor.detach() if whole else _sample(tensor.detach()))
    except UNREADABLE:
        numbers = None
    return Evidence(version, tensor.requires_grad, numbers, whole and numbers is not None)


def _has_history(tensor: torch.Tensor) -> bool:
    """Views that require a gradient count too: asking one may make its history."""
    return tensor.requires_grad and (tensor._is_view() or not is_leaf(tensor))


def version_of(tensor: torch.Tensor) -> int:
    """How often a tensor was changed in place; -1 where nobody counts."""
    return -1 if tensor.is_inference() else tensor._version


def memory_of(tensor: torch.Tensor) -> int | None:
    """Address of a tensor's storage; None for layouts that have none.

    Parameters that are still without a shape refuse to tell it, and so may the program's own kinds
    of tensor: they are not asked.
    """
    try:
        with torch._C.DisableTorchFunction():
            return tensor.untyped_storage().data_ptr()
    except UNREADABLE:
        return None


def _checksum(tensor: torch.Tensor | None) -> int | None:
    """Of the bytes; numpy would forbid the program to resize the tensor from then on."""
    if tensor is None:
        return None
    with torch.no_grad():
        packed = tensor.contiguous()
    address = packed.data_ptr()
    try:
        return zlib.crc32(ctypes.string_at(address, packed.nbytes)) if address else None
    except ctypes.ArgumentError as error:
        # The arguments are right: the program had left no room on the stack to read them.
        raise RecursionError from error


def _sample(tensor: torch.Tensor) -> torch.Tensor | None:
    """Elements that lie evenly in memory; None where some of it is not the tensor's."""
    pairs = zip(tensor.shape, tensor.stride(), strict=True)
    if sum((size - 1) * stride for size, stride in pairs) + 1 != tensor.numel():
        return None
    return tensor.as_strided((SAMPLE,), (tensor.numel() // SAMPLE | 1,))
