"""Backward through a graph that has changed or is used up: in-place changes, a second time."""

from __future__ import annotations

import ast
import re
from typing import NamedTuple

from explorer.records import Fix
from explorer.worker.changes import Change, memory_of
from explorer.worker.doctor.inplace import out_of_place
from explorer.worker.doctor.reading import capital
from explorer.worker.doctor.row import Diagnosis, Row, lines
from explorer.worker.doctor.scene import Scene
from explorer.worker.forward import Origin
from explorer.worker.places import Place
from explorer.worker.saved import Kept, parts
from explorer.worker.taken import Taken
from explorer.worker.walk import NO_NUMBER

BACKWARD = re.compile(r"Backward\d*$")


class Spoiled(NamedTuple):
    """A saved tensor that is not what it was."""

    kept: Kept
    op: str
    """Type of the node that saved it."""
    number: int
    """Of that node."""


def _changed(scene: Scene, _: re.Match[str]) -> Diagnosis:
    spoiled = _spoiled(scene)
    if spoiled is None:
        return Diagnosis(
            "A tensor that backward needs was changed in place after it was used.",
            "Use an operation that makes a new tensor (`x = x + 1` instead of `x += 1`), or change"
            " a `.clone()`.",
        )
    name = _name(scene, spoiled.kept) or "a tensor"
    saved = scene.origins.of(spoiled.number)
    change = scene.observer.changes.to(spoiled.kept.storage[0], spoiled.kept.version + 1)
    place = change.place if change is not None else None
    at, statement = scene.origin(place).line, scene.statement_at(place)
    op = _operation(scene, spoiled)
    also = lines(
        (saved.line, f"{op} keeps {name} for backward here"),
        (at, f"{name} is changed here"),
    )
    step = change is not None and _is_step(scene, change)
    first = f"Line {at} changed {name} in place" if at else f"{capital(name)} was changed in place"
    needed = f" as it was in line {saved.line}" if saved.line else " as it was"
    message = f"{first}, but backward still needs it{needed}: {op} computes its gradient with it."
    if step or _is_leaf(scene, spoiled.kept):
        hint = "Call every backward() that needs the old value first, and change it afterwards."
        return Diagnosis(message, hint, also, _step_last(scene, statement))
    hint = "Let that line make a new tensor instead of changing the old one."
    fix = out_of_place(scene, statement) if statement is not None else None
    return Diagnosis(message, hint, also, fix, at if scene.here is None else None)


def _spoiled(scene: Scene) -> Spoiled | None:
    """The saved tensor at which backward stopped: of the nodes that did not run, the latest."""
    taken = scene.taking.passes[-1] if scene.taking.passes else None
    if taken is None or taken.graph is None:
        return None
    ran = {step[0] for step in taken.watch.steps} if taken.watch is not None else set()
    graph = taken.graph
    found = [
        Spoiled(kept, graph.types[node], graph.numbers[node])
        for node, attributes in taken.attributes.items()
        if node not in ran
        for kept in parts(attributes)
        if kept.version != kept.now
    ]
    return max(found, key=lambda one: one.number, default=None)


def _operation(scene: Scene, spoiled: Spoiled) -> str:
    """What saved it: a module's path and class, or the operation's own name."""
    module = scene.scopes.of(spoiled.number)
    if module is not None and module.__module__.startswith("torch."):
        return scene.module_said(module)
    return f"`{BACKWARD.sub('', spoiled.op).lower()}`"


def _name(scene: Scene, kept: Kept) -> str | None:
    """The variable of a saved tensor, or of what shares its memory."""
    found = None
    if kept.leaf is not None:
        found = scene.names.of(kept.leaf)
    elif kept.number is not None:
        found = scene.recorder.names.get((kept.number, kept.output))
    elif kept.ticket is not None:
        found = scene.names.of_ticket(kept.ticket)
    if found is None:
        sharing = (name for name, one in scene.names.tensors() if memory_of(one) == kept.storage[0])
        found = next(sharing, None)
    return f"`{found}`" if found else None


def _is_step(scene: Scene, change: Change) -> bool:
    """Whether an optimizer made the change."""
    return any(
        one.kind == "step" and one.place == change.place for one in scene.recorder.happenings
    )


def _is_leaf(scene: Scene, kept: Kept) -> bool:
    """Whether the memory is that of a leaf that requires a gradient."""
    if kept.leaf is not None:
        return True
    memory = kept.storage[0]
    return any(
        one.is_leaf and one.requires_grad and memory_of(one) == memory
        for _, one in scene.names.tensors()
    )


def _step_last(scene: Scene, step: ast.stmt | None) -> Fix | None:
    """The change moved behind the backward that failed."""
    backward = scene.statement
    if step is None or backward is None:
        return None
    block = scene.source.around(step, ast.With)
    if block is not None and "no_grad" in scene.source.code(block.items[0].context_expr):
        step = block
    return scene.source.moved(step, backward)


def _second_time(scene: Scene, _: re.Match[str]) -> Diagnosis:
    passes = [one for one in scene.taking.passes if one.graph is not None]
    last = passes[-1] if passes else None
    earlier = _earlier(passes) if last is not None else None
    if last is None or earlier is None:
        return Diagnosis(
            "backward() went through this graph before, and what its operations saved is gone.",
            "Pass `retain_graph=True` to the first backward(), or run the forward part again"
            " before the second.",
        )
    line = scene.origin(earlier.place).line
    same_line = scene.here is not None and scene.here.line == line
    variable = _carried(scene, last, earlier)
    loop = _loop(scene)
    if same_line and loop is not None and variable is not None:
        return _from_round_before(scene, loop, *variable)
    also = lines((line, "this backward() was the first, and freed what the graph had saved"))
    where = f"The backward() in line {line}" if line else "An earlier backward()"
    shared = f" of `{variable[0]}`" if variable is not None else ""
    return Diagnosis(
        f"{where} already went through the graph{shared}, and freed what its operations had saved.",
        "To go through it twice, let the first one keep it with `retain_graph=True`; or add the"
        " two up and call backward() once.",
        () if same_line else also,
        _retaining(scene, earlier.place),
    )


def _earlier(passes: list[Taken]) -> Taken | None:
    """The latest pass before the last one that shares operations with it."""
    numbers = _numbers(passes[-1])
    for one in reversed(passes[:-1]):
        if one.ran and numbers & _numbers(one):
            return one
    return None


def _numbers(taken: Taken) -> set[int]:
    graph = taken.graph
    return set(graph.numbers) - {NO_NUMBER} if graph is not None else set()


def _carried(scene: Scene, last: Taken, earlier: Taken) -> tuple[str, Origin] | None:
    """The latest named result that both graphs share, and where it was made."""
    shared = _numbers(last) & _numbers(earlier)
    named = [(number, name) for (number, _), name in scene.recorder.names.items()]
    found = max((one for one in named if one[0] in shared), default=None)
    return (found[1], scene.origins.of(found[0])) if found is not None else None


def _loop(scene: Scene) -> ast.For | ast.While | None:
    """The loop around the statement at work."""
    statement = scene.statement
    if statement is None:
        return None
    counted = scene.source.around(statement, ast.For)
    other = scene.source.around(statement, ast.While)
    if counted is None or other is None:
        return counted or other
    return counted if counted.lineno > other.lineno else other


def _from_round_before(
    scene: Scene, loop: ast.For | ast.While, name: str, made: Origin
) -> Diagnosis:
    """The same line again: something of the round before is still in the graph."""
    inside = made.line is not None and loop.lineno <= made.line <= (loop.end_lineno or 0)
    message = (
        f"`{name}` carries a graph through which backward() went in the round before, and what"
        " its operations had saved is freed."
    )
    if inside:
        fix = scene.source.inserted(loop.body[0], f"{name} = {name}.detach()")
        hint = f"Cut it between the rounds: `{name} = {name}.detach()`."
        return Diagnosis(message, hint, lines((made.line, f"`{name}` is made here")), fix)
    statement = _statement_on(scene, made.line)
    fix = scene.source.moved_into(statement, loop) if statement is not None else None
    return Diagnosis(
        f"`{name}` was computed once, before the loop, and backward() in the round before has"
        " used up its graph.",
        f"Compute `{name}` anew in each round.",
        lines((made.line, f"`{name}` is computed here, once")),
        fix,
    )


def _statement_on(scene: Scene, line: int | None) -> ast.stmt | None:
    for node in ast.walk(scene.source.tree):
        if isinstance(node, ast.stmt) and node.lineno == line:
            return node
    return None


def _retaining(scene: Scene, place: Place | None) -> Fix | None:
    """The first backward with `retain_graph=True`."""
    statement = scene.statement_at(place)
    for node in ast.walk(statement) if statement is not None else ():
        match node:
            case ast.Call(func=ast.Attribute(attr="backward" | "grad"), keywords=given):
                if any(one.arg == "retain_graph" for one in given):
                    return None
                return scene.telling(node, "retain_graph=True")
    return None


ROWS = (
    Row(r"modified by an inplace operation", _changed),
    Row(r"Trying to backward through the graph a second time", _second_time),
)
