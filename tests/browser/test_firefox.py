"""One journey in a real Firefox: what differs there from Chromium is seen by no other test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.bidi import Firefox, executable, firefox
from tests.browser.test_folded import LARGE

pytestmark = pytest.mark.skipif(
    executable() is None and not os.environ.get("CI"),
    reason="no Firefox found: install it, or name one in $FIREFOX",
)

GRAPH = "[data-testid=explorer-graph]"
STEP = "[data-testid=explorer-step]"
SCALE = "Number(it.style.transform.match(/scale\\((.+?)\\)/)[1])"


@pytest.fixture
def visitor(tmp_path: Path, base_url: str) -> Iterator[Firefox]:
    """Somebody with a Firefox in front of a projector, who sees the first example."""
    with firefox(tmp_path) as tab:
        tab.open(base_url, 1280, 720)
        painted(tab)
        yield tab


def painted(tab: Firefox) -> None:
    tab.wait(GRAPH, "it.dataset.state === 'ready'")
    tab.wait("[data-testid=stApp]", "it.dataset.testScriptState === 'notRunning'")


def is_in_the_window(tab: Firefox, part: str) -> bool:
    return bool(tab.of(part, "it.getBoundingClientRect().bottom <= innerHeight"))


def test_a_visitor_with_firefox_replays_asks_zooms_edits_and_searches(visitor: Firefox) -> None:
    visitor.click(f"{GRAPH} button[aria-label=Forward]")
    visitor.wait(STEP, "it.textContent.startsWith('step 2 of')")
    visitor.press("ArrowRight")
    visitor.wait(STEP, "it.textContent.startsWith('step 3 of')")

    visitor.click(f"{GRAPH} g.node .title", "MulBackward0")
    visitor.wait(f"{GRAPH} .card", "it.textContent.includes('held here')")

    before = visitor.of(f"{GRAPH} .stage", SCALE)
    for _ in range(12):
        visitor.wheel(f"{GRAPH} .frame", -100, "Control")
    visitor.wait(f"{GRAPH} .stage", f"{SCALE} > {before}")
    assert visitor.of("body", "innerWidth") == 1280, "the page was not enlarged"

    shown = visitor.of(GRAPH, "it.dataset.trace")
    visitor.click(".cm-content")
    visitor.press("Control", "a")
    visitor.paste(LARGE)
    visitor.type("# my own")
    assert visitor.of(".cm-line", "it.textContent", "my own") == "# my own"
    visitor.press("Control", "Enter")
    visitor.wait(GRAPH, f"it.dataset.trace !== '{shown}'")
    painted(visitor)
    assert visitor.of(GRAPH, "it.dataset.lens") == "explorer"
    assert is_in_the_window(visitor, ".transport")

    boxes = visitor.of(GRAPH, "it.dataset.boxes")
    visitor.click(f"{GRAPH} button[aria-label='Show more boxes']")
    visitor.wait(GRAPH, f"it.dataset.boxes !== '{boxes}'")
    visitor.click(f"{GRAPH} input[type=search]")
    visitor.type("tanh")
    visitor.press("Enter")
    visitor.wait(f"{GRAPH} .card", "it.textContent.includes('TanhBackward0')")
    assert visitor.faults == []
