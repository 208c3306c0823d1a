"""The page as a visitor uses it: what there is to press, to read and to wait for."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, WebSocket, expect

STEP = re.compile(r"^step (\d+) of (\d+)$")
PATIENCE_MS = 30_000
"""For the first run, which waits for PyTorch on a busy machine."""

FOCUS_MATCHES = """selector => {
  let it = document.activeElement;
  while (it?.shadowRoot?.activeElement) it = it.shadowRoot.activeElement;
  return it?.matches(selector) ?? false;
}"""

LIGHTNESS_BEHIND = """start => {
  for (let it = start; it; it = it.parentElement ?? it.getRootNode().host) {
    const [r, g, b, a = 1] = getComputedStyle(it).backgroundColor.match(/[\\d.]+/g).map(Number);
    if (a > 0) return (r + g + b) / 765;
  }
  return 1;
}"""


def idle(page: Page) -> None:
    """Waits until no script runs for this tab, and all that it sent has arrived."""
    app = page.get_by_test_id("stApp")
    expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=PATIENCE_MS)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=PATIENCE_MS)


class ExplorerPage:
    """One visitor's tab. Waits on states that the page shows, never on time."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.requests: list[str] = []
        self.sent: list[str | bytes] = []
        self.faults: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("websocket", self._listen)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.graph = page.get_by_test_id("explorer-graph")
        self.step_line = page.get_by_test_id("explorer-step")
        self.failure = page.get_by_test_id("explorer-failure")
        self.leaves = page.get_by_test_id("explorer-leaves")
        self.lines = page.get_by_test_id("explorer-lines")
        self.sentence = self.graph.locator(".sentence")
        self.card = self.graph.get_by_role("complementary")
        self.code = page.locator(".cm-content")

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: self.sent.append(frame))

    def open(self, query: str = "") -> None:
        """Loads the page and waits for a painted graph."""
        self.page.goto(self.address + query)
        self.painted()

    def painted(self) -> None:
        """Waits until a graph is painted and Streamlit has nothing left to do."""
        expect(self.graph).to_have_attribute("data-state", "ready", timeout=PATIENCE_MS)
        self.idle()
        expect(self.page.locator(".broken"), "no part failed to show its data").to_have_count(0)

    def idle(self) -> None:
        """Waits until no script runs for this tab; no part of the page may have given up."""
        idle(self.page)
        expect(self.page.locator(".ax > .broken")).to_have_count(0)

    def write(self, source: str) -> None:
        """Replaces the text in the editor, as a paste does."""
        self.code.click()
        self.page.keyboard.press("ControlOrMeta+A")
        self.page.keyboard.press("Delete")
        self.page.keyboard.insert_text(source)

    def run(self, source: str) -> None:
        """Writes a program, presses Ctrl+Enter and waits for its answer on the screen."""
        self.write(source)
        before = self.trace()
        self.page.keyboard.press("Control+Enter")
        expect(self.graph).not_to_have_attribute("data-trace", before, timeout=PATIENCE_MS)
        self.painted()

    def trace(self) -> str:
        """Changes with every run that is on the screen."""
        return self.graph.get_attribute("data-trace") or ""

    def choose(self, title: str) -> None:
        """Picks an example and waits for its graph."""
        before = self.trace()
        self.page.get_by_role("combobox", name=re.compile("Example")).click()
        self.page.get_by_role("option", name=re.compile(re.escape(title))).click()
        expect(self.graph).not_to_have_attribute("data-trace", before, timeout=PATIENCE_MS)
        self.painted()

    def press(self, name: str) -> None:
        """Presses a button of the transport bar."""
        self.graph.get_by_role("button", name=name, exact=True).click()

    def step(self) -> tuple[int, int]:
        """K and N of "step K of N"."""
        found = STEP.match(self.step_line.inner_text())
        assert found, self.step_line.inner_text()
        return int(found[1]), int(found[2])

    def node(self, label: str) -> Locator:
        """Boxes of the graph that show this text."""
        return self.graph.locator("g.node[data-node-id]", has_text=label)

    def leaf(self, name: str) -> Locator:
        """The leaf's row in the table of gradients."""
        return self.leaves.locator(f'tr[data-leaf="{name}"]')

    def tab_to(self, selector: str, most: int) -> None:
        """Presses Tab until what has the focus matches, as somebody without a mouse does."""
        for _ in range(most):
            if self.page.evaluate(FOCUS_MATCHES, selector):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{selector} cannot be reached by {most} presses of Tab")

    def lightness_behind(self, part: Locator) -> float:
        """0 (black) to 1 (white): the colour behind it, from the first ancestor that has one."""
        return float(part.evaluate(LIGHTNESS_BEHIND))
