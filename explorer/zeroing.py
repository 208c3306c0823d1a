"""A program twice: with its gradients emptied before each backward, and without."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from explorer.edits import Edit, edited, parsed, span
from explorer.layers import left_out
from explorer.optimizers import OPTIMIZERS
from explorer.records import Record

OF_TORCH = {*OPTIMIZERS, *left_out.OPTIMIZERS}
"""Names of the classes in `torch.optim`."""


class Twin(Record, frozen=True):
    """Two programs that differ in nothing else; each has as many lines as the other."""

    emptied: str
    kept: str


def twin(source: str) -> Twin | None:
    """Both programs; None where nothing tells how to empty gradients, or the text is no Python."""
    tree = parsed(source)
    if tree is None:
        return None
    cleared = [_replaced(node, source, "pass") for node in ast.walk(tree) if _empties(node)]
    if cleared:
        return Twin(source, edited(source, cleared))
    optimizer = next(optimizers(tree), None)
    if optimizer is None:
        return None
    added = [
        _before(node, source, f"{optimizer}.zero_grad(); ")
        for node in ast.walk(tree)
        if _calls(node, "backward")
    ]
    return Twin(edited(source, added), source) if added else None


def _empties(node: ast.AST) -> bool:
    """`optimizer.zero_grad()`, `w.grad = None`, `w.grad.zero_()`."""
    if _calls(node, "zero_grad"):
        return True
    match node:
        case ast.Assign(targets=targets, value=ast.Constant(value=None)):
            return all(_is_grad(target) for target in targets)
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=owner, attr="zero_"))):
            return _is_grad(owner)
    return False


def _is_grad(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "grad"


def _calls(node: ast.AST, method: str) -> bool:
    """Whether the statement is a call of that method and nothing else."""
    match node:
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr=attr))):
            return attr == method
    return False


def optimizers(tree: ast.AST) -> Iterator[str]:
    """Names that an optimizer of `torch.optim` is bound to."""
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=called)):
                if getattr(called, "attr", getattr(called, "id", None)) in OF_TORCH:
                    yield name


def _replaced(node: ast.AST, source: str, text: str) -> Edit:
    """The statement becomes `text`, on as many lines as it had."""
    assert isinstance(node, ast.stmt)
    lines = (node.end_lineno or node.lineno) - node.lineno
    return Edit(*span(node, source), text + "\n" * lines)


def _before(node: ast.AST, source: str, text: str) -> Edit:
    assert isinstance(node, ast.stmt)
    start, _ = span(node, source)
    return Edit(start, start, text)
