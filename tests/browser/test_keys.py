"""Keys step the replay wherever nothing else has a use for them."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.explorer_page import ExplorerPage
from tests.browser.test_files import saved

GROUND = {"x": 8, "y": 8}
"""A place of the picture without a box."""


def test_arrows_step_before_anything_was_clicked(explorer: ExplorerPage) -> None:
    _, steps = explorer.step()
    for key, at in (("ArrowRight", 2), ("ArrowRight", 3), ("ArrowLeft", 2)):
        explorer.page.keyboard.press(key)
        assert explorer.step() == (at, steps)
    explorer.page.keyboard.press("Shift+ArrowRight")
    assert explorer.step() == (steps, steps)


def test_arrows_step_after_run_was_pressed(explorer: ExplorerPage) -> None:
    explorer.page.get_by_role("button", name=re.compile("^Run")).click()
    explorer.painted()
    explorer.page.keyboard.press("ArrowRight")
    assert explorer.step()[0] == 2


def test_arrows_belong_to_the_editor_and_to_streamlits_widgets(explorer: ExplorerPage) -> None:
    page = explorer.page
    explorer.code.click()
    page.keyboard.press("ArrowRight")
    assert explorer.step()[0] == 1
    page.get_by_role("combobox", name=re.compile("Example")).click()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Escape")
    explorer.graph.get_by_label("speed").focus()
    page.keyboard.press("ArrowRight")
    assert explorer.step()[0] == 1


def test_keys_that_scroll_a_page_are_left_to_it(explorer: ExplorerPage) -> None:
    for key in ("Space", "PageDown", "End"):
        explorer.page.keyboard.press(key)
    assert explorer.step()[0] == 1


def test_a_clicker_goes_one_step_after_a_click_beside_the_boxes(explorer: ExplorerPage) -> None:
    _, steps = explorer.step()
    explorer.graph.locator(".frame").click(position=GROUND)
    for key, at in (("PageDown", 2), ("PageDown", 3), ("PageUp", 2)):
        explorer.page.keyboard.press(key)
        assert explorer.step() == (at, steps)
    explorer.graph.get_by_role("slider", name="Step").focus()
    explorer.page.keyboard.press("PageDown")
    assert explorer.step() == (3, steps)


def test_a_downloaded_replay_takes_all_keys_at_once(explorer: ExplorerPage, tmp_path: Path) -> None:
    page = explorer.page
    page.get_by_role("button", name="Download").click()
    path = saved(explorer, re.compile("replay in one file"), tmp_path)
    page.goto(path.as_uri())
    expect(explorer.graph).to_have_attribute("data-state", "ready")
    _, steps = explorer.step()
    for key, at in (("PageDown", 2), ("ArrowRight", 3), ("End", steps), ("Home", 1)):
        page.keyboard.press(key)
        assert explorer.step() == (at, steps)
    page.keyboard.press("Space")
    expect(explorer.step_line).to_have_text(f"step {steps} of {steps}")


def test_a_box_with_the_focus_has_one_ring(explorer: ExplorerPage) -> None:
    explorer.graph.get_by_role("button", name="Skip the boxes").focus()
    explorer.tab_to("g.node:focus-visible", 3)
    focused = explorer.graph.locator("g.node:focus")
    expect(focused).to_have_css("outline-style", "none")
    expect(focused.locator(".plate")).to_have_css("stroke-width", "3.5px")
