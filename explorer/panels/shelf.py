"""The Traces of all sessions: as text, as many as fit, each decoded once in a rerun.

What has to go is asked for again when its session comes back, and equal programs give equal Traces;
so a thousand sessions take no more memory than the shelf. A rerun is one run of the page's script,
in a thread of its own; what it has decoded goes with it, and idle sessions hold no records.
"""

from __future__ import annotations

import threading

from explorer.answers import Answers
from explorer.limits import LARGEST_RECORD_MB
from explorer.records import Trace
from explorer.wire import decode, encode

MAX_BYTES = 3 * LARGEST_RECORD_MB << 19
"""Of all sessions together: one and a half of the largest; those of a class need about 3 MB."""
AT_ONCE = 2
"""Traces on one page: the answer, and the last one with a graph."""

_texts = Answers(MAX_BYTES)
_one_at_a_time = threading.Lock()


class _Rerun(threading.local):
    def __init__(self) -> None:
        self.decoded: list[tuple[str, Trace]] = []

    def remember(self, name: str, trace: Trace) -> None:
        others = [pair for pair in self.decoded if pair[0] != name]
        self.decoded = [(name, trace), *others][:AT_ONCE]


_rerun = _Rerun()


def keep(name: str, trace: Trace, text: bytes | None = None) -> None:
    """Puts a Trace on the shelf, in place of what stands there under this name; what `encode` makes
    of it need not be made again."""
    text = text or encode(trace)
    with _one_at_a_time:
        _texts.drop(name.encode())
        _texts.keep(name.encode(), text)
    _rerun.remember(name, trace)


def find(name: str) -> Trace | None:
    """The Trace of this name; None when it had to go."""
    written = text(name)
    for known, trace in _rerun.decoded:
        if known == name:
            return trace
    if written is None:
        return None
    trace = decode(written)
    _rerun.remember(name, trace)
    return trace


def text(name: str) -> bytes | None:
    """The Trace of this name as it stands there."""
    with _one_at_a_time:
        return _texts.get(name.encode())


def drop(name: str) -> None:
    """Nobody will ask for it again."""
    with _one_at_a_time:
        _texts.drop(name.encode())
