"""How a run ends that gave no answer: one sentence for the user, and what to do about it."""

from __future__ import annotations

import re
import signal

from explorer.control import Ended
from explorer.limits import Limits
from explorer.records import Failure

PROGRAM_LINE = re.compile(rb'File "<program>", line (\d+)')
"""How Python's faulthandler names a line of the program, innermost first."""

TRY_SMALLER = "Try fewer steps or smaller tensors."
RUN_AGAIN = "Your code is untouched: run it again."
NATIVE = "The line is the last one seen; look for odd sizes, indices or `check_invariants=False`."


def too_long(characters: int, limits: Limits) -> Failure:
    """The text was not even read."""
    return Failure(
        kind="too_large",
        message=f"The program has {characters:,} characters; the limit is {limits.source:,}.",
        hint="Keep only the part whose graph you want to see.",
    )


def replaced() -> Failure:
    """The same session asked for something else meanwhile."""
    return Failure(
        kind="busy",
        message="A newer run of yours took the place of this one.",
        hint="Look at the newer run.",
    )


def stopped() -> Failure:
    """The reader had enough of waiting."""
    return Failure(
        kind="stopped",
        message="You stopped this run.",
        hint="Your code is untouched: change it, or run it again.",
    )


def too_many(waiting: int) -> Failure:
    """The line is too long to stand in."""
    return Failure(
        kind="busy",
        message=f"{waiting} programs are waiting for a worker already.",
        hint="Run it again in a minute.",
    )


def no_worker(details: str) -> Failure:
    """PyTorch could not be loaded, or its process keeps dying."""
    return Failure(
        kind="crash",
        message="The process that runs programs could not be started.",
        hint="Run it again in a minute; if it stays so, the server's log says why.",
        details=details,
    )


def unsafe(missing: list[str]) -> Failure:
    """Public mode, and a lock of the jail does not hold."""
    return Failure(
        kind="refused",
        message="This server does not run programs: its jail is incomplete.",
        hint="Its operator finds in docs/deploy.md what to add; on your own machine it runs.",
        details="Not stopped: " + ", ".join(missing),
    )


def too_much(limits: Limits) -> Failure:
    """The answer went over its limit."""
    return Failure(
        kind="too_large",
        message=f"What this run shows is larger than {limits.record_mb} MB, the limit.",
        hint="Print less, or record fewer operations: " + TRY_SMALLER[0].lower() + TRY_SMALLER[1:],
    )


def unreadable(details: str) -> Failure:
    """The answer is not a Trace of this program."""
    return Failure(
        kind="crash",
        message="The worker gave an answer that cannot be read.",
        hint="The program may have disturbed its recorder. " + RUN_AGAIN,
        details=details,
    )


def no_answer(ended: Ended | None, complaints: bytes, limits: Limits) -> Failure:
    """The worker is gone, and this is why; `complaints` is what it wrote to its stderr."""
    found = PROGRAM_LINE.search(complaints)
    line = int(found[1]) if found and len(found[1]) <= len(str(limits.source)) else None
    if ended is None:
        return Failure(
            kind="crash",
            message="The process that runs programs was restarted while yours ran.",
            hint=RUN_AGAIN,
        )
    if ended.why == "output":
        return too_much(limits)
    if _out_of_time(ended, limits):
        return _timeout(ended, line, limits)
    if ended.signal == signal.SIGKILL:
        return memory(limits)
    if ended.signal == getattr(signal, "SIGSYS", None):
        return Failure(
            kind="refused",
            message="The program asked the operating system for something that is closed here.",
            line=line,
            hint="Programs can compute; files, network and other processes are out of reach.",
        )
    if ended.signal:
        return _crash(ended.signal, line)
    return Failure(
        kind="crash",
        message="The program ended its own process before anything could be shown.",
        line=line,
        hint="Remove what exits Python (`os._exit` and its kin).",
        details=f"exit code {ended.code}" if ended.code else None,
    )


def memory(limits: Limits) -> Failure:
    """It took all the memory there is for it, and what it did could not be told."""
    return Failure(
        kind="memory",
        message=f"The program needs more than {limits.memory_mb} MB of memory, the limit.",
        hint=TRY_SMALLER,
    )


def timeout(sentence: str) -> Failure:
    """It was stopped softly, outside of its own lines."""
    return Failure(kind="timeout", message=sentence, hint=TRY_SMALLER)


def lost(fault: str) -> Failure:
    """Recording failed: a fault of ours, or a program that changed what recording stands on."""
    return Failure(
        kind="crash",
        message="Recording this program failed.",
        hint="If it changes Python or PyTorch itself, leave that out; otherwise, please tell us.",
        details=fault,
    )


def _out_of_time(ended: Ended, limits: Limits) -> bool:
    by_kernel = ended.signal == signal.SIGKILL and ended.seconds >= limits.hard_seconds
    return ended.why == "time" or ended.signal == getattr(signal, "SIGXCPU", None) or by_kernel


def _timeout(ended: Ended, line: int | None, limits: Limits) -> Failure:
    if ended.why == "time":
        spent = f"was not done after {limits.hard_wall:g} s on the clock"
    else:
        spent = f"was still computing after {limits.hard_seconds} s"
    return Failure(
        kind="timeout",
        message=f"The program {spent} and could not be stopped softly.",
        line=line,
        hint="One single operation took all the time. " + TRY_SMALLER,
    )


def _crash(number: int, line: int | None) -> Failure:
    name = signal.strsignal(number) or f"signal {number}"
    return Failure(
        kind="crash",
        message=f"PyTorch's native code crashed ({name.lower()}).",
        line=line,
        hint=NATIVE,
    )
