"""How a program is stopped softly: at its line, with everything it did so far kept.

Timers raise SoftTimeout inside the program's own code, again and again, so that a program which
catches everything is stopped too. While the recorder works it must not be torn away from a record
that is half written: then the stop is due, and comes when the recorder has done with that.
"""

from __future__ import annotations

import faulthandler
import mmap
import signal
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any, TypeVar, cast

from explorer import failures

PROGRAM_FILE = "<program>"
"""The file name that the program's code was compiled under."""

OWN_FILES = str(Path(__file__).parent)
"""The recorder's."""

AGAIN = 0.25
"""Seconds between two attempts: long enough for an `except` block to end."""

TIMERS = hasattr(signal, "setitimer")
"""Windows has none: a program that takes too long is ended without a softer try."""

RESERVE_MB = 32
"""Memory kept back for the report of a run that used up all it was given."""

_reserve: list[mmap.mmap] = []

due: list[SoftTimeout] = []
"""A stop that has come while the recorder was at work."""

_passing: set[CodeType] = set()
"""Functions of the recorder inside which the program goes on."""

_Call = TypeVar("_Call", bound=Callable[..., Any])


class SoftTimeout(BaseException):
    """The program used up its time. The message is a sentence for the user."""


class SoftStop(SoftTimeout):
    """The reader has seen enough. The message is a sentence for the user."""


def arm(seconds: float, wall: float) -> None:
    """Stops the program after `seconds` of processor time or `wall` seconds on the clock."""
    if not TIMERS:
        return
    computing = f"The program was still computing after {seconds:g} s, the limit."
    waiting = f"The program was not done after {wall:g} s on the clock, the limit."

    signal.signal(signal.SIGPROF, lambda _, frame: _stop(SoftTimeout(computing), frame))
    signal.signal(signal.SIGALRM, lambda _, frame: _stop(SoftTimeout(waiting), frame))
    signal.setitimer(signal.ITIMER_PROF, seconds, AGAIN)
    signal.setitimer(signal.ITIMER_REAL, wall, AGAIN)
    signal.signal(signal.SIGUSR1, _asked)


def _asked(_: int, frame: FrameType | None) -> None:
    """The reader asks for what there is; asked again by the clock until the program ends."""

    def stop(_: int, frame: FrameType | None) -> None:
        _stop(SoftStop(failures.stopped().message), frame)

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, AGAIN, AGAIN)
    stop(0, frame)


def disarm() -> None:
    """The program has ended; writing down what it did is not its time."""
    due.clear()
    if TIMERS:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)


def tell_last_line(descriptor: int) -> None:
    """Has the line written there that a crash or the kernel's last limit on time ends."""
    faulthandler.enable(descriptor, all_threads=False)
    if TIMERS:
        faulthandler.register(signal.SIGXCPU, descriptor, all_threads=False, chain=True)


def keep_reserve() -> None:
    """Takes memory that nobody uses until `release_reserve`."""
    _reserve.append(mmap.mmap(-1, RESERVE_MB << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))


def release_reserve() -> None:
    """Gives the reserve back, so that a full memory can still be reported. Harmless twice."""
    while _reserve:
        _reserve.pop().close()


def passing(call: _Call) -> _Call:
    """Marks a function of the recorder inside which the program goes on."""
    _passing.add(cast(FunctionType, call).__code__)
    return call


def check() -> None:
    """Here the recorder may be stopped: if that is due, it is."""
    if due:
        raise due.pop()


def _stop(error: SoftTimeout, frame: FrameType | None) -> None:
    if _is_in_program(frame):
        raise error
    due[:] = [error]


def _is_in_program(frame: FrameType | None) -> bool:
    """Whether the program is at work, or PyTorch for it, and not the recorder."""
    while frame is not None:
        file = frame.f_code.co_filename
        if file == PROGRAM_FILE:
            return True
        if file.startswith(OWN_FILES) and frame.f_code not in _passing:
            return False
        frame = frame.f_back
    return False
