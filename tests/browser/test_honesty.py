"""What autograd does not do, and what went wrong on the way, stands in the picture."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.explorer_page import ExplorerPage


def test_a_cut_is_a_box_with_its_line_and_the_leaf_says_the_same(explorer: ExplorerPage) -> None:
    source = """\
import torch
w = torch.tensor(2.0, requires_grad=True)
u = torch.tensor(3.0, requires_grad=True)
k = u.detach()
(w * k).backward()
"""
    explorer.run(source)
    cut = explorer.graph.locator("g.node.cut")
    expect(cut).to_have_count(1)
    expect(explorer.graph.locator("g.edge.cut")).to_have_count(1)
    cut.click()
    expect(explorer.card).to_contain_text("line 4")
    expect(explorer.card).to_contain_text("cut offu")
    expect(explorer.leaf("u")).to_contain_text("detach() cut it off (line 4)")


def test_a_leaf_whose_gradient_is_returned_does_not_say_that_nothing_was_sent(
    explorer: ExplorerPage,
) -> None:
    explorer.choose("The gradient of a gradient")
    expect(explorer.sentence).to_contain_text("sends 27 to x")
    expect(explorer.leaf("x")).to_contain_text("autograd.grad returns 27")
    expect(explorer.leaf("x")).not_to_contain_text("nothing was sent")
    expect(explorer.page.get_by_text("choose pass 2 above the picture")).to_be_visible()
    passes = explorer.graph.get_by_label("Backward pass")
    passes.select_option("1")
    explorer.painted()
    explorer.press("Last")
    expect(explorer.leaf("x").locator("td").nth(1)).to_have_text("18")


def test_the_table_of_leaves_keeps_its_moments_apart_and_fits_its_place(
    explorer: ExplorerPage,
) -> None:
    explorer.page.set_viewport_size({"width": 1280, "height": 720})
    explorer.choose("A network as a class")
    explorer.press("Last")
    expect(explorer.leaves.get_by_role("columnheader")).to_have_text(
        ["leaf", "shape", ".grad at step 14", "‖.grad‖", "value at the end", ".grad at the end"]
    )
    wide = "it => it.scrollWidth - it.clientWidth"
    assert explorer.leaves.locator(".scroll").evaluate(wide) == 0


def test_a_hook_shows_what_it_changed(explorer: ExplorerPage) -> None:
    source = """\
import torch
w = torch.tensor(2.0, requires_grad=True)
h = w * 3
h.register_hook(lambda g: g * 10)
h.backward()
"""
    explorer.run(source)
    expect(explorer.card).to_contain_text("1 → 10 by <lambda>, line 4")
    expect(explorer.sentence).to_contain_text("received 10 (1 before the hook in line 4)")


def test_the_first_nan_is_named_and_shown(explorer: ExplorerPage) -> None:
    source = """\
import torch
x = torch.tensor([0.0, 1.0], requires_grad=True)
a = x * 2
y = a.log()
(y * 0).sum().backward()
"""
    explorer.run(source)
    alarm = explorer.page.get_by_test_id("explorer-alarm")
    expect(alarm).to_contain_text("line 4, LogBackward0 of a = [0, 2] gave [-inf, 0.6931]")
    alarm.get_by_role("button", name="Show it in the graph").click()
    expect(explorer.card).to_contain_text("LogBackward0")
    expect(explorer.page.get_by_role("radio", name=re.compile("Forward"))).to_be_checked()


def test_nodes_that_backward_made_have_their_own_look(explorer: ExplorerPage) -> None:
    source = """\
import torch
x = torch.tensor(3.0, requires_grad=True)
(g,) = torch.autograd.grad(x**3, x, create_graph=True)
g.backward()
"""
    explorer.run(source)
    expect(explorer.graph.locator("g.node.made")).to_have_count(0)
    explorer.graph.get_by_label("Backward pass").select_option("1")
    explorer.painted()
    expect(explorer.graph.locator("g.node.made")).to_have_count(3)
    expect(explorer.card).to_contain_text("Made by pass 1 while PowBackward0 of line 3 was at work")


def test_words_of_a_program_are_never_markup(explorer: ExplorerPage) -> None:
    source = """\
import torch
Own = type("![a](http://192.0.2.1/a.png)", (torch.optim.SGD,), {})
w = torch.tensor(1.0, requires_grad=True)
optimizer = Own([w], lr=0.1)
for _ in range(2):
    optimizer.zero_grad()
    (w * w).backward()
    optimizer.step()
raise ValueError("![b](http://192.0.2.1/b.png)")
"""
    asked: list[str] = []
    explorer.page.on("request", lambda request: asked.append(request.url))
    explorer.run(source)
    explorer.page.get_by_text("Training: 2 steps").click()
    explorer.idle()
    expect(explorer.page.get_by_text("What ![a](http://192.0.2.1/a.png).step did")).to_be_visible()
    explorer.page.get_by_text("Compare with and without").click()
    explorer.idle()
    expect(explorer.page.get_by_text("with zero_grad: ValueError: ![b]")).to_be_visible()
    assert not [address for address in asked if "192.0.2.1" in address]
