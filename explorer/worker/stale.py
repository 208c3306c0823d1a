"""Views whose history PyTorch makes anew when it is asked for.

After a change in place a view's old `grad_fn` no longer holds. PyTorch makes the new one at the
next use, with the next number, and the engine's order follows from numbers. So a recorder must not
be the first to ask: names and types of such views are read when the program has ended.
"""

from __future__ import annotations

import weakref

import torch

from explorer.worker.history import node_of

MOST_WAITING = 1_000
"""Views that are kept for later; of further ones no name is known."""


class Stale:
    """Knows which views have been asked already, by the program's own calls."""

    def __init__(self) -> None:
        self._asked: dict[int, tuple[weakref.ref[torch.Tensor], int]] = {}
        self._waiting: list[tuple[torch.Tensor, str, int]] = []

    def note_asked(self, tensor: torch.Tensor) -> None:
        """A call has just returned this tensor, so its history is that of now."""
        if tensor._is_view():
            self._asked[id(tensor)] = (weakref.ref(tensor), tensor._version)

    def is_stale(self, tensor: torch.Tensor) -> bool:
        """Whether asking for its history might make it."""
        if not tensor.requires_grad or not tensor._is_view():
            return False
        known = self._asked.get(id(tensor))
        return known is None or known[0]() is not tensor or known[1] != tensor._version

    def wait(self, tensor: torch.Tensor, name: str, ticket: int) -> None:
        """Remembers what is to be asked at the end."""
        if len(self._waiting) < MOST_WAITING:
            self._waiting.append((tensor, name, ticket))

    def answers(self) -> list[tuple[str, int, tuple[int, int], str]]:
        """Name, ticket, (number, output) and type of the node of each that has one."""
        waiting, self._waiting = self._waiting, []
        asked = ((node_of(tensor), tensor, name, ticket) for tensor, name, ticket in waiting)
        return [
            (name, ticket, (node._sequence_nr(), tensor.output_nr), type(node).__name__)
            for node, tensor, name, ticket in asked
            if node is not None
        ]
