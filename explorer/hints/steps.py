"""Hints of the order of `zero_grad`, `backward` and `step`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from itertools import islice

from explorer.hints.hint import MOST_NAMES, Hint, at, calling, listed, owner
from explorer.records import Event, Fix, Trace
from explorer.source import Source

OF_OPTIMIZER = re.compile(r"\w+\.step")
"""What an event says that an optimizer's step is; one by hand has its own words."""


def of_steps(trace: Trace, source: Source) -> Iterator[Hint]:
    """The first step that moved nothing, and the first backward that added to what was used."""
    yield from islice(_useless_steps(trace, source), 1)
    yield from islice(_piled_up(trace.events, source), 1)


def _useless_steps(trace: Trace, source: Source) -> Iterator[Hint]:
    """Steps of an optimizer that found no gradient at all."""
    for index, event in enumerate(trace.events):
        if (
            event.kind == "step"
            and event.moves
            and not any(move.gradient_norm for move in event.moves)
        ):
            yield _useless(trace, source, index)


def _useless(trace: Trace, source: Source, index: int) -> Hint:
    step, since = trace.events[index], _since_its_last(trace.events, index)
    moved = f"{at(step)}: {step.detail} moved nothing, because "
    told = [event for event in since if event.kind in ("backward", "zero_grad")]
    backward = next((event for event in reversed(told) if event.kind == "backward"), None)
    if backward is None:
        return _without_backward(trace, source, index, moved)
    last = told[-1]
    # Where many leaves are beyond those that are followed, an event may not name what it emptied.
    if last.kind == "zero_grad" and (last.grads or not backward.grads):
        return Hint(
            f"{moved}zero_grad() in {at(last)} has just emptied all gradients. Call zero_grad()"
            " before backward(), not between backward() and step().",
            _moved(source, calling(source, backward, "backward"), last, "zero_grad"),
        )
    return Hint(f"{moved}none of its parameters got a gradient from backward() in {at(backward)}.")


def _since_its_last(events: Sequence[Event], index: int) -> Sequence[Event]:
    """What happened since a step moved any of the same parameters, of whichever optimizer."""
    names = {move.name for move in events[index].moves}
    for start in range(index - 1, -1, -1):
        if events[start].kind == "step" and names & {move.name for move in events[start].moves}:
            return events[start + 1 : index]
    return events[:index]


def _without_backward(trace: Trace, source: Source, index: int, moved: str) -> Hint:
    """It was forgotten, or it comes too late."""
    step = trace.events[index]
    call = calling(source, step, "step")
    first = not any(event.kind == "step" for event in trace.events[:index])
    why = f"{moved}no backward() has run {'before it' if first else 'since the step before'}."
    later = next((event for event in trace.events[index:] if event.kind == "backward"), None)
    fix = _moved(source, call, later, "backward") if later is not None else None
    if fix is not None and later is not None:
        return Hint(f"{why} Call backward() first, and step() behind it.", fix)
    loss = _loss(trace, source, call) if call is not None else None
    if call is None or loss is None:
        return Hint(f"{why} Call backward() of the loss before it.")
    backward = f"{loss}.backward()"
    return Hint(f"{why} Call `{backward}` before it.", source.inserted(call, backward))


def _moved(source: Source, first: ast.stmt | None, last: Event, method: str) -> Fix | None:
    """A statement moved behind the one of a later event."""
    behind = calling(source, last, method)
    if first is None or behind is None or behind.lineno <= first.lineno:
        return None
    return source.moved(first, behind)


def _loss(trace: Trace, source: Source, step: ast.stmt) -> str | None:
    """The number that the explorer itself began at, if the block of the step computes it."""
    roots = {one.root for one in trace.passes if one.value is not None}
    for statement in reversed(source.before(step)):
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)]) if name in roots:
                return name
    return None


def _piled_up(events: Sequence[Event], source: Source) -> Iterator[Hint]:
    """A backward that added to gradients by which a step had already moved."""
    stepped: Event | None = None
    for event in events:
        if event.kind == "step":
            stepped = event
        elif event.kind == "zero_grad":
            stepped = None
        elif event.kind == "backward" and stepped is not None:
            kept = [change.leaf for change in event.grads if change.before not in (None, 0)]
            if kept:
                yield _not_emptied(source, event, stepped, kept)


def _not_emptied(source: Source, event: Event, stepped: Event, kept: Sequence[str]) -> Hint:
    what, code = _emptying(source, stepped, kept)
    backward = calling(source, event, "backward")
    fix = source.inserted(backward, code) if backward is not None and code is not None else None
    return Hint(
        f"{at(event)}: this backward() added to gradients that a step has used: `.grad` of"
        f" {listed(kept)} was not emptied after the step in line {stepped.line}. If that is not"
        f" meant, {what} once in each round.",
        fix,
    )


def _emptying(source: Source, stepped: Event, kept: Sequence[str]) -> tuple[str, str | None]:
    """How this program would empty its gradients: in words, and as a statement."""
    optimizer = owner(source, calling(source, stepped, "step"))
    if optimizer is not None:
        return f"call `{optimizer}.zero_grad()`", f"{optimizer}.zero_grad()"
    if OF_OPTIMIZER.fullmatch(stepped.detail):
        return "call `zero_grad()` of the optimizer", None
    models = {name.partition(".")[0] for name in kept if "." in name}
    if len(models) == 1 and all("." in name for name in kept):
        code = f"{models.pop()}.zero_grad()"
        return f"call `{code}`", code
    names = sorted(name for name in set(kept) if name.isidentifier())
    if not names or len(names) < len(set(kept)) or len(names) > MOST_NAMES:
        return "set `.grad` of each to None", None
    code = " = ".join([*(f"{name}.grad" for name in names), "None"])
    return f"write `{code}`", code
