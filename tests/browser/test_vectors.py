"""What visitors do whose output is not one number: see v, the Jacobian, and pick a row of it."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.explorer_page import PATIENCE_MS, ExplorerPage

VECTOR = """\
import torch
x = torch.tensor([1.0, 2.0, -3.0], requires_grad=True)
y = x**2
"""


def test_a_press_on_a_row_of_the_jacobian_starts_backward_from_it_alone(
    explorer: ExplorerPage,
) -> None:
    page = explorer.page
    explorer.run(VECTOR)
    jacobian = page.get_by_test_id("explorer-jacobian")
    expect(jacobian.get_by_role("row", name="v · J")).to_contain_text("24-6")
    before = explorer.trace()
    jacobian.get_by_role("button", name="Start backward from y[1] alone").click()
    expect(explorer.graph).not_to_have_attribute("data-trace", before, timeout=PATIENCE_MS)
    explorer.painted()
    expect(jacobian.get_by_role("row", name="v · J")).to_contain_text("040")
    expect(explorer.leaf("x")).to_contain_text("[0, 4, 0]")
    assert explorer.faults == []
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_the_jacobian_of_a_pass_of_the_program_is_computed_on_demand(
    explorer: ExplorerPage,
) -> None:
    page = explorer.page
    explorer.run(VECTOR + "y.backward(torch.tensor([1.0, 0.0, 2.0]))\n")
    jacobian = page.get_by_test_id("explorer-jacobian")
    before = explorer.trace()
    jacobian.get_by_role("button", name="Compute the whole Jacobian").click()
    expect(explorer.graph).not_to_have_attribute("data-trace", before, timeout=PATIENCE_MS)
    explorer.painted()
    expect(jacobian.get_by_role("row", name="v · J")).to_contain_text("20-12")
    expect(jacobian.get_by_role("button")).to_have_count(0)
