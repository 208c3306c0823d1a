"""Memory that `.data` gave out: changes made through it leave no trace in any tensor's version."""

from __future__ import annotations

import torch

from explorer.worker.evidence import memory_of


class Uncounted:
    """Remembers addresses; one that is used again by another tensor only costs a second look."""

    def __init__(self) -> None:
        self._addresses: set[int] = set()

    def add(self, tensor: torch.Tensor) -> None:
        """From now on the version of a tensor with this memory says nothing about its numbers."""
        memory = memory_of(tensor)
        if memory:
            self._addresses.add(memory)

    def __contains__(self, tensor: object) -> bool:
        if not self._addresses or not isinstance(tensor, torch.Tensor):
            return False
        return memory_of(tensor) in self._addresses
