"""Thirty sessions over real WebSockets, honest and hostile mixed: what happens to the honest ones.

    python -m benchmarks.soak [--minutes 2] [--sessions 30]

First all press Run at once, three times. Then every session runs one program after another, each
with a comment of its own so that no answer is kept; every third session belongs to somebody
hostile, who sends `tests/hostile/programs.py`, half of it past the gate. An honest run is lost when
its gradients or its failure are not those that the same example gives on an idle server.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import random
import re
import statistics
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from benchmarks.served import ROOT, Server, served
from benchmarks.visitor import Answer, Visitor, visitor
from explorer.gallery import EXAMPLES
from tests.hostile.programs import HOSTILE

ROUNDS = 3
THINKING = 3.0
"""Seconds at most between two runs of one person."""
LOOK = 30.0
"""Seconds between two looks at memory."""
TINY = "import torch\nw = torch.tensor({number}.0, requires_grad=True)\n(w * w).backward()\n"
PLAIN_IMPORT = re.compile(r"^import (\w+)$", re.MULTILINE)


class Soak:
    """Everybody's programs, and how they ended."""

    def __init__(self, expected: dict[str, Answer], seconds: float) -> None:
        self._expected = expected
        self.end = time.monotonic() + seconds
        self._numbers = itertools.count()
        self._chance = random.Random(0)
        self.honest: list[float] = []
        self.lost: list[str] = []
        self.hostile: list[float] = []
        self.ends: Counter[str] = Counter()

    async def learn(self, one: Visitor) -> None:
        """Runs examples, each a little changed, and looks at every answer."""
        while await self._think():
            slug, source = self._chance.choice([(each.slug, each.source) for each in EXAMPLES])
            answer = await one.press_run(self._own(source))
            known = self._expected[slug]
            self.honest.append(answer.seconds)
            if (answer.failure, answer.leaves) != (known.failure, known.leaves):
                self.lost.append(f"{slug}: {answer.failure}")

    async def attack(self, one: Visitor) -> None:
        """Runs hostile programs."""
        while await self._think():
            source = self._chance.choice(HOSTILE).source
            if self._chance.random() < 0.5:
                source = past_the_gate(source)
            answer = await one.press_run(self._own(source))
            self.hostile.append(answer.seconds)
            self.ends[answer.failure or "ok"] += 1

    async def _think(self) -> bool:
        await asyncio.sleep(self._chance.uniform(0, THINKING))
        return time.monotonic() < self.end

    def _own(self, source: str) -> str:
        return f"{source}\n# {next(self._numbers)}\n"


def past_the_gate(source: str) -> str:
    """The same with imports that a reading of the text does not see."""
    return PLAIN_IMPORT.sub(r'\1 = __builtins__["__import__"]("\1")', source)


async def together(visitors: list[Visitor], base: int) -> list[float]:
    """All press Run at the same moment; seconds that each waited, sorted."""
    programs = [TINY.format(number=base + number) for number in range(len(visitors))]
    pairs = zip(visitors, programs, strict=True)
    answers = await asyncio.gather(*(one.press_run(program) for one, program in pairs))
    if failures := [answer.failure for answer in answers if answer.failure]:
        raise SystemExit(f"runs failed: {failures}")
    return sorted(answer.seconds for answer in answers)


async def visit(server: Server, sessions: int, minutes: float) -> None:
    """All of the soak, printed as it goes."""
    async with contextlib.AsyncExitStack() as pages:
        first = await pages.enter_async_context(visitor(server.address))
        expected = {one.slug: await first.press_run(one.source + "\n\n") for one in EXAMPLES}
        one_by_one = [(await together([first], 1000 + n))[0] for n in range(20)]
        print(f"alone: {spread(one_by_one)}")
        others = [visitor(server.address) for _ in range(sessions - 1)]
        visitors = [first, *[await pages.enter_async_context(one) for one in others]]
        for number in range(ROUNDS):
            waited = await together(visitors, (number + 2) * 1000)
            print(f"{sessions} at once: {spread(waited)}")
        print(f"start: {inventory(server.pid)}", flush=True)
        soak = Soak(expected, 60 * minutes)
        parts = [(soak.learn, soak.attack)[n % 3 == 2](one) for n, one in enumerate(visitors)]
        parts.append(watch(server.pid, soak.end))
        await asyncio.gather(*parts)
        report(soak)
        print(f"end: {inventory(server.pid)}")


async def watch(pid: int, end: float) -> None:
    """Says now and then how large all is: what grows for ever must not hide between two looks."""
    while (left := end - time.monotonic()) > LOOK:
        await asyncio.sleep(LOOK)
        print(f"{left - LOOK:.0f} s left: {inventory(pid)}", flush=True)


def report(soak: Soak) -> None:
    """Runs, those lost, and how long they took."""
    print(f"honest: {len(soak.honest)} runs, {len(soak.lost)} lost; {spread(soak.honest)}")
    for line in soak.lost:
        print(f"  lost: {line}")
    ends = ", ".join(f"{count} {kind}" for kind, count in soak.ends.most_common())
    print(f"hostile: {len(soak.hostile)} runs ({ends}); {spread(soak.hostile)}")


def spread(seconds: Iterable[float]) -> str:
    """Median, 95th percentile and maximum."""
    known = sorted(seconds)
    late = statistics.quantiles(known, n=20)[-1] if len(known) > 1 else known[0]
    middle = statistics.median(known)
    return f"p50 {middle:.3f} s, p95 {late:.3f} s, max {known[-1]:.3f} s"


def inventory(pid: int) -> str:
    """Memory and open descriptors of the server and of what it started."""
    zygotes = [
        f"PyTorch's process {size_of(child)}, {len(children(child))} workers"
        for child in children(pid)
    ]
    return "; ".join([f"server {size_of(pid)}", *zygotes])


def size_of(pid: int) -> str:
    """Resident memory; descriptors where this user may count them."""
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    resident = re.search(r"VmRSS:\s+(\d+)", status)
    text = f"{int(resident[1]) // 1024 if resident else 0} MB"
    with contextlib.suppress(PermissionError):
        text += f", {len(list(Path(f'/proc/{pid}/fd').iterdir()))} descriptors"
    return text


def children(pid: int) -> list[int]:
    """Process ids, zombies included."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(word) for task in tasks for word in (task / "children").read_text().split()]


def main() -> None:
    """Start the page, soak it, and look at what is left."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--sessions", type=int, default=30)
    asked = parser.parse_args()
    with served(ROOT / "app.py") as server:
        asyncio.run(visit(server, asked.sessions, asked.minutes))
        family = [pid for child in children(server.pid) for pid in (child, *children(child))]
    deadline = time.monotonic() + 5
    left = family
    while left and time.monotonic() < deadline:
        left = [pid for pid in family if Path(f"/proc/{pid}").exists()]
        time.sleep(0.05)
    print(f"processes left when the server has ended: {len(left)}")


if __name__ == "__main__":
    main()
