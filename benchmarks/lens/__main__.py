"""The folded view from 5 nodes to 100,000, beside its peers: one command, one table, and frames.

    python -m benchmarks.lens [--seconds 120] [MODEL ...]

Each row is one model, with random weights. "bare" is its forward + backward, nothing attached, in
milliseconds of processor time; "recording" and the peers are ratios to it, weights and inputs not
counted. "record" is what travels to the browser. "first view" is from these bytes in memory to
pixels, in a fresh page and then again in the same (`cold / warm`); "open, close" is a press on a
group (median / worst of 12), without its animation; "Run to painted" is the whole way in the real
page, run included. torchviz is its DOT text and `dot`, torchview has no backward. Who fails, or
does not finish within the limit, is named with the reason. Needs Node (`npm ci` in
explorer/canvas), Chromium and `dot`.
"""

from __future__ import annotations

import argparse
import math
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks import painted
from benchmarks.lens import browser as chromium
from benchmarks.models import FAN, GPT2, MLP, RESNET, Model, chain, lstm
from benchmarks.recording import cell, shown
from benchmarks.served import ROOT, served

MODELS = (MLP, RESNET, GPT2, lstm(100), lstm(1_000), chain(10_000), chain(100_000), FAN)
PEERS = ("torchviz-dot", "torchview", "torchlens")
HEAD = (
    "model",
    "nodes",
    "bare ms",
    "recording",
    "record MB",
    "first view ms",
    "open, close ms",
    "Run to painted s",
    *PEERS,
)
ROOMY = {"EXPLORER_MEMORY_MB": "4000", "EXPLORER_SECONDS": "60"}
"""What the largest of the models need of the page that is measured."""
PAINTED = 3
"""Runs of which the median is told."""


class Bench:
    """One browser with our page open in it, and a folder for records."""

    def __init__(self, browser: Browser, ours: Page, folder: Path, seconds: float) -> None:
        self._browser = browser
        self._ours = ours
        self._folder = folder
        self._seconds = seconds
        self._script = chromium.script()
        self._runs = 0

    def row(self, model: Model) -> tuple[str, ...]:
        """One line of the table."""
        ours = cell(model.name, "explorer", self._seconds)
        record = self._record(model)
        view = chromium.loading(self._browser, self._script, record)
        peers = [cell(model.name, peer, self._seconds) for peer in PEERS]
        bare = [float(one["bare_ms"]) for one in (ours, *peers) if "bare_ms" in one]
        return (
            model.name,
            f"{view['nodes']:,}",
            f"{min(bare):.1f}" if bare else "?",
            shown(ours),
            f"{record.stat().st_size / 1e6:.2f}",
            f"{view['cold']:.0f} / {view['warm']:.0f}",
            "no group" if view["toggle"] is None else f"{view['toggle']:.1f} / {view['worst']:.1f}",
            self._painted(model),
            *map(shown, peers),
        )

    def frames(self) -> None:
        """Frames per second, by boxes on screen."""
        record = self._record(lstm(1_000))
        print("\n| boxes | panning ms per frame (95 %) | replaying ms per frame (95 %) |")
        print("|---|---|---|")
        for boxes in chromium.BOXES:
            seen: dict[str, Any] = chromium.moving(self._browser, self._script, record, boxes)
            (pan, pans), (play, plays) = seen["panning"], seen["replaying"]
            print(f"| {seen['boxes']:,} | {pan:.1f} ({pans:.1f}) | {play:.1f} ({plays:.1f}) |")

    def _record(self, model: Model) -> Path:
        """What the browser gets of a model, recorded once."""
        path = self._folder / model.name.replace("/", " ")
        if not path.exists():
            made = cell(model.name, "record", self._seconds, str(path))
            if "failed" in made:
                raise SystemExit(f"{model.name} could not be recorded: {made['failed']}")
        return path

    def _painted(self, model: Model) -> str:
        times = []
        for _ in range(PAINTED):
            self._runs += 1  # Another text each time, so that no answer is known.
            source = f"{model.setup}{model.work}# {self._runs}\n"
            times.append(painted.ours(self._ours, source))
        median = sorted(times)[PAINTED // 2]
        return "no graph" if math.isinf(median) else f"{median / 1e3:.2f}"


def main() -> None:
    """Print the tables, row by row as they are measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", help="parts of model names; all without")
    parser.add_argument("--seconds", type=float, default=120.0, help="limit for one cell")
    asked = parser.parse_args()
    with (
        served(ROOT / "app.py", **ROOMY) as server,
        sync_playwright() as playwright,
        tempfile.TemporaryDirectory() as folder,
    ):
        browser = chromium.chromium(playwright)
        ours = painted.opened(browser, server.address)
        bench = Bench(browser, ours, Path(folder), asked.seconds)
        print(f"| {' | '.join(HEAD)} |")
        print("|---|" + "---|" * (len(HEAD) - 1))
        for model in MODELS:
            if not asked.models or any(part in model.name for part in asked.models):
                print(f"| {' | '.join(bench.row(model))} |", flush=True)
        bench.frames()
        browser.close()


if __name__ == "__main__":
    main()
