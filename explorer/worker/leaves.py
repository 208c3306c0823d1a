"""All leaf tensors as they stood when the program ended, and why some have no gradient."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch.nn.parameter import is_lazy

from explorer.records import Leaf
from explorer.worker.history import is_leaf
from explorer.worker.meta import shape_of
from explorer.worker.taken import Taken
from explorer.worker.why_none import Reason, WhyNoneOf
from explorer.worker.witnesses import Witnesses


class LeafTable:
    """Each leaf once: those with a name, those that passes met, and named inputs."""

    def __init__(self, witnesses: Witnesses) -> None:
        self._names = witnesses.names
        self._bound = witnesses.bound
        self._observer = witnesses.observer
        self._snapshots = witnesses.snapshots
        self._origins = witnesses.origins
        self._why_none = WhyNoneOf(witnesses.observer, witnesses.recorder)

    def rows(self, passes: list[Taken]) -> tuple[Leaf, ...]:
        """The table, in the order in which the namespace leads to the leaves."""
        used = self._inputs()
        shown: dict[int, tuple[str, torch.Tensor]] = {}
        for name, tensor in [*self._names.tensors(), *self._met(passes)]:
            if is_lazy(tensor):
                continue  # It has neither shape nor value yet.
            if is_leaf(tensor) and (tensor.requires_grad or id(tensor) in used):
                shown.setdefault(id(tensor), (name, tensor))
        return tuple(self._row(name, tensor, passes) for name, tensor in shown.values())

    def _met(self, passes: list[Taken]) -> Iterator[tuple[str, torch.Tensor]]:
        """Leaves that a pass reached, and that may be gone from the namespace."""
        for taken in passes:
            for leaf in taken.leaves.values():
                yield self._names.of(leaf) or "(unnamed)", leaf

    def _inputs(self) -> set[int]:
        """Tensors without gradient that operations with one used, and that are still alive."""
        operands = (operand for call in self._observer.calls for operand in call.operands)
        owners = (self._snapshots.owner(one.ticket) for one in operands if not one.constant)
        return {id(owner) for owner in owners if owner is not None}

    def _row(self, name: str, tensor: torch.Tensor, passes: list[Taken]) -> Leaf:
        snapshots = self._snapshots
        value = snapshots.view(snapshots.of(tensor))
        grad = tensor.grad
        assert value is not None
        why = self._why_none.of(tensor, passes) if grad is None else Reason(None)
        return Leaf(
            name=name,
            shape=shape_of(tensor),
            value=value,
            grad=snapshots.view(snapshots.of(grad)) if grad is not None else None,
            why_none=why.why,
            why_line=self._origins.at(why.place).line,
            line=self._bound(tensor).line,
        )
