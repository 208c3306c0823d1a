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
    found = [
        node.value
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Attribute)
    ]
    for method in sorted(found, key=lambda one: (one.lineno, one.col_offset)):
        if _acts(method.attr):
            yield Hint(
                f"line {method.lineno}: `{source.code(method)}` is not called, so it does nothing:"
                " add `()`.",
                source.edited(source.behind(method, "()")),
            )


def _acts(name: str) -> bool:
    """In PyTorch, what ends in one underscore changes its tensor."""
    return name in ACTING or (name.endswith("_") and not name.startswith("_"))
