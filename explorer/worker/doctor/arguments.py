"""Calls with a name that they do not know, and things that are called, or not, by mistake."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from types import ModuleType
from typing import Any

import torch
from torch import nn

from explorer.records import Fix
from explorer.worker.doctor import profiling
from explorer.worker.doctor.reading import UNKNOWN, nearest
from explorer.worker.doctor.row import Diagnosis, Row, lines
from explorer.worker.doctor.scene import SHORT, Scene

FACTORY = ("dtype", "device", "requires_grad", "pin_memory")
"""Names that `torch.tensor` takes; it does not tell them."""
ELSEWHERE = {
    "learning_rate": "lr",
    "axis": "dim",
    "axes": "dim",
    "dims": "dim",
    "keepdims": "keepdim",
    "grad": "requires_grad",
    "rate": "p",
    "units": "out_features",
}
"""What it is called in other libraries -> in PyTorch."""
LISTED = re.compile(r"(\w+)(?: = [^,()]+)?(?=[,)])")
"""A parameter where PyTorch lists how a function may be called."""


def _no_such_argument(scene: Scene, found: re.Match[str]) -> Diagnosis | None:
    call = scene.node
    if not isinstance(call, ast.Call):
        return None
    known = _known(_called(scene, call.func), found.string)
    if found["meant"] and found["meant"] not in known:  # It is another function than it seemed.
        known = [
            found["meant"],
            *(one.arg for one in call.keywords if one.arg and one.arg != found["own"]),
        ]
    strange = [one for one in call.keywords if one.arg and one.arg not in known]
    if not strange or not known:
        return None
    if scene.value(call.func) is torch.Tensor:
        return _small_t(scene, call)
    keyword, name = strange[0], strange[0].arg or ""
    like = ELSEWHERE.get(name) if ELSEWHERE.get(name) in known else nearest(name, known)
    like = like or next((one for one in known if one.startswith(name)), None)
    return Diagnosis(
        f"`{scene.source.code(call.func)}` has no argument `{name}`.",
        f"Did you mean `{like}`?"
        if like
        else "It has " + ", ".join(f"`{one}`" for one in known[:8]) + ".",
        fix=scene.source.renamed(keyword, like) if like else None,
    )


def _called(scene: Scene, node: ast.expr) -> Any:
    """What is called; a method by its name, of a tensor where nobody knows what it belongs to."""
    found = scene.value(node)
    if found is UNKNOWN and isinstance(node, ast.Attribute):
        owner = scene.value(node.value)
        kind = torch.Tensor if owner is UNKNOWN else type(owner)
        return inspect.getattr_static(kind, node.attr, UNKNOWN)
    return found


def _small_t(scene: Scene, call: ast.Call) -> Diagnosis:
    return Diagnosis(
        "`torch.Tensor` is the class of all tensors; it takes no settings.",
        "Write `torch.tensor`, with a small t.",
        fix=scene.instead(call.func, "torch.tensor"),
    )


def _known(called: Any, words: str) -> list[str]:
    """Names that a call may use."""
    if called is torch.tensor:
        return [*FACTORY]
    try:
        names = list(inspect.signature(called).parameters)
    except (TypeError, ValueError):
        names = LISTED.findall(words.split("expected one of", 1)[-1])
    return [name for name in dict.fromkeys(names) if name not in ("self", "args", "kwargs")]


def _not_a_function(scene: Scene, found: re.Match[str]) -> Diagnosis | None:
    call = scene.node
    if not isinstance(call, ast.Call):
        return None
    code, kind = scene.source.code(call.func), found["kind"]
    value = scene.value(call.func)
    what = "a module, a place for functions" if isinstance(value, ModuleType) else f"a {kind}"
    return Diagnosis(
        f"`{code}` is {what}, not a function, so it cannot be called.",
        "Take the brackets behind it away; elements are picked with `[...]`, and a product needs"
        " a `*`.",
    )


def _loss_not_called(scene: Scene, found: re.Match[str]) -> Diagnosis | None:
    """`loss = nn.MSELoss(output, target)`, which makes the function but does not call it."""
    owner = scene.node.value if isinstance(scene.node, ast.Attribute) else None
    if not isinstance(scene.value(owner), nn.Module) or not isinstance(owner, ast.Name):
        return None
    made = [call for call in _made(scene.source.tree, owner.id) if call.args]
    name = scene.source.code(made[-1].func) if made else found["kind"]
    return Diagnosis(
        f"`{owner.id}` is the function `{found['kind']}`, not what it computes.",
        f"Make it first, then call it: `{name}()(output, target)`.",
        lines((made[-1].lineno, "it is made here, and not called")) if made else (),
        scene.behind(made[-1].func, "()") if made else None,
        made[-1].lineno if made else None,
    )


def _made(tree: ast.AST, name: str) -> list[ast.Call]:
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
        for target in node.targets
        if isinstance(target, ast.Name) and target.id == name
    ]


def _needs_files(scene: Scene) -> Diagnosis:
    """An import inside of PyTorch, as `torch.onnx.export` does."""
    code = scene.source.code(scene.node.func) if isinstance(scene.node, ast.Call) else ""
    what = f"`{code}`" if 0 < len(code) <= SHORT else "This line"
    return Diagnosis(
        f"{what} loads more of PyTorch from files, and files are out of reach here.",
        "Leave it out, if no gradient needs it.",
    )


def _needs_a_thread(scene: Scene, _: re.Match[str]) -> Diagnosis:
    """A profiler, and all that computes beside the program."""
    code = scene.source.code(scene.node) if isinstance(scene.node, ast.Call) else ""
    what = f"`{code}`" if 0 < len(code) <= SHORT else "This line"
    return Diagnosis(
        f"{what} starts a thread, and a program has only one here.",
        "Leave it out. A profiler would measure the recording, not the program alone.",
        fix=profiling.without(scene),
    )


def _no_such_import(scene: Scene, found: re.Match[str]) -> Diagnosis:
    """Without the path of the file, which is the server's business."""
    module, name = found["module"], found["name"]
    if not isinstance(scene.statement, ast.ImportFrom):
        return _needs_files(scene)
    like = nearest(name, dir(sys.modules.get(module)))
    return Diagnosis(
        f"`{module}` has no `{name}`.",
        f"Did you mean `{like}`?" if like else "Check the spelling, and where it belongs.",
        fix=_renamed_import(scene, name, like) if like else None,
    )


def _renamed_import(scene: Scene, name: str, like: str) -> Fix | None:
    statement = scene.statement
    if not isinstance(statement, ast.ImportFrom):
        return None
    names = [
        ast.alias(like, one.asname or None) if one.name == name else one for one in statement.names
    ]
    changed = ast.ImportFrom(statement.module, names, statement.level)
    return scene.instead(statement, ast.unparse(changed))


def _no_such_module(scene: Scene, found: re.Match[str]) -> Diagnosis:
    name = found["name"]
    if not isinstance(scene.statement, ast.Import | ast.ImportFrom):
        return _needs_files(scene)
    parent, _, last = name.rpartition(".")
    places = [one.rpartition(".") for one in sys.modules]
    like = nearest(last, {part for above, _, part in places if above == parent})
    meant = f"{parent}.{like}" if parent else like
    return Diagnosis(
        f"There is no module `{name}` here.",
        f"Did you mean `{meant}`?"
        if like
        else "Programs can use PyTorch, NumPy and Python's own modules.",
        fix=_other_module(scene, name, meant) if like and meant else None,
    )


def _other_module(scene: Scene, name: str, meant: str) -> Fix | None:
    statement = scene.statement
    if not isinstance(statement, ast.Import | ast.ImportFrom):
        return None
    return scene.instead(statement, scene.source.code(statement).replace(name, meant, 1))


def _no_gradients_there(scene: Scene, _: re.Match[str]) -> Diagnosis:
    owner = scene.node.value if isinstance(scene.node, ast.Attribute) else None
    what = f"`{scene.source.code(owner)}`" if owner is not None else "This"
    return Diagnosis(
        f"{what} is an array of NumPy, and those have no gradients.",
        "Make a tensor of it: `torch.tensor(..., requires_grad=True)`.",
    )


def _by_zero(scene: Scene, _: re.Match[str]) -> Diagnosis:
    match scene.node:
        case ast.BinOp(right=divisor) if not isinstance(divisor, ast.Constant):
            what = f"`{scene.source.code(divisor)}` is 0, and Python does not divide by it."
        case _:
            what = "This divides by 0, which Python does not do."
    return Diagnosis(
        what,
        "Divide by something else, or ask first; a tensor would become infinite instead.",
    )


ROWS = (
    Row(
        r"unexpected keyword argument(?: '(?P<own>\w+)'\. Did you mean '(?P<meant>\w+)')?"
        r"|invalid combination of arguments|is an invalid keyword argument for",
        _no_such_argument,
    ),
    Row(r"^TypeError: '(?P<kind>\w+)' object is not callable", _not_a_function),
    Row(r"^AttributeError: '(?P<kind>\w*Loss)' object has no attribute", _loss_not_called),
    Row(
        r"^ImportError: cannot import name '(?P<name>\w+)' from '(?P<module>[\w.]+)'",
        _no_such_import,
    ),
    Row(r"^ModuleNotFoundError: No module named '(?P<name>[\w.]+)'", _no_such_module),
    Row(
        r"'numpy.ndarray' object has no attribute '(?:backward|grad|requires_grad\w*|grad_fn)'",
        _no_gradients_there,
    ),
    Row(
        r"^RuntimeError: (can't start new thread|Resource temporarily unavailable)", _needs_a_thread
    ),
    Row(r"^ZeroDivisionError", _by_zero),
)
