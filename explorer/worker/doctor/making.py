"""The call in the program that made a module, with another number."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from torch import nn

from explorer.records import Fix
from explorer.worker.doctor.scene import Scene

SECOND = ("out_features", "out_channels", "hidden_size", "embedding_dim")
"""What a module calls its second whole number."""


def module_words(scene: Scene, otherwise: str) -> str:
    """The module at work, by its path and class; `otherwise` where a function was called."""
    return scene.module_said(scene.module) if scene.module is not None else otherwise


def remade(scene: Scene, argument: str, old: int, new: int) -> Fix | None:
    """The module at work made with `new` for an argument, the first of its class, that is `old`.

    None where several calls of the program could have made it.
    """
    module = scene.module
    if module is None:
        return None
    found = [node for call in _calls(scene, module) for node in _given(call, argument, old)]
    return scene.instead(found[0], str(new)) if len(found) == 1 else None


def _calls(scene: Scene, module: nn.Module) -> Iterator[ast.Call]:
    for node in ast.walk(scene.source.tree):
        if not isinstance(node, ast.Call) or _name(node.func) != type(module).__name__:
            continue
        if _agrees(node, module):
            yield node


def _given(call: ast.Call, argument: str, value: int) -> Iterator[ast.expr]:
    """The expression for an argument, given by name or as the first, where it has this value."""
    named = [one.value for one in call.keywords if one.arg == argument]
    for node in named or call.args[:1]:
        if computed(node) == value:
            yield node


def _agrees(call: ast.Call, module: nn.Module) -> bool:
    """Whether a call could have made a module, by its second whole number."""
    second = call.args[1] if len(call.args) > 1 else None
    if not isinstance(second, ast.Constant) or type(second.value) is not int:
        return True
    return second.value in [getattr(module, name, None) for name in SECOND]


def computed(node: ast.expr) -> int | None:
    """The value of a sum or product of whole numbers: `16 * 7 * 7`."""
    match node:
        case ast.Constant(value=int(number)):
            return number
        case ast.BinOp(left=left, op=ast.Mult() | ast.Add() as op, right=right):
            one, other = computed(left), computed(right)
            if one is None or other is None:
                return None
            return one * other if isinstance(op, ast.Mult) else one + other
    return None


def _name(func: ast.expr) -> str:
    if isinstance(func, ast.Attribute):
        return func.attr
    return func.id if isinstance(func, ast.Name) else ""
