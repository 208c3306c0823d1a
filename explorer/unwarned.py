"""Programs are read without the warnings that Python has for them.

Since 3.12 it warns of `"\\d"` already while it parses: the server's log is no place for lines of
other people's programs.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def unwarned() -> Iterator[None]:
    """Inside of it a text can be parsed or compiled in silence.

    What two threads leave behind that are in it at once is harmless: the same silence.
    """
    with warnings.catch_warnings():
        for kind in (SyntaxWarning, DeprecationWarning):
            warnings.simplefilter("ignore", kind)
        yield


def parsed(source: str) -> ast.Module:
    """The program as a tree; raises what `ast.parse` does."""
    with unwarned():
        return ast.parse(source)
