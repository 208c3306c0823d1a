"""Wrong input ends in one sentence with its line; the text and the last graph stay."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.explorer_page import PATIENCE_MS, ExplorerPage

WRONG = {
    "syntax": ("import torch\nx = torch.tensor(1.0\n", "syntax", 2),
    "error": (
        "import torch\n"
        "w = torch.ones(2, 3, requires_grad=True)\n"
        "h = torch.sigmoid(w)\n"
        "y = h @ torch.ones(2, 3)\n",
        "error",
        4,
    ),
    "refused": ("import torch\nimport os\nos.getcwd()\n", "refused", 2),
    "no gradient": ("import torch\nx = torch.ones(3)\ny = x.sum()\n", "no_gradient", 2),
    "empty": ("   \n", "refused", None),
    "endless": ("import torch\nwhile True:\n    pass\n", "timeout", 2),
    "a megabyte": ("x = 1  # " + "y" * 1_000_000 + "\n", "too_large", None),
}


def fail(explorer: ExplorerPage, source: str) -> None:
    explorer.write(source)
    explorer.page.keyboard.press("Control+Enter")
    expect(explorer.failure).to_be_visible(timeout=PATIENCE_MS)
    explorer.idle()


@pytest.mark.parametrize("name", WRONG)
def test_wrong_input_is_explained_and_nothing_is_lost(explorer: ExplorerPage, name: str) -> None:
    source, kind, line = WRONG[name]
    fail(explorer, source)
    expect(explorer.failure).to_have_attribute("data-kind", kind)
    if line is not None:
        expect(explorer.failure).to_contain_text(f"Line {line}")
    assert source.strip()[-4:] in explorer.code.inner_text()
    expect(explorer.graph).to_have_attribute("data-state", "ready")
    assert int(explorer.graph.get_attribute("data-boxes") or 0) > 0
    assert explorer.faults == []


def test_without_a_new_graph_the_last_one_stays_and_the_page_says_so(
    explorer: ExplorerPage,
) -> None:
    fail(explorer, "import torch\nx = = 1\n")
    expect(explorer.node("PowBackward0")).to_have_count(1)
    expect(explorer.graph).to_contain_text("the graph of the run before")


def is_grey(part: Locator) -> bool:
    """Whether colour is taken from it, or from what it stands in."""
    return bool(
        part.evaluate(
            "it => { for (; it; it = it.parentElement)"
            " if (getComputedStyle(it).filter.includes('grayscale')) return true; return false; }"
        )
    )


def test_what_the_run_before_left_is_grey_and_dated_until_the_next_graph(
    explorer: ExplorerPage,
) -> None:
    explorer.run("import torch\nw = torch.tensor(2.0, requires_grad=True)\nloss = w * w\n")
    expect(explorer.graph.locator(".banner code")).to_have_text("loss")
    parts = [explorer.lines, explorer.leaves, explorer.graph.locator(".frame"), explorer.step_line]
    assert not any(is_grey(part) for part in parts)
    fail(explorer, "\n")
    assert all(is_grey(part) for part in parts)
    shown = explorer.page.get_by_text("Of the run before.").filter(visible=True)
    expect(shown).to_have_count(3)  # lines, leaves, Jacobian
    expect(explorer.graph).not_to_contain_text("does not call backward()")
    explorer.node("MulBackward0").hover()
    expect(explorer.node("MulBackward0")).to_have_class(re.compile("glow"))
    expect(explorer.page.locator(".cm-glow-line")).to_have_count(0)
    explorer.run("import torch\nw = torch.tensor(2.0, requires_grad=True)\ny = torch.sin(w)\n")
    assert not any(is_grey(part) for part in parts)
    expect(shown).to_have_count(0)


def test_the_lines_of_a_run_without_a_graph_are_its_own(explorer: ExplorerPage) -> None:
    fail(explorer, "import torch\nx = torch.ones(3)\ny = x.sum()\n")
    expect(explorer.lines.locator('tbody[data-line="3"]')).to_contain_text("y = x.sum()")
    assert not is_grey(explorer.lines)


def test_an_error_shows_the_graph_up_to_it(explorer: ExplorerPage) -> None:
    fail(explorer, WRONG["error"][0])
    expect(explorer.node("SigmoidBackward0")).to_have_count(1)
    expect(explorer.graph).to_contain_text("built so far")
    expect(explorer.lines.locator('tbody[data-line="3"]')).to_contain_text("SigmoidBackward0")


def test_one_failure_after_another_is_shown(explorer: ExplorerPage) -> None:
    """The second press finds the first failure in what Python remembers of the page."""
    fail(explorer, "import torch\nx = = 1\n")
    fail(explorer, "import torch\nwieght\n")
    expect(explorer.failure).to_contain_text("wieght")
    explorer.idle()


def test_the_failure_goes_with_the_next_good_run(explorer: ExplorerPage) -> None:
    fail(explorer, "import torch\nx = = 1\n")
    explorer.run("import torch\nw = torch.tensor(2.0, requires_grad=True)\ny = torch.sin(w)\n")
    expect(explorer.failure).to_have_count(0)
    expect(explorer.node("SinBackward0")).to_have_count(1)


def test_user_text_is_never_markup(explorer: ExplorerPage) -> None:
    explorer.run(
        "import torch\n"
        "w = torch.tensor(2.0, requires_grad=True)\n"
        "print('<img src=x onerror=\"document.title=1\"> **bold** $x$')\n"
        "y = torch.sin(w)\n"
    )
    expect(explorer.page.get_by_text("<img src=x").first).to_be_visible()
    expect(explorer.page.locator("img[src=x]")).to_have_count(0)
    fail(explorer, "raise ValueError('<b id=evil>x</b>')\n")
    expect(explorer.failure).to_contain_text("<b id=evil>")
    expect(explorer.page.locator("#evil")).to_have_count(0)


CHANGED = (
    "import torch\nw = torch.ones(2, requires_grad=True)\ny = w.exp()\ny += 1\ny.sum().backward()\n"
)


def test_every_line_with_a_part_in_it_is_marked_and_reached(explorer: ExplorerPage) -> None:
    fail(explorer, CHANGED)
    expect(explorer.page.locator(".cm-line.cm-wrong")).to_have_text("y.sum().backward()")
    expect(explorer.page.locator(".cm-line.cm-part")).to_have_text(["y = w.exp()", "y += 1"])
    explorer.failure.get_by_role("button", name="Go to line 4").click()
    expect(explorer.page.locator(".cm-activeLine")).to_have_text("y += 1")


def test_a_fix_is_put_in_and_runs_and_undo_takes_it_back(explorer: ExplorerPage) -> None:
    fail(explorer, CHANGED)
    fix = explorer.page.get_by_test_id("explorer-fix")
    expect(fix).to_contain_text("Change line 4 to")
    expect(fix.locator("pre")).to_have_text("y = y + 1")
    fix.get_by_role("button", name="Copy").click()
    expect(fix.get_by_role("status")).not_to_be_empty()
    take = fix.get_by_role("button", name="Put this into the program")
    take.click()
    expect(explorer.code).to_contain_text("y = y + 1")
    expect(take).to_be_disabled()
    explorer.page.keyboard.press("ControlOrMeta+z")
    expect(explorer.code).to_contain_text("y += 1")
    expect(take).to_be_enabled()
    take.click()
    explorer.page.keyboard.press("Control+Enter")
    expect(explorer.failure).to_have_count(0, timeout=PATIENCE_MS)
    expect(explorer.node("ExpBackward0")).to_have_count(1)
    assert explorer.faults == []


def test_what_is_probably_not_meant_is_a_hint_beside_a_run_that_succeeds(
    explorer: ExplorerPage,
) -> None:
    explorer.run(
        "import torch\n"
        "w = torch.tensor(2.0, requires_grad=True)\n"
        "optimizer = torch.optim.SGD([w], lr=0.1)\n"
        "for _ in range(2):\n"
        "    (w * w).backward()\n"
        "    optimizer.step()\n"
    )
    hints = explorer.page.get_by_test_id("explorer-hints")
    expect(hints).to_contain_text("This backward() added to gradients that a step has used")
    hints.get_by_role("button", name="Go to line 5").click()
    expect(explorer.page.locator(".cm-activeLine")).to_have_text("    (w * w).backward()")
    expect(explorer.failure).to_have_count(0)
    explorer.run("import torch\nw = torch.tensor(2.0, requires_grad=True)\n(w * w).backward()\n")
    expect(hints).to_have_count(0)


def test_a_press_puts_the_change_of_a_hint_into_the_program(explorer: ExplorerPage) -> None:
    explorer.run(
        "import torch\n"
        "w = torch.tensor(2.0, requires_grad=True)\n"
        "opt = torch.optim.SGD([w], lr=0.1)\n"
        "for _ in range(2):\n"
        "    opt.zero_grad()\n"
        "    loss = w * w\n"
        "    opt.step()\n"
    )
    hints = explorer.page.get_by_test_id("explorer-hints")
    take = hints.get_by_role("button", name="Put this into the program")
    take.click()
    expect(explorer.code).to_contain_text("loss = w * w    loss.backward()    opt.step()")
    expect(take).to_be_disabled()
    explorer.page.get_by_role("button", name="Run", exact=True).click()
    expect(hints).to_have_count(0)
    assert explorer.faults == []


TRAINS_FOR_EVER = """import torch
w = torch.tensor(1.0, requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.1)
while True:
    optimizer.zero_grad()
    (w * w).backward()
    optimizer.step()
"""


def test_a_running_program_says_how_far_it_is_and_can_be_stopped(explorer: ExplorerPage) -> None:
    explorer.write(TRAINS_FOR_EVER)
    explorer.page.keyboard.press("Control+Enter")
    expect(explorer.page.get_by_text(re.compile(r"[\d,]+ steps trained"))).to_be_visible()
    explorer.page.get_by_role("button", name="Stop").click()
    expect(explorer.failure).to_have_attribute("data-kind", "stopped", timeout=PATIENCE_MS)
    expect(explorer.failure).to_contain_text("You stopped this run.")
    expect(explorer.code).to_contain_text("optimizer.step()")
    expect(explorer.page.get_by_role("button", name="Stop")).to_have_count(0)
    explorer.run("import torch\nw = torch.tensor(2.0, requires_grad=True)\n(w * w).backward()\n")
    expect(explorer.failure).to_have_count(0)
    assert explorer.faults == []


def test_a_run_after_a_failure_says_that_it_runs(explorer: ExplorerPage) -> None:
    fail(explorer, WRONG["error"][0])
    explorer.write(TRAINS_FOR_EVER)
    explorer.page.keyboard.press("Control+Enter")
    expect(explorer.page.get_by_text(re.compile(r"[\d,]+ steps trained"))).to_be_visible()
    expect(explorer.page.get_by_text("running…")).to_be_visible()
    explorer.page.get_by_role("button", name="Stop").click()
    expect(explorer.page.get_by_text("running…")).to_have_count(0)
    expect(explorer.failure).to_have_attribute("data-kind", "stopped", timeout=PATIENCE_MS)
