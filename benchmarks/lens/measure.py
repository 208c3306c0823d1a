"""Prints how fast the explorer lens is, in a real Chromium: loading, toggling, moving."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).parent
LOADS = (
    ("blocks", 26),
    ("blocks", 230),
    ("blocks", 7500),
    ("recurrent", 1000),
    ("chain", 100_000),
    ("fan", 1000),
)
BOXES = (80, 300, 3000)
SHELL = '<!doctype html><body style="margin:0"><div id="lens" style="height:100vh"></div>'


def script() -> str:
    """The lens with its worker, the graphs, and what is measured."""
    bundle = subprocess.run(
        ["node", str(HERE / "bundle.mjs")], check=True, capture_output=True, text=True
    )
    return bundle.stdout + (HERE / "measure.js").read_text()


@contextmanager
def page(browser: Browser, text: str) -> Iterator[Page]:
    """A fresh page with the lens in it, so that nothing is compiled yet."""
    it = browser.new_page(viewport={"width": 1200, "height": 760})
    it.set_content(SHELL)
    it.add_script_tag(content=text)
    yield it
    it.close()


def print_loads(browser: Browser, text: str) -> None:
    """One row per graph."""
    print("graph            nodes  boxes   cold ms   warm ms   toggle ms   worst")
    for name, size in LOADS:
        with page(browser, text) as it:
            row: dict[str, Any] = it.evaluate("([n, s]) => loading(n, s)", [name, size])
        print(
            f"{name:<12}{row['nodes']:>10,}{row['boxes']:>7}{row['cold']:>10.0f}"
            f"{row['warm']:>10.1f}{row['toggle']:>12.1f}{row['worst']:>8.1f}"
        )


def print_frames(browser: Browser, text: str) -> None:
    """One row per number of boxes on screen."""
    print("\n boxes   panning ms (95 %)   replaying ms (95 %)")
    for boxes in BOXES:
        with page(browser, text) as it:
            row: dict[str, Any] = it.evaluate("(count) => moving(count)", boxes)
        (pan, pans), (play, plays) = row["panning"], row["replaying"]
        print(f"{row['boxes']:>6,}{pan:>10.1f} ({pans:.1f}){play:>14.1f} ({plays:.1f})")


def main() -> None:
    """Both tables."""
    text = script()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        print_loads(browser, text)
        print_frames(browser, text)


if __name__ == "__main__":
    main()
