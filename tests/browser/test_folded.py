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
LARGE = LOOP.format(steps=24)
HUGE = LOOP.format(steps=200)
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
FITS_A_SCREEN = 40
"""Boxes of a first view, generously."""

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
    expect(broken).to_have_count(0)
    explorer.graph.get_by_role("button", name="Show where it began").click()
    expect(explorer.card).to_contain_text("line 7, visit 19")
    expect(broken).to_have_count(1)
    expect(broken).to_be_in_viewport()
    group = explorer.graph.locator("button[data-node-id^='group-'][aria-expanded='true']").last
    group.press("Enter")
    expect(explorer.card).to_contain_text("The first NaN or infinity began in here")
    expect(broken).to_have_count(0)
    explorer.card.get_by_role("button", name="Show Mm, line 7, visit 19").first.click()
    expect(broken).to_have_count(1)


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
