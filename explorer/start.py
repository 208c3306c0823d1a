"""Before the first visit: PyTorch begins to load, and a server that must not run does not start."""

from __future__ import annotations

import contextlib
import ctypes
import sys
import threading
import webbrowser
from typing import NoReturn

from explorer import run
from explorer.limits import LimitsError, from_environment

CANNOT = 78
"""Exit code (EX_CONFIG of sysexits.h): starting it again changes nothing."""

_M_ARENA_MAX = -8
"""From malloc.h of the GNU C library."""
ARENAS = 2
"""Each rerun is a thread. With an arena for each, what they leave between them is 30 MB."""

LISTENING_AFTER = 1.0
"""Seconds that the server needs, at most, once it has said where it is."""


def begin() -> None:
    """Starts the process that holds PyTorch. Ends this one where a variable is no limit, or where
    strangers are let in (EXPLORER_PUBLIC) and the jail lacks a lock."""
    try:
        limits = from_environment()
    except LimitsError as error:
        _end(str(error))
    _share_arenas()
    run.warm()
    if not limits.public:
        return
    ready = run.layers()
    if ready is None:
        _end("PyTorch's process does not start; what it said stands above.")
    if passed := [name for name, held in ready.held.items() if not held]:
        _end(
            "EXPLORER_PUBLIC is set, but the jail is incomplete. Here a program could:"
            f" {', '.join(passed)}. docs/deploy.md says what to add."
        )


def open_page(port: int, path: str) -> None:
    """Has the machine's browser show the page as soon as it is served."""
    address = f"http://localhost:{port}/{path.strip('/')}"
    later = threading.Timer(LISTENING_AFTER, webbrowser.open, (address,))
    later.daemon = True
    later.start()


def _share_arenas() -> None:
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError):  # another C library
            ctypes.CDLL(None).mallopt(_M_ARENA_MAX, ARENAS)


def _end(sentence: str) -> NoReturn:
    run.shutdown()
    sys.stderr.write(f"explorer: {sentence}\n")
    raise SystemExit(CANNOT)
