"""Keyboard only, dark theme, a phone, reduced motion, and what axe finds."""

from __future__ import annotations

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.explorer_page import ExplorerPage

MOST_TABS = 60
"""Key presses within which everything of the page can be reached."""
PHONE = {"width": 390, "height": 844}


def test_the_whole_journey_by_keyboard(explorer: ExplorerPage) -> None:
    keyboard = explorer.page.keyboard
    explorer.tab_to(".cm-content", MOST_TABS)
    keyboard.press("Control+End")
    keyboard.insert_text("\nmore = torch.sin(w)\n")
    before = explorer.trace()
    keyboard.press("Control+Enter")
    expect(explorer.graph).not_to_have_attribute("data-trace", before)
    explorer.painted()
    keyboard.press("Escape")
    explorer.tab_to("g.node[data-node-id]", MOST_TABS)
    keyboard.press("Enter")
    expect(explorer.card).to_contain_text("held here")
    keyboard.press("Escape")
    at, steps = explorer.step()
    keyboard.press("ArrowRight")
    assert explorer.step() == (at + 1, steps)
    keyboard.press("End")
    assert explorer.step() == (steps, steps)
    keyboard.press("Space")
    expect(explorer.step_line).not_to_have_text(f"step {steps} of {steps}")


def test_the_boxes_can_be_skipped_on_the_way_to_the_replay(explorer: ExplorerPage) -> None:
    explorer.tab_to(".cm-content", MOST_TABS)
    explorer.page.keyboard.press("Escape")
    explorer.tab_to("button.skip", MOST_TABS)
    expect(explorer.graph.get_by_role("button", name="Skip the boxes")).to_be_in_viewport()
    explorer.page.keyboard.press("Enter")
    expect(explorer.graph.get_by_role("button", name="Play", exact=True)).to_be_focused()


def test_boxes_have_names_that_say_everything(explorer: ExplorerPage) -> None:
    explorer.press("Last")
    name = explorer.node("PowBackward0").first.get_attribute("aria-label") or ""
    assert "line 6" in name
    assert "value 49" in name
    assert "gradient 1" in name
    constant = explorer.node("2").last.get_attribute("aria-label") or ""
    assert constant.endswith("no gradient comes here")
    assert "gradient no" not in constant


def test_the_dark_theme_reaches_every_part(explorer: ExplorerPage) -> None:
    explorer.page.emulate_media(color_scheme="dark")
    expect(explorer.graph).to_have_attribute("data-theme", "dark")
    for part in (explorer.page.get_by_test_id("stApp"), explorer.code, explorer.card):
        assert explorer.lightness_behind(part) < 0.25
    explorer.page.emulate_media(color_scheme="light")
    expect(explorer.graph).to_have_attribute("data-theme", "light")


def test_a_phone_scrolls_in_one_direction_only(explorer: ExplorerPage) -> None:
    explorer.page.set_viewport_size(PHONE)
    explorer.open()
    main = explorer.page.get_by_test_id("stMain")
    assert main.evaluate("it => it.scrollWidth <= it.clientWidth")
    explorer.press("Forward")
    assert explorer.step()[0] == 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", ["first load", "failure"])
def test_axe_finds_nothing(
    explorer: ExplorerPage, scheme: Literal["light", "dark"], state: str
) -> None:
    explorer.page.emulate_media(color_scheme=scheme)
    expect(explorer.graph).to_have_attribute("data-theme", scheme)
    if state == "failure":
        explorer.write("import torch\nx = = 1\n")
        explorer.page.keyboard.press("Control+Enter")
        expect(explorer.failure).to_be_visible()
    explorer.painted()
    found = Axe().run(explorer.page)
    assert found.violations_count == 0, found.generate_report()
