"""Names and values that Python itself does not accept, with the nearest that it knows."""

from __future__ import annotations

import ast
import re
from types import ModuleType

import torch

from explorer.records import Fix
from explorer.worker.doctor.reading import UNKNOWN, article, attribute, nearest
from explorer.worker.doctor.row import Diagnosis, Row
from explorer.worker.doctor.scene import SHORT, Scene


def _undefined(scene: Scene, found: re.Match[str]) -> Diagnosis:
    name = found["name"]
    own = scene.value(ast.Name("self", ast.Load()))
    if attribute(own, name) is not UNKNOWN:
        return Diagnosis(
            f"`{name}` is used here, but nothing of that name was defined before.",
            f"It belongs to the object: write `self.{name}`.",
            fix=_respelled(scene, name, f"self.{name}"),
        )
    like = nearest(name, scene.variables())
    known = {"nn": "from torch import nn", "F": "import torch.nn.functional as F"}
    known |= {"torch": "import torch", "np": "import numpy as np", "math": "import math"}
    if name in known:
        first = scene.source.tree.body[0]
        return Diagnosis(
            f"`{name}` is used here, but nothing of that name was imported before.",
            f"Write `{known[name]}` at the top.",
            fix=scene.source.inserted(first, known[name]),
        )
    if name == "display":
        return Diagnosis(
            "`display` belongs to notebooks, and there is none here.",
            "Use `print`, or leave it out: the table of lines shows the value of each line.",
            fix=_respelled(scene, name, "print"),
        )
    return Diagnosis(
        f"`{name}` is used here, but nothing of that name was defined before.",
        f"Did you mean `{like}`?" if like else "Define it above this line, and check the spelling.",
        fix=_respelled(scene, name, like),
    )


_OF_CTX = ["saved_tensors", "needs_input_grad"]


def _respelled(scene: Scene, name: str, like: str | None) -> Fix | None:
    for node in ast.walk(scene.statement) if scene.statement is not None and like else ():
        if isinstance(node, ast.Name) and node.id == name:
            return scene.instead(node, like or name)
        if isinstance(node, ast.Attribute) and node.attr == name:
            return scene.instead(node, f"{scene.source.code(node.value)}.{like}")
    return None


def _no_such_part(scene: Scene, found: re.Match[str]) -> Diagnosis | None:
    """An attribute of a module such as torch, or of a tensor, that there is not."""
    node = scene.node.func if isinstance(scene.node, ast.Call) else scene.node
    owner = scene.value(node.value) if isinstance(node, ast.Attribute) else UNKNOWN
    if isinstance(owner, ModuleType):
        known, words = dir(owner), f"`{owner.__name__}`"
    elif found["other"] in ("Tensor", "Parameter"):
        known, words = dir(torch.Tensor), "A tensor"
    elif (found["other"] or "").endswith("Backward"):
        known, words = dir(torch.autograd.function.FunctionCtx) + _OF_CTX, "The `ctx` of a Function"
    else:
        return None
    name = found["name"]
    if name == "zero_grad" and not isinstance(owner, ModuleType):
        return _not_a_model(scene, node)
    like = nearest(name, [one for one in known if not one.startswith("_")])
    return Diagnosis(
        f"{words} has no `{name}`.",
        f"Did you mean `{like}`?" if like else "Check the spelling, and where it belongs.",
        fix=_respelled(scene, name, like),
    )


def _not_a_model(scene: Scene, node: ast.AST | None) -> Diagnosis:
    """`x.zero_grad()`: `zero_` would be near, but it would empty the tensor itself."""
    code = scene.source.code(node.value) if isinstance(node, ast.Attribute) else "x"
    return Diagnosis(
        "A tensor has no `zero_grad`: optimizers and modules have.",
        f"Write `{code}.grad = None`.",
        fix=scene.instead(scene.statement, f"{code}.grad = None")
        if isinstance(scene.statement, ast.Expr)
        else None,
    )


def _not_a_tensor(scene: Scene, found: re.Match[str]) -> Diagnosis:
    """A Python value where a tensor is due."""
    node = _given(scene, found["kind"])
    if node is None and found["kind"] in _LISTS and len(scene.modules) > 1:
        return Diagnosis(
            f"{scene.module_said(scene.modules[-1])} got {article(found['kind'])}: the layer before"
            " it gives several results, as an LSTM gives its output and its state.",
            "Such a layer cannot stand in `nn.Sequential`; call it by itself and take its output.",
        )
    code = scene.source.code(node) if node is not None else ""
    what = f"`{code}`" if 0 < len(code) <= SHORT else f"What is given as `{found['name']}`"
    return Diagnosis(
        f"{what} is {article(found['kind'])}, but `{found['name']}` of `{found['function']}` must"
        " be a tensor.",
        "Make a tensor of it: `torch.tensor(...)`.",
        fix=scene.instead(node, f"torch.tensor({code})") if found["kind"] in _LISTS else None,
    )


_LISTS = ("list", "tuple")


def _given(scene: Scene, kind: str) -> ast.expr | None:
    """The only argument of the call at work that is of this kind."""
    call = scene.node
    if not isinstance(call, ast.Call):
        return None
    given = [*call.args, *(one.value for one in call.keywords)]
    found = [
        one
        for one in given
        if kind in (type(one).__name__.lower(), type(scene.value(one)).__name__)
    ]
    return found[0] if len(found) == 1 else None


def _unequal_rows(_: Scene, found: re.Match[str]) -> Diagnosis:
    return Diagnosis(
        f"The rows of this tensor are not equally long: {found['due']} and {found['got']}.",
        "Make all rows equally long, for example filled up with zeros.",
    )


def _one_number(*_: object) -> Diagnosis:
    return Diagnosis(
        "A tensor without axes is one number: there is nothing to count or to go through.",
        "Use it as it is, or `.item()`; to loop over a tensor it needs an axis.",
    )


def _not_called(scene: Scene, _: re.Match[str]) -> Diagnosis | None:
    """`x.sum.backward()`: brackets are missing."""
    node = scene.node.func if isinstance(scene.node, ast.Call) else scene.node
    if not isinstance(node, ast.Attribute):
        return None
    code = scene.source.code(node.value)
    return Diagnosis(
        f"`{code}` is a function that is not called, so it has no `{node.attr}`.",
        f"Put brackets behind it: `{code}()`.",
        fix=scene.behind(node.value, "()"),
    )


def _unpacked(scene: Scene, found: re.Match[str]) -> Diagnosis | None:
    """More or fewer values than names."""
    match scene.statement:
        case ast.Assign(targets=[ast.Tuple(elts=names)], value=value):
            given, code = scene.value(value), scene.source.code(value)
            if code.endswith(".saved_tensors"):
                return Diagnosis(
                    f"forward has not saved as many tensors as `{code}` is asked for"
                    f" ({len(names)}).",
                    "Save them in forward: `ctx.save_for_backward(x, ...)`.",
                )
            known = isinstance(given, torch.Tensor) and given.dim()
            count = len(given) if known else found["how"]
            what = f"`{code}`" if len(code) <= SHORT else "The right side"
            return Diagnosis(
                f"{what} gives {count} values, but there are {len(names)} names on the left.",
                "Write as many names as there are values; `_` for those that you do not need.",
            )
    return None


def _which_axes(scene: Scene, _: re.Match[str]) -> Diagnosis | None:
    """`x.transpose()`, as in NumPy."""
    match scene.node:
        case ast.Call(func=ast.Attribute(value=owner), args=[]):
            return Diagnosis(
                "`transpose` must be told which two axes it shall swap.",
                "Write `.transpose(0, 1)`; for a matrix, `.T` does that.",
                fix=scene.instead(scene.node, f"{scene.source.code(owner)}.T"),
            )
    return None


ROWS = (
    Row(r"^(?:NameError|UnboundLocalError): .*name '(?P<name>\w+)' is not defined", _undefined),
    Row(
        r"^AttributeError: (?:module '(?P<kind>[\w.]+)'|'(?P<other>\w+)' object) has no attribute"
        r" '(?P<name>\w+)'",
        _no_such_part,
    ),
    Row(
        r"^TypeError: (?P<function>\w+)\(\): argument '(?P<name>\w+)' \(position \d+\) must be"
        r" Tensor, not (?P<kind>\w+)",
        _not_a_tensor,
    ),
    Row(r"expected sequence of length (?P<due>\d+) at dim \d+ \(got (?P<got>\d+)\)", _unequal_rows),
    Row(r"(?:iteration over|len\(\) of) a 0-d tensor", _one_number),
    Row(r"'(?:builtin_function_or_method|function|method)' object has no attribute", _not_called),
    Row(r"(?P<how>too many|not enough) values to unpack", _unpacked),
    Row(r"^TypeError: transpose\(\) (?:missing|received)", _which_axes),
)
