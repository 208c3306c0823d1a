"""What operations keep for their backward, read before backward frees it."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import torch
from torch.autograd.graph import Node

from explorer.formulas import settings_of
from explorer.worker.snapshots import Snapshots
from explorer.worker.views import Meta, meta_of

PREFIX = "_saved_"

MOST_NODES = 5_000
"""Nodes of a graph up to which saved tensors are read: 10 microseconds each."""

OWN = "saved_tensors"
"""Attribute of the program's own Functions."""


@cache
def _attributes(kind: type) -> tuple[tuple[str, str | None], ...]:
    """What nodes of a type save: attribute, and its packed form if it may be a tensor."""
    if kind.__name__.endswith("Backward"):
        return ((OWN, f"_raw_{OWN}"),)
    known = set(dir(kind))
    names = sorted(name for name in known if name.startswith(PREFIX))
    return tuple((name, f"_raw{name}" if f"_raw{name}" in known else None) for name in names)


class Kept(NamedTuple):
    """A saved tensor, and what it takes to find its box."""

    name: str
    meta: Meta
    bytes: int
    version: int
    number: int | None
    """Number of the node that made it; None for tensors without history."""
    output: int
    leaf: torch.Tensor | None
    """The leaf itself, if it requires a gradient."""
    ticket: int | None
    """Snapshot of a tensor without gradient, which tells its name."""


Attributes = dict[str, object]
"""Saved name -> Kept, tuple with Kept in it, or the text of a plain attribute."""


class SavedReader:
    """Reads nodes; results found on the way become known values."""

    def __init__(self, snapshots: Snapshots, tickets: dict[tuple[int, int], int]) -> None:
        self._snapshots = snapshots
        self._tickets = tickets

    def read(self, node: Node, plain: bool) -> Attributes:
        """All that a node saved, but for what only the program's own code could unpack.

        Settings that are not tensors are left out unless `plain`, or a formula depends on them.
        """
        found: Attributes = {}
        wanted = settings_of(type(node).__name__)
        for name, raw in _attributes(type(node)):
            if plain or raw or name.removeprefix(PREFIX) in wanted:
                value = self._value(node, name, raw)
                if value is not None:
                    found[name.removeprefix(PREFIX)] = value
        return found

    def _value(self, node: Node, name: str, raw: str | None) -> object:
        try:
            if raw is not None and self._is_packed(getattr(node, raw)):
                return None
            value = getattr(node, name)
        except (RuntimeError, AttributeError):
            return None  # Freed by an earlier backward, or changed in place since.
        if isinstance(value, torch.Tensor):
            return self._kept(name, value)
        if isinstance(value, tuple) and any(isinstance(part, torch.Tensor) for part in value):
            return tuple(
                self._kept(f"{name}[{place}]", part) if isinstance(part, torch.Tensor) else part
                for place, part in enumerate(value)
            )
        return None if name == OWN else str(value)

    def _is_packed(self, raw: object) -> bool:
        """Whether unpacking would call a hook (checkpoints compute everything again in theirs)."""
        parts = raw if isinstance(raw, tuple) else (raw,)
        return any(getattr(part, "unpack_hook", None) is not None for part in parts)

    def _kept(self, name: str, tensor: torch.Tensor) -> Kept:
        function, ticket, leaf, number = tensor.grad_fn, None, None, None
        if function is not None:
            number = function._sequence_nr()
            key = (number, tensor.output_nr)
            if key not in self._tickets:
                self._tickets[key] = self._snapshots.of(tensor)
        elif tensor.requires_grad:
            leaf = tensor
        else:
            ticket = self._snapshots.of(tensor)
        return Kept(
            name.removeprefix(PREFIX),
            meta_of(tensor),
            tensor.nbytes if tensor.layout == torch.strided else 0,
            tensor._version,
            number,
            tensor.output_nr,
            leaf,
            ticket,
        )
