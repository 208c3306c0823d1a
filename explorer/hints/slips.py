"""Hints of what the text alone tells: a method that is named and not called."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from explorer.hints.hint import Hint
from explorer.source import Source

ACTING = frozenset({"backward", "step", "zero_grad", "retain_grad", "train", "eval"})
"""Methods that are called for what they do, not for what they give."""


def not_called(source: Source) -> Iterator[Hint]:
    """`loss.backward` alone in a line, in the order of the text."""
    for method in uncalled(source):
        yield Hint(
            f"line {method.lineno}: `{source.code(method)}` is not called, so it does nothing:"
            " add `()`.",
            source.edited(source.behind(method, "()")),
        )


def uncalled(source: Source) -> list[ast.Attribute]:
    """Methods that a line names and does nothing with, though they are there to be called."""
    found = [
        node.value
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Attribute)
    ]
    acting = [method for method in found if _acts(method.attr)]
    return sorted(acting, key=lambda method: (method.lineno, method.col_offset))


def _acts(name: str) -> bool:
    """In PyTorch, what ends in one underscore changes its tensor."""
    return name in ACTING or (name.endswith("_") and not name.startswith("_"))
