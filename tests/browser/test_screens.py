"""Small screens, fingers and wheels: nobody is held up, and the answer to Run is in sight."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.explorer_page import ExplorerPage

PHONE = {"width": 390, "height": 844}
LAPTOP = {"width": 1366, "height": 768}
PROJECTOR = {"width": 1280, "height": 720}
SMALLEST_NAME = 10.5
"""Pixels of the letters of an operation's name that the last row of a class can read."""
LONG = (
    "import torch\n"
    + "".join(f"x{n} = torch.tensor({n}.0)\n" for n in range(40))
    + ("w = torch.tensor(2.0, requires_grad=True)\n(w * x3).backward()\n")
)
LETTERS = "it => parseFloat(getComputedStyle(it).fontSize) * it.getScreenCTM().a"
SCROLLED = "document.querySelector('[data-testid=stMain]').scrollTop"


@pytest.fixture
def phone(browser: Browser, base_url: str) -> Iterator[ExplorerPage]:
    """A visitor with a phone, who sees the first example."""
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    visitor = ExplorerPage(context.new_page(), base_url)
    visitor.open()
    yield visitor
    context.close()


def zoom_of(explorer: ExplorerPage) -> str:
    return explorer.graph.locator(".stage").evaluate("it => it.style.transform")


def swipe(page: Page, x: float, y: float, by: float) -> None:
    """One finger, straight up or down."""
    session = page.context.new_cdp_session(page)

    def touch(kind: str, *at: float) -> None:
        points = [{"x": at[0], "y": at[1]}] if at else []
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", x, y)
    for part in range(1, 11):
        touch("touchMove", x, y + by * part / 10)
    touch("touchEnd")


def test_the_graph_comes_right_after_the_code_on_a_phone(phone: ExplorerPage) -> None:
    heights = [
        part.bounding_box()["y"]  # type: ignore[index]
        for part in (phone.code, phone.graph, phone.leaves, phone.lines)
    ]
    assert heights == sorted(heights)
    assert phone.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_fingers_are_told_of_no_keys(phone: ExplorerPage) -> None:
    expect(phone.page.get_by_role("button", name="Run", exact=True)).to_be_visible()
    expect(phone.page.get_by_text("Ctrl+Enter")).to_be_hidden()
    expect(phone.page.get_by_text("leaves the editor")).to_be_hidden()


def test_run_brings_the_graph_into_sight(phone: ExplorerPage) -> None:
    phone.run(LONG)
    frame = phone.graph.locator(".frame")
    expect(frame).to_be_in_viewport(ratio=0.5)


def test_what_went_wrong_is_not_scrolled_away(phone: ExplorerPage) -> None:
    phone.write(LONG + "oops\n")
    phone.page.keyboard.press("Control+Enter")
    expect(phone.failure).to_be_visible()
    phone.idle()
    expect(phone.code).to_be_in_viewport()


def test_one_finger_scrolls_the_page_over_the_picture(phone: ExplorerPage) -> None:
    phone.graph.locator(".frame").scroll_into_view_if_needed()
    box = phone.graph.locator(".frame").bounding_box()
    assert box is not None
    before, looking = phone.page.evaluate(SCROLLED), zoom_of(phone)
    swipe(phone.page, box["x"] + box["width"] / 2, box["y"] + 60, -200)
    phone.page.wait_for_function(f"{SCROLLED} > {before} + 50")
    assert zoom_of(phone) == looking


def test_the_wheel_scrolls_by_until_the_picture_is_meant(explorer: ExplorerPage) -> None:
    page, frame = explorer.page, explorer.graph.locator(".frame")
    page.set_viewport_size(LAPTOP)
    explorer.painted()
    box, looking = frame.bounding_box(), zoom_of(explorer)
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.wheel(0, 60)
    page.wait_for_function(f"{SCROLLED} > 0")
    expect(frame.get_by_text("wheel zoom")).to_be_visible()
    assert zoom_of(explorer) == looking
    page.keyboard.down("Control")
    page.mouse.wheel(0, -60)
    page.keyboard.up("Control")
    expect(explorer.graph.locator(".stage")).not_to_have_attribute(
        "style", f"transform: {looking};"
    )
    asked = zoom_of(explorer)
    page.mouse.click(box["x"] + 20, box["y"] + 20)
    page.mouse.wheel(0, -60)
    expect(explorer.graph.locator(".stage")).not_to_have_attribute("style", f"transform: {asked};")


def test_no_part_is_larger_in_one_browser_than_in_another(explorer: ExplorerPage) -> None:
    slider = explorer.graph.get_by_role("slider", name="Step")
    expect(slider).to_have_css("appearance", "none")
    expect(explorer.graph.get_by_label("speed")).to_have_css("contain", "paint")
    box = slider.bounding_box()
    assert box is not None
    assert box["height"] == 16


def test_the_replay_fits_a_laptops_first_screen(explorer: ExplorerPage) -> None:
    explorer.page.set_viewport_size(LAPTOP)
    explorer.painted()
    for name in ("First", "Back", "Play", "Forward", "Last"):
        expect(explorer.graph.get_by_role("button", name=name, exact=True)).to_be_in_viewport()
    for name in ("Forward", "Backward"):
        expect(explorer.graph.get_by_role("radio", name=name)).to_be_in_viewport()
    expect(explorer.graph.get_by_label("follow")).to_be_in_viewport()


@pytest.fixture
def projector(explorer: ExplorerPage) -> ExplorerPage:
    """A teacher in front of a class."""
    explorer.page.set_viewport_size(PROJECTOR)
    explorer.painted()
    return explorer


def expect_the_bars_in_sight(explorer: ExplorerPage) -> None:
    graph = explorer.graph
    for name in ("First", "Back", "Play", "Forward", "Last"):
        expect(graph.get_by_role("button", name=name, exact=True)).to_be_in_viewport(ratio=1)
    parts = (graph.get_by_role("slider", name="Step"), graph.get_by_label("follow"))
    for part in (explorer.step_line, graph.locator(".key-row"), *parts):
        expect(part).to_be_in_viewport(ratio=1)
    assert (graph.locator(".frame").bounding_box() or {})["height"] >= 240


@pytest.mark.parametrize("title", ["An output that is not one number", "NaN out of nowhere"])
def test_a_projector_shows_all_bars_whatever_notes_stand_above(
    projector: ExplorerPage, title: str
) -> None:
    expect_the_bars_in_sight(projector)
    projector.choose(title)
    expect_the_bars_in_sight(projector)


def test_a_projector_shows_all_bars_after_an_error(projector: ExplorerPage) -> None:
    projector.write("import torch\nx = = 1\n")
    projector.page.keyboard.press("Control+Enter")
    expect(projector.graph.locator(".banner")).to_be_visible()
    projector.idle()
    expect_the_bars_in_sight(projector)


def test_the_bars_stay_where_they_are_while_the_replay_goes_on(projector: ExplorerPage) -> None:
    projector.choose("A network as a class")
    places = set()
    for _ in range(projector.step()[1]):
        box = projector.step_line.bounding_box()
        assert box is not None
        places.add(box["y"])
        projector.page.keyboard.press("ArrowRight")
    assert len(places) == 1


@pytest.mark.parametrize(
    "title",
    [
        "A network as a class",
        "A recurrent cell on three lengths",
        "The same loop without zero_grad",
    ],
)
def test_names_open_large_enough_for_a_class_and_the_replay_stays_in_view(
    projector: ExplorerPage, title: str
) -> None:
    projector.choose(title)
    now = projector.graph.locator('g.node[data-phase="now"]').first
    assert now.locator(".title").evaluate(LETTERS) >= SMALLEST_NAME
    for name in ("Last", "First"):
        projector.press(name)
        expect(now).to_be_in_viewport()


def test_small_graphs_open_whole(projector: ExplorerPage) -> None:
    for box in projector.graph.locator("g.node").all():
        expect(box).to_be_in_viewport(ratio=1)


def test_the_card_of_a_box_is_in_sight_beside_a_large_graph(projector: ExplorerPage) -> None:
    projector.choose("A recurrent cell on three lengths")
    projector.graph.locator('g.node[data-phase="now"]').click()
    expect(projector.card).to_contain_text("held here")
    expect(projector.card.locator("header")).to_be_in_viewport(ratio=1)


def test_the_card_of_a_box_comes_into_sight_on_a_phone(phone: ExplorerPage) -> None:
    phone.graph.locator(".frame").scroll_into_view_if_needed()
    phone.node("MulBackward0").first.click()
    expect(phone.card).to_contain_text("held here")
    expect(phone.card.locator("header")).to_be_in_viewport()


def test_the_picture_stays_in_its_place_while_a_program_runs(explorer: ExplorerPage) -> None:
    before = explorer.graph.bounding_box()
    explorer.write("import time\ntime.sleep(1.5)\n")
    explorer.page.keyboard.press("Control+Enter")
    expect(explorer.page.get_by_role("button", name="Stop")).to_be_visible()
    assert explorer.graph.bounding_box() == before
