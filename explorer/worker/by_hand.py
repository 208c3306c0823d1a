"""Statements that touch gradients or parameters without an optimizer, as their text tells.

What they really did is seen when they have run: `total += w.grad.norm()` moves no parameter.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import torch

from explorer.records import EventKind
from explorer.worker.grads import Change
from explorer.worker.history import is_leaf


class Told(NamedTuple):
    """What a statement may have done."""

    kind: EventKind
    text: str
    """The statement in its own words."""
    sure: bool = False
    """Whether its text alone tells: what it changes is not read afterwards."""

    @property
    def touches_grad(self) -> bool:
        """Whether gradients must be looked at before it runs, too."""
        return self.kind in ("zero_grad", "change")

    def really(self, values: Iterable[object], changes: Sequence[Change]) -> EventKind | None:
        """What it did, by the values of its targets now; None where that was nothing."""
        if self.kind == "step":
            return "step" if self.sure or any(map(_is_parameter, values)) else None
        if changes:
            return emptied(changes)
        return "zero_grad" if self.kind == "zero_grad" else None


def emptied(changes: Iterable[Change]) -> EventKind:
    """Whether changes of gradients left nothing of them."""
    return "zero_grad" if all(one.after in (None, 0.0) for one in changes) else "change"


def told_by(node: ast.stmt) -> Told | None:
    """What the text of a statement says that it does to gradients or parameters."""
    match node:
        case ast.Assign(targets=targets) | ast.Delete(targets=targets):
            return _told_by_targets(node, targets)
        case ast.AugAssign(target=target, value=value):
            kind: EventKind = "change" if _is_grad(target) else "step"
            return Told(kind, ast.unparse(node), _has_grad(value) and not _is_readable(target))
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=owner, attr=method)) as call):
            writes = method.endswith("_") and not method.endswith("__")
            return _told_by_call(node, owner, call) if writes else None
    return None


def _told_by_targets(node: ast.Assign | ast.Delete, targets: list[ast.expr]) -> Told | None:
    """`w.grad = None`, `del w.grad`, `w.data = w.data - 0.1 * w.grad`."""
    if any(map(_is_grad, targets)):
        return Told("zero_grad" if _empties(node) else "change", ast.unparse(node))
    match node:
        case ast.Assign(targets=[ast.Attribute(attr="data") as target], value=value):
            sure = not _is_readable(target)
            return Told("step", ast.unparse(node), sure) if _has_grad(value) else None
    return None


def _told_by_call(node: ast.Expr, owner: ast.expr, call: ast.Call) -> Told | None:
    """Of a method that writes into its owner: `w.grad.zero_()`, `w.data.sub_(0.1 * w.grad)`."""
    if _is_grad(owner):
        return Told("zero_grad" if _empties(node) else "change", ast.unparse(node))
    if not any(map(_has_grad, [*call.args, *(keyword.value for keyword in call.keywords)])):
        return None
    sure = isinstance(owner, ast.Attribute) and owner.attr == "data"
    return Told("step", ast.unparse(node), sure)


def _empties(node: ast.stmt) -> bool:
    match node:
        case ast.Delete() | ast.Assign(value=ast.Constant(value=None)):
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr="zero_"))):
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr="fill_"), args=[ast.Constant(fill)])):
            return fill == 0
    return False


def _is_parameter(value: object) -> bool:
    return isinstance(value, torch.Tensor) and is_leaf(value) and value.requires_grad


def _is_readable(target: ast.expr) -> bool:
    """Whether the tap gets the value of a target."""
    match target:
        case ast.Name() | ast.Attribute(value=ast.Name()) | ast.Subscript(value=ast.Name()):
            return True
    return False


def _is_grad(node: ast.AST) -> bool:
    """`w.grad`, `w.grad.data`, `model.weight.grad[0]`, `w.grad.detach_()`."""
    match node:
        case ast.Subscript(value=inner) | ast.Attribute(value=inner, attr="data"):
            return _is_grad(inner)
        case ast.Call(func=ast.Attribute(value=inner, attr="detach" | "detach_")):
            return _is_grad(inner)
        case ast.Attribute(attr="grad"):
            return True
    return False


def _has_grad(node: ast.AST) -> bool:
    return any(map(_is_grad, ast.walk(node)))
