"""Whose turn it is: programs that wait for a worker, and those that have one.

A session has one place, so first come, first served is fair between sessions. A program that
computes for long while others wait gives its worker up and starts again later, among the slow
ones: they come after the others and never take the last worker, so nobody's endless loop makes a
class wait, and no honest long run is lost.
"""

from __future__ import annotations

import threading
import time

from explorer.control import Why
from explorer.processes import Worker
from explorer.records import Program, Trace

PATIENCE = 1.0
"""Seconds that a program keeps its worker while others wait. Teaching programs need 0.05 s."""

LONG_WAIT = 20.0
"""Seconds after which a slow program waits no longer for those that came after it."""


class Job:
    """One program, asked for by one or more sessions."""

    def __init__(self, program: Program, key: bytes) -> None:
        self.program = program
        self.key = key
        self.tickets: list[Ticket] = []
        self.slow = False
        self.since = time.monotonic()
        """When it began to wait or, once it has its turn, to run."""
        self.worker: Worker | None = None
        self.over: Why | None = None
        """Why it ended or must end, also before it has a worker."""

    def end(self, why: Why) -> None:
        """Kills its worker, now or as soon as it gets one."""
        self.over = why
        if self.worker is not None:
            self.worker.stop(why)


class Ticket:
    """One session's wish for one Trace."""

    def __init__(self, session: str, changed: threading.Condition) -> None:
        self.session = session
        self.job: Job | None = None
        self.trace: Trace | None = None
        self.text: bytes | None = None
        """The same as the worker wrote it; None where the server made the Trace itself."""
        self._changed = changed

    def wait(self, seconds: float | None = None) -> Trace | None:
        """The Trace; None if there is none after so many seconds. Without a number: for ever."""
        with self._changed:
            self._changed.wait_for(lambda: self.trace is not None, seconds)
            return self.trace


class Turns:
    """The waiting and the running. Not safe by itself for several threads."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self.waiting: list[Job] = []
        self.running: list[Job] = []

    def find(self, key: bytes) -> Job | None:
        """The job that already stands for this program and will be answered."""
        jobs = (*self.running, *self.waiting)
        return next((job for job in jobs if job.key == key and job.over in {None, "yield"}), None)

    def begin(self) -> Job | None:
        """Gives the next job its turn; None when nobody can begin."""
        if len(self.running) >= self._workers:
            return None
        slow = sum(one.slow for one in self.running)
        room = slow < max(1, self._workers - 1)
        # A slow one without room, however long it has waited, keeps nobody behind it waiting.
        job = next((one for one in self._order() if room or not one.slow), None)
        if job is None:
            return None
        self.waiting.remove(job)
        self.running.append(job)
        job.since = time.monotonic()
        return job

    def wait_again(self, job: Job) -> None:
        """Takes the turn back: to the end of the line, among the slow ones."""
        job.slow, job.worker, job.over = True, None, None
        job.since = time.monotonic()
        self.waiting.append(job)

    def must_yield(self, job: Job) -> bool:
        """True when the job has had its turn for long, and somebody quicker waits for one."""
        if job.slow or job.over or len(self.running) < self._workers:
            return False
        somebody = any(not one.slow for one in self.waiting)
        return somebody and time.monotonic() - job.since > PATIENCE

    def place(self, job: Job) -> int:
        """0 for a job that has its turn; otherwise 1 for the next one, and so on."""
        return self._order().index(job) + 1 if job in self.waiting else 0

    def _order(self) -> list[Job]:
        patient = time.monotonic() - LONG_WAIT
        return sorted(self.waiting, key=lambda job: job.slow and job.since > patient)
