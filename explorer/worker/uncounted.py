"""Memory that `.data` gave out: changes made through it leave no trace in any tensor's version."""

from __future__ import annotations

import torch


class Uncounted:
    """Remembers addresses; one that is used again by another tensor only costs a second look."""

    def __init__(self) -> None:
        self._addresses: set[int] = set()

    def add(self, tensor: torch.Tensor) -> None:
        """From now on the version of a tensor with this memory says nothing about its numbers."""
        memory = memory_of(tensor)
        if memory is not None:
            self._addresses.add(memory)

    def __contains__(self, tensor: object) -> bool:
        if not self._addresses or not isinstance(tensor, torch.Tensor):
            return False
        return memory_of(tensor) in self._addresses


def memory_of(tensor: torch.Tensor) -> int | None:
    """Address of a tensor's storage; None for layouts that have none.

    Parameters that are still without a shape refuse to tell it, and so may the program's own kinds
    of tensor: they are not asked.
    """
    try:
        with torch._C.DisableTorchFunction():
            return tensor.untyped_storage().data_ptr()
    except (RuntimeError, NotImplementedError):
        return None
