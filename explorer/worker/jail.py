"""The jail of one worker: locks that close before the first byte of a program is parsed.

Every lock stands for itself, so that a machine which lacks one still has the others:

    user        not root: nobody, where the server itself is root
    limits      memory, processor time, no new descriptor, no new process, no file, no core
    landlock    no file, no network, no signal to others
    seccomp     no system call but those of a computation (the one that strangers call for)
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
from collections.abc import Callable
from pathlib import Path

from explorer.limits import Limits
from explorer.worker import landlock, seccomp
from explorer.worker.stop import RESERVE_MB

NOBODY = 65534
"""User and group that own nothing."""

NICENESS = 10
"""Workers give way to the server."""

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38

_LIBC = ctypes.CDLL(None, use_errno=True)

_NONE_AT_ALL = ("RLIMIT_CORE", "RLIMIT_FSIZE", "RLIMIT_NPROC", "RLIMIT_MEMLOCK", "RLIMIT_MSGQUEUE")


class Jail:
    """What can be prepared once; `enter` closes the locks around a forked worker."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._filter = _filter_that_works()
        self._landlock = landlock.version() > 0 and in_a_child(_close_landlock) == 0
        self._is_nobody = in_a_child(become_nobody) == 0
        self._parent = os.getpid()

    @property
    def layers(self) -> dict[str, bool]:
        """Lock -> whether this machine has it."""
        return {
            "fork": True,
            "limits": True,
            "user": self._is_nobody,
            "landlock": self._landlock,
            "seccomp": self._filter is not None,
        }

    def enter(self) -> None:
        """Closes every lock there is around this process."""
        used = memory_in_use()
        os.nice(NICENESS)
        if self._is_nobody:
            become_nobody()
        # After the change of user, which would clear it.
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != self._parent:
            os._exit(1)
        _prctl(_PR_SET_NO_NEW_PRIVS, 1)
        if self._landlock:
            landlock.close_everything()
        limit(self._limits, used)
        if self._filter is not None:
            seccomp.install(self._filter, os.getpid())


def limit(limits: Limits, used: int) -> None:
    """Bounds this process; `used` is the memory in bytes that it has before its program."""
    spare = RESERVE_MB << 20
    _set(resource.RLIMIT_AS, used + (limits.memory_mb << 20) + spare)
    _set(resource.RLIMIT_CPU, limits.hard_seconds, limits.hard_seconds + 1)
    for name in _NONE_AT_ALL:
        if hasattr(resource, name):
            _set(getattr(resource, name), 0)
    # Open descriptors keep working; no file, socket or pipe can be added.
    _set(resource.RLIMIT_NOFILE, 0)


def memory_in_use() -> int:
    """Bytes of address space of this process, which RLIMIT_AS counts."""
    pages = Path("/proc/self/statm").read_text("ascii").split()[0]
    return int(pages) * resource.getpagesize()


def close_to_others() -> None:
    """No other process of the same user may read this one's memory or steer it."""
    _prctl(_PR_SET_DUMPABLE, 0)


def become_nobody() -> None:
    """Gives up root, if this process has it."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)


def in_a_child(attempt: Callable[[], object]) -> int:
    """What a forked child's end says (as `os.waitpid`) after it tried something: 0 if it could."""
    pid = os.fork()
    if pid == 0:
        code = 1
        with contextlib.suppress(BaseException):
            attempt()
            code = 0
        os._exit(code)
    return os.waitpid(pid, 0)[1]


def _filter_that_works() -> bytes | None:
    """The filter, if this kernel takes it: some containers run without."""
    code = seccomp.template()
    if code is None:
        return None

    def try_it() -> None:
        _prctl(_PR_SET_NO_NEW_PRIVS, 1)
        seccomp.install(code, os.getpid())

    return code if in_a_child(try_it) == 0 else None


def _close_landlock() -> None:
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    landlock.close_everything()


def _set(what: int, soft: int, hard: int | None = None) -> None:
    """Lowers a limit, or as near to it as an outer limit allows."""
    _, outer = resource.getrlimit(what)
    hard = soft if hard is None else hard
    if outer != resource.RLIM_INFINITY:
        soft, hard = min(soft, outer), min(hard, outer)
    resource.setrlimit(what, (soft, hard))


def _prctl(option: int, value: int) -> None:
    if _LIBC.prctl(option, value, 0, 0, 0):
        raise OSError(ctypes.get_errno(), f"prctl {option}")
