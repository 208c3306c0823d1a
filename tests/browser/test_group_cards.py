"""Journeys to the facts of what is folded: cards of groups and arrows, words at the focus."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.explorer_page import ExplorerPage
from tests.browser.test_folded import LARGE

SKIPS = """\
import torch

torch.manual_seed(7)
w = torch.randn(4, 4, requires_grad=True)
h = torch.randn(2, 4)
for step in range(40):
    h = torch.tanh(h @ w) + h
loss = h.pow(2).mean()
loss.backward()
"""
"""Each iteration takes the one before in two ways: two edges, drawn as one arrow."""
BREAKS = """\
import torch

torch.manual_seed(7)
w = torch.randn(4, 4, requires_grad=True)
h = torch.randn(2, 4)
for step in range(60):
    h = torch.tanh(h @ w)
    if step == 17:
        h = h * float("inf")
loss = h.pow(2).mean()
loss.backward()
"""


def test_an_arrow_that_stands_for_several_edges_shows_the_largest_and_says_so(
    explorer: ExplorerPage,
) -> None:
    explorer.run(SKIPS)
    explorer.press("Last")
    closed = explorer.graph.locator("button[data-node-id^='group-'][aria-expanded='false']")
    one, other = (closed.nth(place).bounding_box() for place in (0, 1))
    assert one and other
    middle = (one["y"] + one["height"] + other["y"]) / 2
    explorer.page.mouse.move(one["x"] + one["width"] / 2, middle)
    tip = explorer.graph.locator(".tip")
    expect(tip).to_contain_text("largest of 2 edges")
    norm = re.search(r"‖(.+?)‖", tip.inner_text())
    assert norm
    explorer.page.mouse.down()
    explorer.page.mouse.up()
    expect(explorer.card).to_contain_text("The largest of 2 edges that are drawn as this arrow.")
    expect(explorer.card).to_contain_text(norm[1])


def test_a_group_that_is_opened_shows_its_card(explorer: ExplorerPage) -> None:
    explorer.run(LARGE)
    twin = explorer.graph.locator("button[data-node-id^='group-'][aria-expanded='false']").first
    title, *_, largest, steps, _ = (twin.get_attribute("aria-label") or "").split("; ")
    twin.press("Enter")
    expect(explorer.card.get_by_text("group", exact=True)).to_be_visible()
    expect(explorer.card).to_contain_text(title.split(",")[0])
    expect(explorer.card).to_contain_text(largest.removeprefix("largest gradient "))
    first, last = re.findall(r"\d+", steps)
    expect(explorer.card).to_contain_text(re.compile(rf"Works in \d+ steps, {first} to {last}:"))
    expect(explorer.card.get_by_role("img", name="Size of the gradients")).to_be_visible()
    explorer.press("Last")
    expect(explorer.card).to_contain_text("all are done")
    explorer.card.get_by_role("button", name="Show ").first.click()
    expect(explorer.card.get_by_text("operation", exact=True)).to_be_visible()
    explorer.page.keyboard.press("Escape")
    expect(explorer.card).to_contain_text("the node at work")
    assert not explorer.faults


def test_the_box_with_the_focus_has_its_words_beside_it(explorer: ExplorerPage) -> None:
    explorer.run(LARGE)
    tip = explorer.graph.locator(".tip")
    expect(tip).to_be_hidden()
    explorer.graph.locator("button[data-node-id^='group-']").first.focus()
    expect(tip).to_contain_text("largest gradient")
    expect(tip).to_contain_text(re.compile("Enter (opens|closes) it"))
    explorer.page.keyboard.press("ArrowDown")
    expect(tip).to_be_visible()
    explorer.code.focus()
    expect(tip).to_be_hidden()


def test_the_focus_moves_the_camera_and_not_the_frame(explorer: ExplorerPage) -> None:
    explorer.page.emulate_media(reduced_motion="reduce")
    explorer.run(LARGE)
    for _ in range(6):
        explorer.graph.get_by_role("button", name="Zoom in").click()
    lens = explorer.graph.locator(".lens")
    last = explorer.graph.locator("button[data-node-id]:not([aria-expanded='true'])").last
    last.focus()
    expect(lens).to_have_js_property("scrollTop", 0)
    frame, box = lens.bounding_box(), last.bounding_box()
    assert frame and box
    assert frame["y"] <= box["y"] and box["y"] + box["height"] <= frame["y"] + frame["height"]


def test_show_it_opens_the_groups_around_the_first_nan(explorer: ExplorerPage) -> None:
    explorer.run(BREAKS)
    boxes = explorer.graph.locator("button[data-node-id]:not([aria-expanded])")
    broken = boxes.and_(explorer.graph.get_by_role("button", name=re.compile("^Mm.*line 7")))
    while broken.count() > 0:
        shown = explorer.graph.get_attribute("data-boxes")
        explorer.graph.get_by_role("button", name="Show fewer boxes").click()
        expect(explorer.graph).not_to_have_attribute("data-boxes", str(shown))
    explorer.graph.get_by_role("button", name="Show it in the graph").click()
    expect(explorer.card).to_contain_text("line 7, visit 19")
    expect(broken).to_have_count(1)
    expect(broken).to_be_in_viewport()
    group = explorer.graph.locator("button[data-node-id^='group-'][aria-expanded='true']").last
    group.press("Enter")
    expect(explorer.card).to_contain_text("The first NaN or infinity began in here")
    expect(broken).to_have_count(0)
    explorer.card.get_by_role("button", name="Show Mm, line 7, visit 19").first.click()
    expect(broken).to_have_count(1)
