"""What one run may take, and how many may run at once; read from the environment by operators."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

LARGEST_RECORD_MB = 64
"""More than any operator can ask for: Streamlit sends no message beyond 200 MB, browsers need
several times its size, and all sessions together keep one and a half of it."""

OBJECTS_PER_MB = 12_500
"""Objects of JSON in one answer; twice what honest answers have."""

ITEMS_PER_MB = 125_000
"""Commas in one answer, likewise. A forged answer of the shortest objects and items would otherwise
take 500 MB and two seconds of the server to read; with both bounds it takes 130 MB."""

DEEPEST = 20_000
"""Levels of recursion that fit on a worker's stack, native frames between them included."""

LONGEST = 86_400
"""Seconds of a run, at most: a day."""

LARGEST_MEMORY_MB = 1_000_000
"""More than hosts have."""

MOST_WORKERS = 1_000
"""Each is a process of its own."""

ON, OFF = ("1", "true", "yes", "on"), ("", "0", "false", "no", "off")
"""What a switch may say, in any case. Anything else is a slip, and must not leave a lock open."""

SERVER_MB = 750
"""Memory that the server, the process that forks and the system need before the first worker."""

COPIED_MB = 240
"""What a worker can own beside its budget: private copies of the pages it was forked with."""


class LimitsError(ValueError):
    """A variable of the environment is no limit; the message is a sentence for the operator."""


class Limits(Struct, frozen=True):
    """Appetite of one run, and how many run at the same time."""

    seconds: float = 5.0
    """Processor time of a program. Then it is stopped at its line, with all it did so far."""
    memory_mb: int = 384
    """Memory above what Python and PyTorch themselves need. Fits training a small CNN."""
    workers: int = 1
    slowdown: float = 1.0
    """How much longer than its processor time a run takes here, because the host is throttled."""
    source: int = 100_000
    """Characters of a program. A long lesson has 10,000; checked before anything else is done with
    it, because Python's parser alone needs about a second of processor time for 2 MB of nasty
    text."""
    printed: int = 20_000
    """Characters of what a program prints that are kept: some hundred lines."""
    nodes: int = 200_000
    """Nodes of a graph that is shown. `record_mb` and `memory_mb` may have room for less: 100,000
    take about 20 MB of a record and 384 MB of memory."""
    recursion: int = 1_000
    """Levels of calls within calls, as Python itself has it."""
    record_mb: int = 32
    """Size of one answer: the largest that browsers and a host of 1 GB take without trouble."""
    gate: bool = True
    """Refuse kindly what the jail would stop anyway; only its own tests look behind it."""
    public: bool = False
    """Strangers may use this server: nothing runs unless every lock of the jail holds."""

    @property
    def record_bytes(self) -> int:
        """Size of one answer."""
        return self.record_mb << 20

    def too_many(self, answer: bytes) -> bool:
        """Whether an answer has more parts than its size explains."""
        objects, items = answer.count(b"{"), answer.count(b",")
        most = self.record_mb
        return objects > OBJECTS_PER_MB * most or items > ITEMS_PER_MB * most

    @property
    def wall(self) -> float:
        """Seconds on the clock after which a program is stopped at its line: for one that sleeps,
        with room for one that computes beside others."""
        return 3 * self.seconds * self.slowdown

    @property
    def hard_seconds(self) -> int:
        """Processor time after which the kernel ends the process: for one endless operation, with
        room to write down what was recorded until a soft stop."""
        return int(1.5 * self.seconds) + 2

    @property
    def hard_wall(self) -> float:
        """Seconds on the clock after which the process is killed from outside."""
        return self.wall + 4 * self.slowdown


def from_environment(environ: Mapping[str, str] = os.environ) -> Limits:
    """The limits for this host; variables EXPLORER_... override each. Raises LimitsError."""
    host, usual = memory_of_host_mb(), Limits()
    # Below 1 GB one small worker is all that fits beside the server, and small answers.
    small = host < 1000
    sizes = (16, LARGEST_MEMORY_MB)
    memory = _count(environ, "EXPLORER_MEMORY_MB", 192 if small else 384, sizes)
    fitting = min(workers_that_fit(host, memory), MOST_WORKERS)
    return Limits(
        seconds=_number(environ, "EXPLORER_SECONDS", usual.seconds, (0.1, LONGEST)),
        memory_mb=memory,
        workers=_count(environ, "EXPLORER_WORKERS", fitting, (1, MOST_WORKERS)),
        slowdown=1 / min(1.0, processors_of_host()),
        source=_count(environ, "EXPLORER_SOURCE", usual.source, (100, 1_000_000)),
        printed=_count(environ, "EXPLORER_PRINTED", usual.printed, (0, 1_000_000)),
        nodes=_count(environ, "EXPLORER_NODES", usual.nodes, (10, 1_000_000)),
        recursion=_count(environ, "EXPLORER_RECURSION", usual.recursion, (100, DEEPEST)),
        record_mb=_count(environ, "EXPLORER_RECORD_MB", 8 if small else 32, (1, LARGEST_RECORD_MB)),
        public=_switch(environ, "EXPLORER_PUBLIC"),
    )


def workers_that_fit(host_mb: float, memory_mb: int) -> int:
    """Workers at once: two per processor, as many as memory allows if all of them are full."""
    by_memory = int((host_mb - SERVER_MB) / (memory_mb + COPIED_MB))
    return max(1, min(2 * (os.cpu_count() or 1), by_memory))


def memory_of_host_mb() -> float:
    """Memory of this machine or container in MB; 1024 where nobody tells."""
    found = [_control_group("memory.max"), _control_group("memory/memory.limit_in_bytes")]
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        found.append(float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")))
    return min((size for size in found if size), default=float(1 << 30)) / (1 << 20)


def processors_of_host() -> float:
    """Processors that this machine or container may use; fractions in a throttled container."""
    quota = _control_group("cpu.max")
    return quota or float(os.cpu_count() or 1)


def _control_group(name: str) -> float | None:
    """A limit set on the container: bytes, or processors ("quota period")."""
    try:
        words = Path("/sys/fs/cgroup", name).read_text("ascii").split()
        first, *rest = (float(word) for word in words)
    except (OSError, ValueError):
        return None
    return first / rest[0] if rest else first


def _switch(environ: Mapping[str, str], name: str) -> bool:
    text = environ.get(name, "").strip()
    if text.lower() not in {*ON, *OFF}:
        words = ", ".join((*ON, *filter(None, OFF)))
        raise LimitsError(f"{name} must be one of {words}, not {text!r}.")
    return text.lower() in ON


def _number(
    environ: Mapping[str, str], name: str, default: float, bounds: tuple[float, float]
) -> float:
    text = environ.get(name, "").strip()
    if not text:
        return default
    try:
        number = float(text.encode("ascii"))
    except ValueError:
        number = float("nan")
    least, most = bounds
    if not least <= number <= most:
        raise LimitsError(f"{name} must be a number from {least:g} to {most:,g}, not {text!r}.")
    return number


def _count(environ: Mapping[str, str], name: str, default: int, bounds: tuple[int, int]) -> int:
    text = environ.get(name, "").strip()
    if not text:
        return default
    least, most = bounds
    # More digits than Python reads are no count either.
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else -1
    if not least <= number <= most:
        raise LimitsError(f"{name} must be a whole number from {least} to {most}, not {text!r}.")
    return number
