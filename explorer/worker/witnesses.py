"""Everyone who saw something of a run, and whom the record asks."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from explorer.worker.cuts import Cut
from explorer.worker.forward import NOWHERE, Origin, Origins
from explorer.worker.names import Names
from explorer.worker.observe import Observer
from explorer.worker.recorder import Recorder
from explorer.worker.scopes import Scopes
from explorer.worker.snapshots import Snapshots
from explorer.worker.taken import Made, Root


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

    def maker(self, number: int) -> tuple[int | None, str | None]:
        """Index of the pass that made a node, and the box of the node at work there."""
        for made in self.made:
            if made.start <= number < made.end:
                node = made.by(number)
                return made.taken.index, None if node is None else f"n{node}"
        return None, None

    def root_name(self, root: Root) -> str | None:
        """The variable that a root is bound to."""
        if root.leaf is not None:
            return self.names.of(root.leaf)
        name = self.recorder.names.get((root.number, root.output))
        return name or self.names.of_ticket(root.ticket)

    def name_of_cut(self, cut: Cut) -> str | None:
        """The variables of what a cut has cut off, where they had one."""
        names = (self._name_of_source(cut, key) for key in cut.sources)
        return ", ".join(dict.fromkeys(name for name in names if name is not None)) or None

    def _name_of_source(self, cut: Cut, key: int) -> str | None:
        if key >= 0:
            return self.names.of_result(key)
        leaf = cut.leaves[key]()
        return self.names.of(leaf) if leaf is not None else None

    def bound(self, tensor: torch.Tensor) -> Origin:
        """Where a tensor without history first got a name: itself, or the module that holds it."""
        binding = self.names.binding(tensor)
        if binding is not None:
            return self.origins.at(binding.place)
        owner = (self.names.of(tensor) or "").partition(".")[0]
        place = self.recorder.variables.get(owner)
        return self.origins.at(place) if place is not None else NOWHERE
