"""Tensors that torch calls changed in place: which memory, to which version, in which line.

Backward refuses a saved tensor that was changed since, and knows neither its name nor the line.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch

from explorer.worker.evidence import memory_of
from explorer.worker.places import Place

MOST_CHANGES = 10_000
"""The last ones are remembered: what went wrong has mostly just happened."""

SWITCHABLE = frozenset(
    {
        *("threshold", "relu", "relu6", "elu", "selu", "celu", "leaky_relu", "rrelu", "hardtanh"),
        *("hardsigmoid", "hardswish", "silu", "mish", "dropout", "dropout1d", "dropout2d"),
        *("dropout3d", "alpha_dropout", "feature_alpha_dropout"),
    }
)
"""Functions of `torch.nn.functional` that have a switch `inplace`."""


_PLAIN = frozenset({torch.Tensor, torch.nn.Parameter})


class Change(NamedTuple):
    """One tensor after a call has changed it."""

    memory: int
    """Address of its storage; views share it with their base."""
    version: int
    """The version that the change made."""
    place: Place | None
    call: str


class Changes:
    """The log of one run."""

    def __init__(self, running: Callable[[], Place | None]) -> None:
        self._running = running
        self._log: deque[Change] = deque(maxlen=MOST_CHANGES)
        self._names: dict[Callable[..., Any], str] = {}
        """Function -> its name if it may change its first argument, else nothing."""

    def note(self, func: Callable[..., Any], args: Sequence[Any]) -> None:
        """After a call that gave its first argument back, or nothing."""
        try:
            name = self._names.get(func)
        except TypeError:
            return  # A callable of the program's own that has no hash.
        if name is None:
            name = self._names[func] = _changing(func)
        if not name:
            return
        first, place = args[0], self._running()
        if type(first) in _PLAIN:
            self._add(first, place, name)
            return
        # What the program's own kinds of tensor answer must not run here.
        with torch._C.DisableTorchFunction():
            for tensor in first if type(first) in (list, tuple) else (first,):
                if isinstance(tensor, torch.Tensor):
                    self._add(tensor, place, name)

    def _add(self, tensor: torch.Tensor, place: Place | None, name: str) -> None:
        memory = memory_of(tensor)
        if memory is not None and not tensor.is_inference():
            self._log.append(Change(memory, tensor._version, place, name))

    def place_of(self, tensor: torch.Tensor) -> Place | None:
        """Where a tensor got the version that it has."""
        memory = memory_of(tensor)
        if memory is None or tensor.is_inference():
            return None
        change = self.to(memory, tensor._version)
        return change.place if change is not None else None

    def to(self, memory: int, version: int) -> Change | None:
        """The last change of a memory that made this version."""
        for change in reversed(self._log):
            if change.memory == memory and change.version == version:
                return change
        return None


def _changing(func: Callable[..., Any]) -> str:
    name = str(getattr(func, "__name__", ""))
    return name if name.endswith("_") or name in SWITCHABLE else ""
