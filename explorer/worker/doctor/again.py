"""Backward through a graph that has changed or is used up: in-place changes, a second time."""

from __future__ import annotations

import ast
import re
from typing import NamedTuple

from explorer.records import Fix
from explorer.worker.changes import Change
from explorer.worker.doctor.inplace import changed_name, out_of_place
from explorer.worker.doctor.reading import capital
from explorer.worker.doctor.rounds import from_round_before, is_root
from explorer.worker.doctor.row import Diagnosis, Row, lines
from explorer.worker.doctor.scene import Scene
from explorer.worker.evidence import memory_of
from explorer.worker.forward import Origin
from explorer.worker.history import is_leaf
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
    saved = scene.origins.of(spoiled.number)
    change = scene.observer.changes.to(spoiled.kept.storage[0], spoiled.kept.version + 1)
    place = change.place if change is not None else None
    at, statement = scene.origin(place).line, scene.statement_at(place)
    known = _name(scene, spoiled, statement)
    name = f"`{known}`" if known else _output(scene, spoiled) or "a tensor"
    op = _operation(scene, spoiled)
    also = lines(
        (saved.line, f"{op} keeps {name} for backward here"),
        (at, f"{name} is changed here"),
    )
    step = change is not None and _is_step(scene, change)
    where = f" in line {at}" if at else ""
    other = saved.line and saved.line != at
    needed = f" as it was in line {saved.line}" if other else " as it was"
    message = (
        f"{capital(name)} was changed in place{where}, but backward still needs it{needed}: {op}"
        " computes its gradient with it."
    )
    if step or _is_leaf(scene, spoiled.kept):
        hint = "Call every backward() that needs the old value first, and change it afterwards."
        return Diagnosis(message, hint, also, _step_last(scene, statement))
    which = f"line {at}" if at else "that line"
    hint = f"Let {which} make a new tensor instead of changing the old one."
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


def _output(scene: Scene, spoiled: Spoiled) -> str | None:
    """What a module gave, where the next one changed it."""
    module = scene.scopes.of(spoiled.number)
    if module is None or spoiled.kept.name != "result":
        return None
    return f"the output of `{scene.names.of_module(module)}`"


def _name(scene: Scene, spoiled: Spoiled, change: ast.stmt | None) -> str | None:
    """The variable of a saved tensor, or of what shares its memory, or what the line changed."""
    kept, names = spoiled.kept, scene.recorder.names
    found = scene.names.of(kept.leaf) if kept.leaf is not None else None
    if kept.number is not None:
        found = names.get((kept.number, kept.output))
    elif kept.name == "result":
        found = names.get((spoiled.number, 0))
    elif kept.ticket is not None:
        found = scene.names.of_ticket(kept.ticket)
    if found is not None:
        return found
    sharing = (name for name, one in scene.names.tensors() if memory_of(one) == kept.storage[0])
    return next(sharing, None) or (changed_name(change) if change is not None else None)


def _is_step(scene: Scene, change: Change) -> bool:
    """Whether an optimizer made the change."""
    return any(
        one.kind == "step" and one.place == change.place for one in scene.recorder.ledger.happenings
    )


def _is_leaf(scene: Scene, kept: Kept) -> bool:
    """Whether the memory is that of a leaf that requires a gradient."""
    if kept.leaf is not None:
        return True
    memory = kept.storage[0]
    return any(
        is_leaf(one) and one.requires_grad and memory_of(one) == memory
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
    earlier = _earlier(passes) if passes else None
    if earlier is None:
        return Diagnosis(
            "backward() went through this graph before, and what its operations saved is gone.",
            "Pass `retain_graph=True` to the first backward(), or run the forward part again"
            " before the second.",
        )
    line, loop = scene.origin(earlier.place).line, _loop(scene)
    same_line = scene.here is not None and scene.here.line == line
    carried = _carried(scene, passes[-1], earlier)
    if same_line and loop is not None and carried:
        return from_round_before(scene, loop, carried)
    where = f"The backward() in line {line}" if line else "An earlier backward()"
    shared = _shared(scene, passes[-1], earlier)
    cut = f" Where the first need not reach behind `{shared}`, `{shared}.detach()` cuts it off."
    return Diagnosis(
        f"{where} already went through the graph{f' of `{shared}`' if shared else ''}, and freed"
        " what its operations had saved.",
        "To go through it twice, let the first one keep it with `retain_graph=True`; or add the"
        f" two up and call backward() once.{cut if shared and not is_root(scene, shared) else ''}",
        lines((line, "this backward() was the first, and freed what the graph had saved")),
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


def _shared(scene: Scene, last: Taken, earlier: Taken) -> str | None:
    """The latest named result that both graphs have."""
    shared = _numbers(last) & _numbers(earlier)
    named = [(number, name) for (number, _), name in scene.recorder.names.items()]
    return max((one for one in named if one[0] in shared), default=(0, None))[1]


def _carried(scene: Scene, last: Taken, earlier: Taken) -> dict[str, Origin]:
    """What the new part of a graph was computed from that was there before: name -> origin."""
    graph, before = last.graph, max(_numbers(earlier), default=0)
    found: dict[str, Origin] = {}
    if graph is None:
        return found
    for tail, head, output in zip(graph.tails, graph.heads, graph.outputs, strict=True):
        number = graph.numbers[head]
        if number <= before < graph.numbers[tail]:
            name = scene.recorder.names.get((number, output))
            if name is not None:
                found[name] = scene.origins.of(number)
    return dict(sorted(found.items()))


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
