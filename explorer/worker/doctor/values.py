"""Tensors used as numbers, arrays or conditions; gradients that are not there yet."""

from __future__ import annotations

import ast
import re

import torch

from explorer.worker.doctor.reading import UNKNOWN, article, capital, shape_of
from explorer.worker.doctor.row import Diagnosis, Row, lines
from explorer.worker.doctor.scene import Scene


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
    Row(
        r"^AttributeError: '(?P<kind>float|int)' object has no attribute 'backward'", _plain_number
    ),
    Row(r"[Ii]nference tensors? (?:cannot be saved|outside InferenceMode)", _inference),
    Row(r"you can only change requires_grad flags of leaf variables", _flag),
    Row(r"Only Tensors created explicitly by the user .* support the deepcopy", _copied),
    Row(r"can't retain_grad on Tensor|cannot register a hook on a tensor", _no_hook),
)
