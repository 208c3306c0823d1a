"""Which module was at work when: a log of entering and leaving `nn.Module` calls."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from explorer.worker import methods, stop
from explorer.worker.recorder import next_number
from explorer.worker.walk import NO_NUMBER

MOST_LOGGED = 200_000
"""Calls and returns: a recurrent cell over 100,000 steps."""


class Scopes:
    """The stack of modules over time."""

    def __init__(self) -> None:
        self._numbers = array("Q")
        self._entered: list[torch.nn.Module | None] = []
        """A module for entering it, None for leaving."""
        self._innermost: list[int] = []
        """Per event the call that goes on after it, by its own event; -1 for none."""
        self._around: dict[int, int] = {}

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Logs calls meanwhile. A global hook would make each call slower and change its way."""
        numbers, entered = self._numbers, self._entered
        original = methods.original(torch.nn.Module, "__call__")

        @stop.passing
        def call(module: torch.nn.Module, *args: Any, **kwargs: Any) -> Any:
            if len(numbers) >= MOST_LOGGED:
                return original(module, *args, **kwargs)
            numbers.append(next_number())
            entered.append(module)
            try:
                return original(module, *args, **kwargs)
            finally:
                numbers.append(next_number())
                entered.append(None)

        with methods.standing_in(torch.nn.Module, "__call__", call):
            yield

    def of(self, number: int) -> torch.nn.Module | None:
        """The innermost module at work when a node was made."""
        return self.module(self.call(number))

    def call(self, number: int) -> int:
        """The innermost call that went on when a node was made; -1 for none."""
        if not self._numbers or number < self._numbers[0]:
            return -1
        if len(self._innermost) != len(self._entered):
            self._resolve()
        return self._innermost[bisect_right(self._numbers, number) - 1]

    def calls(self, numbers: Sequence[int]) -> list[int]:
        """The same of many nodes; -1 also for an AccumulateGrad, which no module makes."""
        if not self._numbers:
            return [-1] * len(numbers)
        if len(self._innermost) != len(self._entered):
            self._resolve()
        made = np.array(numbers, dtype=np.uint64)
        events = np.searchsorted(np.array(self._numbers), made, "right") - 1
        events[made == NO_NUMBER] = -1
        found: list[int] = np.array([*self._innermost, -1])[events].tolist()
        return found

    def around(self, call: int) -> int:
        """The call that a call was made in; -1 for none."""
        return self._around[call]

    def module(self, call: int) -> torch.nn.Module | None:
        """Whose call it is."""
        return self._entered[call] if call >= 0 else None

    def modules(self) -> list[torch.nn.Module]:
        """All modules that were called, in order of their first call."""
        unique = {id(module): module for module in self._entered if module is not None}
        return list(unique.values())

    def _resolve(self) -> None:
        stack = [-1]
        self._innermost = []
        for event, module in enumerate(self._entered):
            if module is not None:
                self._around[event] = stack[-1]
                stack.append(event)
            elif len(stack) > 1:
                stack.pop()
            self._innermost.append(stack[-1])
