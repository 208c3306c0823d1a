"""Memory that `.data` gave out: changes made through it leave no trace in any tensor's version."""

from __future__ import annotations

import torch
from torch.nn.parameter import is_lazy


class Uncounted:
    """Remembers addresses; one that is used again by another tensor only costs a second look."""

    def __init__(self) -> None:
        self._addresses: set[int] = set()

    def add(self, tensor: torch.Tensor) -> None:
        """From now on the version of a tensor with this memory says nothing about its numbers."""
        if _has_memory(tensor):
            self._addresses.add(tensor.untyped_storage().data_ptr())

    def __contains__(self, tensor: object) -> bool:
        if not self._addresses or not isinstance(tensor, torch.Tensor):
            return False
        return _has_memory(tensor) and tensor.untyped_storage().data_ptr() in self._addresses


def _has_memory(tensor: torch.Tensor) -> bool:
    """Not of sparse tensors, nor of a lazy module's parameters before their first use."""
    return tensor.layout == torch.strided and not is_lazy(tensor)
