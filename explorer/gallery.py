"""The examples: one runnable script each, read from `examples/` in the order of their numbers."""

from __future__ import annotations

import ast
from pathlib import Path

from explorer.records import Record

EXAMPLES_DIR = Path(__file__).parent / "examples"


class Example(Record, frozen=True):
    """A program that teaches one thing."""

    slug: str
    """File name without number and suffix: "shared_leaf"."""
    title: str
    """First line of the docstring."""
    caption: str
    """The rest of the docstring as one paragraph of Markdown: what to watch."""
    source: str
    """The program without its docstring."""


def read(path: Path) -> Example:
    """The Example in one file; raises ValueError when its docstring is missing or too short."""
    text = path.read_text("utf-8")
    tree = ast.parse(text)
    title, _, caption = (ast.get_docstring(tree) or "").partition("\n\n")
    if not title or not caption:
        raise ValueError(f"{path.name}: the docstring must hold a title, an empty line, a caption")
    after_docstring = tree.body[0].end_lineno or 0
    source = "\n".join(text.splitlines()[after_docstring:]).strip()
    slug = path.stem.partition("_")[2]
    return Example(slug, title, " ".join(caption.split()), source)


EXAMPLES: tuple[Example, ...] = tuple(map(read, sorted(EXAMPLES_DIR.glob("[0-9][0-9]_*.py"))))
"""The first is the one that a new visitor sees."""


def find(slug: str) -> Example | None:
    """The example of that name, if there is one."""
    return next((example for example in EXAMPLES if example.slug == slug), None)
