"""Wheels and pinches as other browsers than Chromium send them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.explorer_page import ExplorerPage
from tests.browser.test_folded import still

SENT = """(picture, [times, name, more]) => {
  const { left, top, width, height } = picture.getBoundingClientRect();
  const place = { clientX: left + width / 2, clientY: top + height / 2 };
  const usual = { bubbles: true, cancelable: true, composed: true };
  let kept = true;
  for (let time = 0; time < times; time += 1) {
    const event = name === 'wheel'
      ? new WheelEvent(name, { ...usual, ...place, ...more })
      : Object.assign(new MouseEvent(name, { ...usual, ...place }), more);
    kept = !picture.dispatchEvent(event) && kept;
  }
  return kept;
}"""
"""Sends an event so many times. Whether the browser was kept each time from what it does by itself."""

NOTCH = 1.3
"""What a press of + enlarges by."""


def send(picture: Locator, name: str, times: int = 1, **more: Any) -> bool:
    return bool(picture.evaluate(SENT, [times, name, more]))


def scale_of(explorer: ExplorerPage) -> float:
    moved = explorer.graph.locator(".stage").evaluate("it => it.style.transform")
    found = re.search(r"scale\((.+?)\)", moved)
    assert found
    return float(found[1])


@pytest.fixture
def picture(explorer: ExplorerPage) -> Locator:
    return explorer.graph.locator("svg.figure")


def test_with_ctrl_held_the_wheel_never_enlarges_the_page(
    explorer: ExplorerPage, picture: Locator
) -> None:
    for pixels in (-100, 100):
        assert send(picture, "wheel", times=40, deltaY=pixels, ctrlKey=True)
    end = scale_of(explorer)
    assert send(picture, "wheel", deltaY=100, ctrlKey=True)
    assert scale_of(explorer) == end


def test_without_ctrl_the_page_scrolls_on_where_the_zoom_ends(picture: Locator) -> None:
    send(picture, "pointerdown")
    assert send(picture, "wheel", deltaY=-100)
    assert not send(picture, "wheel", times=80, deltaY=-100)


def test_a_notch_with_ctrl_zooms_as_a_press_of_the_button(
    explorer: ExplorerPage, picture: Locator
) -> None:
    before = scale_of(explorer)
    send(picture, "wheel", deltaY=-120, ctrlKey=True)
    assert scale_of(explorer) == pytest.approx(before * NOTCH, rel=1e-3)


def test_three_lines_of_firefox_zoom_as_a_notch_in_pixels(
    explorer: ExplorerPage, picture: Locator
) -> None:
    send(picture, "pointerdown")
    start = scale_of(explorer)
    send(picture, "wheel", deltaY=-99, deltaMode=0)
    pixels = scale_of(explorer)
    send(picture, "wheel", deltaY=-3, deltaMode=1)
    assert scale_of(explorer) / pixels == pytest.approx(pixels / start, rel=1e-3)


def test_a_pinch_of_safari_zooms_the_picture_and_not_the_page(
    explorer: ExplorerPage, picture: Locator
) -> None:
    before = scale_of(explorer)
    assert send(picture, "gesturestart", scale=1)
    assert send(picture, "gesturechange", scale=1.2)
    assert send(picture, "gesturechange", scale=1.5)
    assert scale_of(explorer) == pytest.approx(before * 1.5, rel=1e-3)


def test_a_pinch_of_safari_zooms_the_folded_view_about_the_fingers(
    explorer: ExplorerPage,
) -> None:
    still(explorer)
    explorer.graph.get_by_text("Folded", exact=True).click()
    expect(explorer.graph).to_have_attribute("data-lens", "explorer")
    explorer.painted()
    sheet, twin = explorer.graph.locator("canvas.sheet"), explorer.graph.locator("[data-box]").first
    window, before = sheet.bounding_box(), twin.bounding_box()
    assert window and before
    middle = window["x"] + window["width"] / 2
    assert send(sheet, "gesturestart", scale=1)
    assert send(sheet, "gesturechange", scale=1.5)
    twin.page.wait_for_function(
        "([twin, width]) => Math.abs(twin.getBoundingClientRect().width - width) < 1",
        arg=[twin.element_handle(), 1.5 * before["width"]],
    )
    after = twin.bounding_box()
    assert after
    assert after["x"] - middle == pytest.approx(1.5 * (before["x"] - middle), abs=1)
