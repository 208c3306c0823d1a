"""A profiler left out: it starts a thread, and would measure the recording."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from explorer.records import Fix
from explorer.source import Edit
from explorer.worker.doctor.scene import Scene


def without(scene: Scene) -> Fix | None:
    """The block of a `with profile() as p:` as it runs without, and no line that asks `p`."""
    block = scene.statement
    if not isinstance(block, ast.With) or len(block.items) != 1:
        return None
    name = block.items[0].optional_vars
    asked = [*_asking(scene, name.id, block)] if isinstance(name, ast.Name) else []
    if any(one.lineno != one.end_lineno for one in asked):
        return None
    return scene.source.edited(_header(scene, block), *(_comment(scene, one) for one in asked))


def _header(scene: Scene, block: ast.With) -> Edit:
    """`if True:` keeps the lines below as they are."""
    start, _ = scene.source.ends(block)
    first, _ = scene.source.ends(block.body[0])
    header = scene.source.text[start:first].rstrip()
    end = start + header.rindex(":") + 1
    said = " ".join(scene.source.text[start:end].split())
    return Edit(start, end, f"if True:  # {said}")


def _asking(scene: Scene, name: str, block: ast.With) -> Iterator[ast.stmt]:
    """Simple statements behind the block that use the profiler."""
    for node in ast.walk(scene.source.tree):
        if isinstance(node, ast.Expr | ast.Assign) and node.lineno > block.lineno:
            names = (one.id for one in ast.walk(node) if isinstance(one, ast.Name))
            if name in names:
                yield node


def _comment(scene: Scene, statement: ast.stmt) -> Edit:
    """A comment, and what Python needs in its place: a block must not be empty."""
    return scene.source.replacing(statement, f"pass  # {scene.source.code(statement)}")
