"""What the texts promise is there: links lead somewhere, and both lists of versions agree."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from explorer import limits
from explorer.formulas import FORMULAS, ROWS
from explorer.formulas.document import document

ROOT = Path(__file__).parent.parent
TEXTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
CONDA_NAMES = {"pytorch": "torch"}


def pins(path: Path, pattern: str) -> dict[str, str]:
    found = re.findall(pattern, path.read_text("utf-8"), flags=re.MULTILINE)
    return {CONDA_NAMES.get(name, name): version for name, version in found}


def test_both_lists_of_requirements_have_the_same_versions() -> None:
    pip = pins(ROOT / "requirements.txt", r"^([a-z-]+)==([\d.]+)")
    conda = pins(ROOT / "environment.yml", r"^\s*- ([a-z-]+)==?([\d.]+)")
    conda.pop("python")
    assert conda == pip


def test_what_conda_hands_to_pip_is_what_pip_reads_from_a_file() -> None:
    """A line of such a file is a requirement alone: an option behind it ends the installation."""
    _, _, listed = (ROOT / "environment.yml").read_text("utf-8").partition("- pip:\n")
    lines = listed.splitlines()
    assert lines
    for line in lines:
        assert re.fullmatch(r"      - [a-z-]+==[\d.]+", line), line


def anchors(path: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head).lower().replace(" ", "-") for head in heads}


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    for link in re.findall(r"\]\(([^)]+)\)", path.read_text("utf-8")):
        target, _, anchor = link.partition("#")
        place = path.parent / target if target else path
        assert place.exists(), link
        assert not anchor or anchor in anchors(place), link


def test_the_map_of_the_house_names_what_is_there() -> None:
    rooms = ("explorer", "tests", "docs", "benchmarks")
    paths = [*ROOT.glob("*.py"), *(path for room in rooms for path in (ROOT / room).rglob("*"))]
    files = [path.as_posix() for path in paths if "node_modules" not in path.parts]
    words = (ROOT / "docs" / "house.md").read_text("utf-8")
    named = set(re.findall(r"`([\w/.-]+(?:\.(?:py|ts|md)|/))`", words))
    assert len(named) > 80
    missing = {name for name in named if not any(f"/{name}" in f"{file}/" for file in files)}
    assert missing == set()


def test_limits_are_told_as_they_are() -> None:
    default = limits.Limits()
    for text in ("README.md", "docs/deploy.md"):
        words = (ROOT / text).read_text("utf-8")
        assert f"{default.seconds:g}" in words
        assert str(default.memory_mb) in words


def test_the_page_of_formulas_is_what_the_table_gives() -> None:
    command = "python -m explorer.formulas.document > docs/formulas.md"
    assert (ROOT / "docs" / "formulas.md").read_text("utf-8") == document(), command


def test_the_number_of_formulas_is_told_as_it_is() -> None:
    told = f"{len(ROWS)} formulas of {len(FORMULAS)} operations"
    assert told in (ROOT / "CHANGELOG.md").read_text("utf-8").replace("\n  ", " ")
