"""A real server on a free port, as `streamlit run` starts it."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent


class Server(NamedTuple):
    """Where it answers, and its process."""

    address: str
    pid: int


@contextlib.contextmanager
def served(script: Path, **environment: str) -> Iterator[Server]:
    """`streamlit run script` on a free port, with the settings beside it; ends with the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    flags = ["--server.port", str(port), "--server.headless", "true"]
    command = [sys.executable, "-m", "streamlit", "run", str(script), *flags]
    server = subprocess.Popen(
        command, cwd=script.parent, stdout=subprocess.DEVNULL, env=os.environ | environment
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/_stcore/health")
        yield Server(address, server.pid)
    finally:
        server.terminate()
        server.wait()


def _wait_for(address: str) -> None:
    for _ in range(300):
        with contextlib.suppress(OSError), urllib.request.urlopen(address):
            return
        time.sleep(0.1)
    raise SystemExit("the page did not start")
