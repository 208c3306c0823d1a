"""Thirty people press Run at once, ours beside a bare Streamlit page with one button.

    python -m benchmarks.crowd [--sessions 30] [--rounds 10]

Both servers run side by side and take turns. Each press on our page runs a program of its own, new
in each round, so that no answer is kept; a press on the bare page runs nothing. Time is from the
press to the end of the page's script, all of it over real WebSockets; processor time is that of the
server alone, without the process that runs programs. Linux only.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from websockets.asyncio.client import ClientConnection

from benchmarks.painted import LAYERS
from benchmarks.painted import program as network
from benchmarks.served import ROOT, Server, served
from benchmarks.visitor import Page, Visitor, opened

TINY = "import torch\nw = torch.tensor({number}.0, requires_grad=True)\n(w * w).backward()\n"
TARGET_MS = {1: 50, 30: 1200}
"""People at once -> until all are answered, on two idle cores."""


class Bare(Page):
    """The page with one button."""

    def __init__(self, socket: ClientConnection) -> None:
        super().__init__(socket)
        self._button = ""
        self._text = ""

    async def press(self) -> None:
        """Presses the button, and sees that it was counted."""
        before = self._text
        message = BackMsg()
        trigger = message.rerun_script.widget_states.widgets.add()
        trigger.id, trigger.trigger_value = self._button, True
        await self.run_script(message)
        if self._text == before:
            raise SystemExit("a press on the bare page was lost")

    def look_at(self, element: Element) -> None:
        """Remembers the button and the text."""
        self._button = element.button.id or self._button
        self._text = element.text.body or self._text


class Round(NamedTuple):
    """All pressed once."""

    waited: float
    """Milliseconds until the last one was answered."""
    processor: float
    """Milliseconds of the server's processor time per press."""


async def ours(server: Server, people: Sequence[Visitor], programs: Sequence[str]) -> Round:
    """Everybody runs a program."""
    began, used = time.monotonic(), processor_time(server.pid)
    pairs = zip(people, programs, strict=True)
    answers = await asyncio.gather(*(one.press_run(program) for one, program in pairs))
    if failures := [answer.failure for answer in answers if answer.failure]:
        raise SystemExit(f"runs failed: {failures}")
    return _round(server, began, used, len(people))


async def bare(server: Server, people: Sequence[Bare]) -> Round:
    """Everybody presses the button."""
    began, used = time.monotonic(), processor_time(server.pid)
    await asyncio.gather(*(one.press() for one in people))
    return _round(server, began, used, len(people))


def _round(server: Server, began: float, used: float, people: int) -> Round:
    waited = time.monotonic() - began
    return Round(waited * 1000, (processor_time(server.pid) - used) * 1000 / people)


def processor_time(pid: int) -> float:
    """Seconds that a process has computed, all its threads together."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def visit(our_server: Server, bare_server: Server, sessions: int, rounds: int) -> None:
    """Print the table, row by row."""
    async with contextlib.AsyncExitStack() as pages:
        visitors, others = [], []
        for _ in range(sessions):
            visitors.append(await pages.enter_async_context(opened(our_server.address, Visitor)))
            others.append(await pages.enter_async_context(opened(bare_server.address, Bare)))
        print(
            "| at once | program | ours, all answered ms (median, worst) | bare page ms | ratio |"
        )
        print("|--:|---|--:|--:|--:|")
        rows = [(1, "tiny"), *((1, f"{boxes} boxes") for boxes in LAYERS), (sessions, "tiny")]
        seen = 0
        for people, what in rows:
            pairs = []
            for _ in range(rounds if people > 1 else 4 * rounds):
                texts = [text(what, seen := seen + 1) for _ in range(people)]
                mine = await ours(our_server, visitors[:people], texts)
                pairs.append((mine, await bare(bare_server, others[:people])))
            tell(people, what, pairs[1:])


def text(what: str, number: int) -> str:
    """A program that nobody has run before."""
    if what == "tiny":
        return TINY.format(number=number)
    return network(LAYERS[int(what.split()[0])], number + 2)


def tell(people: int, what: str, pairs: Sequence[tuple[Round, Round]]) -> None:
    """One row; processor time of the server in brackets."""
    mine, floor = ([pair[side] for pair in pairs] for side in (0, 1))
    ours_ms, bare_ms = (statistics.median(one.waited for one in side) for side in (mine, floor))
    ours_cpu, bare_cpu = (statistics.mean(one.processor for one in side) for side in (mine, floor))
    worst = max(one.waited for one in mine)
    target = f"; target {TARGET_MS[people]}" if people in TARGET_MS and what == "tiny" else ""
    cells = (
        str(people),
        what,
        f"{ours_ms:.0f}, {worst:.0f} (server {ours_cpu:.1f} each{target})",
        f"{bare_ms:.0f} (server {bare_cpu:.1f} each)",
        f"{ours_ms / bare_ms:.2f}",
    )
    print("| " + " | ".join(cells) + " |", flush=True)


def main() -> None:
    """Start both pages and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=10)
    asked = parser.parse_args()
    with (
        served(ROOT / "app.py") as our_server,
        served(ROOT / "benchmarks" / "button_page.py") as bare_server,
    ):
        asyncio.run(visit(our_server, bare_server, asked.sessions, asked.rounds))


if __name__ == "__main__":
    main()
