"""Run pressed -> new graph painted, ours beside a bare Streamlit page, in one real browser.

    python -m benchmarks.painted [--rounds 8]

Both pages get the same programs of about 20, 100 and 300 torchviz boxes, in turn, and both run
them: the time is from the press to the first frame that shows the new graph. Needs Chromium
(CHROMIUM names another one).
"""

from __future__ import annotations

import argparse
import math
import os
import shutil
import statistics

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.served import ROOT, served

LAYERS = {20: 2, 100: 14, 300: 42}
"""About how many boxes -> how many Linear + Tanh layers of 7 boxes each."""
PATIENCE_MS = 60_000
TARGET_MS = {20: 150, 100: 220, 300: 350}
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def program(layers: int, number: int) -> str:
    """A small network of which every round has another width, so that no answer is cached."""
    return (
        "import torch\nfrom torch import nn\n"
        f"torch.manual_seed({number})\n"
        f"model = nn.Sequential(*[part for _ in range({layers}) "
        "for part in (nn.Linear(4, 4), nn.Tanh())])\n"
        f"loss = model(torch.ones(1, 4)).sum() * {number}\n"
    )


def ours(page: Page, source: str) -> float:
    """Milliseconds from Ctrl+Enter to the new graph in our page; inf where none comes."""
    _type_into_editor(page, source)
    page.evaluate(
        """() => {
          const find = (root) => {
            for (const one of root.querySelectorAll('*')) {
              if (one.dataset?.testid === 'explorer-graph') return one;
              const inner = one.shadowRoot && find(one.shadowRoot);
              if (inner) return inner;
            }
          };
          const graph = find(document), before = graph.dataset.trace;
          window.painted = new Promise((done) => {
            setTimeout(() => done(null), PATIENCE);
            addEventListener('keydown', () => {
              const start = performance.now();
              const look = () => {
                const now = find(document);
                const fresh = now?.dataset.trace !== before && now?.dataset.state === 'ready';
                if (fresh) requestAnimationFrame(() => done(performance.now() - start));
                else requestAnimationFrame(look);
              };
              look();
            }, { once: true, capture: true });
          });
        }""".replace("PATIENCE", str(PATIENCE_MS))
    )
    page.keyboard.press("Control+Enter")
    painted = page.evaluate("() => window.painted")
    return math.inf if painted is None else float(painted)


def _type_into_editor(page: Page, source: str) -> None:
    editor = page.locator(".cm-content").first
    editor.click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(source)


def bare(page: Page, source: str) -> float:
    """Milliseconds from the click on Run to the new picture in the bare page."""
    area = page.get_by_role("textbox")
    area.fill(source)
    area.press("Control+Enter")
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    page.evaluate(
        """() => {
          // The chart redraws into the same elements; node names are addresses, new in each run.
          const picture = () =>
            document.querySelector('[data-testid=stGraphVizChart] svg g.graph')?.textContent;
          const before = picture();
          window.painted = new Promise((done) => {
            addEventListener('click', () => {
              const start = performance.now();
              const look = () => {
                const now = picture();
                const fresh = now && now !== before;
                if (fresh) requestAnimationFrame(() => done(performance.now() - start));
                else requestAnimationFrame(look);
              };
              look();
            }, { once: true, capture: true });
          });
        }"""
    )
    page.get_by_role("button", name="Run").click()
    return float(page.evaluate("() => window.painted"))


def opened(browser: Browser, address: str) -> Page:
    """Our page, when its first example stands there."""
    page = browser.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(address)
    page.locator('[data-testid="explorer-graph"][data-state="ready"]').wait_for()
    return page


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=8)
    rounds = parser.parse_args().rounds
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chrome")
    with (
        served(ROOT / "app.py") as our_server,
        served(ROOT / "benchmarks" / "bare_page.py") as bare_server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        our_page, bare_page = opened(browser, our_server.address), browser.new_page()
        bare_page.set_default_timeout(PATIENCE_MS)
        bare_page.goto(bare_server.address)
        bare_page.get_by_role("button", name="Run").wait_for()
        print("| boxes | ours ms (median, worst) | bare page ms | ours / bare | target ms |")
        print("|---|---|---|---|---|")
        for boxes, layers in LAYERS.items():
            texts = [program(layers, 2 + number) for number in range(rounds + 1)]
            pairs = [(ours(our_page, text), bare(bare_page, text)) for text in texts][1:]
            mine, theirs = (statistics.median(pair[side] for pair in pairs) for side in (0, 1))
            worst = max(pair[0] for pair in pairs)
            row = (f"about {boxes}", f"{mine:.0f}, {worst:.0f}", f"{theirs:.0f}")
            print("|", " | ".join(row), f"| {mine / theirs:.2f} | {TARGET_MS[boxes]} |", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
