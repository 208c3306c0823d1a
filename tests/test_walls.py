"""The walls of the house: which room may import which outside library, and how large things grow."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "explorer"
MODULES = sorted(
    path
    for path in PACKAGE.rglob("*.py")
    if "node_modules" not in path.parts and "examples" not in path.parts
)
SCRIPTS = [ROOT / "app.py", ROOT / "page.py"]
NAMES = [path.relative_to(ROOT).as_posix() for path in MODULES]

# Outside library -> where it may be imported (a prefix of the path from the top of the repo).
HOMES = {
    "torch": ("explorer/worker/",),
    "torchviz": ("explorer/worker/",),
    "numpy": ("explorer/worker/",),
    "streamlit": ("app.py", "page.py", "explorer/panels/", "explorer/canvas/__init__.py"),
    "graphviz": ("explorer/worker/", "explorer/export.py"),
    "msgspec": ("explorer/",),
}
OUR_LONGEST_FILE = 300
"""Lines. Beyond it a file does more than one thing."""


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("path", SCRIPTS + MODULES, ids=["app.py", "page.py", *NAMES])
def test_every_outside_library_is_imported_only_in_its_home(path: Path) -> None:
    place = path.relative_to(ROOT).as_posix()
    for name in imports_of(path):
        library = name.split(".")[0]
        if library == "explorer" or library in sys.stdlib_module_names:
            continue
        assert library in HOMES, f"{place} imports {library}, which has no home"
        assert place.startswith(HOMES[library]), f"{place} imports {library}"


@pytest.mark.parametrize("path", SCRIPTS + MODULES, ids=["app.py", "page.py", *NAMES])
def test_nobody_outside_the_worker_imports_it(path: Path) -> None:
    place = path.relative_to(ROOT).as_posix()
    if place.startswith("explorer/worker/"):
        return
    assert not [name for name in imports_of(path) if name.startswith("explorer.worker")]


@pytest.mark.parametrize("path", SCRIPTS + MODULES, ids=["app.py", "page.py", *NAMES])
def test_every_module_opens_with_its_job(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text("utf-8")))
    assert docstring
    assert docstring.splitlines()[0].strip()


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_files_stay_small(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= OUR_LONGEST_FILE


def test_the_page_names_its_steps_and_holds_no_logic() -> None:
    assert len((ROOT / "page.py").read_text("utf-8").splitlines()) <= 40


def test_no_drawer_is_called_utils() -> None:
    drawers = {"utils.py", "helpers.py", "core.py", "common.py", "misc.py"}
    assert not [name for name in NAMES if name.rsplit("/", 1)[-1] in drawers]


def test_the_server_side_runs_without_torch() -> None:
    """A fresh interpreter imports everything but the worker; torch and numpy's heirs stay out."""
    modules = [
        name.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
        for name in NAMES
        if not name.startswith("explorer/worker/") and not name.endswith("__main__.py")
    ]
    code = (
        "import importlib, sys\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        "print([name for name in ('torch', 'torchviz') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "[]", done.stderr
