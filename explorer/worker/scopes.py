"""Which module was at work when: a log of entering and leaving `nn.Module` calls."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from explorer.worker import methods
from explorer.worker.recorder import next_number

MOST_LOGGED = 200_000
"""Calls and returns: a recurrent cell over 100,000 steps."""


class Scopes:
    """The stack of modules over time."""

    def __init__(self) -> None:
        self._numbers: list[int] = []
        self._entered: list[torch.nn.Module | None] = []
        """A module for entering it, None for leaving."""
        self._innermost: list[torch.nn.Module | None] = []

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Logs calls meanwhile. A global hook would make each call slower and change its way."""
        numbers, entered = self._numbers, self._entered
        original = methods.original(torch.nn.Module, "__call__")

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
        if len(self._innermost) != len(self._entered):
            self._resolve()
        index = bisect_right(self._numbers, number) - 1
        return self._innermost[index] if index >= 0 else None

    def modules(self) -> list[torch.nn.Module]:
        """All modules that were called, in order of their first call."""
        unique = {id(module): module for module in self._entered if module is not None}
        return list(unique.values())

    def _resolve(self) -> None:
        stack: list[torch.nn.Module] = []
        self._innermost = []
        for module in self._entered:
            if module is not None:
                stack.append(module)
            elif stack:
                stack.pop()
            self._innermost.append(stack[-1] if stack else None)
