"""Worker processes as the server sees them: one process for one run, whatever the platform."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import msgspec

from explorer.control import Ended, Ready, Why
from explorer.limits import Limits

LOADING = 120.0
"""Seconds to wait for PyTorch to load; 27 were seen on a tenth of a processor."""

SLACK = 30.0
"""Seconds beyond a run's own limit after which nothing can be right any more."""

TICK = 0.1
"""Seconds between two looks at the line of waiting programs while one runs."""

COMPLAINTS = 1 << 16
"""Bytes kept of what a worker writes to stderr; faulthandler's report stands at its beginning."""

_ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    # One thread: a process with more must not be forked, and workers may start none.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "1",
    # The same program must give the same Trace, sets included.
    "PYTHONHASHSEED": "0",
}
_PASSED = ("LD_LIBRARY_PATH", "SYSTEMROOT")
"""Variables without which Python or PyTorch may not load."""


class NoWorkerError(Exception):
    """No worker can be had; the message says why."""


class Outcome(msgspec.Struct, frozen=True):
    """What came of one run: its answer, or how the worker ended."""

    answer: bytes | None
    ended: Ended | None = None
    """None without an answer: the process that forks workers died meanwhile."""
    complaints: bytes = b""


class Worker(Protocol):
    """One process for one run."""

    @property
    def reached(self) -> int:
        """Steps of optimizers that it says it has done: a number to show, nothing to trust."""

    def answer(self, program: bytes, tick: Callable[[], None]) -> Outcome:
        """Runs the program; blocks, and calls `tick` every TICK seconds."""

    def stop(self, why: Why) -> None:
        """Kills the process; harmless when it is gone. From any thread."""

    def ask(self) -> bool:
        """Asks for what there is by now, as an answer; False where that cannot be asked."""

    def wait_gone(self) -> None:
        """Blocks until the process is gone."""


class Workers(Protocol):
    """Where workers come from."""

    @property
    def pid(self) -> int | None:
        """The process that forks them, if one does."""

    def begin(self) -> Worker:
        """A fresh worker; blocks while PyTorch loads, raises NoWorkerError."""

    def ready(self, seconds: float) -> Ready | None:
        """What is known of the jail, waiting for it so long at most."""

    def close(self) -> None:
        """Ends all processes."""


def command(module: str, *words: str) -> list[str]:
    """Starts a module of `explorer/worker/` by its name: nobody imports it here."""
    return [sys.executable, "-s", "-m", f"explorer.worker.{module}", *words]


def start_folder() -> Path:
    """Where Python finds `explorer`."""
    return Path(__file__).parent.parent


def clean_environment() -> dict[str, str]:
    """All that a worker's process gets to know: no secret of the server is in it."""
    return _ENVIRONMENT | {name: os.environ[name] for name in _PASSED if name in os.environ}


def limits_word(limits: Limits) -> str:
    """The limits as one word of a command line."""
    return msgspec.json.encode(limits).decode()
