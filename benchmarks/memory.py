"""How much memory thirty runs at once take: the process that holds PyTorch, and its workers.

    python -m benchmarks.memory [--workers 30]

All programs of one row run at the same time, and wait for each other before they end; the highest
moment is printed. "Together" counts pages that processes share once, and those that programs of
others share with them in part (PSS). "At most" counts all of the process that holds PyTorch (RSS),
its libraries included, and what each worker has for itself alone (USS). Linux only, and as root:
nobody else may look into these processes.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from benchmarks.soak import children
from explorer.limits import Limits
from explorer.records import Program
from explorer.runner import Runner

TARGET_MB = 450
WAITING = 5.0
"""Seconds that each program waits at its end: the last of them begins well within."""

TINY = "w = torch.tensor(3.0, requires_grad=True)\n(w * w).backward()\n"
PERCEPTRON = (
    "model = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.ReLU(), torch.nn.Linear(16, 1))\n"
    "optimizer = torch.optim.Adam(model.parameters())\n"
    "for step in range(3):\n"
    "    optimizer.zero_grad()\n"
    "    model(torch.randn(32, 8)).pow(2).mean().backward()\n"
    "    optimizer.step()\n"
)
CONVOLUTION = (
    "model = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3), torch.nn.ReLU(), torch.nn.Flatten(),\n"
    "                            torch.nn.Linear(4 * 26 * 26, 10))\n"
    "loss = torch.nn.functional.cross_entropy(model(torch.randn(8, 1, 28, 28)), torch.arange(8))\n"
    "loss.backward()\n"
)
PROGRAMS = {
    "a tiny product": TINY,
    "a perceptron, three steps of Adam": PERCEPTRON,
    "a small convolution": CONVOLUTION,
}


class Sizes(NamedTuple):
    """Megabytes at one moment."""

    together: float
    """PSS of the process that holds PyTorch and of all workers."""
    zygote: float
    """RSS of the process that holds PyTorch."""
    own: tuple[float, ...]
    """USS of each worker."""

    @property
    def most(self) -> float:
        """If nobody else on the machine uses the same libraries."""
        return self.zygote + sum(self.own)


def look(zygote: int) -> Sizes:
    """What all of them take now."""
    own, together = [], megabytes(zygote, "Pss")
    for pid in children(zygote):
        try:
            together += megabytes(pid, "Pss")
            own.append(megabytes(pid, "Private_Clean") + megabytes(pid, "Private_Dirty"))
        except OSError:  # It has just ended.
            continue
    return Sizes(together, megabytes(zygote, "Rss"), tuple(own))


def megabytes(pid: int, what: str) -> float:
    """One line of `smaps_rollup`; raises OSError when the process is gone."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
    found = re.search(rf"^{what}:\s+(\d+) kB", text, re.MULTILINE)
    if found is None:
        raise OSError(f"{what} of {pid} is not told")
    return int(found[1]) / 1024


def highest(runner: Runner, programs: Iterable[str]) -> Sizes:
    """Runs all programs at once; the moment at which they took most."""
    tickets = [
        runner.submit(Program(f"import time\nimport torch\n{source}time.sleep({WAITING})\n# {n}\n"))
        for n, source in enumerate(programs)
    ]
    done = threading.Event()

    def wait() -> None:
        for ticket in tickets:
            ticket.wait()
        done.set()

    threading.Thread(target=wait).start()
    assert runner.pid is not None
    most = look(runner.pid)
    while not done.wait(0.05):
        now = look(runner.pid)
        if (len(now.own), now.together) > (len(most.own), most.together):
            most = now
    if failures := [one.trace.failure for one in tickets if one.trace and one.trace.failure]:
        raise SystemExit(f"runs failed: {failures}")
    if len(most.own) < len(tickets):
        raise SystemExit(f"only {len(most.own)} workers were seen at the same time")
    return most


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=30)
    workers = parser.parse_args().workers
    if os.geteuid() != 0:
        raise SystemExit("only root may look into these processes")
    runner = Runner(Limits(workers=workers))
    try:
        if runner.ready(120) is None or runner.pid is None:
            raise SystemExit("PyTorch's process does not start")
        time.sleep(1)
        print(
            f"| at once | program | together MB (target {TARGET_MB}) | at most MB | each worker |"
        )
        print("|--:|---|--:|--:|--:|")
        nobody = look(runner.pid)
        print(f"| 0 | | {nobody.together:.0f} | {nobody.most:.0f} | |")
        for name, source in PROGRAMS.items():
            sizes = highest(runner, [source] * workers)
            own = statistics.median(sizes.own)
            row = (workers, name, f"{sizes.together:.0f}", f"{sizes.most:.0f}", f"{own:.1f}")
            print("| " + " | ".join(map(str, row)) + " |", flush=True)
    finally:
        runner.close()


if __name__ == "__main__":
    main()
