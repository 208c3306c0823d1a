"""The program's own `autograd.Function`: what its backward must return, and how it is used."""

from __future__ import annotations

import ast
import re

from explorer.records import Also, Fix
from explorer.worker.doctor.reading import article, shape_in
from explorer.worker.doctor.row import Diagnosis, Row, lines
from explorer.worker.doctor.scene import Scene


def _count(scene: Scene, found: re.Match[str]) -> Diagnosis:
    due, got = int(found["due"]), int(found["got"])
    made, returned = _returned(scene, found["kind"])
    name = f"`{made.name}.backward`" if made is not None else "The backward of a Function"
    inputs = [f"`{name}`" for name in _inputs(made)]
    listed = f": {', '.join(inputs)}" if inputs else ""
    wanted = [at for at in _wanted(scene, found["kind"]) if at >= got]
    missing = " and ".join(inputs[at] if at < len(inputs) else f"input {at}" for at in wanted)
    return Diagnosis(
        f"{name} returns {_gradients(got)}, but its forward has {due} inputs{listed}.",
        f"Return the gradient of {missing} too, which is asked for, in the order of the inputs."
        if wanted
        else "Return one value for each input of forward, in their order; None where there is no"
        " gradient.",
        lines(
            (returned.lineno if returned is not None else None, "the gradients are returned here")
        ),
        None if wanted else _filled(scene, returned, due - got),
    )


def _wanted(scene: Scene, kind: str) -> list[int]:
    """Positions of the inputs that ask for a gradient, in any call of this Function."""
    taken = scene.taking.passes[-1] if scene.taking.passes else None
    if taken is None or taken.graph is None:
        return []
    types = taken.graph.types
    calls = [asked for node, asked in taken.asked.items() if types[node] == f"{kind}Backward"]
    return sorted({at for asked in calls for at, needed in enumerate(asked) if needed})


def _gradients(count: int) -> str:
    return "1 gradient" if count == 1 else f"{count} gradients"


def _filled(scene: Scene, returned: ast.Return | None, missing: int) -> Fix | None:
    """None for the inputs that got nothing."""
    if returned is None or returned.value is None or missing < 1:
        return None
    code = scene.source.code(returned.value)
    return scene.instead(returned.value, ", ".join([code, *["None"] * missing]))


def _shape(scene: Scene, found: re.Match[str]) -> Diagnosis:
    made, returned = _returned(scene, found["kind"])
    at = int(found["at"])
    inputs = _inputs(made)
    what = f"its input `{inputs[at]}`" if at < len(inputs) else f"its input {at}"
    name = f"`{made.name}.backward`" if made is not None else "The backward of a Function"
    return Diagnosis(
        f"{name} returns a gradient of shape {shape_in(found['got'])} for {what}, which has shape"
        f" {shape_in(found['due'])}.",
        "The gradient of an input always has the shape of that input. A sum is undone by"
        " `.expand_as(x)`, a broadcast by `.sum_to_size(x.shape)`.",
        lines((returned.lineno if returned is not None else None, "the gradient is returned here")),
    )


def _not_a_tensor(scene: Scene, found: re.Match[str]) -> Diagnosis:
    return Diagnosis(
        f"The backward of a Function returned {article(found['kind'])}, and gradients are tensors"
        " or None.",
        "Return a tensor, for example `g * 2` or `torch.zeros_like(g)`.",
        _all_returns(scene),
    )


def _all_returns(scene: Scene) -> tuple[Also, ...]:
    found = [_return_of(made) for made in _functions(scene)]
    return lines(*((one.lineno, "backward returns here") for one in found if one is not None))


def _old_style(scene: Scene, _: re.Match[str]) -> Diagnosis:
    func = scene.node.func if isinstance(scene.node, ast.Call) else None
    name = None
    if isinstance(func, ast.Call):
        name = scene.source.code(func.func)
    return Diagnosis(
        "A Function is called like an object, as very old programs do.",
        "Write `forward` and `backward` as `@staticmethod` with `ctx` first, and call"
        f" `{name or 'Name'}.apply(...)`.",
        fix=scene.instead(func, f"{name}.apply") if name else None,
    )


def _called_directly(scene: Scene, found: re.Match[str]) -> Diagnosis | None:
    """`Square.forward(x)`, which lacks ctx."""
    kind = found["kind"]
    func = scene.node.func if isinstance(scene.node, ast.Call) else None
    if kind not in [made.name for made in _functions(scene)] or func is None:
        return None
    return Diagnosis(
        f"`{kind}.forward` is called directly, so it gets no `ctx`, and autograd sees nothing of"
        " it.",
        f"Write `{kind}.apply(...)`.",
        fix=scene.instead(func, f"{kind}.apply"),
    )


def _hook_size(_: Scene, found: re.Match[str]) -> Diagnosis:
    return Diagnosis(
        f"The hook `{found['name']}` returned a gradient of another shape than it was given.",
        "Return a tensor of the same shape, or nothing to leave the gradient as it is.",
    )


def _no_backward(scene: Scene, _: re.Match[str]) -> Diagnosis:
    lacking = [made for made in _functions(scene) if _method(made, "backward") is None]
    name = f"`{lacking[0].name}`" if len(lacking) == 1 else "A Function of this program"
    return Diagnosis(
        f"{name} has no `backward`, so gradients cannot pass it.",
        "Write a `@staticmethod` `backward(ctx, g)` that returns one gradient for each input of"
        " forward.",
        lines((lacking[0].lineno, f"{name} is defined here")) if len(lacking) == 1 else (),
    )


def _saved_number(scene: Scene, found: re.Match[str]) -> Diagnosis:
    calls = [
        node
        for node in ast.walk(scene.source.tree)
        if isinstance(node, ast.Call) and scene.source.code(node.func).endswith("save_for_backward")
    ]
    return Diagnosis(
        f"`save_for_backward` keeps tensors only, and its argument {found['at']} is"
        f" {article(found['kind'])}.",
        "Keep other values as attributes: `ctx.scale = scale`.",
        lines((calls[0].lineno, "it is kept here")) if len(calls) == 1 else (),
    )


def _returned(scene: Scene, kind: str) -> tuple[ast.ClassDef | None, ast.Return | None]:
    """The class of a node, and the last `return` of its backward."""
    for made in _functions(scene):
        if made.name == kind:
            return made, _return_of(made)
    return None, None


def _functions(scene: Scene) -> list[ast.ClassDef]:
    """Classes of the program that are Functions."""
    return [
        node
        for node in ast.walk(scene.source.tree)
        if isinstance(node, ast.ClassDef)
        and any(scene.source.code(base).endswith("Function") for base in node.bases)
    ]


def _method(made: ast.ClassDef, name: str) -> ast.FunctionDef | None:
    found = (one for one in made.body if isinstance(one, ast.FunctionDef) and one.name == name)
    return next(found, None)


def _return_of(made: ast.ClassDef) -> ast.Return | None:
    backward = _method(made, "backward")
    returns = (
        [node for node in ast.walk(backward) if isinstance(node, ast.Return)] if backward else []
    )
    return max(returns, key=lambda node: node.lineno, default=None)


def _inputs(made: ast.ClassDef | None) -> list[str]:
    """Names of forward's inputs, without ctx."""
    forward = _method(made, "forward") if made is not None else None
    return [one.arg for one in forward.args.args[1:]] if forward is not None else []


def _mismatch(scene: Scene, found: re.Match[str]) -> Diagnosis:
    """A gradcheck that found backward wrong; its two matrices are in the details."""
    calls = [node for node in ast.walk(scene.node or ast.Pass()) if isinstance(node, ast.Attribute)]
    kind = next((scene.source.code(one.value) for one in calls if one.attr == "apply"), "")
    made, returned = _returned(scene, kind)
    inputs, at = _inputs(made), int(found["at"])
    name = f"`{kind}.backward`" if made is not None else "backward"
    of = f"`{inputs[at]}`" if at < len(inputs) else f"input {at}"
    return Diagnosis(
        f"The gradient that {name} gives {of} is not what finite differences give.",
        "The details have both: numerical is what it should be, analytical what backward made.",
        lines((returned.lineno if returned is not None else None, "the gradients are made here")),
    )


ROWS = (
    Row(
        r"^GradcheckError: Jacobian mismatch for output \d+ with respect to input (?P<at>\d+)",
        _mismatch,
    ),
    Row(
        r"^TypeError: (?P<kind>\w+)\.forward\(\) missing \d+ required positional argument",
        _called_directly,
    ),
    Row(r"hook '(?P<name>.*?)' has changed the size of value", _hook_size),
    Row(
        r"[Ff]unction (?P<kind>\w+)Backward returned an incorrect number of gradients"
        r" \(expected (?P<due>\d+), got (?P<got>\d+)\)",
        _count,
    ),
    Row(
        r"[Ff]unction (?P<kind>\w+)Backward returned an invalid gradient at index (?P<at>\d+) - got"
        r" \[(?P<got>.*?)\] but expected shape compatible with \[(?P<due>.*?)\]",
        _shape,
    ),
    Row(r"expected Variable or None \(got (?P<kind>\w+)\)", _not_a_tensor),
    Row(r"Legacy autograd function with non-static forward", _old_style),
    Row(r"You must implement either the backward or vjp method", _no_backward),
    Row(
        r"save_for_backward can only save variables, but argument (?P<at>\d+) is of type"
        r" (?P<kind>\w+)",
        _saved_number,
    ),
)
