"""Tensors used as numbers, arrays or conditions; gradients that are not there yet."""

from __future__ import annotations

import ast
import re

import torch

from explorer.records import Fix
from explorer.worker.doctor.graphless import history
from explorer.worker.doctor.inplace import NO_GRAD
from explorer.worker.doctor.reading import UNKNOWN, article, capital, shape_of
from explorer.worker.doctor.row import Diagnosis, Row, lines
from explorer.worker.doctor.scene import Scene
from explorer.worker.history import node_of


def _numpy(scene: Scene, _: re.Match[str]) -> Diagnosis:
    fix = None
    name = "A tensor"
    match scene.node:
        case ast.Call(func=ast.Attribute(value=owner, attr="numpy")):
            name, fix = f"`{scene.source.code(owner)}`", scene.behind(owner, ".detach()")
        case ast.Call(args=args):
            wanted = [one for one in args if _requires(scene.value(one))] or args
            if len(wanted) == 1:
                name = f"`{scene.source.code(wanted[0])}`"
                fix = scene.behind(wanted[0], ".detach().numpy()")
    return Diagnosis(
        f"{name} requires a gradient, and NumPy cannot record how it is computed with.",
        "Take its numbers out of the graph first, with `.detach()`; or use the function of torch.",
        fix=fix,
    )


def _requires(value: object) -> bool:
    return isinstance(value, torch.Tensor) and value.requires_grad


def _condition(scene: Scene, _: re.Match[str]) -> Diagnosis:
    test = _test(scene)
    tensor = next((value for value in scene.args if isinstance(value, torch.Tensor)), None)
    shape = f" of shape {shape_of(tensor)}" if tensor is not None else " with several values"
    code = f"`{scene.source.code(test)}`" if test is not None else "The condition"
    return Diagnosis(
        f"{code} gives a tensor{shape}, and Python needs a single yes or no.",
        "Say whether all elements are meant, `.all()`, or any of them, `.any()`; to choose element"
        " by element, use `torch.where`.",
        fix=scene.behind(test, ".all()"),
    )


def _test(scene: Scene) -> ast.expr | None:
    """The expression that Python asks for yes or no."""
    statement = scene.statement
    if isinstance(scene.node, ast.expr):
        match scene.node:
            case ast.Call(func=ast.Name(id="bool"), args=[one]):
                return one
        return scene.node
    return statement.test if isinstance(statement, ast.If | ast.While | ast.Assert) else None


def _one_number(scene: Scene, _: re.Match[str]) -> Diagnosis:
    match scene.node:
        case ast.Call(func=ast.Attribute(value=one, attr="item")):
            owner: ast.expr | None = one
        case ast.Call(func=ast.Name(), args=[one]):
            owner = one
        case _:
            owner = None
    tensor = next((value for value in scene.args if isinstance(value, torch.Tensor)), None)
    name = scene.said(tensor if tensor is not None else UNKNOWN, owner)
    shape = f" has shape {shape_of(tensor)}" if tensor is not None else " has several elements"
    return Diagnosis(
        f"{capital(name)}{shape}, and only a tensor with one element can become a Python number.",
        "Make one number of it (`.sum()`, `.mean()`, an index), or take all with `.tolist()`.",
        fix=scene.behind(owner, ".sum()"),
    )


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
    if isinstance(owner, torch.Tensor) and node_of(owner) is not None:
        return _no_leaf_any_more(scene, node, name)
    ran = any(taken.ran for taken in scene.taking.passes)
    why = "no backward() has run yet" if not ran else "no backward() has given it a gradient"
    if isinstance(owner, torch.Tensor) and not owner.requires_grad:
        why = f"`{name}` does not require a gradient"
    return Diagnosis(
        f"`{code}` is None: {why}.",
        f"Call backward() before, or ask first: `if {code} is not None:`.",
        fix=scene.source.under(f"if {code} is not None:", scene.statement)
        if scene.statement is not None
        else None,
    )


def _no_leaf_any_more(scene: Scene, node: ast.Attribute, name: str) -> Diagnosis:
    """`w = w - lr * w.grad` made a new tensor, whose gradient nobody keeps."""
    made = next((one for one in history(scene, node.value) if _updates(one, name)), None)
    fix: Fix | None = None
    if isinstance(made, ast.Assign) and isinstance(made.value, ast.BinOp):
        operator = {ast.Sub: "-=", ast.Add: "+="}.get(type(made.value.op))
        if operator and scene.source.code(made.value.left) == name:
            indent = " " * made.col_offset
            code = f"{NO_GRAD}\n{indent}    {name} {operator} {scene.source.code(made.value.right)}"
            fix = scene.instead(made, code)
    return Diagnosis(
        f"`{name}` is no leaf any more: a line computed it anew, and `.grad` is kept for leaves"
        " only.",
        f"Change `{name}` in place under `torch.no_grad()` instead of making a new tensor.",
        lines((made.lineno if made is not None else None, f"`{name}` becomes a new tensor here")),
        fix,
    )


def _updates(statement: ast.stmt, name: str) -> bool:
    match statement:
        case ast.Assign(targets=[ast.Name(id=own)]):
            return own == name
    return False


def _nothing_returned(scene: Scene, call: ast.Call) -> Diagnosis | None:
    """A call of the program's own function, or of a module, that gave nothing back."""
    value = scene.value(call.func)
    given = f"`{scene.source.code(call)}` gave None"
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


def _plain_number(scene: Scene, found: re.Match[str]) -> Diagnosis | None:
    """`loss.item()` kept for backward."""
    node = scene.node
    match node:
        case (
            ast.Attribute(value=owner, attr="backward")
            | ast.Call(func=ast.Attribute(value=owner, attr="backward"))
        ):
            pass
        case _:
            return None
    name = scene.source.code(owner)
    value = scene.value(owner)
    cuts = scene.observer.cuts.of(value) if type(value) is float else ()
    line = scene.origin(cuts[0].place).line if cuts else None
    statement = scene.statement_at(cuts[0].place) if cuts else None
    fix = None
    for inner in ast.walk(statement) if statement is not None else ():
        match inner:
            case ast.Call(func=ast.Attribute(value=tensor, attr="item")):
                fix = scene.instead(inner, scene.source.code(tensor))
    return Diagnosis(
        f"`{name}` is {article(found['kind'])}, a plain Python number without a graph.",
        "Leave `.item()` away where a gradient shall flow; use it only to print.",
        lines((line, "here the graph was left with `.item()`")),
        fix,
    )


def _inference(scene: Scene, _: re.Match[str]) -> Diagnosis:
    tensors = [one for one in scene.args if isinstance(one, torch.Tensor) and one.is_inference()]
    name = scene.said(tensors[0]) if tensors else "A tensor"
    block = next(
        (
            node
            for node in ast.walk(scene.source.tree)
            if isinstance(node, ast.With)
            and "inference_mode" in scene.source.code(node.items[0].context_expr)
        ),
        None,
    )
    fix = None
    if block is not None:
        call = block.items[0].context_expr
        fix = scene.instead(call, scene.source.code(call).replace("inference_mode", "no_grad"))
    return Diagnosis(
        f"{capital(name)} was made under `torch.inference_mode()`, and such tensors"
        " can never take part in autograd.",
        "Make it under `torch.no_grad()` instead, or use a `.clone()` of it outside.",
        lines((block.lineno if block is not None else None, "tensors made in this block stay out")),
        fix,
    )


def _flag(scene: Scene, _: re.Match[str]) -> Diagnosis:
    match scene.statement:
        case ast.Assign(targets=[ast.Attribute(value=owner)]):
            name = scene.source.code(owner)
            return Diagnosis(
                f"`{name}` was computed, so whether it requires a gradient follows from what it was"
                " computed from.",
                f"To go on without its history, use `{name}.detach()`.",
                fix=scene.instead(scene.statement, f"{name} = {name}.detach()"),
            )
    return Diagnosis(
        "Only a leaf can be told whether it requires a gradient; this tensor was computed.",
        "To go on without its history, use `.detach()`.",
    )


def _copied(scene: Scene, _: re.Match[str]) -> Diagnosis:
    node = next(iter(scene.operands), None)
    node = scene.operands[-1] if scene.operands else node
    name = f"`{scene.source.code(node)}`" if node is not None else "A tensor"
    return Diagnosis(
        f"{name} was computed, and `deepcopy` cannot copy the graph behind it.",
        "Copy its numbers alone, `.detach().clone()`, or with its graph, `.clone()`.",
        fix=scene.behind(node, ".detach()"),
    )


def _no_hook(scene: Scene, _: re.Match[str]) -> Diagnosis:
    return Diagnosis(
        f"{scene.arg(0, start=True)} does not require a gradient, so none will ever come by.",
        "Make it with `requires_grad=True`, or compute it from tensors that are.",
    )


ROWS = (
    Row(r"Can't call numpy\(\) on Tensor that requires grad", _numpy),
    Row(r"Boolean value of Tensor with more than one value is ambiguous", _condition),
    Row(
        r"a Tensor with \d+ elements cannot be converted to Scalar"
        r"|only one element tensors can be converted",
        _one_number,
    ),
    Row(r"^(?:AttributeError|TypeError): .*'?NoneType'?", _none),
    Row(
        r"^AttributeError: '(?P<kind>float|int)' object has no attribute 'backward'", _plain_number
    ),
    Row(r"[Ii]nference tensors? (?:cannot be saved|outside InferenceMode)", _inference),
    Row(r"you can only change requires_grad flags of leaf variables", _flag),
    Row(r"Only Tensors created explicitly by the user .* support the deepcopy", _copied),
    Row(r"can't retain_grad on Tensor|cannot register a hook on a tensor", _no_hook),
)
