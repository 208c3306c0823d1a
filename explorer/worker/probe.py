"""Tries at start what the jail must stop: strangers may use a server only if all of it holds."""

from __future__ import annotations

import errno
import os
import signal
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path

from explorer.limits import Limits
from explorer.worker.jail import Jail, in_a_child

_STOPPED = {errno.EPERM, errno.EACCES, errno.EMFILE, errno.EAGAIN}
"""How the kernel says no; "no such file" would mean that it looked."""

_BEYOND_MB = 256
"""How far over the limit the attempt on memory goes."""

_EXIT_STOPPED = 7


def probe(jail: Jail, limits: Limits) -> dict[str, bool]:
    """What was tried -> whether the jail stopped it, each in a worker of its own."""
    parent = os.getpid()
    too_much = (limits.memory_mb + _BEYOND_MB) << 20
    attempts: dict[str, Callable[[], object]] = {
        "open a file": lambda: os.open("/proc/self/maps", os.O_RDONLY),
        "look at a file": Path("/").stat,
        "make a folder": Path("/nowhere/at/all").mkdir,
        "make a descriptor": os.pipe,
        "open a socket": socket.socket,
        "signal another process": lambda: os.kill(parent, 0),
        "fork": os.fork,
        "run a program": lambda: os.execv("/bin/true", ["true"]),
        "take too much memory": lambda: bytearray(too_much),
    }

    def inside(attempt: Callable[[], object]) -> None:
        jail.enter()
        try:
            attempt()
        except MemoryError:
            os._exit(_EXIT_STOPPED)
        except OSError as fault:
            if fault.errno in _STOPPED:
                os._exit(_EXIT_STOPPED)

    return {
        name: _stopped(in_a_child(partial(inside, attempt))) for name, attempt in attempts.items()
    }


def _stopped(status: int) -> bool:
    if os.WIFSIGNALED(status):
        return os.WTERMSIG(status) == signal.SIGSYS
    return os.WEXITSTATUS(status) == _EXIT_STOPPED
