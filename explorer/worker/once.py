"""One program from stdin, one answer to stdout, and the process ends: for platforms without fork.

There is no jail here beyond time, and memory where the platform bounds it: this is for programs of
one's own on one's own machine. Run as `python -m explorer.worker.once LIMITS < PROGRAM.json`.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import sys

import msgspec

from explorer.limits import Limits
from explorer.worker import stop
from explorer.worker.answer import answer_to


def main() -> None:
    """Answers one program."""
    limits = msgspec.json.decode(sys.argv[1], type=Limits)
    text = sys.stdin.buffer.read()
    answer = os.fdopen(os.dup(1), "wb")
    # What native code prints must not mix with the answer.
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 1)
    stop.tell_last_line(2)
    faulthandler.dump_traceback_later(limits.hard_wall, exit=True)
    with contextlib.suppress(ImportError, OSError, ValueError):
        _bound(limits)
    stop.arm(limits.seconds, limits.wall)
    with answer:
        answer.write(answer_to(text, limits) + b"\n")
    # Without taking down what the program built: freeing deep graphs can crash.
    os._exit(0)


def _bound(limits: Limits) -> None:
    """Memory and processor time, where the platform has such limits."""
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + limits.hard_seconds
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    if sys.platform == "linux":
        from explorer.worker.jail import memory_in_use

        most = memory_in_use() + (limits.memory_mb << 20)
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


if __name__ == "__main__":
    main()
