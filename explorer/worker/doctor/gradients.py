"""A `.grad` that is not there, and None in other places where a value is needed."""

from __future__ import annotations

import ast
import re
from typing import TypeGuard

import torch

from explorer.hints.slips import uncalled
from explorer.records import Fix
from explorer.worker.doctor.graphless import history
from explorer.worker.doctor.inplace import NO_GRAD, updated
from explorer.worker.doctor.reading import UNKNOWN, article, names_in
from explorer.worker.doctor.row import Diagnosis, Row, lines
from explorer.worker.doctor.scene import Scene
from explorer.worker.history import node_of
from explorer.worker.places import Place


def _none(scene: Scene, _: re.Match[str]) -> Diagnosis | None:
    """None where a value is needed: a `.grad` that is not there, or a function without return."""
    for tree in (scene.node, scene.statement):
        for node in ast.walk(tree) if tree is not None else ():
            if (
                isinstance(node, ast.Attribute)
                and node.attr == "grad"
                and scene.value(node) is None
            ):
                return _no_grad_yet(scene, node)
    if (found := _of_backward(scene)) is not None:
        return found
    match scene.node:
        case (
            ast.Attribute(value=ast.Call() as call)
            | ast.Call(func=ast.Attribute(value=ast.Call() as call))
        ):
            return _nothing_returned(scene, call)
    return None


def _no_grad_yet(scene: Scene, node: ast.Attribute) -> Diagnosis:
    code, owner = scene.source.code(node), scene.value(node.value)
    name = scene.source.code(node.value)
    if isinstance(owner, torch.Tensor):
        made = next((one for one in history(scene, node.value) if _binds(one, name)), None)
        anew = made is not None and name in names_in(made.value)
        if anew and (node_of(owner) is not None or not owner.requires_grad):
            return _no_leaf_any_more(scene, made, name)
        if node_of(owner) is not None:
            return _never_a_leaf(scene, made, name)
    emptied = scene.recorder.ledger.emptied(owner) if isinstance(owner, torch.Tensor) else None
    if emptied is not None:
        return _emptied(scene, code, emptied)
    ran = any(taken.ran for taken in scene.taking.passes)
    slip = next((one for one in uncalled(scene.source) if one.attr == "backward"), None)
    if slip is not None and not ran:
        return _not_run(scene, code, slip)
    why = "no backward() has run yet" if not ran else "no backward() has given it a gradient"
    if isinstance(owner, torch.Tensor) and not owner.requires_grad:
        why = f"`{name}` does not require a gradient"
    return Diagnosis(
        f"`{code}` is None: {why}.",
        f"Call backward() before, or ask first: `if {code} is not None:`.",
        fix=_asking_first(scene, code),
    )


def _asking_first(scene: Scene, code: str) -> Fix | None:
    """The statement, where there is a gradient."""
    if scene.statement is None:
        return None
    return scene.source.under(f"if {code} is not None:", scene.statement)


def _emptied(scene: Scene, code: str, place: Place) -> Diagnosis:
    """It was there, and went: `zero_grad` leaves None, not zeros."""
    line, statement = scene.origin(place).line, scene.statement_at(place)
    also = lines((line, f"`{code}` is emptied here"))
    for node in ast.walk(statement) if statement is not None else ():
        if _zeroes(node):
            return Diagnosis(
                f"`{code}` is None: `zero_grad` in line {line} has emptied it, and that leaves"
                " None, not zeros.",
                "Use it before that line, or have zeros as PyTorch had before 2.0:"
                " `zero_grad(set_to_none=False)`.",
                also,
                scene.telling(node, "set_to_none=False"),
            )
    return Diagnosis(
        f"`{code}` is None: line {line} has emptied it after backward().",
        f"Use it before that line, or ask first: `if {code} is not None:`.",
        also,
        _asking_first(scene, code),
    )


def _zeroes(node: ast.AST) -> bool:
    """A call of `zero_grad` as people write it."""
    match node:
        case ast.Call(func=ast.Attribute(attr="zero_grad"), args=[], keywords=[]):
            return True
    return False


def _not_run(scene: Scene, code: str, slip: ast.Attribute) -> Diagnosis:
    """`loss.backward` without its brackets."""
    backward = scene.source.code(slip)
    return Diagnosis(
        f"`{code}` is None: no backward() has run yet, because line {slip.lineno} does not call"
        f" `{backward}`.",
        "Add `()` there.",
        lines((slip.lineno, f"`{backward}` alone does nothing")),
        scene.behind(slip, "()"),
    )


def _no_leaf_any_more(scene: Scene, made: ast.Assign | None, name: str) -> Diagnosis:
    """`w = w - lr * w.grad` made a new tensor, whose gradient nobody keeps."""
    return Diagnosis(
        f"`{name}` is no leaf any more: a line computed it anew, and `.grad` is kept for leaves"
        " only.",
        f"Change `{name}` in place under `torch.no_grad()` instead of making a new tensor.",
        lines((made.lineno if made is not None else None, f"`{name}` becomes a new tensor here")),
        _in_place(scene, made) if made is not None else None,
    )


def _in_place(scene: Scene, made: ast.Assign) -> Fix | None:
    """The update as it changes the leaf itself."""
    update = updated(scene.source, made)
    if update is None:
        return None
    block = scene.source.around(made, ast.With)
    if block is not None and "no_grad" in scene.source.code(block.items[0].context_expr):
        return scene.instead(made, update)
    return scene.instead(made, f"{NO_GRAD}\n{' ' * made.col_offset}    {update}")


def _never_a_leaf(scene: Scene, made: ast.Assign | None, name: str) -> Diagnosis:
    """The gradient of a result, which nobody has asked to keep."""
    fix = None
    if made is not None:
        text = f"{scene.source.code(made)}\n{' ' * made.col_offset}{name}.retain_grad()"
        fix = scene.instead(made, text)
    return Diagnosis(
        f"`{name}.grad` is None: `{name}` was computed, and `.grad` is kept for leaves only.",
        f"To keep it for this result too, call `{name}.retain_grad()` before backward().",
        lines((made.lineno if made is not None else None, f"`{name}` is computed here")),
        fix,
    )


def _binds(statement: ast.stmt, name: str) -> TypeGuard[ast.Assign]:
    match statement:
        case ast.Assign(targets=[ast.Name(id=own)]):
            return own == name
    return False


def _of_backward(scene: Scene) -> Diagnosis | None:
    """`y = x.sum().backward()`, and then something is done with y."""
    for node in ast.walk(scene.node) if scene.node is not None else ():
        if not isinstance(node, ast.Name) or scene.value(node) is not None:
            continue
        for made in history(scene, node):
            if _binds(made, node.id) and (call := _backward(made.value)) is not None:
                return _given_by_backward(scene, node.id, made, call)
    return None


def _backward(node: ast.expr) -> ast.Call | None:
    """The node, if it is a call of the method `backward`."""
    match node:
        case ast.Call(func=ast.Attribute(attr="backward")):
            return node
    return None


def _given_by_backward(scene: Scene, name: str, made: ast.Assign, call: ast.Call) -> Diagnosis:
    taken = scene.taking.passes[-1] if scene.taking.passes else None
    leaves = [scene.names.of(leaf) for leaf in taken.leaves.values()] if taken is not None else []
    grads = [f"{leaf}.grad" for leaf in leaves if leaf is not None]
    match scene.node:
        case ast.Attribute(attr="grad"):
            fix = scene.instead(scene.node, grads[0]) if len(grads) == 1 else None
        case _:
            fix = _apart(scene, name, made, call)
    listed = " and ".join(f"`{grad}`" for grad in grads)
    return Diagnosis(
        f"`{name}` is None: backward() gives nothing back, it leaves the gradients in `.grad` of"
        " the leaves.",
        "Call backward() in a line of its own"
        + (f", and look at {listed} for the gradients." if listed else "."),
        lines((made.lineno, f"`{name}` is what backward() gives here: None")),
        fix,
    )


def _apart(scene: Scene, name: str, made: ast.Assign, call: ast.Call) -> Fix | None:
    """What is computed in one line, its backward in the next."""
    assert isinstance(call.func, ast.Attribute)
    root, code = scene.source.code(call.func.value), scene.source.code(call)
    ending = code[len(scene.source.code(call.func)) :]
    return scene.instead(made, f"{name} = {root}\n{' ' * made.col_offset}{name}.backward{ending}")


def _nothing_returned(scene: Scene, call: ast.Call) -> Diagnosis | None:
    """A call of the program's own function, or of a module, that gave nothing back."""
    value = scene.value(call.func)
    given = f"`{scene.source.code(call)}` gave None"
    if _backward(call) is not None:
        return Diagnosis(
            f"{given}: backward() gives nothing back.",
            "The gradients are in `.grad` of the leaves: look at them behind it.",
        )
    function = (
        getattr(type(value), "forward", value) if isinstance(value, torch.nn.Module) else value
    )
    code = getattr(function, "__code__", None)
    if value is UNKNOWN or code is None or code.co_name == "<lambda>":
        return Diagnosis(
            f"{given}, and nothing can be done with that.",
            "A function without `return` gives None: end it with `return` and the result.",
        )
    line: int = code.co_firstlineno
    kind = type(value).__name__
    name = f"`{kind}.forward`" if isinstance(value, torch.nn.Module) else f"`{code.co_name}`"
    return Diagnosis(
        f"{given}: {name} has no `return`.",
        "End it with `return` and the result.",
        lines((line, f"{name} begins here")),
        _with_return(scene, line),
    )


def _with_return(scene: Scene, line: int) -> Fix | None:
    """The function's last expression, returned."""
    for node in ast.walk(scene.source.tree):
        if isinstance(node, ast.FunctionDef) and node.lineno == line:
            last = node.body[-1]
            match last:
                case ast.Expr(value=value):
                    return scene.instead(last, f"return {scene.source.code(value)}")
                case ast.Assign(targets=[ast.Name(id=name)]):
                    indent = " " * last.col_offset
                    code = f"{scene.source.code(last)}\n{indent}return {name}"
                    return scene.instead(last, code)
    return None


def _no_tensor(scene: Scene, found: re.Match[str]) -> Diagnosis:
    """`w.grad = 0.0`, which is meant to empty it."""
    match scene.statement:
        case ast.Assign(value=ast.Tuple(elts=parts) as value) if parts and all(
            map(_is_zero, parts)
        ):
            fix = scene.instead(value, ", ".join("None" for _ in parts))
        case ast.Assign(value=value) if _is_zero(value):
            fix = scene.instead(value, "None")
        case _:
            fix = None
    return Diagnosis(
        f"`.grad` holds a tensor or None, and this line gives it {article(found['kind'])}.",
        "Write None to empty it; the next backward() begins anew.",
        fix=fix,
    )


def _is_zero(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == 0


ROWS = (
    Row(r"^TypeError: assigned grad expected to be .*? got grad of type (?P<kind>\w+)", _no_tensor),
    Row(r"^(?:AttributeError|TypeError): .*'?NoneType'?", _none),
)
