"""What the jail costs a run: a forked worker that closes its locks, beside one that only ends.

    python -m benchmarks.jail_cost [--rounds 200]

In a process that has PyTorch loaded, as the one that forks the workers: fork, close the lock, end,
reap. All rows take turns, and medians are printed. Linux only.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import os
import statistics
import struct
import time
from collections.abc import Callable
from typing import NamedTuple

import torch

from explorer.limits import Limits
from explorer.worker import jail, landlock, seccomp, stop
from explorer.worker.child import ANSWER
from explorer.worker.pages import use_large_pages
from explorer.worker.warm import warm

_PR_SET_NO_NEW_PRIVS = 38
_LIBC = ctypes.CDLL(None)


class Cost(NamedTuple):
    """Milliseconds of one round."""

    inside: float
    """What the child itself needed for its step."""
    whole: float
    """From before the fork until the child is reaped."""


def steps(limits: Limits) -> dict[str, Callable[[], object]]:
    """Name -> what the child does before it ends."""
    whole = jail.Jail(limits)
    held = whole.layers
    known: dict[str, Callable[[], object]] = {
        "nothing: a bare fork": lambda: None,
        "limits": lambda: jail.limit(limits, jail.memory_in_use()),
        "user": jail.become_nobody,
    }
    if held["landlock"]:
        known["landlock"] = landlock.close_everything
    code = seccomp.template()
    if held["seccomp"] and code:
        known["seccomp"] = lambda: seccomp.install(code, os.getpid())
    known["all of the jail"] = whole.enter
    known["soft stop: reserve, timers"] = lambda: soft_stop(limits)
    return known


def soft_stop(limits: Limits) -> None:
    """What a worker arms beside the jail."""
    stop.keep_reserve()
    stop.tell_last_line(2)
    stop.arm(limits.seconds, limits.wall)


def once(step: Callable[[], object]) -> Cost:
    """One child."""
    near, far = os.pipe()
    began = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        os.dup2(far, ANSWER)
        # Some locks need it; it costs next to nothing.
        _LIBC.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        start = time.perf_counter()
        step()
        os.write(ANSWER, struct.pack("d", time.perf_counter() - start))
        os._exit(0)
    os.waitpid(pid, 0)
    whole = time.perf_counter() - began
    os.close(far)
    (inside,) = struct.unpack("d", os.read(near, 8))
    os.close(near)
    return Cost(inside * 1000, whole * 1000)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    rounds = parser.parse_args().rounds
    warm()
    gc.collect()
    gc.freeze()
    use_large_pages()
    known = steps(Limits())
    measured: dict[str, list[Cost]] = {name: [] for name in known}
    for _ in range(rounds):
        for name, step in known.items():
            measured[name].append(once(step))
    print(f"PyTorch {torch.__version__}, {rounds} rounds, medians\n")
    print("| in the child | its own ms | fork to reaped ms |")
    print("|---|--:|--:|")
    for name, costs in measured.items():
        inside = statistics.median(cost.inside for cost in costs)
        whole = statistics.median(cost.whole for cost in costs)
        print(f"| {name} | {inside:.2f} | {whole:.2f} |")


if __name__ == "__main__":
    main()
