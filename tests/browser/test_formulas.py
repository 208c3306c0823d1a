"""The card explains each operation by its formula, and the replay can be read in words."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, expect

from explorer import run
from explorer.gallery import EXAMPLES
from explorer.records import Program
from explorer.words import words
from tests.browser.explorer_page import ExplorerPage

NETWORK = """\
import torch

x = torch.tensor([[1.0, -2.0], [0.5, 0.0], [-1.0, 3.0]])
w = torch.tensor([[0.5, 1.0], [-1.0, 2.0]], requires_grad=True)
b = torch.tensor([0.0, -1.0], requires_grad=True)
h = x @ w.t() + b
y = torch.relu(h)
loss = y.sum()
loss.backward()
"""
STRANGE = """\
import torch

class Double(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, g):
        return g * 2

x = torch.ones(4, requires_grad=True)
y = Double.apply(x)
z = torch.cdist(y[None], y[None] + 1).sum()
z.backward()
"""


def formula(explorer: ExplorerPage, text: str) -> Locator:
    """A formula by its accessible text."""
    return explorer.card.locator(f'math[aria-label="{text}"]')


def hold(explorer: ExplorerPage, label: str) -> None:
    """Holds the card on a box, with all gradients known."""
    explorer.page.keyboard.press("Escape")
    at, steps = explorer.step()
    if at < steps:
        explorer.press("Last")
    explorer.press("Fit the whole graph")
    explorer.node(label).first.click()
    expect(explorer.card).to_contain_text("held here")


def test_a_product_is_explained_in_symbols_and_in_its_own_numbers(explorer: ExplorerPage) -> None:
    hold(explorer, "MulBackward0")
    expect(explorer.card).to_contain_text("Multiplies x and y, element by element.")
    expect(explorer.card).to_contain_text("Vector-Jacobian product: each factor gets G times")
    expect(formula(explorer, "z = x · y = 2 · 3 = 6")).to_be_visible()
    expect(formula(explorer, "G · y = 14 · 3 = 42")).to_be_visible()
    assert "\\" not in explorer.card.inner_text()


def test_formulas_stand_without_numbers_before_there_are_any(explorer: ExplorerPage) -> None:
    explorer.node("MulBackward0").first.click()
    expect(explorer.card).to_contain_text("Not run yet.")
    expect(formula(explorer, "G · y")).to_be_visible()
    explorer.press("Last")
    expect(formula(explorer, "G · y = 14 · 3 = 42")).to_be_visible()


def test_fractions_and_powers_are_typeset(explorer: ExplorerPage) -> None:
    explorer.run(next(one.source for one in EXAMPLES if one.slug == "sigmoid_by_hand"))
    hold(explorer, "ReciprocalBackward0")
    fraction = explorer.card.locator("math mfrac").first
    expect(fraction).to_be_visible()
    above, below = (fraction.locator(f"> :nth-child({n})").bounding_box() for n in (1, 2))
    assert above is not None
    assert below is not None
    assert above["y"] < below["y"]


def test_broadcasting_corners_and_views_are_said(explorer: ExplorerPage) -> None:
    explorer.run(NETWORK)
    hold(explorer, "AddBackward0")
    expect(explorer.card).to_contain_text(
        "Broadcast: forward repeated (2) along axis 0 to 3×2; backward sums over axis 0."
    )
    hold(explorer, "ReluBackward0")
    expect(explorer.card).to_contain_text("At x = 0 PyTorch sends 0.")
    hold(explorer, "TBackward0")
    expect(explorer.card).to_contain_text("Only rearranges")


def test_one_element_of_a_matrix_product_is_worked_out(explorer: ExplorerPage) -> None:
    explorer.run(NETWORK)
    hold(explorer, "MmBackward0")
    expect(explorer.card).to_contain_text("element [0, 0]")
    expect(formula(explorer, "1 · 0.5 + (-2 · 1) = -1.5")).to_be_visible()
    explorer.card.get_by_role("button", name="Next element").last.click()
    expect(explorer.card).to_contain_text("element [0, 1]")
    expect(formula(explorer, "1 · (-1) + (-2 · 2) = -5")).to_be_visible()
    before = explorer.card.get_by_role("button", name="Element before").last
    before.click()
    expect(before).to_be_disabled()


def test_what_has_no_formula_says_so(explorer: ExplorerPage) -> None:
    explorer.run(STRANGE)
    hold(explorer, "CdistBackward0")
    expect(explorer.card).to_contain_text("No formula here. PyTorch's derivatives.yaml says:")
    expect(explorer.card).to_contain_text("_cdist_backward(grad.contiguous(), x1, x2, p, result)")
    hold(explorer, "DoubleBackward")
    expect(explorer.card).to_contain_text("its backward is the program's own code")
    expect(explorer.card).to_contain_text("See class Double, line 3.")


def test_the_replay_in_words_follows_leads_and_can_be_copied(explorer: ExplorerPage) -> None:
    explorer.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    told = explorer.graph.page.get_by_test_id("explorer-words")
    told.get_by_text("Replay in words").click()
    sentences = told.get_by_role("listitem")
    expect(sentences).to_have_count(explorer.step()[1])
    expect(told.locator("[aria-current=step]")).to_contain_text("PowBackward0")
    sentences.nth(3).get_by_role("button").click()
    assert explorer.step()[0] == 4
    expect(told.locator("[aria-current=step]")).to_contain_text("To w: G · x = 14 · 3 = 42.")
    told.get_by_role("button", name="Copy the words").click()
    expect(told).to_contain_text("copied")
    copied = explorer.page.evaluate("navigator.clipboard.readText()")
    assert copied == words(run.run(Program(EXAMPLES[0].source)))


@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_in_formulas_and_words(explorer: ExplorerPage, width: int) -> None:
    explorer.page.set_viewport_size({"width": width, "height": 900})
    explorer.run(NETWORK)
    explorer.page.get_by_test_id("explorer-words").get_by_text("Replay in words").click()
    hold(explorer, "ReluBackward0")
    found = Axe().run(explorer.page)
    assert found.violations_count == 0, found.generate_report()
    main = explorer.page.get_by_test_id("stMain")
    assert main.evaluate("it => it.scrollWidth <= it.clientWidth")
