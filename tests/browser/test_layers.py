"""What visitors do who think in layers: pick, repair, write, train, look at a step."""

from __future__ import annotations

import re
from contextlib import redirect_stdout
from io import StringIO
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from explorer.numbers import short
from explorer.ready_made import READY_MADE
from explorer.writing import source
from tests.browser.explorer_page import PATIENCE_MS, ExplorerPage, idle

DIGITS = READY_MADE[2]

FORMULAS_FIT = """() => {
  const formulas = [...document.querySelectorAll(".katex-display")];
  return formulas.length > 0 && formulas.every((it) => it.scrollWidth <= it.clientWidth);
}"""


def build(page: Page) -> None:
    """Opens the panel and waits for all of it: a row that still arrives moves what is below it."""
    page.get_by_text("Build from layers").click()
    expect(page.get_by_role("button", name="Write into the editor")).to_be_visible()
    idle(page)


def take(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=re.compile(label)).click()
    page.get_by_role("option", name=option).click()
    idle(page)


def set_number(page: Page, name: str, at: int, value: str) -> None:
    box = page.get_by_role("spinbutton", name=name, exact=True).nth(at)
    while box.input_value() != value:  # A rerun may take the mark off the old number.
        box.fill(value)
    box.press("Enter")
    idle(page)


def write(page: Page) -> None:
    """Presses the button of this rerun: until it ends, that of the one before may stand there too."""
    live = page.locator('[data-testid="stElementContainer"][data-stale="false"]')
    button = live.get_by_role("button", name="Write into the editor")
    expect(button).to_have_count(1)
    button.click()


def written(explorer: ExplorerPage) -> None:
    before = explorer.trace()
    write(explorer.page)
    expect(explorer.graph).not_to_have_attribute("data-trace", before, timeout=PATIENCE_MS)
    explorer.painted()


def losses(text: str) -> list[str]:
    """What the written program prints, run without the explorer."""
    printed = StringIO()
    with redirect_stdout(printed):
        exec(text, {"__name__": "__main__"})
    return printed.getvalue().splitlines()


def test_the_digit_classifier_is_built_trained_and_looked_at_in_step_7(
    explorer: ExplorerPage,
) -> None:
    page = explorer.page
    build(page)
    take(page, "Start from", DIGITS.title)
    expect(page.get_by_text("109,386 parameters in 7 layers")).to_be_visible()
    written(explorer)
    expect(explorer.code).to_contain_text("torch.manual_seed(0)")
    expect(explorer.node("model.5.weight")).not_to_have_count(0)
    page.get_by_text("Training: 20 steps").click()
    set_number(page, "Step, 0 to 19", 0, "7")
    passes = explorer.graph.get_by_label("Backward pass")
    expect(passes).to_have_value("7")
    explorer.painted()
    expect(explorer.node("model.5.weight")).not_to_have_count(0)
    loss = losses(source(DIGITS.stack))[7].removeprefix("step 7  loss ")
    shown = page.get_by_text(re.compile(r"^Step 7, loss"))
    expect(shown).to_be_visible()
    assert float(shown.inner_text().removeprefix("Step 7, loss ")) == float(short(float(loss)))
    expect(page.get_by_text("What SGD.step did")).to_be_visible()
    passes.select_option("3")
    page.get_by_text("parameter", exact=True).first.click()
    explorer.painted()
    expect(passes).to_have_value("3")
    expect(explorer.failure).to_have_count(0)
    assert explorer.faults == []


def test_a_training_is_stopped_and_shows_the_steps_that_it_took(explorer: ExplorerPage) -> None:
    page = explorer.page
    build(page)
    take(page, "Start from", DIGITS.title)
    set_number(page, "steps", 0, "1000")
    write(page)
    expect(page.get_by_text(re.compile(r"^Step \d+ of 1,000"))).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_role("button", name="Stop").click()
    expect(explorer.failure).to_contain_text("You stopped this run.")
    explorer.painted()
    page.get_by_text(re.compile(r"^Training: \d+ steps")).click()
    expect(
        page.get_by_text(re.compile(r"^The run ended after \d+ of 1,000 steps."))
    ).to_be_visible()
    expect(page.get_by_text("This part cannot show")).to_have_count(0)
    assert explorer.faults == []


def press_cell(page: Page, table: int, row: int, share: float) -> None:
    """Presses a cell of a table, which is a picture: `share` of its width from the left."""
    frame = page.get_by_test_id("stDataFrame").nth(table)
    frame.scroll_into_view_if_needed()
    box = frame.bounding_box()
    assert box is not None
    line = 35  # pixels, as Streamlit draws them
    page.mouse.click(box["x"] + share * box["width"], box["y"] + line * (row + 1.5))
    idle(page)


OWN = """\
import torch

w = torch.tensor([1.0, 2.0], requires_grad=True)
optimizer = torch.optim.Adam([w], lr=0.1)
steps = 4
for step in range(steps):
    optimizer.zero_grad()
    loss = (w * w).sum()
    loss.backward()
    optimizer.step()
"""


def test_ones_own_loop_runs_as_many_steps_as_are_asked_for_and_any_is_recorded(
    explorer: ExplorerPage,
) -> None:
    page = explorer.page
    explorer.run(OWN)
    page.get_by_text("Training: 4 steps").click()
    before = explorer.trace()
    set_number(page, "Steps to run, 1 to 1,000", 0, "120")
    expect(page.get_by_text("Training: 120 steps")).to_be_visible(timeout=PATIENCE_MS)
    expect(explorer.graph).not_to_have_attribute("data-trace", before)
    expect(explorer.code).to_contain_text("steps = 120")
    set_number(page, "Step, 0 to 119", 0, "100")
    expect(page.get_by_text(re.compile(r"^Step 100, loss"))).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text("What Adam.step did")).to_be_visible(timeout=PATIENCE_MS)
    expect(explorer.graph.get_by_label("Backward pass")).to_have_value("100")
    expect(page.get_by_text("w · after, element 0")).to_be_visible()
    press_cell(page, 1, 0, 0.5)
    expect(page.get_by_text(re.compile(r"^w · (exp_avg|gradient|step)"))).to_be_visible()
    chart = page.get_by_test_id("stVegaLiteChart").first
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 0.5 * box["width"], box["y"] + 0.4 * box["height"])
    expect(page.get_by_text(re.compile(r"^Step (?!100)\d+, loss"))).to_be_visible()
    explorer.code.click()
    page.keyboard.press("ControlOrMeta+Z")
    expect(explorer.code).to_contain_text("steps = 4")
    assert explorer.faults == []


def test_a_mismatch_is_said_at_its_layer_and_set_right_by_a_button(explorer: ExplorerPage) -> None:
    page = explorer.page
    build(page)
    set_number(page, "out_features", 0, "7")
    expect(page.get_by_text("The last axis of 4 × 7 has 7, but in_features is 4.")).to_be_visible()
    expect(page.get_by_role("button", name="Write into the editor")).to_be_disabled()
    page.get_by_role("button", name="Set in_features to 7").click()
    expect(page.get_by_text("29 parameters in 4 layers")).to_be_visible()
    written(explorer)
    expect(explorer.code).to_contain_text("nn.Linear(7, 1)")


def test_a_number_beyond_its_range_is_refused_with_the_range(explorer: ExplorerPage) -> None:
    page = explorer.page
    build(page)
    set_number(page, "out_features", 0, "99999")
    box = page.get_by_test_id("stNumberInput").filter(has_text="out_features").first
    expect(box).to_contain_text("between 1 and 4096")
    expect(page.get_by_text("17 parameters in 4 layers")).to_be_visible()


def test_rows_are_moved_duplicated_and_removed(explorer: ExplorerPage) -> None:
    page = explorer.page
    build(page)
    for row, act, outcome in (
        ("2. Tanh", "Move down", "3. Tanh"),
        ("3. Tanh", "Duplicate", "4. Tanh"),
        ("4. Tanh", "Remove", "4. Sigmoid"),
    ):
        page.get_by_role("button", name=row).click()
        page.get_by_role("menuitem", name=act).click()
        expect(page.get_by_role("button", name=outcome)).to_be_visible()


def test_a_text_changed_by_hand_is_respected(explorer: ExplorerPage) -> None:
    page = explorer.page
    build(page)
    written(explorer)
    expect(page.get_by_text("The editor holds this stack.")).to_be_visible()
    explorer.run("import torch\nw = torch.tensor(1.0, requires_grad=True)\n(w * w).backward()\n")
    expect(page.get_by_text("changed by hand")).to_be_visible()
    page.get_by_role("button", name="Keep the text").click()
    expect(page.get_by_text("changed by hand")).to_have_count(0)
    expect(explorer.code).to_contain_text("(w * w).backward()")


def test_with_and_without_zero_grad_stand_side_by_side(explorer: ExplorerPage) -> None:
    page = explorer.page
    build(page)
    written(explorer)
    page.get_by_text("Training: 5 steps").click()
    switch = page.get_by_role("switch", name="Compare with and without")
    switch.press("Space")  # A chart that arrives above it would move it away from a click.
    expect(switch).to_be_checked()
    expect(page.get_by_text("when the optimizer used it")).to_be_visible(timeout=PATIENCE_MS)
    assert explorer.faults == []


ENDLESS_WITHOUT = """\
import torch

w = torch.tensor(1.0, requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.1)
for step in range(5):
    optimizer.zero_grad()
    (2 * w).backward()
    optimizer.step()
while w.grad > 2:
    pass
"""
"""Gradients that add up keep it busy until its time is over."""


def test_a_comparison_says_how_far_it_is_and_can_be_stopped(explorer: ExplorerPage) -> None:
    page = explorer.page
    explorer.run(ENDLESS_WITHOUT)
    page.get_by_text("Training: 5 steps").click()
    switch = page.get_by_text("Compare with and without")
    switch.click()
    expect(page.get_by_text(re.compile(r"^without: step \d of 5$"))).to_be_visible(
        timeout=PATIENCE_MS
    )
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("The comparison was stopped.")).to_be_visible()
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)
    expect(page.get_by_role("switch", name="Compare with and without")).not_to_be_checked()
    switch.click()
    limit = re.compile("^without: The program was (still computing|not done) after")
    expect(page.get_by_text(limit)).to_be_visible(timeout=PATIENCE_MS)
    assert explorer.faults == []


def test_a_kernel_need_not_be_square(explorer: ExplorerPage) -> None:
    page = explorer.page
    build(page)
    take(page, "Start from", "Small CNN")
    box = page.get_by_role("textbox", name="kernel_size").first
    box.fill("3, 5")
    box.press("Enter")
    idle(page)
    page.get_by_role("button", name=re.compile("^Set in_features to")).click()
    idle(page)
    written(explorer)
    expect(explorer.code).to_contain_text("kernel_size=(3, 5)")
    box = page.get_by_role("textbox", name="kernel_size").first
    box.fill("3, 5, 7")
    box.press("Enter")
    idle(page)
    refusal = "kernel_size must be a whole number from 1 to 15, or 2 of them, one for each axis."
    expect(page.get_by_text(refusal)).to_be_visible()
    expect(box).to_have_value("3, 5, 7")


def test_a_link_brings_the_stack_and_does_not_run(explorer: ExplorerPage) -> None:
    page = explorer.page
    build(page)
    take(page, "Start from", "Small CNN")
    page.get_by_role("button", name="Link", exact=True).click()
    link = page.get_by_test_id("stCode").get_by_text("?s=").inner_text().strip()
    page.goto(explorer.address + link[link.index("?s=") :])
    expect(page.get_by_text("666 parameters in 8 layers")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text("These layers came with a link")).to_be_visible()
    expect(explorer.code).to_contain_text("Handwritten digits")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_open_panels(
    explorer: ExplorerPage, scheme: Literal["light", "dark"]
) -> None:
    page = explorer.page
    page.emulate_media(color_scheme=scheme)
    build(page)
    written(explorer)
    set_number(page, "out_features", 0, "7")
    expect(page.get_by_role("button", name="Set in_features to 7")).to_be_visible()
    page.get_by_text("Training: 5 steps").click()
    expect(page.get_by_text("What SGD.step did")).to_be_visible()
    # Before their font is there formulas may be wider than the panel.
    page.wait_for_function(FORMULAS_FIT)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
