"""Small changes to the text of a program, which leave every other letter where it is."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import lru_cache
from itertools import accumulate

from explorer import unwarned
from explorer.records import Record


class Edit(Record, frozen=True):
    """Some bytes of a text become others."""

    start: int
    """Byte of the text, UTF-8."""
    end: int
    text: str


def parsed(source: str) -> ast.Module | None:
    """The program as a tree; None where it is no Python, or more than Python's parser takes."""
    try:
        return unwarned.parsed(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def span(node: ast.stmt | ast.expr, source: str) -> tuple[int, int]:
    """Where a part of the tree begins and ends, in bytes."""
    starts = _line_starts(source)
    end_line = node.end_lineno or node.lineno
    end = starts[end_line - 1] + (node.end_col_offset or 0)
    return starts[node.lineno - 1] + node.col_offset, end


@lru_cache(maxsize=4)
def _line_starts(source: str) -> tuple[int, ...]:
    lengths = (len(line) + 1 for line in source.encode().split(b"\n"))
    return tuple(accumulate(lengths, initial=0))


def edited(source: str, edits: Iterable[Edit]) -> str:
    """The text with all of them; they must not overlap."""
    text, parts, at = source.encode(), [], 0
    for edit in sorted(edits, key=lambda edit: edit.start):
        parts += [text[at : edit.start], edit.text.encode()]
        at = edit.end
    return b"".join([*parts, text[at:]]).decode()
