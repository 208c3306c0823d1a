"""The program's own names of tensors and modules, found by identity when it has ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

import torch

from explorer.worker.cuts import Cut
from explorer.worker.history import node_of
from explorer.worker.home import PROGRAM_MODULE
from explorer.worker.places import Binding, Held, Place
from explorer.worker.recorder import Recorder

DEPTH = 4
"""Containers and objects inside each other that are searched."""

MOST_ITEMS = 1_000
"""Items of one container that are searched."""

_Named = tuple[str, torch.Tensor]


class Names:
    """Names by identity: shortest first, a parameter by the path of its module."""

    def __init__(
        self, namespace: Mapping[str, Any], recorder: Recorder, loops: frozenset[str]
    ) -> None:
        self._bindings = recorder.bindings
        self._recorder = recorder
        self._found: dict[int, tuple[tuple[bool, bool, int], str, torch.Tensor]] = {}
        self._modules: dict[int, str] = {}
        self._owners: dict[int, int] = {}
        """Tensor -> the module that its name begins with, both by their ids."""
        self._tail = ""
        """What tells the names that are found now from those of another module."""
        self._loops = loops
        self._outputs: dict[int, list[str]] | None = None
        self._visited: dict[int, object] = {}
        """What was searched, alive so that its id is not used again."""
        for name, value in namespace.items():
            if not name.startswith("__"):
                self._search(name, value, DEPTH)
        self._search_gone()

    def _search_gone(self) -> None:
        """Modules that only functions had, or whose variable holds another one now: those with a
        name of their own before parts of others."""
        taken = {path.partition(".")[0] for path in self._modules.values()}
        for held in sorted(self._recorder.modules.values(), key=lambda one: "." in one.name):
            if id(held.module) not in self._modules:
                self._tail = self._at(held.place) if held.name in taken else ""
                taken.add(held.name)
                self._search(held.name, held.module, DEPTH)
        self._tail = ""

    def tensors(self) -> Iterator[_Named]:
        """All tensors that the namespace leads to, by their best name, in order of discovery."""
        for _, name, tensor in self._found.values():
            yield name, tensor

    @cached_property
    def retained(self) -> set[int]:
        """Numbers of the nodes whose results keep their gradient, because of `retain_grad`."""
        return {
            node._sequence_nr()
            for _, tensor in self.tensors()
            if tensor.retains_grad and (node := node_of(tensor)) is not None
        }

    def of(self, tensor: torch.Tensor) -> str | None:
        """The best name of a tensor; the variable that it was bound to first where all are gone."""
        found = self._found.get(id(tensor))
        if found is not None and found[2] is tensor:
            return found[1]
        binding = self.binding(tensor)
        if binding is None:
            return None
        return f"{binding.name}{self._apart.get(id(tensor), '')}"

    @cached_property
    def _apart(self) -> dict[int, str]:
        """Leaves that share the name of another one -> where they were bound."""
        alive = ((one.tensor(), one) for one in self._bindings.values())
        gone = [
            (tensor, one)
            for tensor, one in alive
            if tensor is not None and tensor.requires_grad and id(tensor) not in self._found
        ]
        taken = Counter(one.name for _, one in gone)
        taken.update(name for _, name, tensor in self._found.values() if tensor.requires_grad)
        return {id(tensor): self._at(one.place) for tensor, one in gone if taken[one.name] > 1}

    def _at(self, place: Place) -> str:
        line = self._recorder.statements[place.statement].span.line
        return f" (line {line}{f' ×{place.visit}' if place.visit > 1 else ''})"

    def binding(self, tensor: object) -> Binding | None:
        """Where a tensor without history first got a name."""
        binding = self._bindings.get(id(tensor))
        return binding if binding is not None and binding.tensor() is tensor else None

    def owner(self, tensor: torch.Tensor) -> Held | None:
        """The module that a tensor has its name from, where a variable held that."""
        known = self._found.get(id(tensor))
        if known is None or known[2] is not tensor:
            return None
        held = self._recorder.modules.get(self._owners[id(tensor)])
        return held if held is not None and held.name not in self._loops else None

    def of_ticket(self, ticket: int) -> str | None:
        """The name of the tensor that a snapshot was taken of, if it is alive."""
        tensor = self._recorder.snapshots.owner(ticket)
        return self.of(tensor) if tensor is not None else None

    def of_cut(self, cut: Cut) -> list[str]:
        """The variables of what a cut has cut off, each once, where they had one."""
        found = (self._of_source(cut, key) for key in cut.sources)
        return list(dict.fromkeys(name for name in found if name))

    def _of_source(self, cut: Cut, key: int) -> str | None:
        if key >= 0:
            return self.of_result(key)
        leaf = cut.leaves[key]()
        return self.of(leaf) if leaf is not None else None

    def of_module(self, module: torch.nn.Module | None) -> str | None:
        """Path of a module: "model.0"; the name of its class where no variable leads to it."""
        if module is None:
            return None
        return self._modules.get(id(module), type(module).__name__)

    def of_result(self, number: int) -> str | None:
        """Variables that a node's outputs were bound to, in order of the outputs."""
        first = self._recorder.names.get((number, 0))
        several = self._several().get(number)
        return ", ".join(several) if several else first

    def of_results(self, numbers: Iterable[int]) -> list[str | None]:
        """The same of many nodes."""
        firsts, several = self._recorder.names, self._several()
        if several:
            return [self.of_result(number) for number in numbers]
        return [firsts.get((number, 0)) for number in numbers]

    def _several(self) -> dict[int, list[str]]:
        """Node -> names of its outputs, where an output beyond the first has one."""
        if self._outputs is None:
            self._outputs = {}
            numbers = {number for number, output in self._recorder.names if output > 0}
            named = self._recorder.names.items()
            for (number, _), name in sorted(one for one in named if one[0][0] in numbers):
                self._outputs.setdefault(number, []).append(name)
        return self._outputs

    def _search(self, name: str, value: object, depth: int) -> None:
        if isinstance(value, torch.Tensor):
            self._keep(name, value, None)
        elif isinstance(value, torch.nn.Module):
            self._search_module(name, value)
            self._search_object(name, value, depth)
        elif depth and id(value) not in self._visited:
            self._search_inside(name, value, depth)

    def _search_inside(self, name: str, value: object, depth: int) -> None:
        kind = type(value)
        if kind in (list, tuple) and isinstance(value, list | tuple):
            self._visited[id(value)] = value
            for place, item in enumerate(value[:MOST_ITEMS]):
                self._search(f"{name}[{place}]", item, depth - 1)
        elif type(value) is dict:
            self._visited[id(value)] = value
            for key in list(value)[:MOST_ITEMS]:
                if isinstance(key, str | int):
                    self._search(f"{name}[{key!r}]", value[key], depth - 1)
        else:
            self._search_object(name, value, depth)

    def _search_object(self, name: str, value: object, depth: int) -> None:
        """Attributes of the program's own objects, without running its code."""
        if type(value).__module__ != PROGRAM_MODULE or isinstance(value, type):
            return
        self._visited[id(value)] = value
        try:
            own = object.__getattribute__(value, "__dict__")
        except AttributeError:
            return
        for attribute, inner in list(own.items()):
            if not attribute.startswith("_") and depth:
                self._search(f"{name}.{attribute}", inner, depth - 1)

    def _search_module(self, name: str, module: torch.nn.Module) -> None:
        if id(module) in self._modules and len(self._modules[id(module)]) <= len(name):
            return
        if "_modules" not in vars(module):
            return  # Its `__init__` has not called that of `nn.Module`.
        for path, inner in module.named_modules(prefix=name):
            known = self._modules.get(id(inner))
            if known is None or len(path) < len(known):
                self._modules[id(inner)] = path
        for path, tensor in module.named_parameters(prefix=name):
            self._keep(path, tensor, module)
        for path, buffer in module.named_buffers(prefix=name):
            self._keep(path, buffer, module)

    def _keep(self, name: str, tensor: torch.Tensor, owner: torch.nn.Module | None) -> None:
        rank = (name in self._loops, owner is None, len(name))
        known = self._found.get(id(tensor))
        if known is None or rank < known[0]:
            self._found[id(tensor)] = (rank, f"{name}{self._tail}", tensor)
            self._owners[id(tensor)] = id(owner)
