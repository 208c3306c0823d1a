"""What touched gradients and parameters, in its order, and what that made of each `.grad`."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Sequence

import torch

from explorer.records import EventKind
from explorer.worker.by_hand import Told, emptied
from explorer.worker.grads import Change, Grads
from explorer.worker.places import Happening, Place
from explorer.worker.uncounted import Uncounted

IN_BETWEEN = ".grad changed"
"""What is said of a change that nobody saw happen."""


class Ledger:
    """The events of one run."""

    def __init__(self, uncounted: Uncounted) -> None:
        self.happenings: list[Happening] = []
        self.grads = Grads(uncounted)
        self.who_changed: Callable[[torch.Tensor], Place | None] = lambda _: None
        """Where a tensor was changed in place last, if that was seen."""
        self.passing: list[Change] | None = None
        """What the pass that is running has made of gradients, while one is."""
        self._reached: dict[int, weakref.ref[torch.Tensor]] = {}

    def look(self) -> None:
        """What has become of gradients since the last event, so that it is not taken for the work
        of the next one: `clip_grad_norm_`, or the program by ways of its own."""
        changes = self.grads.changed()
        if self.passing is not None:
            self.passing += changes
        elif changes:
            place = next(filter(None, map(self._place_of, changes)), None)
            detail = "" if place is not None else IN_BETWEEN
            self.happenings.append(Happening(emptied(changes), place, detail, grads=changes))

    def add(self, kind: EventKind, place: Place | None, detail: str, step: int | None) -> None:
        """An event that has just happened."""
        changes = self.grads.changed()
        self.happenings.append(Happening(kind, place, detail, step=step, grads=changes))

    def add_statement(self, told: Told, place: Place, values: Iterable[object]) -> None:
        """A statement that has run, if it was an event."""
        if told.kind == "step" and not (told.sure or self.happenings):
            return  # Before the first pass a parameter is made, not moved.
        changes = self.grads.changed() if told.touches_grad else ()
        kind = told.really(values, changes)
        if kind is not None:
            self.happenings.append(Happening(kind, place, told.text, grads=changes))

    def reach(self, leaves: Iterable[torch.Tensor], backward: bool) -> None:
        """A pass comes to these leaves; a backward changes their `.grad`."""
        for leaf in leaves:
            self.grads.follow((leaf,))
            if backward and not self.was_reached(leaf):
                self._reached[id(leaf)] = weakref.ref(leaf)

    def was_reached(self, leaf: torch.Tensor) -> bool:
        """Whether any backward came to a leaf."""
        known = self._reached.get(id(leaf))
        return known is not None and known() is leaf

    def emptied(self, leaf: torch.Tensor) -> Place | None:
        """Where the `.grad` of a leaf was emptied last."""
        places: Sequence[Place | None] = [
            one.place
            for one in self.happenings
            if any(change.leaf() is leaf and change.after is None for change in one.grads)
        ]
        if not places and not self.grads.follows(leaf):
            # Only where there is no choice.
            told = {one.place for one in self.happenings if one.kind == "zero_grad"}
            statements = {place.statement for place in told if place is not None}
            places = [*told] if len(statements) == 1 else []
        return places[-1] if places else None

    def _place_of(self, change: Change) -> Place | None:
        leaf = change.leaf()
        grad = leaf.grad if leaf is not None else None
        return self.who_changed(grad) if grad is not None else None
