"""A text that Python cannot read, at the line where it stopped, and what that line becomes."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from explorer.unwarned import unwarned


class Text(NamedTuple):
    """The text, and Python's complaint about it."""

    lines: tuple[str, ...]
    error: SyntaxError

    @property
    def at(self) -> int:
        """Index of the line where Python stopped."""
        return min(max((self.error.lineno or 1) - 1, 0), len(self.lines) - 1)

    @property
    def line(self) -> str:
        """The line where Python stopped."""
        return self.lines[self.at]

    @property
    def column(self) -> int:
        """Where in that line, from 0."""
        return min(max((self.error.offset or 1) - 1, 0), len(self.line))

    @property
    def said(self) -> str:
        """Python's words."""
        return self.error.msg or ""

    def becomes(self, line: str) -> tuple[str, ...]:
        """The lines, with another one where Python stopped."""
        return (*self.lines[: self.at], line, *self.lines[self.at + 1 :])


class Slip(NamedTuple):
    """What probably happened."""

    message: str
    """One sentence, as a reader would say it."""
    hint: str
    lines: tuple[str, ...] | None = None
    """The text without this slip; there may be others. None: only its writer knows."""
    line: int | None = None
    """Where it is shown, 1-based; None: where Python stopped."""


Look = Callable[[Text], Slip | None]
"""None from it: this is something else, the next row may know."""


def complaint(source: str) -> SyntaxError | None:
    """What Python has against a text; None where it can be read, or not even complained about."""
    with unwarned():
        try:
            compile(source, "<text>", "exec", dont_inherit=True)
        except SyntaxError as error:
            return error
        except (ValueError, RecursionError, MemoryError):
            return None
    return None


def reads_on(text: Text, lines: tuple[str, ...]) -> bool:
    """Whether Python gets further in other lines than it did in these."""
    error = complaint("\n".join(lines))
    if error is None:
        return True
    line, column = error.lineno or 0, error.offset or 0
    if error.msg != text.said:
        return (line, column) > (text.error.lineno or 0, text.error.offset or 0)
    return line > (text.error.lineno or 0)
