"""Changes in place that autograd refuses, and how to write them without."""

from __future__ import annotations

import ast
import re

import torch

from explorer.records import Fix
from explorer.source import Source
from explorer.worker.doctor.reading import capital, shape_in
from explorer.worker.doctor.row import Diagnosis, Row
from explorer.worker.doctor.scene import Scene

OPERATORS = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
    ast.MatMult: "@",
    ast.FloorDiv: "//",
    ast.Mod: "%",
}

UPDATES = {ast.Sub: "-=", ast.Add: "+="}

NO_GRAD = "with torch.no_grad():"


def updated(source: Source, statement: ast.stmt) -> str | None:
    """`w = w - lr * w.grad` as it changes the leaf itself; None for other statements."""
    match statement:
        case ast.Assign(
            targets=[ast.Name(id=name)],
            value=ast.BinOp(left=ast.Name(id=own), op=op, right=right),
        ):
            if own == name and type(op) in UPDATES:
                return f"{name} {UPDATES[type(op)]} {source.code(right)}"
    return None


def out_of_place(scene: Scene, statement: ast.stmt) -> Fix | None:
    """The statement with a new tensor instead of the changed one."""
    source = scene.source
    match statement:
        case ast.AugAssign(target=ast.Name() | ast.Attribute() as target, op=op, value=value):
            if type(op) in OPERATORS:
                name, code = source.code(target), source.code(value)
                code = (
                    code if isinstance(value, ast.Name | ast.Call | ast.Constant) else f"({code})"
                )
                new = f"{name} = {name} {OPERATORS[type(op)]} {code}"
                return source.edited(source.replacing(statement, new))
        case (
            ast.AugAssign(target=ast.Subscript(value=ast.Name(id=name)))
            | ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name))])
        ):
            return source.inserted(statement, f"{name} = {name}.clone()")
        case ast.Expr(
            value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method) as call)
        ):
            if method.endswith("_") and hasattr(torch.Tensor, method[:-1]):
                end = source.ends(call)[1]
                start = source.ends(statement)[0]
                code = source.text[end : source.ends(statement)[1]]
                new = f"{name} = {name}.{method[:-1]}{code}"
                return source.edited(source.replacing(statement, new)) if start < end else None
    return _without_switch(source, statement) or _cloned(source, statement)


def changed_name(statement: ast.stmt) -> str | None:
    """The variable that a statement changes, as far as its text tells."""
    for node in ast.walk(statement):
        match node:
            case ast.AugAssign(target=ast.Name(id=name) | ast.Subscript(value=ast.Name(id=name))):
                return name
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)):
                if method.endswith("_"):
                    return name
                if node.args and isinstance(node.args[0], ast.Name):
                    return node.args[0].id
            case ast.Call(args=[ast.Name(id=name), *_]):
                return name
    return None


def _without_switch(source: Source, statement: ast.stmt) -> Fix | None:
    """The only `inplace=True` of the statement, or of the program, left away."""
    for tree in (statement, source.tree):
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        found = [call for call in calls if any(one.arg == "inplace" for one in call.keywords)]
        if len(found) == 1:
            return _left_away(source, found[0], statement)
    return None


def _left_away(source: Source, call: ast.Call, statement: ast.stmt) -> Fix | None:
    """A call without the switch; where its result was dropped, it is bound now."""
    given = [source.code(one) for one in call.args]
    given += [
        f"{one.arg}={source.code(one.value)}" for one in call.keywords if one.arg != "inplace"
    ]
    new = f"{source.code(call.func)}({', '.join(given)})"
    match statement:
        case ast.Expr(value=value) if value is call and call.args:
            new = f"{source.code(call.args[0])} = {new}"
    return source.edited(source.replacing(call, new))


def _cloned(source: Source, statement: ast.stmt) -> Fix | None:
    """A clone before a chain of changes: `y.view(-1).add_(1)`."""
    match statement:
        case ast.Expr(value=ast.Call() as call):
            names = [node.id for node in ast.walk(call.func) if isinstance(node, ast.Name)]
            if len(names) == 1:
                return source.inserted(statement, f"{names[0]} = {names[0]}.clone()")
    return None


def _target(scene: Scene) -> str:
    """What is being changed, in the program's words."""
    match scene.statement:
        case ast.AugAssign(target=target) | ast.Assign(targets=[target]):
            return f"`{scene.source.code(_owner(target))}`"
    match scene.node:
        case ast.Call(func=ast.Attribute(value=owner, attr=name)) if name.endswith("_"):
            if not scene.is_place(owner):
                return f"`{scene.source.code(_owner(owner))}`"
    return scene.arg(0)


def _owner(node: ast.expr) -> ast.expr:
    """`w` of `w[0]`."""
    while isinstance(node, ast.Subscript):
        node = node.value
    return node


def _leaf(scene: Scene, found: re.Match[str]) -> Diagnosis:
    name = _leaf_words(scene, bool(found["view"]))
    hint = f"To change it outside of autograd, as an optimizer does, do it under `{NO_GRAD[5:-1]}`."
    if found["view"]:
        hint += " If the change is part of the computation, change a `.clone()`."
    fix = scene.source.under(NO_GRAD, scene.statement) if scene.statement is not None else None
    return Diagnosis(
        f"{name} that requires a gradient, and autograd does not let that be changed in place while"
        " it records.",
        hint,
        fix=fix,
    )


def _leaf_words(scene: Scene, view: bool) -> str:
    """ "`w` is a leaf", "`v` is a view of `w`, a leaf"."""
    changed, target = scene.tensor(0), capital(_target(scene))
    base = changed._base if view and changed is not None else None
    name = scene.said(base) if base is not None else target
    if target == "A tensor":
        return "This line changes a leaf"
    return f"{target} is a leaf" if name == target else f"{target} is a view of {name}, a leaf"


def _several_views(scene: Scene, _: re.Match[str]) -> Diagnosis:
    name = _target(scene)
    return Diagnosis(
        f"{name} is one of several views that one operation made, and these may not be changed in"
        " place.",
        "Make a new tensor instead.",
        fix=out_of_place(scene, scene.statement) if scene.statement is not None else None,
    )


def _view_of_no_grad(scene: Scene, _: re.Match[str]) -> Diagnosis:
    name = _target(scene)
    return Diagnosis(
        f"{name} is a view that was made under `no_grad`, and is changed in place outside of it:"
        " autograd cannot know which of the two is meant.",
        "Make the view where you change it, or change a `.clone()`.",
        fix=out_of_place(scene, scene.statement) if scene.statement is not None else None,
    )


def _shared_memory(scene: Scene, _: re.Match[str]) -> Diagnosis:
    name = _target(scene)
    fix = None
    if scene.statement is not None and re.fullmatch(r"`\w+`", name):
        fix = scene.source.inserted(scene.statement, f"{name[1:-1]} = {name[1:-1]}.clone()")
    return Diagnosis(
        f"{name} shows the same memory several times, as `expand` makes it, so it cannot be"
        " changed element by element.",
        "Change a `.clone()`.",
        fix=fix,
    )


def _does_not_fit_in(scene: Scene, found: re.Match[str]) -> Diagnosis:
    name = _target(scene)
    return Diagnosis(
        f"{name} has shape {shape_in(found['own'])}, but the result of this line has shape"
        f" {shape_in(found['result'])}, which has no room in it.",
        "A change in place cannot make a tensor larger: make a new one.",
        fix=out_of_place(scene, scene.statement) if scene.statement is not None else None,
    )


ROWS = (
    Row(
        r"(?P<view>a view of )?a leaf Variable that requires grad is being used in an in-place",
        _leaf,
    ),
    Row(
        r"is a view and (its base or another view of its base has been|is being) modified inplace",
        _several_views,
    ),
    Row(r"A view was created in no_grad mode and is being modified inplace", _view_of_no_grad),
    Row(
        r"more than one element of the written-to tensor refers to a single memory", _shared_memory
    ),
    Row(
        r"output with shape \[(?P<own>.*?)\] doesn't match the broadcast shape \[(?P<result>.*?)\]",
        _does_not_fit_in,
    ),
)
