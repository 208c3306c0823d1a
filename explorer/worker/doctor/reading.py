"""Values of expressions that can be read without running anything, and how they are said."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

import torch

from explorer.worker.history import is_leaf

UNKNOWN = object()
"""Value of an expression that cannot be read without running something."""


def capital(words: str) -> str:
    """The words as a sentence begins."""
    return words[:1].upper() + words[1:]


def article(kind: str) -> str:
    """ "an int", "a float"."""
    return f"an {kind}" if kind[:1] in "aeiou" else f"a {kind}"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The name that was probably meant: the same in other letters, or one that looks like it."""
    names = list(known)
    same = [one for one in names if one.lower() == name.lower() and one != name]
    return next(iter(same or get_close_matches(name, names, 1, 0.7)), None)


def shape_of(tensor: object) -> str:
    """The shape as Python writes it: "(2, 3)"; "(?)" of what cannot be read."""
    return str(tuple(tensor.shape)) if isinstance(tensor, torch.Tensor) else "(?)"


def shape_in(words: str) -> str:
    """The same of PyTorch's "[2, 3]", "2, 3" or "2x3"."""
    return str(tuple(map(int, re.findall(r"-?\d+", words))))


def dtype_of(tensor: torch.Tensor) -> str:
    """ "float32"."""
    return str(tensor.dtype).removeprefix("torch.")


def attribute(owner: Any, name: str) -> Any:
    """An attribute that is stored, not computed."""
    if owner is UNKNOWN:
        return UNKNOWN
    if isinstance(owner, torch.Tensor):
        if name != "grad":
            return UNKNOWN
        return owner.grad if is_leaf(owner) or owner.retains_grad else None
    try:
        own = object.__getattribute__(owner, "__dict__")
    except AttributeError:
        return UNKNOWN
    for place in (own, own.get("_parameters"), own.get("_buffers"), own.get("_modules")):
        if isinstance(place, Mapping) and name in place:
            return place[name]
    return UNKNOWN


def item(owner: Any, key: Any) -> Any:
    """An item of one of Python's own containers."""
    try:
        return owner[key] if type(owner) in (list, tuple, dict) else UNKNOWN
    except (LookupError, TypeError):
        return UNKNOWN


def names_in(node: ast.AST | None) -> set[str]:
    """Names that are read in a part of a program."""
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)} if node else set()
