"""Tensors as numpy can read them."""

from __future__ import annotations

from collections.abc import Sequence

import torch


def dense(tensor: torch.Tensor) -> torch.Tensor:
    """Its elements as numpy can read them."""
    tensor = tensor.detach()
    if tensor.layout is not torch.strided:
        tensor = tensor.to_dense()
    if tensor._is_zerotensor():  # It has no memory: the derivative of `sgn` is one.
        return torch.zeros(tensor.shape, dtype=tensor.dtype)
    if tensor.is_conj():
        tensor = tensor.resolve_conj()
    return tensor.resolve_neg() if tensor.is_neg() else tensor


def stacked(tensors: Sequence[torch.Tensor]) -> torch.Tensor:
    """Tensors of one shape, one a row, in float64; most need no other care than that."""
    try:
        together = torch.stack(list(tensors))
        plain = together.layout is torch.strided
    except RuntimeError:
        plain = False
    if not plain or together._is_zerotensor():
        together = torch.stack([dense(tensor) for tensor in tensors])
    return together.reshape(len(tensors), -1).double()
