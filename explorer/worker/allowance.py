"""How many numbers of gradients are kept: of the later ones there are statistics."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager

MOST_NUMBERS, MOST_OF_LARGE = 1_000_000, 200_000
"""Numbers that are kept of the gradients of all passes, and of those of one large pass."""


class Allowance:
    """What is left of them, and which tickets came too late."""

    def __init__(self) -> None:
        self.left = MOST_NUMBERS
        self._brief: list[int] = []
        """First and last ticket, by turns, of gradients whose numbers were not kept."""

    def spend(self, numbers: int, ticket: int) -> bool:
        """Whether there is room for the numbers of gradients from this ticket on."""
        self.left -= numbers
        if self.left >= 0:
            return True
        if len(self._brief) % 2 == 0:
            self._brief.append(ticket)
        return False

    @contextmanager
    def of_pass(self, large: bool, last: Callable[[], int]) -> Iterator[None]:
        """Gradients that come meanwhile belong to one pass, which has room for its first ones;
        `last` is asked for the ticket that ends it."""
        room = min(self.left, MOST_OF_LARGE if large else MOST_NUMBERS)
        before, self.left = self.left, room
        try:
            yield
        finally:
            self.left = before - room + max(0, self.left)
            if len(self._brief) % 2:
                self._brief.append(last())

    @property
    def sufficed(self) -> bool:
        """Whether all gradients were kept with their numbers."""
        return not self._brief

    def is_brief(self, ticket: int) -> bool:
        """Whether the numbers under a ticket were not kept."""
        return bool(bisect_right(self._brief, ticket) % 2)
