"""The folded view saved as SVG, beside what is on screen."""

from __future__ import annotations

import re
from typing import Literal

import pytest
from playwright.sync_api import expect

from tests.browser.explorer_page import ExplorerPage
from tests.browser.test_folded import LARGE

DIFFERENCE = """async ([sheet, text]) => {
  const parsed = new DOMParser().parseFromString(text, 'image/svg+xml');
  if (parsed.querySelector('parsererror, script, image, foreignObject')) return null;
  const drawn = new Image();
  drawn.src = URL.createObjectURL(new Blob([text], { type: 'image/svg+xml' }));
  await drawn.decode();
  const scaled = (picture, { width, height }) => {
    const copy = new OffscreenCanvas(width, height);
    const pen = copy.getContext('2d');
    pen.imageSmoothingQuality = 'high';
    pen.drawImage(picture, 0, 0, copy.width, copy.height);
    return copy;
  };
  const pixels = (picture) => {
    const copy = scaled(scaled(picture, sheet), { width: sheet.width / 8, height: sheet.height / 8 });
    return copy.getContext('2d').getImageData(0, 0, copy.width, copy.height).data;
  };
  const [one, other] = [pixels(sheet), pixels(drawn)];
  return Math.max(...one.map((value, at) => Math.abs(value - other[at]))) / 255;
}"""
"""Largest difference between a canvas and an SVG, 0 to 1, looked at through fingers: letters and
corners are smoothed in other ways. null where the SVG is not pure drawing."""
ALIKE = 0.1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_saved_picture_is_the_one_on_screen(
    explorer: ExplorerPage, scheme: Literal["light", "dark"]
) -> None:
    explorer.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    explorer.run(LARGE)
    expect(explorer.graph).to_have_attribute("data-theme", re.compile(scheme))
    for _ in range(12):
        explorer.press("Forward")
    explorer.page.mouse.move(0, 0)
    with explorer.page.expect_download() as saved:
        explorer.graph.get_by_role("button", name="Save what is in view as SVG").click()
    text = saved.value.path().read_text("utf-8")
    sheet = explorer.graph.locator("canvas.sheet").element_handle()
    difference = explorer.page.evaluate(DIFFERENCE, [sheet, text])
    assert difference is not None, "nothing but drawing"
    assert difference < ALIKE
    bare = re.sub(r'<path [^>]*fill="none"[^>]*>', "", text)
    assert explorer.page.evaluate(DIFFERENCE, [sheet, bare]) > ALIKE, "the measure sees lines"
