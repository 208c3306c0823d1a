"""A loop whose rounds share a graph: what the round before has used up."""

from __future__ import annotations

import ast

from explorer.worker.doctor.row import Diagnosis, lines
from explorer.worker.doctor.scene import Scene
from explorer.worker.forward import Origin


def from_round_before(
    scene: Scene, loop: ast.For | ast.While, carried: dict[str, Origin]
) -> Diagnosis:
    """The same line again: something of the round before is still in the graph."""
    inside = [
        name
        for name, made in carried.items()
        if made.line is not None and loop.lineno <= made.line <= (loop.end_lineno or 0)
    ]
    if not inside:
        return _before_loop(scene, loop, *next(iter(carried.items())))
    if len(inside) == 1 and (added := _added_up(scene, loop, inside[0])) is not None:
        return added
    cut = f"{', '.join(inside)} = {', '.join(f'{name}.detach()' for name in inside)}"
    which, several = " and ".join(f"`{name}`" for name in inside), len(inside) > 1
    return Diagnosis(
        f"{which} {'carry' if several else 'carries'} a graph through which backward() went in the"
        " round before, and what its operations had saved is freed.",
        f"Cut it between the rounds: `{cut}`.",
        lines(*((carried[name].line, f"`{name}` is made here") for name in inside)),
        scene.source.inserted(loop.body[0], cut),
    )


def _added_up(scene: Scene, loop: ast.For | ast.While, name: str) -> Diagnosis | None:
    """`total = total + loss` of all rounds, and a backward in each of them."""
    if not is_root(scene, name) or scene.statement is None:
        return None
    return Diagnosis(
        f"`{name}` adds up the rounds, so each backward() goes through the graphs of all rounds"
        " before it as well, and these are used up.",
        f"Call `{name}.backward()` once, behind the loop; or backward() of each round's own part.",
        fix=scene.source.moved_out(scene.statement, loop),
    )


def _before_loop(scene: Scene, loop: ast.For | ast.While, name: str, made: Origin) -> Diagnosis:
    """It was computed once, and each round goes through its graph."""
    statement = _statement_on(scene, made.line)
    return Diagnosis(
        f"`{name}` was computed once, before the loop, and backward() in the round before has"
        " used up its graph.",
        f"Compute `{name}` anew in each round.",
        lines((made.line, f"`{name}` is computed here, once")),
        scene.source.moved_into(statement, loop) if statement is not None else None,
    )


def _statement_on(scene: Scene, line: int | None) -> ast.stmt | None:
    for node in ast.walk(scene.source.tree):
        if isinstance(node, ast.stmt) and node.lineno == line:
            return node
    return None


def is_root(scene: Scene, name: str) -> bool:
    """Whether backward was called on this very variable."""
    match scene.node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=own))):
            return own == name
    return False
