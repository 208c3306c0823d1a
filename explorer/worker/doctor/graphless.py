"""A root without a graph: which line cut it off, or which leaf asks for no gradient."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import torch
from msgspec import structs

from explorer.records import Failure, Fix
from explorer.worker.cuts import Cut
from explorer.worker.doctor.lost import (
    constant_gradient,
    left_torch,
    out_of_torch,
    plain_grad,
    second_order,
)
from explorer.worker.doctor.reading import names_in
from explorer.worker.doctor.row import Diagnosis, lines
from explorer.worker.doctor.scene import Scene
from explorer.worker.doctor.silence import silence

FACTORIES = frozenset(
    {"tensor", "rand", "randn", "ones", "zeros", "full", "linspace", "arange", "eye", "empty"}
)
"""Functions of torch that make a leaf and take `requires_grad`."""

WEIGHT = re.compile(r"[wbWB]\d*$|w_|b_|weight|bias|theta|param|coef")
"""How variables are called whose gradient is mostly wanted."""

MOST_STEPS = 50
"""Statements that are followed back from a root to what it was made of."""


def no_graph(
    scene: Scene, name: str, root: torch.Tensor | None, node: ast.expr | None
) -> Diagnosis:
    """Why a root has no graph."""
    cuts = scene.observer.cuts.of(root) if root is not None else ()
    if cuts:
        return _cut_off(scene, name, cuts[0])
    for statement in history(scene, node):
        if (grad := plain_grad(statement)) is not None:
            return second_order(scene, name, statement, grad)
        if "create_graph" in scene.source.code(statement):
            return constant_gradient(name, statement)
        if (left := left_torch(scene, statement)) is not None:
            return out_of_torch(name, statement, left)
    return _nothing_requires(scene, name, node)


def without_gradient(scene: Scene, failure: Failure) -> Failure:
    """The same for a program that never called backward, and has nothing to call it from."""
    tensors = [
        (name, value)
        for name, value in scene.namespace.items()
        if isinstance(value, torch.Tensor) and not name.startswith("__")
    ]
    for name, value in reversed(tensors):
        if cuts := scene.observer.cuts.of(value):
            return _completed(failure, _cut_off(scene, f"`{name}`", cuts[0]))
    if not tensors:
        return failure
    last = ast.Name(tensors[-1][0], ast.Load())
    return _completed(failure, _nothing_requires(scene, f"`{tensors[-1][0]}`", last))


def _completed(failure: Failure, found: Diagnosis) -> Failure:
    """The failure as the diagnosis tells it, at the first line that has part in it."""
    line, *others = found.also or (None,)
    return structs.replace(
        failure,
        message=found.message,
        hint=found.hint,
        line=line.line if line is not None else None,
        also=tuple(one for one in others if one is not None),
        fix=found.fix,
    )


SPELLED = {
    "gt": ">",
    "lt": "<",
    "ge": ">=",
    "le": "<=",
    "eq": "==",
    "ne": "!=",
    **{name: f"torch.{name}" for name in ("tensor", "as_tensor", "asarray")},
}
"""Function that cuts -> how a program writes it, where its name does not say that."""


def _cut_off(scene: Scene, name: str, cut: Cut) -> Diagnosis:
    """What it was made from requires a gradient, but one line ended the graph."""
    line, statement = scene.origin(cut.place).line, scene.statement_at(cut.place)
    before = scene.cut_name(cut)
    of = f" from {before}" if before else ""
    how, hint, fix = _explained(scene, cut, statement)
    at = f"line {line}" if line else "a line"
    message = (
        f"{name} has no graph: {at} {how.format(call=SPELLED.get(cut.call, cut.call), of=of)}."
    )
    also = lines((line, "the graph was cut here"))
    same = scene.here is not None and scene.here.line == line
    return Diagnosis(message, hint, () if same else also, fix)


def _explained(scene: Scene, cut: Cut, statement: ast.stmt | None) -> tuple[str, str, Fix | None]:
    """What the line did, what to do, and the line without its cut."""
    if cut.how in ("no_grad", "inference_mode"):
        found = silence(scene, cut.how, statement)
        return (
            f"computed{{of}} {found.words.replace('{', '{{').replace('}', '}}')}",
            found.hint,
            found.fix,
        )
    how, hint = _CUTS[cut.how]
    return how, hint, _uncut(scene, cut, statement) if statement is not None else None


_CUTS = {
    "detach": (
        "cut it off{of} with `{call}()`",
        "Leave `detach()` away where a gradient shall flow.",
    ),
    "data": (
        "took `.data`{of}, which has no graph",
        "Leave `.data` away where a gradient shall flow.",
    ),
    "new tensor": (
        "copied the numbers{of} into a new tensor with `{call}`, without their history",
        "Go on computing with the tensor itself; to put several together, use `torch.stack`.",
    ),
    "number": (
        "made a plain Python number{of} with `.{call}()`, which has no history",
        "Leave `.item()` away where a gradient shall flow; use it only to print.",
    ),
    "integer": (
        "made whole numbers or yes/no{of} with `{call}`, and these have no gradient",
        "Differentiate a smooth loss instead, for example `F.cross_entropy` of the scores.",
    ),
}


def _uncut(scene: Scene, cut: Cut, statement: ast.stmt) -> Fix | None:
    """The line as it would be without its cut."""
    for node in ast.walk(statement):
        text = _whole(scene, cut, node)
        if text is not None and isinstance(node, ast.expr):
            return scene.instead(node, text)
    return None


def _whole(scene: Scene, cut: Cut, node: ast.AST) -> str | None:
    """The expression that cuts, as it would be if it did not; None for others."""
    code = scene.source.code
    match node:
        case ast.Call(func=ast.Attribute(value=inner, attr=name), args=[]) if name == cut.call:
            return code(inner) if cut.how in ("detach", "number") else None
        case ast.Attribute(value=inner, attr="data") if cut.how == "data":
            return code(inner)
        case ast.Call(func=ast.Attribute(attr=name), args=[inner, *_]) if name == cut.call:
            return _joined(scene, inner) if cut.how == "new tensor" else None
    return None


def _joined(scene: Scene, node: ast.expr) -> str:
    """Several tensors in one, with their history."""
    several = isinstance(node, ast.List | ast.Tuple) or type(scene.value(node)) in (list, tuple)
    code = scene.source.code(node)
    return f"torch.stack({code})" if several else code


def _nothing_requires(scene: Scene, name: str, node: ast.expr | None) -> Diagnosis:
    """No leaf behind it asks for a gradient."""
    frozen = _frozen(scene)
    if frozen is not None:
        return Diagnosis(
            f"{name} has no graph: no parameter of {frozen} requires a gradient.",
            "Set `requires_grad_(True)` for the parameters that shall learn.",
        )
    if (update := _by_hand(scene)) is not None:
        weight = scene.source.code(update.target)
        return Diagnosis(
            f"{name} has no graph: the program works out its gradients itself, and changes"
            f" `{weight}` by one of them in line {update.lineno}.",
            f"To let autograd work them out, make `{weight}` with `requires_grad=True`, call"
            f" backward() of the loss, and change `{weight}` by `{weight}.grad` under"
            " `torch.no_grad()`.",
            lines((update.lineno, f"`{weight}` is changed by hand here")),
        )
    leaf = _wanted(scene, node)
    if leaf is None:
        return Diagnosis(
            f"{name} has no graph: nothing that it was computed from requires a gradient.",
            "Make the tensor whose gradient you want with `requires_grad=True`.",
        )
    variable, statement, call = leaf
    return Diagnosis(
        f"{name} has no graph: nothing that it was computed from requires a gradient.",
        f"If you want the gradient of `{variable}`, say so in line {statement.lineno}.",
        lines((statement.lineno, f"`{variable}` does not ask for a gradient")),
        asking(scene, call),
    )


def _by_hand(scene: Scene) -> ast.AugAssign | None:
    """`w -= lr * grad_w` in a program that does not ask autograd at all."""
    nodes = list(ast.walk(scene.source.tree))
    if any(isinstance(node, ast.Attribute) and node.attr in ("backward", "grad") for node in nodes):
        return None
    for node in nodes:
        match node:
            case ast.AugAssign(target=ast.Name(), op=ast.Sub(), value=ast.BinOp(op=ast.Mult())) if (
                isinstance(scene.value(node.target), torch.Tensor)
            ):
                return node
    return None


def asking(scene: Scene, call: ast.Call) -> Fix | None:
    """The tensor made with `requires_grad=True`, of floats if its numbers are whole."""
    more = "requires_grad=True"
    numbers = [node.value for node in ast.walk(call) if isinstance(node, ast.Constant)]
    whole = bool(numbers) and all(type(number) is int for number in numbers)
    named = {keyword.arg for keyword in call.keywords}
    if whole and "dtype" not in named and called(call) in ("tensor", "full", "arange"):
        more = "dtype=torch.float32, " + more
    return scene.telling(call, more)


def _wanted(scene: Scene, node: ast.expr | None) -> tuple[str, ast.stmt, ast.Call] | None:
    """The variable whose gradient is probably meant: a weight before others, the first of them."""
    found: list[tuple[str, ast.stmt, ast.Call]] = []
    for statement in history(scene, node):
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call):
                asks = any(one.arg == "requires_grad" for one in call.keywords)
                if called(call) in FACTORIES and isinstance(call.func, ast.Attribute) and not asks:
                    found.append((name, statement, call))
    found.sort(key=lambda one: (WEIGHT.match(one[0]) is None, one[1].lineno))
    return found[0] if found else None


def history(scene: Scene, node: ast.AST | None) -> Iterator[ast.stmt]:
    """Statements of the program that bound what an expression uses, nearest first."""
    waiting = [names_in(node)] if node is not None else [names_in(scene.statement)]
    seen: set[ast.stmt] = set()
    line = scene.here.line if scene.here is not None else 1 << 30
    for names in waiting:
        for statement in _binding(scene, names, line):
            if statement not in seen and len(seen) < MOST_STEPS:
                seen.add(statement)
                waiting.append(names_in(getattr(statement, "value", None)))
                yield statement


def _binding(scene: Scene, names: set[str], line: int) -> Iterator[ast.stmt]:
    """The last statement above a line that binds each name."""
    last: dict[str, ast.stmt] = {}
    for statement in ast.walk(scene.source.tree):
        if isinstance(statement, ast.Assign | ast.AugAssign) and statement.lineno <= line:
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            for name in set().union(*map(names_in, targets)) & names:
                if name not in last or last[name].lineno < statement.lineno:
                    last[name] = statement
    yield from last.values()


def _frozen(scene: Scene) -> str | None:
    """A model of the program that was called and has nothing to learn."""
    for module in scene.scopes.modules():
        parameters = list(module.parameters())
        if parameters and not any(one.requires_grad for one in parameters):
            return scene.module_said(module)
    return None


def called(call: ast.Call) -> str:
    """The last part of the name of the function that is called."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""
