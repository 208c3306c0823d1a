"""`streamlit run app.py`: what must not serve ends before the first visit, and says why."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from explorer.start import CANNOT

ROOT = Path(__file__).parent.parent
SECONDS = 60
WITHOUT_SECCOMP = (str(ROOT / "tests" / "without_seccomp.py"),)

linux = pytest.mark.skipif(sys.platform != "linux", reason="the jail is Linux's")


@contextlib.contextmanager
def started(
    port: int, environment: Mapping[str, str], *before: str, headless: str = "true"
) -> Iterator[subprocess.Popen[str]]:
    options = ["--server.port", str(port), "--server.headless", headless]
    command = [sys.executable, *before, "-m", "streamlit", "run", "app.py", *options]
    known = os.environ | {"PYTHONPATH": str(ROOT)} | environment
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=known,
        text=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as server:
        try:
            yield server
        finally:
            server.terminate()


def end_of(port: int, environment: Mapping[str, str], *before: str) -> tuple[int, str]:
    """Exit code, and what it said."""
    with started(port, environment, *before) as server:
        _, said = server.communicate(timeout=SECONDS)
    return server.returncode, said


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def is_served(port: int) -> bool:
    address = f"http://127.0.0.1:{port}/_stcore/health"
    with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=1):
        return True
    return False


def wait_until_served(port: int, server: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + SECONDS
    while not is_served(port):
        assert server.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)


@linux
def test_a_public_server_without_a_lock_does_not_start(port: int) -> None:
    code, said = end_of(port, {"EXPLORER_PUBLIC": "1"}, *WITHOUT_SECCOMP)
    assert code == CANNOT
    (last,) = [line for line in said.splitlines() if line.startswith("explorer:")]
    assert "the jail is incomplete. Here a program could: look at a file, make a folder" in last
    assert "docs/deploy.md" in last
    assert "Traceback" not in said
    assert not is_served(port)


@linux
def test_a_public_server_with_all_locks_starts(port: int) -> None:
    with started(port, {"EXPLORER_PUBLIC": "1"}) as server:
        wait_until_served(port, server)


@linux
def test_a_server_of_ones_own_starts_without_a_lock(port: int) -> None:
    with started(port, {"EXPLORER_PUBLIC": ""}, *WITHOUT_SECCOMP) as server:
        wait_until_served(port, server)


def test_a_variable_that_is_no_limit_ends_the_start(port: int) -> None:
    code, said = end_of(port, {"EXPLORER_NODES": "many"})
    assert code == CANNOT
    assert "explorer: EXPLORER_NODES must be a whole number from 10 to 1000000, not 'many'." in said
    assert "Traceback" not in said


RUNS = """
from explorer.limits import Limits
from explorer.records import Program
from explorer.runner import Runner
runner = Runner(Limits(public=True))
failure = runner.run(Program("print('here')")).failure
print(failure.kind, failure.details)
runner.close()
"""


@linux
def test_without_a_lock_no_program_runs_either(tmp_path: Path) -> None:
    """The second line: whatever started the server."""
    script = tmp_path / "runs.py"
    script.write_text(RUNS)
    done = subprocess.run(
        [sys.executable, *WITHOUT_SECCOMP, str(script)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
        timeout=SECONDS,
    )
    assert done.stdout == "refused Not stopped: look at a file, make a folder\n"


@linux
def test_the_page_opens_by_itself_where_there_is_a_screen(port: int, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {seen}\n')
    browser.chmod(0o755)
    # Streamlit asks newcomers for their address first.
    credentials = tmp_path / ".streamlit" / "credentials.toml"
    credentials.parent.mkdir()
    credentials.write_text('[general]\nemail = ""\n')
    known = {"BROWSER": f"{browser} %s", "HOME": str(tmp_path)}
    with started(port, known, headless="false") as server:
        wait_until_served(port, server)
        deadline = time.monotonic() + SECONDS
        while not seen.exists() or not seen.read_text():
            assert time.monotonic() < deadline
            time.sleep(0.1)
    assert seen.read_text() == f"http://localhost:{port}/\n"
