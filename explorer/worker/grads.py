"""The `.grad` of known leaves through a run: what each event made of it, by its size."""

from __future__ import annotations

import weakref
from collections.abc import Container, Iterable
from typing import NamedTuple

import torch

from explorer.worker.evidence import Evidence, evidence_of
from explorer.worker.norms import norm_of

MOST_LEAVES = 16
"""Leaves that are followed: as many as one table shows."""

MOST_CHANGES = 20_000
"""Changes that are noted in all: a thousand rounds of training ten parameters."""


class Change(NamedTuple):
    """The `.grad` of one leaf before and after an event."""

    leaf: weakref.ref[torch.Tensor]
    before: float | None
    """2-norm, or the number itself where there is only one; None: `.grad` was None."""
    after: float | None


_State = tuple[int, Evidence | None, float | None]
"""Identity of a `.grad`, how it is, and its size."""

_NONE: _State = (0, None, None)


class Grads:
    """Follows some leaves, by looking at them after each event."""

    def __init__(self, uncounted: Container[torch.Tensor]) -> None:
        self._uncounted = uncounted
        self._states: dict[int, tuple[weakref.ref[torch.Tensor], _State]] = {}
        self._count = 0

    def follow(self, leaves: Iterable[torch.Tensor]) -> None:
        """Also looks at these leaves from now on."""
        for leaf in leaves:
            if self.follows(leaf):
                continue
            if len(self._states) >= MOST_LEAVES:
                alive = ((key, one) for key, one in self._states.items() if one[0]() is not None)
                self._states = dict(alive)
            if len(self._states) < MOST_LEAVES or id(leaf) in self._states:
                self._states[id(leaf)] = (weakref.ref(leaf), self._state(leaf, _NONE))

    def follows(self, leaf: torch.Tensor) -> bool:
        """Whether it looks at this leaf."""
        known = self._states.get(id(leaf))
        return known is not None and known[0]() is leaf

    def changed(self) -> list[Change]:
        """What is other than when this was asked last."""
        found: list[Change] = []
        with torch._C.DisableTorchFunction(), torch.no_grad():
            for key, (reference, old) in self._states.items():
                leaf = reference()
                new = self._state(leaf, old) if leaf is not None else old
                if new is not old:
                    self._states[key] = (reference, new)
                    found.append(Change(reference, old[2], new[2]))
        self._count += len(found)
        return found if self._count <= MOST_CHANGES else []

    def _state(self, leaf: torch.Tensor, old: _State) -> _State:
        """How a `.grad` is; `old` itself where nothing has changed."""
        grad = leaf.grad
        if grad is None:
            return old if old[0] == 0 else _NONE
        now = evidence_of(grad)
        key = (id(grad), now)
        if old[:2] == key and (now.whole or grad not in self._uncounted):
            return old
        size = norm_of(grad)
        if size is not None and grad.numel() == 1 and not grad.is_complex():
            size = float(grad.item())
        return old if size is None or old == (*key, size) else (*key, size)
