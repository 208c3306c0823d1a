"""Which statement was at work when: a log of the numbers that new autograd nodes get."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence

import numpy as np

from explorer.worker.packing import Whole
from explorer.worker.places import Place

NO_STATEMENT = -1
"""Of nodes that no statement made. It is also the place of the last entry of a list, where `places`
and those who use it put what stands for nothing."""


class Marks:
    """Nodes below `numbers[i]`, and not below the one before, were made at `place(i)`."""

    def __init__(self) -> None:
        self.numbers = array("Q")
        self.last = -1
        """The last of the numbers."""
        self._statements = array("i")
        self._visits = array("i")

    def __len__(self) -> int:
        return len(self.numbers)

    def add(self, number: int, statement: int, visit: int) -> None:
        """All nodes made since the last mark belong to this visit."""
        if number != self.last:
            self.last = number
            self.numbers.append(number)
            self._statements.append(statement)
            self._visits.append(visit)

    def after(self, number: int) -> int:
        """The mark that a node belongs to; beyond the last one where none does."""
        return bisect_right(self.numbers, number)

    def place(self, at: int) -> Place:
        """Statement and visit of a mark."""
        return Place(self._statements[at], self._visits[at])

    def places(self, numbers: Sequence[int]) -> tuple[Whole, Whole]:
        """Statement and visit of each node; `NO_STATEMENT` and 0 where none is known."""
        known = np.array(self.numbers, dtype=np.uint64)
        at = np.searchsorted(known, np.array(numbers, dtype=np.uint64), "right")
        statements = np.array([*self._statements, NO_STATEMENT])
        return statements[at], np.array([*self._visits, 0])[at]
