"""Journeys over graphs that are too large for one screen: they open folded."""

from __future__ import annotations

import re
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, expect

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


NEAREST = """(canvas, name) => {
  const window = canvas.getBoundingClientRect();
  const [x, y] = [window.x + window.width / 2, window.y + window.height / 2];
  const away = twin => {
    const { left, right, top, bottom } = twin.getBoundingClientRect();
    return Math.hypot(Math.max(left - x, 0, x - right), Math.max(top - y, 0, y - bottom));
  };
  const twins = [...canvas.parentElement.querySelectorAll('[data-node-id]')];
  const [twin] = name
    ? twins.filter(twin => twin.dataset.nodeId === name)
    : twins
        .filter(twin => twin.ariaExpanded !== 'true')
        .sort((one, other) => away(one) - away(other));
  const { left, right, top } = twin.getBoundingClientRect();
  return [twin.dataset.nodeId, (left + right) / 2 - x, top - y];
}"""
"""The closed box nearest the middle of the picture, or one by its id: where its upper side is, as
seen from that middle."""

FRAMES = """() => new Promise(done => {
  const next = left => left ? requestAnimationFrame(() => next(left - 1)) : done();
  next(4);
})"""


def still(explorer: ExplorerPage) -> None:
    """Asks for no animation, so that everything is in its place some frames after a change."""
    explorer.page.emulate_media(reduced_motion="reduce")


def nearest(explorer: ExplorerPage, name: str = "") -> tuple[str, float, float]:
    explorer.page.evaluate(FRAMES)
    found, x, y = explorer.graph.locator("canvas.sheet").evaluate(NEAREST, name)
    return found, x, y


def is_in_view(explorer: ExplorerPage, twin: Locator) -> bool:
    explorer.page.evaluate(FRAMES)
    box, window = twin.bounding_box(), explorer.graph.locator("canvas.sheet").bounding_box()
    return (
        box is not None
        and window is not None
        and window["y"] - 1 <= box["y"]
        and box["y"] + box["height"] <= window["y"] + window["height"] + 1
    )


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
    expect(caption).to_have_text(re.compile(r"; \d+ boxes? stays?$"))
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
    expect(caption).to_have_text(re.compile(r"; \d+ boxes? stays?$"))
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
    trail = explorer.graph.get_by_role("navigation", name="Groups around what is in view")
    for _ in range(4):
        explorer.graph.get_by_role("button", name="Zoom in").click()
    expect(trail.get_by_role("button", name="Show all of")).not_to_have_count(0)
    title = trail.get_by_role("button", name="Show all of").last.inner_text()
    trail.get_by_role("button", name=f"Show all of {title}").click()
    expect(trail).to_contain_text(title)
    trail.get_by_role("button", name="Show the whole graph").press("Enter")
    expect(trail.get_by_role("button", name="Show the whole graph")).to_be_attached()
    assert not explorer.faults


def test_what_is_in_the_middle_stays_there_when_the_card_goes_and_the_window_shrinks(
    explorer: ExplorerPage,
) -> None:
    still(explorer)
    explorer.run(LARGE)
    field = explorer.graph.get_by_role("searchbox")
    field.fill("tanh")
    expect(explorer.graph.get_by_text("24 found")).to_be_visible()
    for _ in range(4):
        field.press("Enter")
    expect(explorer.graph.get_by_text("4 of 24")).to_be_visible()
    before = nearest(explorer)
    explorer.graph.get_by_role("button", name="Card", exact=True).click()
    assert nearest(explorer, before[0])[1:] == pytest.approx(before[1:], abs=1)
    explorer.page.set_viewport_size({"width": 1180, "height": 700})
    assert nearest(explorer, before[0])[1:] == pytest.approx(before[1:], abs=1)


def test_a_first_view_that_nobody_moved_fits_every_window(explorer: ExplorerPage) -> None:
    still(explorer)
    explorer.run(LARGE)
    for width, height in [(1440, 900), (1240, 800)]:
        explorer.page.set_viewport_size({"width": width, "height": height})
        twins = explorer.graph.locator("button[data-node-id]")
        assert all(is_in_view(explorer, twin) for twin in twins.all())


def test_more_keeps_what_the_reader_opened_open_and_in_its_place(explorer: ExplorerPage) -> None:
    still(explorer)
    explorer.run(LARGE)
    for _ in range(2):
        twin = explorer.graph.locator("button[data-node-id^='group-'][aria-expanded='false']").last
        name = twin.get_attribute("data-node-id")
        twin.press("Enter")
        opened = explorer.graph.locator(f"button[data-node-id='{name}'][aria-expanded='true']")
        expect(opened).to_be_attached()
    before, count = nearest(explorer), boxes(explorer)
    explorer.graph.get_by_role("button", name="Show more boxes").click()
    expect(explorer.graph).not_to_have_attribute("data-boxes", str(count))
    assert boxes(explorer) > count
    assert nearest(explorer, before[0])[1:] == pytest.approx(before[1:], abs=1)
    expect(opened).to_be_attached()
    assert not explorer.faults


def test_the_camera_follows_the_forward_replay(explorer: ExplorerPage) -> None:
    still(explorer)
    explorer.run(LARGE)
    explorer.graph.get_by_role("radio", name="Forward").check()
    for _ in range(6):
        explorer.graph.get_by_role("button", name="Zoom in").click()
    explorer.press("Last")
    expect(explorer.graph.locator("button[aria-label^='Mean']")).to_be_in_viewport(ratio=1)
    explorer.press("First")
    for _ in range(6):
        explorer.press("Forward")
    working = explorer.graph.locator("button[aria-label*='at work now']")
    expect(working).to_be_in_viewport(ratio=1)


def test_inside_opens_the_group_at_work_in_the_forward_replay(explorer: ExplorerPage) -> None:
    explorer.run(LARGE)
    explorer.graph.get_by_role("radio", name="Forward").check()
    for _ in range(4):
        explorer.press("Forward")
    before = boxes(explorer)
    explorer.graph.get_by_role("button", name="Open the group at work").click()
    expect(explorer.graph).not_to_have_attribute("data-boxes", str(before))
    assert boxes(explorer) > before


def test_the_question_before_a_long_view_has_the_focus_and_escape_says_no(
    explorer: ExplorerPage,
) -> None:
    explorer.run(LOOP.format(steps=900))
    more = explorer.graph.get_by_role("button", name="Show more boxes")
    question = explorer.graph.locator(".long:not([hidden])")
    while question.count() == 0:
        changed = f":not([data-boxes='{boxes(explorer)}'])"
        more.click()
        expect(
            explorer.graph.and_(explorer.page.locator(changed)).or_(question).first
        ).to_be_attached()
    expect(question.get_by_role("button", name="Show them")).to_be_focused()
    before = boxes(explorer)
    explorer.page.keyboard.press("Escape")
    expect(question).to_have_count(0)
    expect(more).to_be_focused()
    assert boxes(explorer) == before


def test_the_map_can_be_put_away(explorer: ExplorerPage) -> None:
    explorer.run(LARGE)
    drawing = explorer.graph.locator(".map canvas")
    expect(drawing).to_be_hidden()
    for _ in range(4):
        explorer.graph.get_by_role("button", name="Zoom in").click()
    expect(drawing).to_be_visible()
    explorer.graph.get_by_role("button", name="Hide the map").click()
    expect(drawing).to_be_hidden()
    explorer.graph.get_by_role("button", name="Show the map").click()
    expect(drawing).to_be_visible()


@pytest.mark.parametrize(
    ("width", "height", "lowest"), [(1440, 900, ".key-row"), (1280, 720, ".transport")]
)
def test_picture_and_replay_stand_in_one_window(
    explorer: ExplorerPage, width: int, height: int, lowest: str
) -> None:
    explorer.page.set_viewport_size({"width": width, "height": height})
    explorer.run(LARGE)
    explorer.page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 0)")
    box = explorer.graph.locator(lowest).bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= height
