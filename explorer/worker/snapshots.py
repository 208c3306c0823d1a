"""Tensors as they are at one moment, under numbered tickets; their views are made later, together.

Those of the program are copied, because it may change them; the engine's gradients are not, but it
is noticed if they are changed.
"""

from __future__ import annotations

import math
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import overload

import torch

from explorer.records import TensorView
from explorer.worker.allowance import Allowance
from explorer.worker.evidence import (
    UNREADABLE,
    Evidence,
    evidence_of,
)
from explorer.worker.foreign import is_foreign, unseen
from explorer.worker.heat import BLOCKS
from explorer.worker.large import is_known, rearranged, view_of_large
from explorer.worker.measurements import Found, Measurements
from explorer.worker.meta import Meta, meta_of
from explorer.worker.uncounted import Uncounted
from explorer.worker.views import (
    Plain,
    Single,
    unmeasured,
)

TINY = 64
"""Elements up to which a tensor waits as a list: taking it costs less than a copy."""

SMALL = 8192
"""Elements up to which a tensor may wait."""

FEW = 8
"""Gradients that are measured one by one sooner than together."""

_COMPLEX = frozenset({torch.complex32, torch.complex64, torch.complex128})
_Known = tuple[weakref.ref[torch.Tensor], Evidence, int]
"""A tensor, how it was, its ticket."""


class Snapshots:
    """All tensors that were looked at in one run."""

    def __init__(self) -> None:
        self.uncounted = Uncounted()
        self._measurements = Measurements()
        self._known: dict[int, _Known] = {}
        """By the tensor's id."""
        self._owners: dict[int, weakref.ref[torch.Tensor]] = {}
        self._allowance = Allowance()

    @overload
    def view(self, ticket: None) -> None: ...

    @overload
    def view(self, ticket: int) -> TensorView: ...

    @overload
    def view(self, ticket: int | None) -> TensorView | None: ...

    def view(self, ticket: int | None) -> TensorView | None:
        """What there was under a ticket."""
        if ticket is None:
            return None
        return self._measurements.view(ticket)

    def found(self) -> Sequence[Found | Meta]:
        """What there is under each ticket, without making views where none was made."""
        return self._measurements.all()

    def flush(self) -> None:
        """Measures what waits, before somebody can change it without a trace."""
        self._measurements.flush()

    @property
    def changed(self) -> int:
        """Gradients that somebody changed in place before they could be read."""
        return self._measurements.changed

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
        if self._allowance.is_brief(ticket):
            return
        owner = weakref.ref(tensor)
        self._known[id(tensor)] = (owner, evidence_of(tensor), ticket)
        self._owners[ticket] = owner

    @property
    def complete(self) -> bool:
        """Whether all gradients were kept with their numbers."""
        return self._allowance.sufficed

    def owner(self, ticket: int) -> torch.Tensor | None:
        """The tensor that a ticket was given for, if it is still alive."""
        owner = self._owners.get(ticket)
        return owner() if owner is not None else None

    @unseen
    def gradient(self, gradient: torch.Tensor) -> int:
        """Ticket of a gradient that the engine hands over."""
        return self._take(gradient, copy=False)

    @property
    def next(self) -> int:
        """The ticket that comes next."""
        return len(self._measurements)

    @unseen
    def gradients(
        self, gradients: Sequence[torch.Tensor], metas: Sequence[Meta], versions: list[int]
    ) -> None:
        """Gives tickets, from `next` on, to small gradients that the engine has handed over a
        while ago. They had these versions then; what has been changed since is lost."""
        numbers = sum(map(_numbers_of, metas))
        same = [gradient._version for gradient in gradients] == versions
        crossing = 0 <= self._allowance.left < numbers
        if not same or crossing or len(gradients) < FEW or any(map(is_foreign, gradients)):
            for row in zip(gradients, metas, versions, strict=True):
                self._gradient_of_then(*row)
        else:
            brief = not self._allowance.spend(numbers, self.next)
            self._measurements.add_many(metas, gradients, brief)

    def _gradient_of_then(self, gradient: torch.Tensor, meta: Meta, version: int) -> None:
        if gradient._version == version:
            self._take(gradient, copy=False)
        else:
            self._measurements.changed += 1
            self._measurements.add(unmeasured(meta))

    def keep(self, gradient: torch.Tensor) -> None:
        """Somebody may change a gradient from now on."""
        self._measurements.keep(gradient)

    def rearranged(self, gradient: torch.Tensor, other: torch.Tensor, ticket: int) -> int | None:
        """Ticket of a large gradient that is a view of all of another: its statistics are known."""
        known = self._measurements.known(ticket)
        if gradient.numel() <= SMALL or not is_known(known, gradient, other):
            return None
        with torch.no_grad():
            meta = meta_of(gradient)
            brief = self._is_brief(meta)
            view = rearranged(meta, gradient.detach(), known, brief)
        return self._measurements.add(view)

    def _of_base(self, meta: Meta, tensor: torch.Tensor) -> TensorView | None:
        """The view of a large tensor that is all of another, such as a transposed weight."""
        base = tensor._base if tensor._is_view() else None
        if base is None or base.numel() != tensor.numel():
            return None
        known = self._measurements.known(self.of(base))
        if not is_known(known, tensor, base):
            return None
        with torch.no_grad():
            return rearranged(meta, tensor.detach(), known, brief=False)

    @contextmanager
    def pass_of(self, large: bool) -> Iterator[None]:
        """Gradients that come meanwhile belong to one pass, which has room for its first ones."""
        with self._allowance.of_pass(large, lambda: self.next):
            yield

    def number(self, value: Plain) -> int:
        """Ticket of a Python number."""
        return self._measurements.add(Single(Meta((), type(value).__name__, False), value))

    def forget(self) -> None:
        """Drops everything: all that is shown stands in records by now."""
        self._measurements = Measurements()

    def _take(self, tensor: torch.Tensor, copy: bool) -> int:
        meta, measurements = meta_of(tensor), self._measurements
        brief = not copy and self._is_brief(meta)
        if is_foreign(tensor):
            return measurements.add(unmeasured(meta))
        try:
            return self._read(meta, tensor, copy, brief)
        except UNREADABLE:
            if tensor._is_zerotensor():
                return measurements.add_tensor(meta, tensor, brief, copy)
            return measurements.add(unmeasured(meta))

    def _read(self, meta: Meta, tensor: torch.Tensor, copy: bool, brief: bool) -> int:
        count, measurements = tensor.numel(), self._measurements
        if count > SMALL:
            known = self._of_base(meta, tensor) if copy else None
            return measurements.add(known or view_of_large(meta, tensor, brief))
        if not 0 < count <= TINY or tensor.layout is not torch.strided:
            return measurements.add_tensor(meta, tensor, brief, copy)
        if count == 1:
            return measurements.add(Single(meta, tensor.item()))
        if tensor.dtype in _COMPLEX:
            return measurements.add_tensor(meta, tensor, brief, copy)
        return measurements.add_list(meta, tensor.tolist(), brief)

    def _is_brief(self, meta: Meta) -> bool:
        """Whether there is no room left for the numbers of one more gradient."""
        return not self._allowance.spend(_numbers_of(meta), self.next)


def _numbers_of(meta: Meta) -> int:
    """How many numbers the record keeps of a tensor: elements, and a heat map of a larger one."""
    count = math.prod(meta.shape)
    return count if count <= TINY else TINY + BLOCKS * BLOCKS * (len(meta.shape) > 1)
