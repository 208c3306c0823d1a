"""Where values leave autograd: `detach`, `no_grad`, comparisons, `.item()`, tensors made anew.

A tensor that requires no gradient though it was computed from some that do has a story: who cut,
in which line, and which results would have got a gradient otherwise. The story passes on to all
that is computed from it, and is told where such a tensor enters a graph.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from explorer.records import CutKind
from explorer.worker.history import is_leaf, node_of
from explorer.worker.places import Place
from explorer.worker.walk import NO_NUMBER

MOST_CUTS = 300
"""Cuts that are noted; a long training logs its loss at each step, and nobody reads all of that."""

MOST_BEHIND = 64
"""Nodes behind a cut that are looked at, to find where it was cut from."""

MOST_STORIES = 3_000
"""Tensors and numbers of which it is remembered that they come from a cut."""

MOST_TOLD = 4
"""Cuts that are told of one tensor."""

DETACHING = frozenset({"detach", "detach_", "detach_copy"})

ANEW = frozenset({"tensor", "as_tensor", "asarray", "new_tensor", "scalar_tensor"})
"""Functions that copy the numbers of what they are given into a new leaf."""

LEAVING = frozenset({"item", "tolist", "__float__", "__int__", "__index__", "__bool__"})
"""Methods whose result is a Python number."""

_DATA = torch.Tensor.data.__get__  # type: ignore[attr-defined]
_GRAD = torch.Tensor.grad.__get__  # type: ignore[union-attr]


@dataclass(frozen=True, eq=False)
class Cut:
    """One place where gradients end. Leaves have negative keys, nodes their numbers."""

    how: CutKind
    place: Place | None
    call: str
    """Name of the function that was called: "detach", "gt", "item"."""
    sources: tuple[int, ...]
    """What was cut off."""
    behind: Mapping[int, tuple[int, ...]]
    """What each of them was computed from, and so on, as far as it was looked at."""
    leaves: Mapping[int, weakref.ref[torch.Tensor]]


_Told = tuple[Cut, ...]


class Cuts:
    """The stories of one run."""

    def __init__(self, running: Callable[[], Place | None]) -> None:
        self._running = running
        self._tensors: dict[int, tuple[weakref.ref[torch.Tensor], _Told]] = {}
        self._numbers: dict[int, tuple[float, _Told]] = {}
        self._ends: dict[int, Cut] = {}
        """Key of a leaf -> the first cut right behind it."""
        self._used: dict[int, weakref.ref[torch.Tensor]] = {}
        self._count = 0

    def of(self, value: object) -> _Told:
        """The cuts behind a tensor or a number that an operation uses; mostly none."""
        if type(value) is float:
            number = self._numbers.get(id(value))
            return number[1] if number is not None and number[0] is value else ()
        known = self._tensors.get(id(value))
        return known[1] if known is not None and known[0]() is value else ()

    def use(self, leaf: torch.Tensor) -> None:
        """An operation of a graph uses this leaf."""
        if not self.used(leaf):
            self._used[id(leaf)] = weakref.ref(leaf)

    def used(self, leaf: torch.Tensor) -> bool:
        """Whether an operation of a graph used a leaf."""
        found = self._used.get(id(leaf))
        return found is not None and found() is leaf

    def through(self, leaf: torch.Tensor, cuts: Iterable[Cut]) -> Cut | None:
        """The first of some cuts that the values of a leaf have come to."""
        key = key_of_leaf(leaf)
        return next((cut for cut in cuts if key in cut.leaves and cut.leaves[key]() is leaf), None)

    def end(self, leaf: torch.Tensor) -> Cut | None:
        """The first cut right behind a leaf."""
        cut = self._ends.get(key_of_leaf(leaf))
        return cut if cut is not None and cut.leaves[key_of_leaf(leaf)]() is leaf else None

    def note(
        self, func: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any], result: Any
    ) -> None:
        """Remembers the story of what a call returned, where it has one."""
        for part in result if isinstance(result, (tuple, list)) else (result,):
            if not _is_end(part) or not (told := self._story(func, args, kwargs, part)):
                continue
            if isinstance(part, torch.Tensor):
                self._tensors[id(part)] = (weakref.ref(part), told)
            elif type(part) is float:  # Whole numbers are objects that many share.
                self._numbers[id(part)] = (part, told)

    def note_detached(self, tensor: torch.Tensor, was: object) -> None:
        """A tensor has left the graph in place; `was` is the node that had made it."""
        cut = self._cut("detach", "detach_", [(None, was)])
        if cut is not None:
            self._tensors[id(tensor)] = (weakref.ref(tensor), (cut,))

    def _story(
        self, func: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any], result: Any
    ) -> _Told:
        if func == _GRAD or len(self._tensors) + len(self._numbers) >= MOST_STORIES:
            return ()
        # What a new tensor is like says nothing about its numbers.
        data = args[1:] if _name(func).startswith("new_") else args
        given = [*_parts([*data, *kwargs.values()])]
        found = [cut for one in given for cut in self.of(one)]
        cut_off: list[tuple[torch.Tensor | None, object]] = [
            (one, node_of(one))
            for one in given
            if isinstance(one, torch.Tensor) and one.requires_grad and one is not result
        ]
        how = _how(func, result) if cut_off else None
        if how is not None and (cut := self._cut(how, _name(func), cut_off)) is not None:
            found.insert(0, cut)
        return tuple(dict.fromkeys(found))[:MOST_TOLD]

    def _cut(
        self, how: CutKind, call: str, cut_off: list[tuple[torch.Tensor | None, Any]]
    ) -> Cut | None:
        if self._count >= MOST_CUTS:
            return None
        self._count += 1
        looked = _Behind()
        sources = [
            looked.node(node) if node is not None else looked.leaf(tensor)
            for tensor, node in cut_off
        ]
        looked.go_on()
        sources_known = tuple(key for key in sources if key is not None)
        cut = Cut(how, self._running(), call, sources_known, looked.behind, looked.leaves)
        for key in sources_known:
            # A leaf that is gone may have left its key to another one.
            if key < 0 and ((known := self._ends.get(key)) is None or known.leaves[key]() is None):
                self._ends[key] = cut
        return cut


class _Behind:
    """What stands behind a cut, breadth first."""

    def __init__(self) -> None:
        self.behind: dict[int, tuple[int, ...]] = {}
        self.leaves: dict[int, weakref.ref[torch.Tensor]] = {}
        self._waiting: list[Any] = []

    def leaf(self, leaf: torch.Tensor | None) -> int | None:
        if leaf is None:
            return None
        key = key_of_leaf(leaf)
        self.leaves[key] = weakref.ref(leaf)
        return key

    def node(self, node: Any) -> int | None:
        number: int = node._sequence_nr()
        if number == NO_NUMBER:
            return self.leaf(getattr(node, "variable", None))
        self._waiting.append(node)
        return number

    def go_on(self) -> None:
        for node in self._waiting:
            number = node._sequence_nr()
            if number not in self.behind:
                if len(self.behind) >= MOST_BEHIND:
                    break
                followers = [one for one, _ in node.next_functions if one is not None]
                keys = map(self.node, followers)
                self.behind[number] = tuple(key for key in keys if key is not None)


def key_of_leaf(leaf: torch.Tensor) -> int:
    """The key of a leaf while it is alive."""
    return -id(leaf)


def _is_end(value: object) -> bool:
    """Whether a value has no history."""
    if isinstance(value, torch.Tensor):
        return not value.requires_grad or is_leaf(value)
    return type(value) in (float, int, bool)


def _how(func: Callable[..., Any], result: object) -> CutKind | None:
    """Who cut; None where the result never depended on the numbers that it was made from."""
    name = _name(func)
    if name in DETACHING:
        return "detach"
    if name == "data" or name in ANEW:
        return "data" if name == "data" else "new tensor"
    if not isinstance(result, torch.Tensor):
        return "number" if name in LEAVING else None
    if name.endswith("_like"):
        return None
    if not (result.is_floating_point() or result.is_complex()):
        return "integer"
    if torch.is_inference_mode_enabled():
        return "inference_mode"
    return None if torch.is_grad_enabled() else "no_grad"


def _name(func: Callable[..., Any]) -> str:
    return "data" if func == _DATA else str(getattr(func, "__name__", ""))


def _parts(values: Sequence[Any]) -> Iterator[Any]:
    for value in values:
        if type(value) in (list, tuple):
            yield from value
        else:
            yield value
