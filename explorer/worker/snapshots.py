"""Tensors as they are at one moment, under numbered tickets; their views are made later, together.

Measuring a small tensor takes 30 microseconds by itself and 2 in a batch of equal shapes. So they
wait: the smallest as lists of their numbers, others as tensors. Those of the program are copied,
because it may change them; the engine's gradients are not, but it is noticed if they are changed.
"""

from __future__ import annotations

import weakref
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch

from explorer.records import TensorView
from explorer.worker.evidence import (
    UNREADABLE,
    Evidence,
    evidence_of,
    memory_of,
    version_of,
)
from explorer.worker.foreign import is_foreign, unseen
from explorer.worker.heat import BLOCKS
from explorer.worker.large import dense, is_known, rearranged, view_of_large
from explorer.worker.uncounted import Uncounted
from explorer.worker.views import (
    Meta,
    Plain,
    meta_of,
    unmeasured,
    view_of_number,
    views_of,
    views_of_lists,
)

TINY = 64
"""Elements up to which a tensor waits as a list: taking it costs less than a copy."""

SMALL = 8192
"""Elements up to which a tensor may wait."""

WAITING = 1024
"""Tensors that wait at most."""

WAITING_ELEMENTS = 1 << 20
"""Elements that wait at most: 4 MB of float32."""

LISTED = 4096
"""Tiny tensors that wait at most: as lists they take ten times the memory of their numbers."""

MOST_NUMBERS, MOST_OF_LARGE = 1_000_000, 200_000
"""Numbers that are kept of the gradients of all passes, and of those of one large pass; of later
gradients there are statistics."""

_COMPLEX = frozenset({torch.complex32, torch.complex64, torch.complex128})
_Nested = list[Any]


_Known = tuple[weakref.ref[torch.Tensor], Evidence, int]
"""A tensor, how it was, its ticket."""


class _Waiting(NamedTuple):
    ticket: int
    tensor: torch.Tensor
    version: int
    brief: bool


class Snapshots:
    """All tensors that were looked at in one run."""

    def __init__(self) -> None:
        self.changed = 0
        """Gradients that somebody changed in place before they could be read."""
        self.uncounted = Uncounted()
        self._views: list[TensorView | tuple[Meta, Plain] | Meta] = []
        self._lists: list[tuple[int, _Nested, bool]] = []
        self._queue: list[_Waiting] = []
        self._held: dict[int | None, list[int]] = defaultdict(list)
        """Memory of gradients that wait themselves -> their places in the queue."""
        self._elements = 0
        self._known: dict[int, _Known] = {}
        """By the tensor's id."""
        self._owners: dict[int, weakref.ref[torch.Tensor]] = {}
        self._room = MOST_NUMBERS
        """Numbers of gradients that may still be kept."""
        self._brief: list[int] = []
        """First and last ticket, by turns, of gradients whose numbers were not kept."""

    def view(self, ticket: int | None) -> TensorView | None:
        """What there was under a ticket."""
        if ticket is None:
            return None
        found = self._views[ticket]
        if isinstance(found, TensorView):
            return found
        if isinstance(found, Meta):
            self.flush()
            found = self._views[ticket]
        if isinstance(found, Meta):
            found = unmeasured(found)
        elif not isinstance(found, TensorView):
            found = view_of_number(*found)
        self._views[ticket] = found
        return found

    @unseen
    def of(self, tensor: torch.Tensor) -> int:
        """Ticket of a tensor of the program; the same one while it is not changed in place."""
        known = self._known.get(id(tensor))
        if known is not None and self._holds(known, tensor):
            return known[2]
        ticket = self._take(tensor, copy=True)
        self.alias(tensor, ticket)
        return ticket

    def _holds(self, known: _Known, tensor: torch.Tensor) -> bool:
        """Whether what is known under a tensor's id is still true of it."""
        owner, was, _ = known
        return (
            owner() is tensor
            and was == evidence_of(tensor)
            and (was.whole or tensor not in self.uncounted)
        )

    def distrust(self, tensor: torch.Tensor) -> None:
        """Somebody may have changed a tensor without a trace: it is looked at anew."""
        self._known.pop(id(tensor), None)

    def alias(self, tensor: torch.Tensor, ticket: int) -> None:
        """Says that a tensor is now as it stands under a ticket; if all is known of that."""
        if bisect_right(self._brief, ticket) % 2:
            return
        owner = weakref.ref(tensor)
        self._known[id(tensor)] = (owner, evidence_of(tensor), ticket)
        self._owners[ticket] = owner

    @property
    def complete(self) -> bool:
        """Whether all gradients were kept with their numbers."""
        return not self._brief

    def owner(self, ticket: int) -> torch.Tensor | None:
        """The tensor that a ticket was given for, if it is still alive."""
        owner = self._owners.get(ticket)
        return owner() if owner is not None else None

    @unseen
    def gradient(self, gradient: torch.Tensor) -> int:
        """Ticket of a gradient that the engine hands over."""
        return self._take(gradient, copy=False)

    @unseen
    def keep(self, gradient: torch.Tensor) -> None:
        """Somebody may change a gradient from now on: copies will wait in its place."""
        for place in self._held.pop(memory_of(gradient), ()):
            waiting = self._queue[place]
            with torch.no_grad():
                copied = waiting.tensor.clone()
            self._queue[place] = waiting._replace(tensor=copied, version=version_of(copied))

    def rearranged(self, gradient: torch.Tensor, other: torch.Tensor, ticket: int) -> int | None:
        """Ticket of a large gradient that is a view of all of another: its statistics are known."""
        known = self._views[ticket]
        if gradient.numel() <= SMALL or not is_known(known, gradient, other):
            return None
        with torch.no_grad():
            brief = self._is_brief(gradient)
            self._views.append(rearranged(meta_of(gradient), gradient.detach(), known, brief))
        return len(self._views) - 1

    def _of_base(self, meta: Meta, tensor: torch.Tensor) -> TensorView | None:
        """The view of a large tensor that is all of another, such as a transposed weight."""
        base = tensor._base if tensor._is_view() else None
        if base is None or base.numel() != tensor.numel():
            return None
        known = self._views[self.of(base)]
        if not is_known(known, tensor, base):
            return None
        with torch.no_grad():
            return rearranged(meta, tensor.detach(), known, brief=False)

    @contextmanager
    def pass_of(self, large: bool) -> Iterator[None]:
        """Gradients that come meanwhile belong to one pass, which has room for its first ones."""
        room = min(self._room, MOST_OF_LARGE if large else MOST_NUMBERS)
        before, self._room = self._room, room
        try:
            yield
        finally:
            self._room = before - room + max(0, self._room)
            if len(self._brief) % 2:
                self._brief.append(len(self._views))

    def number(self, value: Plain) -> int:
        """Ticket of a Python number."""
        self._views.append((Meta((), type(value).__name__, False), value))
        return len(self._views) - 1

    def forget(self) -> None:
        """Drops everything: all that is shown stands in records by now."""
        self._views.clear()
        self._queue.clear()
        self._lists.clear()

    @unseen
    def flush(self) -> None:
        """Measures all that wait."""
        self._flush_lists()
        queue, self._queue, self._elements = self._queue, [], 0
        self._held.clear()
        groups: dict[tuple[Meta, bool], list[_Waiting]] = defaultdict(list)
        for waiting in queue:
            if waiting.version >= 0 and waiting.tensor._version != waiting.version:
                self.changed += 1
                continue
            groups[self._meta(waiting.ticket), waiting.brief].append(waiting)
        with torch.no_grad():
            for (meta, brief), group in groups.items():
                self._measure(meta, group, brief)

    def _take(self, tensor: torch.Tensor, copy: bool) -> int:
        ticket, meta = len(self._views), meta_of(tensor)
        brief = not copy and self._is_brief(tensor)
        self._views.append(meta)
        try:
            if not is_foreign(tensor):
                self._read(ticket, meta, tensor, copy, brief)
        except UNREADABLE:
            if tensor._is_zerotensor():
                self._wait(ticket, tensor, copy, brief)
            # Of others the shape is known.
        return ticket

    def _read(self, ticket: int, meta: Meta, tensor: torch.Tensor, copy: bool, brief: bool) -> None:
        count = tensor.numel()
        if count > SMALL:
            known = self._of_base(meta, tensor) if copy else None
            self._views[ticket] = known or view_of_large(meta, tensor, brief)
        elif not 0 < count <= TINY or tensor.layout is not torch.strided:
            self._wait(ticket, tensor, copy, brief)
        elif count == 1:
            self._views[ticket] = (meta, tensor.item())
        elif tensor.dtype in _COMPLEX:
            self._wait(ticket, tensor, copy, brief)
        else:
            self._lists.append((ticket, tensor.tolist(), brief))
            if len(self._lists) >= LISTED:
                self._flush_lists()

    def _is_brief(self, gradient: torch.Tensor) -> bool:
        """Whether there is no room left for the numbers of one more gradient."""
        count = gradient.numel()
        self._room -= count if count <= TINY else TINY + BLOCKS * BLOCKS * (gradient.dim() > 1)
        if self._room >= 0:
            return False
        if len(self._brief) % 2 == 0:
            self._brief.append(len(self._views))
        return True

    def _wait(self, ticket: int, tensor: torch.Tensor, copy: bool, brief: bool) -> None:
        if copy:
            with torch.no_grad():
                tensor = tensor.clone()
        else:
            self._held[memory_of(tensor)].append(len(self._queue))
        self._queue.append(_Waiting(ticket, tensor, version_of(tensor), brief))
        self._elements += tensor.numel()
        if len(self._queue) >= WAITING or self._elements >= WAITING_ELEMENTS:
            self.flush()

    def _flush_lists(self) -> None:
        waiting, self._lists = self._lists, []
        groups: dict[tuple[Meta, bool], list[tuple[int, _Nested]]] = defaultdict(list)
        for ticket, numbers, brief in waiting:
            groups[self._meta(ticket), brief].append((ticket, numbers))
        for (meta, brief), group in groups.items():
            views = views_of_lists(meta, [numbers for _, numbers in group], brief)
            for (ticket, _), view in zip(group, views, strict=True):
                self._views[ticket] = view

    def _meta(self, ticket: int) -> Meta:
        meta = self._views[ticket]
        assert isinstance(meta, Meta)
        return meta

    def _measure(self, meta: Meta, group: list[_Waiting], brief: bool) -> None:
        try:
            views = views_of(meta, [dense(waiting.tensor) for waiting in group], brief)
        except UNREADABLE:
            return
        for waiting, view in zip(group, views, strict=True):
            self._views[waiting.ticket] = view
