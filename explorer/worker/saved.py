"""What operations keep for their backward, read before backward frees it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

import torch
from torch.autograd.graph import Node

from explorer.formulas import settings_of
from explorer.look import is_own
from explorer.worker.history import node_of
from explorer.worker.meta import Meta, meta_of
from explorer.worker.snapshots import Snapshots

PREFIX = "_saved_"

MOST_NODES = 5_000
"""Nodes of a graph up to which saved tensors are read: 10 microseconds each."""

OWN = "saved_tensors"
"""Attribute of the program's own Functions."""


@cache
def _attributes(kind: type) -> tuple[tuple[str, str | None], ...]:
    """What nodes of a type save: attribute, and its packed form if it may be a tensor."""
    if is_own(kind.__name__):
        return ((OWN, f"_raw_{OWN}"),)
    known = set(dir(kind))
    names = sorted(name for name in known if name.startswith(PREFIX))
    return tuple((name, f"_raw{name}" if f"_raw{name}" in known else None) for name in names)


_CHANGED = re.compile(r"is at version \d+; expected version (\d+)")
"""PyTorch's refusal to hand out a saved tensor that was changed in place since."""


class Kept(NamedTuple):
    """A saved tensor, and what it takes to find its box."""

    name: str
    meta: Meta
    bytes: int
    version: int
    now: int
    storage: tuple[int, int]
    """Address and bytes of the memory that it keeps alive; a view keeps all of its base."""
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
        expected = None
        try:
            if raw is not None and self._is_packed(getattr(node, raw)):
                return None
            value = getattr(node, name)
        except RuntimeError as error:
            expected = _CHANGED.search(str(error))
            if expected is None or raw is None:
                return None  # Freed by an earlier backward.
            value = _unchecked(getattr(node, raw))
        except AttributeError:
            return None
        if isinstance(value, torch.Tensor) and expected is not None:
            return self._kept(name, value)._replace(version=int(expected[1]))
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
        function, ticket, leaf, number = node_of(tensor), None, None, None
        if function is not None:
            number = function._sequence_nr()
            key = (number, tensor.output_nr)
            if key not in self._tickets:
                self._tickets[key] = self._snapshots.of(tensor)
        elif tensor.requires_grad:
            leaf = tensor
        else:
            ticket = self._snapshots.of(tensor)
        strided = tensor.layout == torch.strided
        return Kept(
            name.removeprefix(PREFIX),
            meta_of(tensor),
            tensor.nbytes if strided else 0,
            tensor._version,
            tensor._version,
            _storage(tensor) if strided else (0, 0),
            number,
            tensor.output_nr,
            leaf,
            ticket,
        )


def parts(attributes: Attributes) -> Iterator[Kept]:
    """The tensors among what a node saved."""
    for value in attributes.values():
        if isinstance(value, Kept):
            yield value
        elif isinstance(value, tuple):
            yield from (part for part in value if isinstance(part, Kept))


def memory(kept: Iterable[Kept]) -> tuple[int, int]:
    """Bytes of distinct tensors in memory, and of those that only the graph holds."""
    own: dict[tuple[int, int], bool] = {}
    for one in kept:
        own[one.storage] = own.get(one.storage, True) and one.number is not None
    return sum(size for _, size in own), sum(size for (_, size), only in own.items() if only)


def freed(node: Node) -> bool | None:
    """Whether a node has lost the tensors that it had saved; None where it never had any."""
    for _, raw in _attributes(type(node)):
        if raw is None:
            continue
        try:
            packed = getattr(node, raw)
        except (RuntimeError, AttributeError):
            return True
        first = packed[0] if isinstance(packed, tuple) and packed else packed
        if hasattr(first, "data"):
            return _unchecked(first) is None
    return None


def _storage(tensor: torch.Tensor) -> tuple[int, int]:
    storage = tensor.untyped_storage()
    return storage.data_ptr(), storage.nbytes()


def _unchecked(raw: object) -> object:
    """A saved tensor as it is now, whether or not it was changed in place."""
    data: object = getattr(raw, "data", None)
    return data
