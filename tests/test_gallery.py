"""Every example is a program that runs by itself, says what it teaches and stays small."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from explorer import gallery
from explorer.gallery import EXAMPLES, EXAMPLES_DIR, Example

FILES = sorted(EXAMPLES_DIR.glob("*.py"))
IDS = [path.stem for path in FILES]
LONGEST_SOURCE = 32
"""Lines: what the editor shows on a laptop without scrolling."""


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_file_names_order_the_examples(path: Path) -> None:
    assert re.fullmatch(r"\d\d_[a-z_]+", path.stem)


def test_numbers_run_without_a_gap() -> None:
    assert [int(path.stem[:2]) for path in FILES] == list(range(1, len(FILES) + 1))


def test_all_examples_run_bare_one_process_each_file_fresh(tmp_path: Path) -> None:
    """One interpreter imports torch once and runs each file in a namespace of its own."""
    code = (
        "import runpy, sys, torch\n"
        "for path in sys.argv[1:]: runpy.run_path(path, run_name='__main__')"
    )
    command = [sys.executable, "-W", "error", "-c", code, *map(str, FILES)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("example", EXAMPLES, ids=IDS)
def test_texts_are_complete(example: Example) -> None:
    assert len(example.title) <= 60
    assert not example.title.endswith(".")
    assert example.caption.endswith(".")
    assert '"""' not in example.source.splitlines()[0]
    assert example.source.startswith("import torch\n")


@pytest.mark.parametrize("example", EXAMPLES, ids=IDS)
def test_programs_fit_the_editor(example: Example) -> None:
    lines = example.source.splitlines()
    assert len(lines) <= LONGEST_SOURCE
    assert max(map(len, lines)) <= 100


def test_titles_and_slugs_are_unique() -> None:
    assert len({example.title for example in EXAMPLES}) == len(EXAMPLES)
    assert len({example.slug for example in EXAMPLES}) == len(EXAMPLES)


def test_an_example_is_found_by_its_slug() -> None:
    assert gallery.find("chain_rule") is EXAMPLES[0]
    assert gallery.find("no_such_example") is None


def test_a_file_without_caption_is_named(tmp_path: Path) -> None:
    path = tmp_path / "01_bare.py"
    path.write_text('"""Only a title"""\nx = 1\n', "utf-8")
    with pytest.raises(ValueError, match=r"01_bare\.py"):
        gallery.read(path)
