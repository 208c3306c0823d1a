"""Workers on platforms that cannot fork them: a whole new Python for each run, slow but honest."""

from __future__ import annotations

import logging
import subprocess
import time
from collections.abc import Callable

from explorer.control import Ended, Ready, Why
from explorer.limits import Limits
from explorer.processes import (
    COMPLAINTS,
    LOADING,
    SLACK,
    TICK,
    NoWorkerError,
    Outcome,
    clean_environment,
    command,
    limits_word,
    start_folder,
)

log = logging.getLogger(__name__)

WATCHDOG = b"Timeout ("
"""How faulthandler begins its report when the worker's own watchdog ends it."""


class Fresh:
    """Starts `worker/once.py` for each run: nothing is shared, nothing stays."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._alive: set[FreshWorker] = set()
        self._closing = False
        log.warning("jail: none on this platform; programs can do what this user can")

    pid = None
    """Nobody forks."""

    def begin(self) -> FreshWorker:
        """A fresh worker, which has PyTorch still to load."""
        if self._closing:
            raise NoWorkerError("The server is going away.")
        worker = FreshWorker(self._limits)
        self._alive = {one for one in self._alive if one.lives()} | {worker}
        return worker

    def ready(self, seconds: float) -> Ready | None:  # noqa: ARG002
        """Known at once: there is a process of its own for each run, and no jail."""
        return Ready(layers={"fork": False}, held={"any system call": False}, seconds=0.0)

    def close(self) -> None:
        """Ends all workers."""
        self._closing = True
        for worker in self._alive:
            worker.stop("closing")


class FreshWorker:
    """One process that is started for one run; it speaks over its standard streams."""

    reached = 0
    """Its words are read when it has ended."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._why: Why | None = None
        self._process = subprocess.Popen(
            command("once", limits_word(limits)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=clean_environment(),
            cwd=start_folder(),
        )

    def answer(self, program: bytes, tick: Callable[[], None]) -> Outcome:
        """Runs the program; blocks, and calls `tick` every TICK seconds."""
        give_up = time.monotonic() + LOADING + self._limits.hard_wall
        words: bytes | None = program
        while True:
            try:
                answer, complaints = self._process.communicate(words, timeout=TICK)
                break
            except subprocess.TimeoutExpired:
                words = None
                tick()
                if time.monotonic() > give_up:
                    self.stop("time")
        if answer.endswith(b"\n") and len(answer) <= self._limits.record_bytes:
            return Outcome(answer, None, complaints)
        return Outcome(None, self._end(answer, complaints), complaints[:COMPLAINTS])

    def stop(self, why: Why) -> None:
        """Kills the process; harmless when it is gone. From any thread."""
        self._why = self._why or why
        self._process.kill()

    def ask(self) -> bool:
        """There is nobody to ask: such a process can only be ended."""
        return False

    def wait_gone(self) -> None:
        """Blocks until the process is gone."""
        self._process.wait(SLACK)

    def lives(self) -> bool:
        """True while the process runs."""
        return self._process.poll() is None

    def _end(self, answer: bytes, complaints: bytes) -> Ended:
        code = self._process.returncode
        why = self._why
        if len(answer) > self._limits.record_bytes:
            why = "output"
        elif complaints.startswith(WATCHDOG):
            why = "time"
        return Ended(run=0, signal=max(0, -code), code=max(0, code), why=why)
