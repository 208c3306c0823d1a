"""Journeys over graphs that are too large for one screen: they open folded."""

from __future__ import annotations

import re
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.explorer_page import ExplorerPage

LOOP = """\
import torch
from torch import nn

torch.manual_seed(7)
cell = nn.RNNCell(4, 4)
x = torch.randn({steps}, 1, 4)
h = torch.zeros(1, 4)
for step in range({steps}):
    h = cell(x[step], h)
loss = h.pow(2).mean()
loss.backward()
"""
TALL = {"width": 1280, "height": 900}
LARGE = LOOP.format(steps=24)
HUGE = LOOP.format(steps=200)
FITS_A_SCREEN = 40
"""Boxes of a first view, generously."""


def boxes(explorer: ExplorerPage) -> int:
    return int(explorer.graph.get_attribute("data-boxes") or 0)


def test_a_large_graph_opens_folded_and_fits_the_screen(explorer: ExplorerPage) -> None:
    explorer.run(LARGE)
    expect(explorer.graph).to_have_attribute("data-lens", "explorer")
    assert 0 < boxes(explorer) <= FITS_A_SCREEN
    assert int(explorer.graph.get_attribute("data-nodes") or 0) > 100
    assert not explorer.faults


def test_a_group_opens_and_closes_by_keyboard(explorer: ExplorerPage) -> None:
    explorer.run(LARGE)
    before = boxes(explorer)
    twin = explorer.graph.locator("button[data-node-id^='group-'][aria-expanded='false']").first
    twin.focus()
    explorer.page.keyboard.press("Enter")
    expect(explorer.graph).not_to_have_attribute("data-boxes", str(before))
    assert boxes(explorer) > before


def test_the_picture_of_torchviz_stays_one_switch_away_and_keeps_the_step(
    explorer: ExplorerPage,
) -> None:
    explorer.run(LARGE)
    explorer.press("Forward")
    explorer.press("Forward")
    explorer.graph.get_by_text("Dressed", exact=True).click()
    expect(explorer.graph).to_have_attribute("data-lens", "torchviz")
    explorer.painted()
    expect(explorer.node("TanhBackward0").first).to_be_attached()
    assert explorer.step()[0] == 3
    explorer.graph.get_by_text("Folded", exact=True).click()
    expect(explorer.graph).to_have_attribute("data-lens", "explorer")
    explorer.painted()
    assert explorer.step()[0] == 3


def test_a_graph_beyond_torchvizs_limit_replays_folded(explorer: ExplorerPage) -> None:
    explorer.run(HUGE)
    expect(explorer.graph).to_have_attribute("data-lens", "explorer")
    assert int(explorer.graph.get_attribute("data-nodes") or 0) > 600
    expect(explorer.graph.get_by_role("radio", name="Dressed")).to_be_disabled()
    explorer.press("Last")
    step, count = explorer.step()
    assert step == count > 600
    expect(explorer.leaf("cell.weight_ih")).not_to_contain_text("not run yet")


def test_search_finds_and_goes_there(explorer: ExplorerPage) -> None:
    explorer.run(LARGE)
    field = explorer.graph.get_by_role("searchbox")
    field.fill("tanh")
    expect(explorer.graph.get_by_text("24 found")).to_be_visible()
    field.press("Enter")
    expect(explorer.card).to_contain_text("TanhBackward0")


def test_the_picture_says_how_much_it_shows_and_how_much_a_filter_leaves(
    explorer: ExplorerPage,
) -> None:
    explorer.run(LARGE)
    caption = explorer.graph.locator(".census")
    expect(caption).to_have_text(re.compile(r"^\d+ boxes show \d+ operations, 4 parameters$"))
    smallest = explorer.graph.get_by_label("Smallest gradient that stays")
    smallest.focus()
    for _ in range(6):
        smallest.press("ArrowRight")
    expect(caption).to_have_text(re.compile(r"; \d+ stay$"))
    assert explorer.step()[0] == 1, "arrows on the slider are the slider's"
    smallest.press("Home")
    expect(caption).not_to_contain_text("stay")


def test_only_what_leads_from_a_leaf_to_the_root(explorer: ExplorerPage) -> None:
    explorer.run(LARGE)
    field = explorer.graph.get_by_role("searchbox")
    field.fill("name:bias_ih")
    field.press("Enter")
    expect(explorer.card).to_contain_text("bias_ih")
    explorer.graph.get_by_role("button", name="Only what leads from the held box").click()
    caption = explorer.graph.locator(".census")
    expect(caption).to_have_text(re.compile(r"; \d+ stay$"))
    explorer.graph.get_by_role("button", name="Only what leads from the held box").click()
    expect(caption).not_to_contain_text("stay")


def test_nothing_is_asked_of_the_server_when_groups_open(explorer: ExplorerPage) -> None:
    explorer.run(LARGE)
    sent = len(explorer.sent)
    before = boxes(explorer)
    explorer.graph.get_by_role("button", name="Show more boxes").click()
    expect(explorer.graph).not_to_have_attribute("data-boxes", str(before))
    explorer.press("Forward")
    assert len(explorer.sent) == sent


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_folded_view(
    explorer: ExplorerPage, scheme: Literal["light", "dark"]
) -> None:
    explorer.page.emulate_media(color_scheme=scheme)
    explorer.run(LARGE)
    expect(explorer.graph).to_have_attribute("data-theme", re.compile(scheme))
    found = Axe().run(explorer.page)
    assert found.violations_count == 0, found.generate_report()


def test_the_trail_names_the_groups_around_and_leads_back_to_them(explorer: ExplorerPage) -> None:
    explorer.page.set_viewport_size(TALL)  # the group that opens is in the middle of the picture
    explorer.run(LARGE)
    explorer.graph.locator("button[data-node-id^='group-'][aria-expanded='false']").first.focus()
    explorer.page.keyboard.press("Enter")
    group = explorer.graph.locator("button[data-node-id^='group-'][aria-expanded='true']").last
    group.focus()
    title = (group.get_attribute("aria-label") or "").split(";")[0]
    trail = explorer.graph.get_by_role("navigation", name="Groups around what is in view")
    for _ in range(4):
        explorer.graph.get_by_role("button", name="Zoom in").click()
    expect(trail).to_contain_text(title)
    trail.get_by_role("button", name=f"Show all of {title}").click()
    expect(trail).to_contain_text(title)
    trail.get_by_role("button", name="Show the whole graph").press("Enter")
    expect(trail.get_by_role("button", name="Show the whole graph")).to_be_attached()
    assert not explorer.faults
