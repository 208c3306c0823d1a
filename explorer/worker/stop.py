"""How a program is stopped softly: at its line, with everything it did so far kept.

Timers raise SoftTimeout inside the program's own code, again and again, so that a program which
catches everything is stopped too. They stay quiet while the recorder's code runs.
"""

from __future__ import annotations

import faulthandler
import mmap
import signal
from types import FrameType

from explorer import failures

PROGRAM_FILE = "<program>"
"""The file name that the program's code was compiled under."""

ENGINE_FILE = "torch/autograd/"
"""Files of a backward pass; hooks of the recorder run inside it, and may take long."""

AGAIN = 0.25
"""Seconds between two attempts: long enough for an `except` block to end."""

TIMERS = hasattr(signal, "setitimer")
"""Windows has none: a program that takes too long is ended without a softer try."""

RESERVE_MB = 32
"""Memory kept back for the report of a run that used up all it was given."""

_reserve: list[mmap.mmap] = []


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

    def stop(sentence: str, frame: FrameType | None) -> None:
        if _in_program(frame):
            raise SoftTimeout(sentence)

    signal.signal(signal.SIGPROF, lambda _, frame: stop(computing, frame))
    signal.signal(signal.SIGALRM, lambda _, frame: stop(waiting, frame))
    signal.setitimer(signal.ITIMER_PROF, seconds, AGAIN)
    signal.setitimer(signal.ITIMER_REAL, wall, AGAIN)
    signal.signal(signal.SIGUSR1, _asked)


def _asked(_: int, frame: FrameType | None) -> None:
    """The reader asks for what there is; asked again by the clock until the program ends."""

    def stop(_: int, frame: FrameType | None) -> None:
        if _in_program(frame):
            raise SoftStop(failures.stopped().message)

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, AGAIN, AGAIN)
    stop(0, frame)


def disarm() -> None:
    """The program has ended; writing down what it did is not its time."""
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


def _in_program(frame: FrameType | None) -> bool:
    while frame is not None:
        file = frame.f_code.co_filename
        if file == PROGRAM_FILE or ENGINE_FILE in file:
            return True
        frame = frame.f_back
    return False
