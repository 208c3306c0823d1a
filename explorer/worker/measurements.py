"""What there is under each ticket: tensors that wait are measured together.

Measuring a small tensor takes 30 microseconds by itself and 2 in a batch of equal shapes. So they
wait: the smallest as lists of their numbers, others as tensors.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import repeat
from typing import Any, NamedTuple

import torch

from explorer.records import TensorView
from explorer.worker.evidence import UNREADABLE, memory_of, version_of
from explorer.worker.foreign import unseen
from explorer.worker.meta import Meta
from explorer.worker.rows import Rows
from explorer.worker.views import Single, unmeasured, view_of_number, views_of, views_of_lists

WAITING = 1024
"""Tensors that wait at most."""

WAITING_ELEMENTS = 1 << 20
"""Elements that wait at most: 4 MB of float32."""

LISTED = 4096
"""Lists that wait at most: they take ten times the memory of their numbers."""

Found = TensorView | tuple[Rows, int] | Single
"""What is there under a ticket: a view, or what one will be made of when it is asked for."""

_Nested = list[Any]


class _Waiting(NamedTuple):
    ticket: int
    meta: Meta
    tensor: torch.Tensor
    version: int
    brief: bool


class Measurements:
    """Tickets count from 0; each stands for one tensor as it was at one moment."""

    def __init__(self) -> None:
        self.changed = 0
        """Gradients that somebody changed in place before they could be read."""
        self._found: list[Found | Meta] = []
        """Of what waits only the shape is known."""
        self._lists: dict[tuple[Meta, bool], list[tuple[int, _Nested]]] = defaultdict(list)
        self._listed = 0
        self._queue: list[_Waiting] = []
        self._held: dict[int | None, list[int]] = defaultdict(list)
        """Memory of gradients that wait themselves -> their places in the queue."""
        self._elements = 0

    def __len__(self) -> int:
        return len(self._found)

    def known(self, ticket: int) -> Found | Meta:
        """What is known by now."""
        return self._found[ticket]

    def view(self, ticket: int) -> TensorView:
        """What there was, as the record has it."""
        found = self._found[ticket]
        if isinstance(found, Meta):
            found = self.all()[ticket]
        if isinstance(found, TensorView):
            return found
        if isinstance(found, Single):
            view = view_of_number(*found)
        elif isinstance(found, Meta):
            view = unmeasured(found)
        else:
            view = found[0].views[found[1]]
        self._found[ticket] = view
        return view

    def all(self) -> Sequence[Found | Meta]:
        """What there is under each ticket; a shape alone where measuring was stopped."""
        self.flush()
        return self._found

    def add(self, found: Found) -> int:
        """A ticket for something that is known already."""
        self._found.append(found)
        return len(self._found) - 1

    def add_list(self, meta: Meta, numbers: _Nested, brief: bool) -> int:
        """A ticket for a tiny real tensor."""
        ticket = self._new(meta)
        self._lists[meta, brief].append((ticket, numbers))
        self._listed += 1
        if self._listed >= LISTED:
            self._flush_lists()
        return ticket

    def add_tensor(self, meta: Meta, tensor: torch.Tensor, brief: bool, copy: bool) -> int:
        """A ticket for a small tensor, which waits itself unless it is copied."""
        if copy:
            with torch.no_grad():
                tensor = tensor.clone()
        else:
            self._held[memory_of(tensor)].append(len(self._queue))
        version, ticket = version_of(tensor), self._new(meta)
        self._queue.append(_Waiting(ticket, meta, tensor, version, brief))
        self._elements += tensor.numel()
        if len(self._queue) >= WAITING or self._elements >= WAITING_ELEMENTS:
            self.flush()
        return ticket

    def add_many(self, metas: Sequence[Meta], tensors: Sequence[torch.Tensor], brief: bool) -> None:
        """Tickets for small tensors, one after the other, measured right away."""
        groups: dict[Meta, tuple[list[int], list[torch.Tensor]]] = defaultdict(lambda: ([], []))
        for ticket, (meta, tensor) in enumerate(zip(metas, tensors, strict=True), len(self)):
            tickets, those = groups[meta]
            tickets.append(ticket)
            those.append(tensor)
        self._found += metas
        for meta, group in groups.items():
            self._measure(meta, *group, brief)

    @unseen
    def keep(self, gradient: torch.Tensor) -> None:
        """Somebody may change a gradient from now on: copies will wait in its place."""
        for place in self._held.pop(memory_of(gradient), ()):
            waiting = self._queue[place]
            with torch.no_grad():
                copied = waiting.tensor.clone()
            self._queue[place] = waiting._replace(tensor=copied, version=version_of(copied))

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
                self._found[waiting.ticket] = unmeasured(waiting.meta)
            else:
                groups[waiting.meta, waiting.brief].append(waiting)
        for (meta, brief), group in groups.items():
            tickets, tensors = ([one.ticket for one in group], [one.tensor for one in group])
            self._measure(meta, tickets, tensors, brief)

    def _new(self, meta: Meta) -> int:
        self._found.append(meta)
        return len(self._found) - 1

    def _flush_lists(self) -> None:
        for (meta, brief), group in self._lists.items():
            views = views_of_lists(meta, [numbers for _, numbers in group], brief)
            self._settle([ticket for ticket, _ in group], views)
        self._lists.clear()
        self._listed = 0

    @torch.no_grad()
    def _measure(
        self, meta: Meta, tickets: list[int], tensors: list[torch.Tensor], brief: bool
    ) -> None:
        try:
            views = views_of(meta, tensors, brief)
        except UNREADABLE:
            views = [unmeasured(meta)] * len(tickets)
        self._settle(tickets, views)

    def _settle(self, tickets: list[int], views: Rows | Sequence[TensorView | Single]) -> None:
        """Says what there is under tickets that waited."""
        found = zip(repeat(views), range(len(views))) if isinstance(views, Rows) else views
        for ticket, one in zip(tickets, found, strict=True):
            self._found[ticket] = one
