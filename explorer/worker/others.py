"""Values that are not tensors as short texts, without running any code of the program."""

from __future__ import annotations

import types
from collections.abc import Iterable

import torch
from torch.nn.parameter import is_lazy

from explorer.numbers import shortened
from explorer.worker.evidence import Evidence, evidence_of, looked_at
from explorer.worker.foreign import is_foreign
from explorer.worker.history import is_leaf
from explorer.worker.uncounted import Uncounted

LONGEST = 80
"""Characters: one row of a table."""

ITEMS = 4
"""Items of a container that are shown before an ellipsis."""

DEPTH = 2
"""Containers inside containers that are opened."""

MOST_BITS = 4096
"""Integers beyond this are named by size: writing them out is slow, and Python refuses at last."""

SHAPELESS = "a parameter that gets its shape when it is first used"
"""Of modules such as `nn.LazyLinear`, before they see their first input."""

UNREAD = object()
"""Of a target that cannot be read without running code of the program."""

_PLAIN = (bool, float, complex, type(None), type(...), torch.Size, torch.dtype, torch.device, range)
_SIMPLE = frozenset({int, float, bool, str, type(None)})
_BRACKETS = {list: "[]", tuple: "()", set: "{}", frozenset: "{}"}


Later = tuple[object, Evidence | None]
"""A value that is looked at later, and how it was if it is a tensor."""


def described(value: object, depth: int = DEPTH) -> str:
    """The value in at most 80 characters; objects by the name of their type."""
    return shortened(_text(value, depth), LONGEST)


def _text(value: object, depth: int) -> str:
    kind = type(value)
    if isinstance(value, str | bytes) and kind in (str, bytes):
        return repr(value[: LONGEST + 1])
    if kind in _PLAIN:
        return repr(value)
    if type(value) is int:
        bits = value.bit_length()
        return repr(value) if bits < MOST_BITS else f"an integer of {bits} bits"
    if kind in _BRACKETS and isinstance(value, Iterable):
        return _container(value, depth)
    if type(value) is dict:
        return _mapping(value, depth)
    return _thing(value)


def _thing(value: object) -> str:
    if isinstance(value, torch.Tensor):
        return SHAPELESS if is_lazy(value) else f"tensor {tuple(value.shape)}"
    if isinstance(value, types.FunctionType | types.BuiltinFunctionType | types.MethodType):
        return f"function {value.__name__}"
    if isinstance(value, type):
        return f"class {value.__name__}"
    if isinstance(value, types.ModuleType):
        return f"module {value.__name__}"
    kind = type(value)
    if isinstance(value, torch.nn.Module) and kind.__module__.startswith("torch.nn.modules"):
        return f"{kind.__name__}({_settings(value)})"
    return kind.__name__


def _settings(module: torch.nn.Module) -> str:
    """As PyTorch prints them, which fails where a setting is of a wrong kind."""
    if module._modules:
        return f"{len(module._modules)} modules"
    try:
        return module.extra_repr()
    except Exception:
        return "…"


def _container(value: Iterable[object], depth: int) -> str:
    brackets = _BRACKETS[type(value)]
    return brackets[0] + _listed(value, depth) + brackets[1]


def _mapping(value: dict[object, object], depth: int) -> str:
    if depth == 0 and value:
        return "{…}"
    shown = [f"{_text(key, 0)}: {_text(value[key], depth - 1)}" for key in list(value)[:ITEMS]]
    return "{" + ", ".join([*shown, *["…"] * (len(value) > ITEMS)]) + "}"


def _listed(value: Iterable[object], depth: int) -> str:
    items = list(value)
    if depth == 0 and items:
        return "…"
    shown = [_text(item, depth - 1) for item in items[:ITEMS]]
    return ", ".join([*shown, *["…"] * (len(items) > ITEMS)])


def bound(name: str, value: object) -> object:
    """The value of a target; of "self.h" only the owner was read, whose own code must not run."""
    owner, _, attribute = name.rpartition(".")
    if not owner:
        return value
    try:
        own = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return UNREAD
    for place in (own, own.get("_parameters"), own.get("_buffers"), own.get("_modules")):
        if type(place) is dict and attribute in place:
            return place[attribute]
    return _of_tensor(value, attribute) if isinstance(value, torch.Tensor) else UNREAD


def _of_tensor(owner: torch.Tensor, attribute: str) -> object:
    """What PyTorch itself keeps; `.data` stands for its owner, which a step by hand moves."""
    if attribute == "requires_grad":
        return owner.requires_grad
    if attribute == "grad" and is_leaf(owner):
        return owner.grad
    return owner if attribute == "data" else UNREAD


def told(name: str, value: object, owner: object) -> object:
    """What is told of a target: `.data`, which stood for its owner, asks for no gradient."""
    if value is not owner or "." not in name or not isinstance(value, torch.Tensor):
        return value
    return UNREAD if is_foreign(value) else value.data


def kept(value: object, uncounted: Uncounted) -> Later:
    """A value for later, with how it is now if it is a tensor: where its memory has been changed
    without a trace before, by its numbers."""
    if type(value) is not torch.Tensor:  # That one comes first: of a long loop it is most values.
        if type(value) in _SIMPLE or value is UNREAD:
            return value, None
        if not isinstance(value, torch.Tensor):
            return described(value), None
        if is_lazy(value):
            return value, None
    return value, looked_at(value) if value in uncounted else evidence_of(value)
