"""Why a run ended early, and what to do about it.

The kinds of failure, by who is at fault:

    the text        too_large   longer than the limit, nothing was read
                    syntax      not Python; `line` is where the parser stopped
                    refused     Python that this page does not run (also: nothing to run)
    the program     error       an exception; `line` is the program's innermost line
                    no_gradient it ran, but nothing in it requires a gradient
    its appetite    timeout     processor or wall time
                    memory      more than the worker may take
                    too_large   a graph or an answer beyond the limits
    its reader      stopped     asked for the end before there was one
    the machine     crash       the worker died (a segmentation fault in native code, ...)
                    busy        every worker was taken for too long
"""

from __future__ import annotations

from typing import Literal

from explorer.tensor_view import Count, Record

FailureKind = Literal[
    "syntax",
    "refused",
    "error",
    "timeout",
    "memory",
    "crash",
    "too_large",
    "stopped",
    "busy",
    "no_gradient",
]


class Also(Record, frozen=True):
    """Another line that has part in a failure."""

    line: Count
    words: str
    """What happened there."""


class Fix(Record, frozen=True):
    """A change to copy: what lines `line` to `until` of the program become."""

    code: str
    line: Count
    until: Count


class Failure(Record, frozen=True):
    """Why a run did not do all that was asked. What it did up to there is in the Trace."""

    kind: FailureKind
    message: str
    """One sentence: what happened."""
    line: Count | None = None
    hint: str | None = None
    """What to do about it."""
    details: str | None = None
    """PyTorch's or Python's own words, where `message` is ours."""
    also: tuple[Also, ...] = ()
    """Other lines that it came from, in the order of the program's text."""
    fix: Fix | None = None
