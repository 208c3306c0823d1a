"""What visitors do: arrive, edit and run, replay, ask a box, meet errors, share."""

from __future__ import annotations

import re

import torch
from playwright.sync_api import Browser, Page, expect

from explorer.gallery import EXAMPLES
from explorer.numbers import short
from tests.browser.conftest import ColdServer
from tests.browser.explorer_page import PATIENCE_MS, ExplorerPage

MLP = """\
import torch
from torch import nn

model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
loss = nn.CrossEntropyLoss()(model(torch.randn(5, 4)), torch.tensor([0, 1, 2, 0, 1]))
loss.backward()
"""

TWO_PATHS = """\
import torch

a = torch.tensor(2.0, requires_grad=True)
b = torch.tensor(-3.0, requires_grad=True)
p = a * b
q = torch.tanh(p / 10)
r = q + a * p
out = torch.exp(r / 10)
out.backward()
"""
"""`p` is used twice and `a` twice, so gradients meet at both."""

MOST_BOXES = 64
"""More no longer fit on a screen with letters that can be read."""

RECEIVED = re.compile(r"\((\w+)\) received (\S+)")
ACCUMULATED = re.compile(r"(\w+)\.grad was None, (\S+) arrived: now (\S+)\.$")


def plain_pytorch(source: str) -> dict[str, str]:
    """Variable -> its gradient as the page writes it, from a run without the explorer."""
    program, backward = source.rsplit("\n", 2)[:2]
    space: dict[str, torch.Tensor] = {}
    exec(program, space)
    tensors = {name: it for name, it in space.items() if isinstance(it, torch.Tensor)}
    for tensor in tensors.values():
        tensor.retain_grad()
    exec(backward, space)
    return {name: short(it.grad.item()) for name, it in tensors.items() if it.grad is not None}


def test_the_first_page_stands_at_the_first_backward_step(explorer: ExplorerPage) -> None:
    at, steps = explorer.step()
    assert at == 1
    assert steps > 3
    expect(explorer.code).to_contain_text("loss.backward()")
    expect(explorer.node("w")).not_to_have_count(0)
    expect(explorer.lines).to_contain_text("requires_grad=True")
    expect(explorer.failure).to_have_count(0)
    assert explorer.faults == []


def test_a_cold_server_shows_the_code_and_what_it_waits_for(
    page: Page, cold_server: ColdServer
) -> None:
    visitor = ExplorerPage(page, cold_server.address)
    page.goto(cold_server.address)
    expect(page.get_by_text("Starting PyTorch…")).to_be_visible(timeout=PATIENCE_MS)
    expect(visitor.code).to_contain_text("loss.backward()")
    cold_server.go_on()
    visitor.painted()
    expect(page.get_by_text("Starting PyTorch…")).to_have_count(0)


def test_editing_and_ctrl_enter_shows_the_new_graph(explorer: ExplorerPage) -> None:
    explorer.run(TWO_PATHS)
    expect(explorer.node("TanhBackward0")).to_have_count(1)
    expect(explorer.code).to_contain_text("torch.tanh")
    expect(explorer.lines.locator('tbody[data-line="5"]')).to_contain_text("MulBackward0")


def test_run_button_runs(explorer: ExplorerPage) -> None:
    explorer.write(TWO_PATHS)
    expect(explorer.page.get_by_text("edited – not run yet")).to_be_visible()
    before = explorer.trace()
    explorer.page.get_by_role("button", name=re.compile("^Run")).click()
    expect(explorer.graph).not_to_have_attribute("data-trace", before)
    explorer.painted()
    expect(explorer.page.get_by_text("edited – not run yet")).to_have_count(0)


def test_every_number_of_the_replay_is_plain_pytorchs(explorer: ExplorerPage) -> None:
    explorer.run(TWO_PATHS)
    expected = plain_pytorch(TWO_PATHS)
    received: dict[str, str] = {}
    accumulated: dict[str, str] = {}
    _, steps = explorer.step()
    for at in range(1, steps + 1):
        assert explorer.step() == (at, steps)
        sentence = explorer.sentence.inner_text()
        received.update(RECEIVED.findall(sentence))
        accumulated.update((name, total) for name, _, total in ACCUMULATED.findall(sentence))
        if at < steps:
            explorer.press("Forward")
    assert received == {name: expected[name] for name in ("p", "q", "r", "out")}
    assert accumulated == {name: expected[name] for name in ("a", "b")}
    for name in ("a", "b"):
        expect(explorer.leaf(name).locator("td").last).to_have_text(expected[name])


def test_replay_goes_forward_and_back_by_buttons_keys_and_slider(explorer: ExplorerPage) -> None:
    _, steps = explorer.step()
    keyboard = explorer.page.keyboard
    explorer.press("Forward")
    assert explorer.step() == (2, steps)
    explorer.press("Back")
    assert explorer.step() == (1, steps)
    explorer.press("Last")
    assert explorer.step() == (steps, steps)
    explorer.press("First")
    assert explorer.step() == (1, steps)
    explorer.graph.get_by_role("button", name="Play", exact=True).focus()
    keyboard.press("ArrowRight")
    assert explorer.step() == (2, steps)
    keyboard.press("ArrowLeft")
    assert explorer.step() == (1, steps)
    keyboard.press("End")
    assert explorer.step() == (steps, steps)
    keyboard.press("Home")
    assert explorer.step() == (1, steps)
    slider = explorer.graph.get_by_role("slider", name="Step")
    slider.fill("3")
    assert explorer.step() == (3, steps)


def test_playing_ends_at_the_last_step(explorer: ExplorerPage) -> None:
    _, steps = explorer.step()
    explorer.graph.get_by_label("speed").select_option("16")
    explorer.press("Play")
    expect(explorer.step_line).to_have_text(f"step {steps} of {steps}")
    expect(explorer.graph.get_by_role("button", name="Play", exact=True)).to_be_visible()


def test_the_forward_replay_grows_the_graph(explorer: ExplorerPage) -> None:
    explorer.graph.get_by_role("radio", name=re.compile("^Forward")).check()
    later = explorer.graph.locator('g.node[data-phase="later"]')
    expect(later).not_to_have_count(0)
    explorer.press("Last")
    expect(later).to_have_count(0)


def test_nothing_is_asked_of_the_server_during_replay(explorer: ExplorerPage) -> None:
    explorer.idle()
    sent, requests = len(explorer.sent), len(explorer.requests)
    _, steps = explorer.step()
    for _ in range(steps - 1):
        explorer.press("Forward")
    explorer.press("First")
    explorer.graph.get_by_label("speed").select_option("16")
    explorer.press("Play")
    expect(explorer.step_line).to_have_text(f"step {steps} of {steps}")
    explorer.node("MulBackward0").first.click()
    assert explorer.sent[sent:] == []
    assert explorer.requests[requests:] == []


def test_a_clicked_box_shows_its_facts_and_stays_held(explorer: ExplorerPage) -> None:
    explorer.node("PowBackward0").first.click()
    card = explorer.card
    expect(card).to_contain_text("PowBackward0")
    expect(card).to_contain_text("line 6")
    expect(card).to_contain_text("saved for backward")
    expect(card).to_contain_text("held here")
    explorer.press("Last")
    expect(card).to_contain_text("PowBackward0")
    explorer.page.keyboard.press("Escape")
    expect(card).not_to_contain_text("held here")


def test_torchviz_undressed_is_one_switch_away(explorer: ExplorerPage) -> None:
    """The radio itself is hidden behind its label, as a segment of one control."""
    explorer.graph.get_by_text("torchviz", exact=True).click()
    explorer.painted()
    expect(explorer.graph.get_by_text("show_attrs")).to_be_visible()
    expect(explorer.node("PowBackward0")).not_to_have_count(0)


def test_zero_none_and_not_run_yet_never_look_alike(explorer: ExplorerPage) -> None:
    explorer.run(
        "import torch\n"
        "used = torch.tensor(2.0, requires_grad=True)\n"
        "zero = torch.tensor(3.0, requires_grad=True)\n"
        "unused = torch.tensor(4.0, requires_grad=True)\n"
        "loss = used * 1.5 + zero * 0.0\n"
        "loss.backward()\n"
    )
    expect(explorer.leaf("used").locator("td").last).to_have_text("1.5")
    expect(explorer.leaf("zero").locator("td").last).to_have_text("0 zero")
    expect(explorer.leaf("unused").locator("td").last).to_contain_text("None")
    expect(explorer.leaf("used")).to_contain_text("not run yet")
    explorer.press("Last")
    expect(explorer.leaf("used")).not_to_contain_text("not run yet")


def test_a_pass_can_be_chosen_among_several(explorer: ExplorerPage) -> None:
    explorer.choose("A training loop")
    passes = explorer.graph.get_by_label("Backward pass")
    expect(passes.locator("option")).to_have_count(3)
    passes.select_option("2")
    explorer.painted()
    assert explorer.step()[0] == 1


def test_every_example_paints_its_graph(explorer: ExplorerPage) -> None:
    for example in EXAMPLES:
        if example is not EXAMPLES[0]:
            explorer.choose(example.title)
        expect(explorer.code).to_contain_text(example.source.splitlines()[-1].strip())
        expect(explorer.failure).to_have_count(0)
        boxes = int(explorer.graph.get_attribute("data-boxes") or 0)
        assert 0 < boxes <= MOST_BOXES, example.slug
        assert explorer.step()[0] == 1
    assert explorer.faults == []


def test_a_link_brings_the_program_and_waits_for_run(explorer: ExplorerPage) -> None:
    explorer.run(TWO_PATHS)
    explorer.page.get_by_role("button", name="Share").click()
    link = explorer.page.get_by_text("?c=").first.inner_text()
    explorer.page.goto(link)
    expect(explorer.code).to_contain_text("torch.tanh")
    expect(explorer.page.get_by_text("Read it, then press Run")).to_be_visible()
    expect(explorer.graph).to_have_count(0)
    explorer.page.get_by_role("button", name=re.compile("^Run")).click()
    explorer.painted()
    expect(explorer.node("TanhBackward0")).to_have_count(1)


def test_two_visitors_do_not_mix(explorer: ExplorerPage, browser: Browser) -> None:
    context = browser.new_context()
    try:
        other = ExplorerPage(context.new_page(), explorer.address)
        other.open()
        explorer.run(TWO_PATHS)
        other.write("this is not Python")
        other.page.keyboard.press("Control+Enter")
        expect(other.failure).to_be_visible(timeout=PATIENCE_MS)
        expect(explorer.failure).to_have_count(0)
        expect(explorer.node("TanhBackward0")).to_have_count(1)
        expect(other.node("TanhBackward0")).to_have_count(0)
        expect(other.node("PowBackward0")).to_have_count(1)
    finally:
        context.close()


def test_no_request_leaves_the_machine(explorer: ExplorerPage) -> None:
    explorer.choose("A network as a class")
    explorer.run(TWO_PATHS)
    own = (explorer.address, explorer.address.replace("http", "ws"), "data:", "blob:")
    assert [url for url in explorer.requests if not url.startswith(own)] == []


def test_views_come_and_go_when_the_page_has_their_code_already(explorer: ExplorerPage) -> None:
    code = explorer.page.locator(".st-key-explorer_runtime")
    top = explorer.code.evaluate("it => it.getBoundingClientRect().top + scrollY")
    explorer.run("x = 1 +\n")
    expect(explorer.failure).to_be_visible()
    explorer.run(TWO_PATHS)
    expect(code).to_have_count(0)
    expect(explorer.node("TanhBackward0")).to_have_count(1)
    explorer.choose("Cross entropy, two ways")
    expect(explorer.leaf("scores")).to_be_visible()
    assert explorer.code.evaluate("it => it.getBoundingClientRect().top + scrollY") == top
    assert explorer.faults == []


def test_the_camera_shows_where_a_gradient_goes_too(explorer: ExplorerPage) -> None:
    explorer.page.set_viewport_size({"width": 1440, "height": 900})
    explorer.run(MLP)
    explorer.press("Last")
    expect(explorer.graph.locator('g.node[data-phase="now"]')).to_be_in_viewport(ratio=1)
    expect(explorer.node("model.0.weight")).to_be_in_viewport(ratio=1)


def test_the_camera_follows_the_replay_unless_it_is_told_not_to(explorer: ExplorerPage) -> None:
    stage, follow = explorer.graph.locator(".stage"), explorer.graph.get_by_label("follow")
    for _ in range(8):
        explorer.graph.get_by_role("button", name="Zoom in").click()
    follow.uncheck()
    before = stage.get_attribute("style")
    explorer.press("Last")
    assert stage.get_attribute("style") == before
    follow.check()
    explorer.press("First")
    explorer.press("Last")
    expect(stage).not_to_have_attribute("style", before or "")
