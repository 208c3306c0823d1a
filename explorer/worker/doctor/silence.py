"""What has switched the recording off where a result was computed without a graph."""

from __future__ import annotations

import ast
from typing import NamedTuple

from explorer.records import Fix
from explorer.worker.doctor.inplace import updated
from explorer.worker.doctor.reading import names_in
from explorer.worker.doctor.scene import Scene


class Silence(NamedTuple):
    """In words: what switched it off, and what to do."""

    words: str
    hint: str
    fix: Fix | None = None


def silence(scene: Scene, how: str, statement: ast.stmt | None) -> Silence:
    """Of a cut of this kind ("no_grad", "inference_mode") in a statement."""
    named = f"under `torch.{how}()`, where nothing is recorded"
    if statement is not None and (renewed := _renewed(statement)) is not None:
        hint = (
            f"That makes a new `{renewed}`, which requires no gradient: change it in place there,"
            f" as in `{renewed} -= ...`."
        )
        return Silence(named, hint, _all_in_place(scene, statement))
    block = _block(scene, how, statement) if statement is not None else None
    outside = f"Compute what you differentiate outside of `{how}`."
    if block is not None or how == "inference_mode":
        return Silence(named, outside, block)
    checkpoint = _call(statement, "checkpoint")
    if checkpoint is not None:
        return _reentrant(scene, checkpoint)
    switch = next((one for one in _switches(scene) if _is_above(scene, one)), None)
    if switch is not None:
        words = f"while `{scene.source.code(switch)}` of line {switch.lineno} holds"
        hint = "Switch it on again before you compute what you differentiate."
        code = f"{scene.source.code(switch.func)}(True)"
        return Silence(words, hint, scene.instead(switch, code))
    return Silence(named, outside)


def _renewed(statement: ast.stmt) -> str | None:
    """The variable of a step by hand that makes a new tensor: `w = w - 0.1 * w.grad`."""
    for name in _rebound(statement):
        for node in ast.walk(statement):
            match node:
                case ast.Attribute(value=ast.Name(id=own), attr="grad") if own == name:
                    return name
    return None


def _rebound(statement: ast.stmt) -> set[str]:
    """Names that an assignment binds and reads."""
    if not isinstance(statement, ast.Assign):
        return set()
    return set().union(*map(names_in, statement.targets)) & names_in(statement.value)


def _all_in_place(scene: Scene, statement: ast.stmt) -> Fix | None:
    """Every such step of the block as it changes the leaf itself: one alone leads to the next."""
    source = scene.source
    steps = [one for one in source.block(statement) if _renewed(one) is not None]
    texts = [updated(source, one) for one in steps]
    edits = [source.replacing(one, text) for one, text in zip(steps, texts, strict=True) if text]
    return source.edited(*edits) if len(edits) == len(steps) else None


def _block(scene: Scene, how: str, statement: ast.stmt) -> Fix | None:
    """A block without the header that stops the recording, a function without its decorator."""
    source = scene.source
    block = source.around(statement, ast.With)
    while block is not None and how not in source.code(block.items[0].context_expr):
        block = source.around(block, ast.With)
    if block is not None:
        return source.without_header(block)
    function = source.around(statement, ast.FunctionDef)
    for decorator in function.decorator_list if function is not None else ():
        if function is not None and how in source.code(decorator):
            return source.undecorated(function, decorator)
    return None


def _call(tree: ast.AST | None, name: str) -> ast.Call | None:
    for node in ast.walk(tree) if tree is not None else ():
        match node:
            case ast.Call(func=ast.Name(id=own) | ast.Attribute(attr=own)) if own == name:
                return node
    return None


def _reentrant(scene: Scene, call: ast.Call) -> Silence:
    """A checkpoint of the old kind records only if what it is given asks for a gradient."""
    asked = next((one.value for one in call.keywords if one.arg == "use_reentrant"), None)
    return Silence(
        "inside of `checkpoint(..., use_reentrant=True)`, which records nothing when none of its"
        " inputs requires a gradient",
        "Pass `use_reentrant=False`: then the parameters inside are enough.",
        scene.instead(asked, "False"),
    )


def _switches(scene: Scene) -> list[ast.Call]:
    """Calls that switch the recording off for all that follows, the last one first."""
    found = []
    for node in ast.walk(scene.source.tree):
        match node:
            case ast.Expr(
                value=ast.Call(
                    func=ast.Attribute(attr="set_grad_enabled"), args=[ast.Constant(value=False)]
                ) as call
            ):
                found.append(call)
    return sorted(found, key=lambda call: -call.lineno)


def _is_above(scene: Scene, call: ast.Call) -> bool:
    return scene.here is None or call.lineno <= scene.here.line
