"""Results without a graph that no cut explains: plain gradients, numbers outside of torch."""

from __future__ import annotations

import ast

import torch

from explorer.worker.doctor.reading import names_in
from explorer.worker.doctor.row import Diagnosis, lines
from explorer.worker.doctor.scene import Scene


def plain_grad(statement: ast.stmt) -> ast.Call | None:
    """A call of `autograd.grad` that keeps no graph of its results."""
    for node in ast.walk(statement):
        match node:
            case ast.Call(func=ast.Attribute(attr="grad") | ast.Name(id="grad"), keywords=given):
                if not any(one.arg == "create_graph" for one in given):
                    return node
    return None


def second_order(scene: Scene, name: str, statement: ast.stmt, grad: ast.Call) -> Diagnosis:
    """A gradient that was computed without a graph of its own."""
    line = statement.lineno
    return Diagnosis(
        f"{name} has no graph: `grad` in line {line} gives plain numbers unless it is told to"
        " record how it computes them.",
        "Pass `create_graph=True` there to differentiate once more.",
        lines((line, "this gradient is not recorded")),
        scene.telling(grad, "create_graph=True"),
    )


def constant_gradient(name: str, statement: ast.stmt) -> Diagnosis:
    """The second derivative of what is linear."""
    line = statement.lineno
    return Diagnosis(
        f"{name} has no graph: the gradient of line {line} does not depend on any number that asks"
        " for a gradient, as that of a linear function does not.",
        "Its derivative is 0 everywhere: there is nothing to differentiate.",
        lines((line, "this gradient is the same everywhere")),
    )


def left_torch(scene: Scene, statement: ast.stmt) -> str | None:
    """How a statement takes the numbers of a tensor that asks for a gradient out of torch."""
    for node in ast.walk(statement):
        match node:
            case ast.Call(func=ast.Attribute(value=owner, attr="numpy" | "tolist" as method)):
                tensors = (scene.value(ast.Name(name, ast.Load())) for name in names_in(owner))
                if any(isinstance(one, torch.Tensor) and one.requires_grad for one in tensors):
                    return method
    return None


def out_of_torch(name: str, statement: ast.stmt, method: str) -> Diagnosis:
    """Numbers went through NumPy or plain Python, which keep no history."""
    line = statement.lineno
    return Diagnosis(
        f"{name} has no graph: line {line} takes the numbers out of it with `.{method}()`.",
        "Compute with the functions of torch from the leaf to the loss.",
        lines((line, "the graph was left here")),
    )
