"""A result that is something else than a tensor: a module that was made and not called, a tuple."""

from __future__ import annotations

import ast
import inspect
import re

import torch
from torch import nn

from explorer.records import Fix
from explorer.worker.doctor.graphless import history
from explorer.worker.doctor.reading import UNKNOWN
from explorer.worker.doctor.row import Diagnosis, Row, lines
from explorer.worker.doctor.scene import Scene

RECURRENT = (nn.RNN, nn.LSTM, nn.GRU, nn.MultiheadAttention)
"""Modules that give their output and something beside it."""


def _made_with_tensors(scene: Scene, _: re.Match[str]) -> Diagnosis | None:
    """`nn.MSELoss(out, target)`: tensors in the brackets that make the module."""
    call = scene.node
    if not isinstance(call, ast.Call) or not _takes_tensors(scene, call):
        return None
    name, code = scene.source.code(call.func), _called_at_once(scene, call)
    return Diagnosis(
        f"`{name}(...)` makes a module: these brackets take its settings, and were given tensors.",
        f"Make it first, then call it: `{code}`."
        if code
        else f"Make it first, `layer = {name}(...)`, then call it with the tensor: `layer(x)`.",
        fix=scene.instead(call, code) if code else None,
    )


def _takes_tensors(scene: Scene, call: ast.Call) -> bool:
    """Whether a call makes a module and is given a tensor."""
    made = scene.value(call.func)
    if not (isinstance(made, type) and issubclass(made, nn.Module)):
        return False
    values = [*call.args, *(one.value for one in call.keywords)]
    given = any(isinstance(scene.value(one), torch.Tensor) for one in values)
    return given or any(_makes_tensor(one) for one in values)


def _makes_tensor(node: ast.expr) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="torch"))):
            return True
    return False


def _called_at_once(scene: Scene, call: ast.Call) -> str | None:
    """`nn.MSELoss()(out, target)`; None for a module that needs settings."""
    made = scene.value(call.func)
    parameters = [*inspect.signature(made.__init__).parameters.values()][1:]
    if any(
        one.default is one.empty and one.kind == one.POSITIONAL_OR_KEYWORD for one in parameters
    ):
        return None
    name, code = scene.source.code(call.func), scene.source.code(call)
    return f"{name}(){code[len(name) :]}"


def _of_a_module(scene: Scene, found: re.Match[str]) -> Diagnosis | None:
    """`y = nn.ReLU(x)`, and then `y.sum()`."""
    node = scene.node.func if isinstance(scene.node, ast.Call) else scene.node
    if not isinstance(node, ast.Attribute) or not hasattr(torch.Tensor, found["name"]):
        return None
    owner = scene.value(node.value)
    if not isinstance(owner, nn.Module):
        return None
    code, kind = scene.source.code(node.value), type(owner).__name__
    also, fix = lines(), None
    for statement in history(scene, node.value):
        match statement:
            case ast.Assign(value=ast.Call() as call) if _takes_tensors(scene, call):
                also = lines((statement.lineno, f"`{code}` is made here, and not called"))
                text = _called_at_once(scene, call)
                fix = scene.instead(call, text) if text else None
    return Diagnosis(
        f"`{code}` is a module ({kind}), not a tensor, so it has no `{found['name']}`.",
        f"Call it: `{code}(x)` gives the tensor.",
        also,
        fix,
    )


def _of_a_tuple(scene: Scene, found: re.Match[str]) -> Diagnosis | None:
    """A method of tensors, called on several of them."""
    node = scene.node.func if isinstance(scene.node, ast.Call) else scene.node
    if not isinstance(node, ast.Attribute) or not hasattr(torch.Tensor, found["name"]):
        return None
    code = scene.source.code(node.value)
    if found["kind"].startswith("torch.return_types"):
        return Diagnosis(
            f"`{code}` gives two tensors, the values and where they stand, and two have no"
            f" `{found['name']}`.",
            "Take the values: `.values`; the places are `.indices`.",
            fix=scene.behind(node.value, ".values"),
        )
    statement = _of_recurrent(scene, node.value)
    return Diagnosis(
        f"`{code}` is a {found['kind']} of several values, not a tensor, so it has no"
        f" `{found['name']}`.",
        f"Take one of them: `{code}[0]`."
        if statement is None
        else f"This module gives its output and its state: write `{code}, state = ...`.",
        lines((statement.lineno if statement is not None else None, "two values are given here")),
        scene.behind(node.value, "[0]") if statement is None else _first_of(scene, statement),
    )


def _of_recurrent(scene: Scene, node: ast.expr) -> ast.Assign | None:
    """The statement that bound both results of a module to one name."""
    if not isinstance(node, ast.Name):
        return None
    for statement in history(scene, node):
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=called)):
                if name == node.id:
                    return statement if isinstance(scene.value(called), RECURRENT) else None
    return None


def _first_of(scene: Scene, statement: ast.Assign) -> Fix | None:
    return scene.source.edited(
        scene.source.replacing(
            statement.targets[0], f"{scene.source.code(statement.targets[0])}, state"
        )
    )


def _tuple_for_a_tensor(scene: Scene, found: re.Match[str]) -> Diagnosis | None:
    """`F.relu(out)` of what an LSTM gave."""
    call = scene.node
    given = call.args if isinstance(call, ast.Call) else []
    node = next((one for one in given if _is_of_tensors(scene.value(one))), None)
    if node is None:
        return None
    code = scene.source.code(node)
    return Diagnosis(
        f"`{code}` is a {found['kind']} of several tensors, and `{found['function']}` takes one.",
        f"Take one of them: `{code}[0]`.",
        fix=scene.behind(node, "[0]"),
    )


def _is_of_tensors(value: object) -> bool:
    listed = value is not UNKNOWN and isinstance(value, tuple | list) and bool(value)
    return listed and isinstance(value[0], torch.Tensor)  # type: ignore[index]


ROWS = (
    Row(
        r"Boolean value of Tensor with more than one value is ambiguous"
        r"|^TypeError: \w+\.__init__\(\) missing \d+ required positional argument",
        _made_with_tensors,
    ),
    Row(r"^AttributeError: '\w+' object has no attribute '(?P<name>\w+)'", _of_a_module),
    Row(
        r"^AttributeError: '(?P<kind>tuple|list|torch\.return_types\.\w+)' object has no attribute"
        r" '(?P<name>\w+)'",
        _of_a_tuple,
    ),
    Row(
        r"^TypeError: (?P<function>\w+)\(\): argument '\w+' \(position \d+\) must be Tensor, not"
        r" (?P<kind>tuple|list)",
        _tuple_for_a_tensor,
    ),
)
