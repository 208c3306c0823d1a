"""The canvas's own tests, and its committed bundles; those that need Node are skipped without it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from explorer import run, wire
from explorer.gallery import EXAMPLES
from explorer.records import Program
from explorer.words import words
from tests.programs import AUTOMATIC, PROGRAMS

CANVAS = Path(__file__).parent.parent.parent / "explorer" / "canvas"
BUILD = CANVAS / "build"
READY = shutil.which("npm") is not None and (CANVAS / "node_modules").is_dir()
needs_node = pytest.mark.skipif(not READY, reason="needs Node and `npm ci` in explorer/canvas")


def npm(*arguments: str, **environment: str) -> str:
    """Output of an npm script; the test fails with it where the script does."""
    done = subprocess.run(
        ["npm", "run", "--silent", *arguments],
        cwd=CANVAS,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"NO_COLOR": "1"} | environment,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@needs_node
def test_the_canvas_passes_its_own_tests_and_tells_runs_as_python_does(tmp_path: Path) -> None:
    runs = tmp_path / "runs.json"
    runs.write_bytes(msgspec.json.encode(list(told())))
    said = npm("test", EXPLORER_RUNS=str(runs))
    assert re.search(r"^(#|ℹ) fail 0$", said, re.MULTILINE)
    assert re.search(r"^(#|ℹ) skipped 0$", said, re.MULTILINE)


LONG = """\
import torch
x = y = torch.ones(2, requires_grad=True)
for _ in range(5_200):
    y = y * 1.0001
y.sum().backward()
"""
"""So long that what its operations computed with is recorded for the beginning alone."""


def told() -> Iterator[dict[str, object]]:
    """Every program of the gallery and of the oracle, as it ran and in Python's words."""
    sources = {example.slug: example.source for example in EXAMPLES} | PROGRAMS | AUTOMATIC
    sources["a long chain"] = LONG
    for name, source in sources.items():
        trace = run.run(Program(source))
        whole = msgspec.Raw(wire.written_out(trace))
        yield {"name": name, "trace": whole, "words": words(trace)}


@needs_node
def test_the_types_of_the_canvas_hold() -> None:
    npm("check")


@needs_node
def test_the_committed_bundles_are_what_the_sources_give() -> None:
    before = {path.name: path.read_bytes() for path in BUILD.iterdir()}
    npm("build")
    after = {path.name: path.read_bytes() for path in BUILD.iterdir()}
    assert after == before, "run `npm run build` in explorer/canvas and commit build/"


def test_the_shim_waits_for_exactly_this_runtime() -> None:
    (build,) = re.findall(r'"([0-9a-f]{16})"', (BUILD / "shim.js").read_text("utf-8"))
    assert build in (BUILD / "runtime.js").read_text("utf-8")


def test_a_shim_is_small_because_it_travels_with_every_payload() -> None:
    assert (BUILD / "shim.js").stat().st_size < 1000


def test_the_lock_file_names_no_download_address() -> None:
    assert "resolved" not in (CANVAS / "package-lock.json").read_text("utf-8")


TOOLS = re.compile(r"@biomejs|@?esbuild|@?typescript|@types/|undici-types$")
"""Packages that build and check; nothing of them is in a bundle."""


def test_the_bundle_carries_the_licences_of_everything_in_it() -> None:
    notice = (CANVAS / "NOTICE").read_text("utf-8")
    assert (BUILD / "runtime.js").read_text("utf-8").startswith(f"/*!\n{notice}*/")
    packages = json.loads((CANVAS / "package-lock.json").read_text("utf-8"))["packages"]
    names = {path.removeprefix("node_modules/") for path in packages if path}
    bundled = {name for name in names if not TOOLS.match(name)}
    assert {"crelt", "@hpcc-js/wasm-graphviz"} <= bundled
    assert {name for name in bundled if name not in notice} == set()


def test_sources_of_the_canvas_stay_small() -> None:
    long = {
        path.name: lines
        for path in (CANVAS / "src").rglob("*.ts")
        if (lines := len(path.read_text("utf-8").splitlines())) > 300
    }
    assert not long


def test_the_canvas_writes_no_markup_from_text() -> None:
    forbidden = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser")
    found = [
        path.name
        for path in (CANVAS / "src").rglob("*.ts")
        if forbidden.search(path.read_text("utf-8"))
    ]
    assert not found
