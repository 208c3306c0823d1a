"""Everyone who saw something of a run, and whom the record asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch

from explorer.worker.cuts import Cut
from explorer.worker.forward import NOWHERE, Origin, Origins
from explorer.worker.names import Names
from explorer.worker.observe import Observer
from explorer.worker.places import Binding
from explorer.worker.recorder import Recorder
from explorer.worker.scopes import Scopes
from explorer.worker.snapshots import Snapshots
from explorer.worker.taken import Made, Root, Taken


class Maker(NamedTuple):
    """The pass that made a node, by its index, and the node at work there, where that is known."""

    made_in: int | None
    made_by: int | None


NOBODY = Maker(None, None)
"""Of nodes that the program made itself."""


@dataclass(frozen=True)
class Witnesses:
    """What a run left behind when it had ended."""

    snapshots: Snapshots
    recorder: Recorder
    observer: Observer
    scopes: Scopes
    names: Names
    origins: Origins
    made: list[Made]
    """Nodes that passes made."""

    def maker(self, number: int) -> Maker | None:
        """What made a node, if a pass did."""
        for made in self.made:
            if made.start <= number < made.end:
                return Maker(made.taken.index, made.by(number))
        return None

    def root_name(self, taken: Taken, root: Root) -> str | None:
        """The variable that a root is bound to: as the program says it where it starts the pass."""
        if root.leaf is not None:
            return self.names.of(root.leaf)
        if len(taken.roots) == 1 and (said := taken.start or self.origins.start(taken.place)):
            return said
        name = self.recorder.names.get((root.number, root.output))
        return name or self.names.of_ticket(root.ticket)

    def name_of_cut(self, cut: Cut) -> str | None:
        """The variables of what a cut has cut off, where they had one."""
        return ", ".join(self.names.of_cut(cut)) or None

    def bound(self, tensor: torch.Tensor) -> Origin:
        """Where a tensor without history first got a name: itself, or the module that holds it."""
        binding, owner = self.own_binding(tensor), self.names.owner(tensor)
        if binding is not None:
            return self.origins.at(binding.place)
        return self.origins.at(owner.place) if owner is not None else NOWHERE

    def own_binding(self, tensor: torch.Tensor) -> Binding | None:
        """Where it was bound first itself; None where a module that holds it was bound before:
        `for p in model.parameters()` makes no leaf."""
        binding, owner = self.names.binding(tensor), self.names.owner(tensor)
        return None if binding and owner and owner.order < binding.order else binding
