"""What a hint is, and how it speaks of lines and names."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import NamedTuple

from explorer.records import Event, Fix
from explorer.source import Source

MOST_NAMES = 3
"""Parameters that a sentence names."""


class Hint(NamedTuple):
    """One thing that is probably not meant."""

    words: str
    """Begins with "line 7: " where it is about a line."""
    fix: Fix | None = None
    """A change to the program that mends it."""


def at(event: Event) -> str:
    """ "line 7"."""
    return f"line {event.line}" if event.line else "an unknown line"


def listed(names: Sequence[str]) -> str:
    """ "`a`, `b` and 3 more"."""
    unique = sorted(set(names))
    shown = [f"`{name}`" for name in unique[:MOST_NAMES]]
    if len(unique) > MOST_NAMES:
        return f"{', '.join(shown)} and {len(unique) - MOST_NAMES} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]


def calling(source: Source, event: Event, method: str) -> ast.Expr | None:
    """The statement of an event, where it is nothing but a call of this method."""
    for node in ast.walk(source.tree):
        match node:
            case ast.Expr(value=ast.Call(func=ast.Attribute(attr=own))):
                if own == method and node.lineno == event.line:
                    return node
    return None


def owner(source: Source, call: ast.Expr | None) -> str | None:
    """What such a statement calls its method on, as it stands there: "optimizer"."""
    match call:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=value))):
            return source.code(value)
    return None
