"""Why a leaf has no gradient when the program has ended."""

from __future__ import annotations

from itertools import chain
from typing import NamedTuple

import torch

from explorer.records import WhyNone
from explorer.worker.cuts import Cut
from explorer.worker.observe import Observer
from explorer.worker.places import Place
from explorer.worker.recorder import Recorder
from explorer.worker.taken import Taken


class Reason(NamedTuple):
    """Why there is none, and the statement that made it so."""

    why: WhyNone | None
    place: Place | None = None


class WhyNoneOf:
    """Asks those who saw the run."""

    def __init__(self, observer: Observer, recorder: Recorder) -> None:
        self._observer = observer
        self._snapshots = recorder.snapshots
        self._ledger = recorder.ledger

    def of(self, leaf: torch.Tensor, passes: list[Taken]) -> Reason:
        """The reason for a leaf whose `.grad` is None."""
        if not leaf.requires_grad:
            return self._no_wish(leaf)
        ran = [taken for taken in passes if taken.ran]
        if not ran:
            return Reason("not run yet")
        met = [(taken, node) for taken in ran if (node := _met(taken, leaf)) is not None]
        return self._met(leaf, met) if met else self._missed(leaf)

    def _no_wish(self, tensor: torch.Tensor) -> Reason:
        """It requires none: it was cut off from others that do, or nobody asked."""
        if cuts := self._observer.cuts.of(tensor):
            return _cut(cuts[0])
        if not (tensor.is_floating_point() or tensor.is_complex()):
            return Reason("integer")
        return Reason("no_requires_grad")

    def _met(self, leaf: torch.Tensor, met: list[tuple[Taken, int]]) -> Reason:
        """It is in the graph of some pass."""
        backward = [(taken, node) for taken, node in met if taken.how != "grad"]
        if not backward:
            return Reason("returned", met[-1][0].place)
        worked = [(taken, _received(taken, node)) for taken, node in backward]
        if any(received for _, received in worked):
            return Reason("emptied", self._ledger.emptied(leaf))
        if any(received is False for _, received in worked):
            return Reason("nothing sent", worked[-1][0].place)
        last = worked[-1][0]
        return Reason("stopped" if last.stopped else "not asked", last.place)

    def _missed(self, leaf: torch.Tensor) -> Reason:
        """No pass that was kept came to it."""
        if self._ledger.was_reached(leaf):
            return Reason("emptied", self._ledger.emptied(leaf))
        cuts, told = self._observer.cuts, self._observer.told.values()
        used = cuts.used(leaf)
        cut = cuts.through(leaf, chain.from_iterable(told)) if used else cuts.end(leaf)
        if cut is not None:
            return _cut(cut)
        known = self._observer.complete and not used and not self._was_operand(leaf)
        return Reason("unused" if known else "unreached")

    def _was_operand(self, leaf: torch.Tensor) -> bool:
        """Whether it was used before it asked for a gradient."""
        operands = (one for call in self._observer.calls for one in call.operands)
        owner = self._snapshots.owner
        return any(not one.constant and owner(one.ticket) is leaf for one in operands)


def _cut(cut: Cut) -> Reason:
    return Reason(cut.how, cut.place)


def _met(taken: Taken, leaf: torch.Tensor) -> int | None:
    """The AccumulateGrad of a leaf in the graph of a pass."""
    return next((node for node, other in taken.leaves.items() if other is leaf), None)


def _received(taken: Taken, node: int) -> bool | None:
    """Whether a gradient came; None where the engine did not come there."""
    steps = taken.watch.steps if taken.watch is not None else []
    return next((one[1][:1] != (None,) for one in steps if one[0] == node), None)
