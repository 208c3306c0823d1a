"""What visitors take with them: the picture, the replay, the record."""

from __future__ import annotations

import json
import re
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.explorer_page import ExplorerPage


def saved(explorer: ExplorerPage, button: str | re.Pattern[str], where: Path) -> Path:
    with explorer.page.expect_download() as download:
        explorer.page.get_by_role("button", name=button).click()
    path = where / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_the_picture_is_saved_as_it_stands_at_this_step(
    explorer: ExplorerPage, tmp_path: Path
) -> None:
    explorer.press("Last")
    path = saved(explorer, "Save the picture as SVG", tmp_path)
    assert path.name == "graph.svg"
    text = path.read_text("utf-8")
    assert "MulBackward0" in text
    assert "<script" not in text
    explorer.page.goto(path.as_uri())
    svg = explorer.page.locator("svg")
    assert svg.evaluate("svg => svg.getBBox().width") > 100
    fills = svg.evaluate(
        "svg => new Set([...svg.querySelectorAll('rect')].map(r => getComputedStyle(r).fill)).size"
    )
    assert fills > 3


def test_a_run_is_downloaded_as_a_page_that_replays_alone(
    explorer: ExplorerPage, tmp_path: Path
) -> None:
    page = explorer.page
    page.get_by_role("button", name="Download").click()
    path = saved(explorer, re.compile("replay in one file"), tmp_path)
    record = saved(explorer, re.compile("whole record"), tmp_path)
    assert json.loads(record.read_text("utf-8"))["leaves"][1]["name"] == "w"
    page.goto(path.as_uri())
    expect(explorer.graph).to_have_attribute("data-state", "ready")
    explorer.press("Forward")
    expect(explorer.step_line).to_contain_text("step 2 of 5")
