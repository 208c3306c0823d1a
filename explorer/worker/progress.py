"""Tells the server how many steps the program's optimizers have done, now and then."""

from __future__ import annotations

import contextlib
import os
import time

from explorer.progress import word

PAUSE = 0.25
"""Seconds between two words: nobody reads faster, and a run's words stay few."""

_descriptor: int | None = None
_next = 0.0


def tell_to(descriptor: int) -> None:
    """Where the words go; before that nothing is told."""
    global _descriptor, _next
    _descriptor, _next = descriptor, time.monotonic() + PAUSE


def reached(steps: int) -> None:
    """So many steps are done."""
    global _next
    now = time.monotonic()
    if _descriptor is None or now < _next:
        return
    _next = now + PAUSE
    with contextlib.suppress(OSError):  # Nobody listens any more, which is no fault of the program.
        os.write(_descriptor, word(steps))
