"""What a run was doing when its time or its memory was used up."""

from __future__ import annotations

from msgspec.structs import replace

from explorer.records import Failure
from explorer.worker.recorder import Recorder

OFTEN = 1_000
"""Visits of one line from which a loop is worth a word."""


def with_the_busiest_line(failure: Failure, recorder: Recorder) -> Failure:
    """A loop that does not end is the usual reason why time or memory does."""
    if failure.kind not in ("timeout", "memory") or not recorder.visits:
        return failure
    visits = max(recorder.visits)
    if visits < OFTEN:
        return failure
    line = recorder.statements[recorder.visits.index(visits)].span.line
    hint = f"Line {line} ran {visits:,} times: check that its loop ends, or let it end sooner."
    return replace(failure, hint=hint, line=failure.line or line)
