"""How fast a real Chromium shows a record: the first view, opening and closing, frames."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Playwright

HERE = Path(__file__).parent
SHELL = '<!doctype html><body style="margin:0"><div id="lens" style="height:100vh"></div>'
ADDRESS = "http://lens.test/"
"""Nothing is ever asked of it: the page and its records are put in its place."""
BOXES = (80, 300, 3000)


def chromium(playwright: Playwright) -> Browser:
    """The machine's own, without a graphics card."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chrome")
    arguments = ["--no-sandbox", "--disable-gpu"]
    return playwright.chromium.launch(executable_path=path, args=arguments)


def script() -> str:
    """The lens with its worker, and what is measured."""
    command = ["node", str(HERE / "bundle.mjs")]
    bundle = subprocess.run(command, check=True, capture_output=True, text=True)
    return bundle.stdout + (HERE / "measure.js").read_text()


def loading(browser: Browser, text: str, record: Path) -> dict[str, Any]:
    """Nodes and boxes, and milliseconds: `cold`, `warm`, `toggle`, `worst`."""
    with _page(browser, text, record) as page:
        return dict(page.evaluate("(address) => loading(address)", ADDRESS + "record"))


def moving(browser: Browser, text: str, record: Path, boxes: int) -> dict[str, Any]:
    """Milliseconds per frame (median and 95 %) while `panning` and `replaying` so many boxes."""
    with _page(browser, text, record) as page:
        asked = [ADDRESS + "record", boxes]
        return dict(page.evaluate("([address, boxes]) => moving(address, boxes)", asked))


@contextmanager
def _page(browser: Browser, text: str, record: Path) -> Iterator[Page]:
    """A fresh page with the lens in it, so that nothing is compiled yet."""
    page = browser.new_page(viewport={"width": 1200, "height": 760})
    page.route(ADDRESS, lambda route: route.fulfill(body=SHELL, content_type="text/html"))
    page.route(ADDRESS + "record", lambda route: route.fulfill(path=record))
    page.goto(ADDRESS)
    page.add_script_tag(content=text)
    yield page
    page.close()
