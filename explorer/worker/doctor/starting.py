"""Backward that cannot start: its root is not one number, or has no graph, or v does not fit."""

from __future__ import annotations

import ast
import re

import torch

from explorer.worker.doctor.graphless import FACTORIES, asking, called, history, no_graph
from explorer.worker.doctor.reading import UNKNOWN, shape_in, shape_of
from explorer.worker.doctor.row import Diagnosis, Row, lines
from explorer.worker.doctor.scene import Scene


def _not_one_number(scene: Scene, _: re.Match[str]) -> Diagnosis:
    root, node = _root(scene)
    shape = f" of shape {shape_of(root)}" if root is not None else ""
    count = f"{root.numel()} numbers" if root is not None else "several numbers"
    fix = scene.behind(node, ".sum()")
    return Diagnosis(
        f"backward() starts from one number, but {_said(scene, root, node)} is a tensor{shape}:"
        f" {count}.",
        "Make one number of it with `.sum()` or `.mean()`, or say with"
        " `gradient=torch.ones_like(...)` how much each element counts.",
        fix=fix,
    )


def _not_real(scene: Scene, _: re.Match[str]) -> Diagnosis:
    root, node = _root(scene)
    fix = scene.behind(node, ".abs()")
    return Diagnosis(
        f"backward() started from {_said(scene, root, node)}, a complex number, and only a real"
        " number has a gradient by itself.",
        "Start from a real number, for example `.abs()` or `.real`.",
        fix=fix,
    )


def _other_shape(scene: Scene, found: re.Match[str]) -> Diagnosis:
    root, node = _root(scene)
    name = _said(scene, root, node)
    return Diagnosis(
        f"The vector v has shape {shape_in(found['v'])}, but {name}, from which backward starts,"
        f" has shape {shape_in(found['root'])}.",
        f"Give v the shape of {name}: one number for each of its elements.",
    )


def _not_a_tensor(scene: Scene, __: re.Match[str]) -> Diagnosis | None:
    match scene.node:
        case ast.Call(func=ast.Attribute(attr="backward"), args=[v, *_]):
            code, (root, _) = scene.source.code(v), _root(scene)
            single = root is not None and root.dim() == 0
            return Diagnosis(
                f"`{code}` is given to backward() as the vector v, and v must be a tensor.",
                "Write `torch.tensor(...)` around it; for one number it can be left away.",
                fix=scene.instead(v, f"torch.tensor({code})") if single else None,
            )
    return None


def _no_graph(scene: Scene, _: re.Match[str]) -> Diagnosis:
    root, node = _root(scene)
    return no_graph(scene, _said(scene, root, node), root, node)


def _root(scene: Scene) -> tuple[torch.Tensor | None, ast.expr | None]:
    """The tensor that backward should start from, and its expression."""
    node = None
    match scene.node:
        case ast.Call(func=ast.Attribute(value=owner, attr="backward"), args=args):
            # Of `torch.autograd.backward(loss)` it is the argument.
            node = args[0] if args and scene.is_place(owner) else owner
        case ast.Call(args=[first, *_]):
            node = first
    for name in ("self", "tensors", "outputs", "root"):
        for value in scene.given(name):
            one = value[0] if isinstance(value, list | tuple) and value else value
            if isinstance(one, torch.Tensor):
                return one, node
    value = scene.value(node)
    return (value if isinstance(value, torch.Tensor) else None), node


def _said(scene: Scene, root: torch.Tensor | None, node: ast.expr | None) -> str:
    words = scene.said(root if root is not None else UNKNOWN, node)
    return words if words != "a tensor" else "the tensor that backward starts from"


def _inputs(scene: Scene) -> list[torch.Tensor]:
    """The tensors whose gradients were asked for."""
    found = next((value for value in scene.given("inputs") if value is not None), ())
    listed = [found] if isinstance(found, torch.Tensor) else list(found)
    return [one for one in listed if isinstance(one, torch.Tensor)]


def _asks_nothing(scene: Scene, _: re.Match[str]) -> Diagnosis:
    plain = next((one for one in _inputs(scene) if not one.requires_grad), None)
    name = scene.said(plain) if plain is not None else "a tensor"
    fix, also = None, lines()
    for statement in history(scene, scene.node_of(plain)):
        match statement:
            case ast.Assign(value=ast.Call() as call) if called(call) in FACTORIES:
                fix = asking(scene, call)
                also = lines((statement.lineno, f"{name} is made without `requires_grad=True`"))
                break
    return Diagnosis(
        f"A gradient was asked for {name}, which does not require one.",
        "Make it with `requires_grad=True`, before it is used.",
        also,
        fix,
    )


def _not_used(scene: Scene, found: re.Match[str]) -> Diagnosis:
    position, inputs = int(found["at"]), _inputs(scene)
    name = scene.said(inputs[position]) if position < len(inputs) else "a tensor"
    fix = scene.telling(scene.node, "allow_unused=True")
    return Diagnosis(
        f"A gradient was asked for {name}, but the result does not depend on it.",
        "Use it in the computation, or pass `allow_unused=True` to get None for it.",
        fix=fix,
    )


ROWS = (
    Row(r"grad can be implicitly created only for scalar outputs", _not_one_number),
    Row(r"grad can be implicitly created only for real scalar", _not_real),
    Row(
        r"Mismatch in shape: grad_output\[\d+\] has a shape of torch\.Size\((?P<v>.*?)\) and"
        r" output\[\d+\] has a shape of torch\.Size\((?P<root>.*?)\)",
        _other_shape,
    ),
    Row(r"^TypeError: '(float|int)' object is not iterable", _not_a_tensor),
    Row(r"element \d+ of tensors does not require grad", _no_graph),
    Row(r"One of the differentiated Tensors does not require grad", _asks_nothing),
    Row(r"at index (?P<at>\d+) appears to not have been used in the graph", _not_used),
)
