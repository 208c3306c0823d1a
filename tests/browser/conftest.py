"""One app on a free port for all journeys, and the machine's own Chromium."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Page, expect

from tests.browser.explorer_page import ExplorerPage

ROOT = Path(__file__).parent.parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SECONDS_TO_START = 60

expect.set_options(timeout=15_000)  # a busy machine is slow, not wrong


def _chromium() -> str | None:
    named = os.environ.get("CHROMIUM")
    return named or next(filter(None, map(shutil.which, BROWSERS)), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of these are journeys. Without Chromium they are skipped; on CI that is a failure."""
    missing = _chromium() is None and not os.environ.get("CI")
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if missing and "browser" in item.fixturenames:  # a Firefox is no fixture
                reason = "no Chromium found: install it, or name one in $CHROMIUM"
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    path = _chromium()
    assert path, "CI must have a Chromium: install it, or name one in $CHROMIUM"
    return {**browser_type_launch_args, "executable_path": path, "args": list(QUIET)}


@pytest.fixture(scope="session")
def base_url() -> Iterator[str]:
    """Where the app of all journeys answers."""
    with serving() as where:
        yield where


class ColdServer(NamedTuple):
    """An app that answers while PyTorch is still loading, for as long as the test wants."""

    address: str
    pytorch: int
    """Process id of what loads it, which is stopped."""

    def go_on(self) -> None:
        """Lets it finish."""
        os.kill(self.pytorch, signal.SIGCONT)


@pytest.fixture
def cold_server() -> Iterator[ColdServer]:
    """An app that nobody has visited yet."""
    with _started() as (where, server):
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children")
        if not children.exists():
            pytest.skip("needs Linux, to find the process that loads PyTorch")
        pytorch = int(children.read_text().split()[0])
        os.kill(pytorch, signal.SIGSTOP)
        cold = ColdServer(where, pytorch)
        yield cold
        cold.go_on()


@contextlib.contextmanager
def serving() -> Iterator[str]:
    """The app on a free port, as README starts it."""
    with _started() as (where, _):
        yield where


@contextlib.contextmanager
def _started() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    flags = {"port": port, "address": "127.0.0.1", "headless": "true"}
    options = [f"--server.{name}={value}" for name, value in flags.items()]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", *options]
    environment = os.environ | {"EXPLORER_SECONDS": "2"}  # the endless loop need not take long
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as server:
        try:
            _wait_until_healthy(f"http://127.0.0.1:{port}/_stcore/health", server)
            yield f"http://127.0.0.1:{port}", server
        finally:
            server.terminate()


def _wait_until_healthy(health: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(health, timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError("the app did not start")


@pytest.fixture
def explorer(page: Page, base_url: str) -> ExplorerPage:
    """A fresh visitor who has opened the page and sees the first example's graph."""
    visitor = ExplorerPage(page, base_url)
    visitor.open()
    return visitor
