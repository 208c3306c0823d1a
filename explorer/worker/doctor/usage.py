"""Functions of PyTorch that are used in another way than they are meant."""

from __future__ import annotations

import ast
import re

import torch

from explorer.records import Fix
from explorer.worker.doctor.reading import article, dtype_of, shape_in
from explorer.worker.doctor.row import Diagnosis, Row, lines
from explorer.worker.doctor.scene import Scene


def _assigned(scene: Scene, found: re.Match[str]) -> Diagnosis | None:
    """`a[0] = w`, with no room for it."""
    match scene.statement:
        case ast.Assign(targets=[ast.Subscript() as target], value=value):
            code = scene.source.code
            return Diagnosis(
                f"`{code(value)}` has shape {shape_in(found['own'])}, and its place"
                f" `{code(target)}` has shape {shape_in(found['due'])}.",
                "Give both the same shape, or choose a place of that shape.",
            )
    return None


def _holds_layers(scene: Scene, found: re.Match[str]) -> Diagnosis:
    node = scene.node.func if isinstance(scene.node, ast.Call) else None
    name = f"`{scene.source.code(node)}`" if node is not None else "It"
    return Diagnosis(
        f"{name} is {article(found['kind'])}: it keeps layers, and cannot be called itself.",
        "Call them one by one, `for layer in ...: x = layer(x)`; or use `nn.Sequential`.",
    )


def _not_static(scene: Scene, found: re.Match[str]) -> Diagnosis | None:
    """`forward` of a Function without ctx, `backward` without a gradient."""
    made = next(
        (
            node
            for node in ast.walk(scene.source.tree)
            if isinstance(node, ast.ClassDef)
            and node.name == found["kind"]
            and any(scene.source.code(base).endswith("Function") for base in node.bases)
        ),
        None,
    )
    inner = made.body if made is not None else []
    method = next(
        (one for one in inner if isinstance(one, ast.FunctionDef) and one.name == found["method"]),
        None,
    )
    if method is None:
        return None
    given = [one.arg for one in method.args.args]
    forward = method.name == "forward"
    wanted = ["ctx", *given] if forward else [*(given or ["ctx"]), "g"]
    what = "`ctx` first, and then its inputs" if forward else "`ctx`, and a gradient per output"
    return Diagnosis(
        f"`{found['kind']}.{method.name}` is given {what}.",
        f"Write `def {method.name}({', '.join(wanted)}):`.",
        lines((method.lineno, "this has another number of arguments")),
        _with_arguments(scene, method, wanted),
    )


def _with_arguments(scene: Scene, method: ast.FunctionDef, wanted: list[str]) -> Fix | None:
    given = method.args.args
    if not given:
        return None
    if wanted[0] != given[0].arg:
        return scene.source.edited(scene.source.ahead(given[0], f"{wanted[0]}, "))
    last = given[-1]
    name = ast.copy_location(ast.Name(last.arg, ast.Load()), last)
    return scene.source.edited(scene.source.behind(name, f", {wanted[-1]}"))


def _too_many_inputs(scene: Scene, found: re.Match[str]) -> Diagnosis | None:
    """A layer that is given more than it takes."""
    takes, got = int(found["takes"]) - 1, int(found["got"]) - 1
    module = scene.value(scene.node.func) if isinstance(scene.node, ast.Call) else None
    if not isinstance(module, torch.nn.Module) or not 0 < takes < got:
        return None
    return Diagnosis(
        f"{scene.module_said(module)} takes {takes} input{'s' * (takes != 1)}, and this call"
        f" gives {got}.",
        "Leave out what is too much, or put the inputs together with `torch.cat`.",
    )


def _function_for_a_layer(scene: Scene, found: re.Match[str]) -> Diagnosis:
    name = found["name"].rpartition(".")[2]
    layer = {"relu": "ReLU", "tanh": "Tanh", "sigmoid": "Sigmoid"}.get(name)
    node = next((one for one in scene.operands if scene.source.code(one).endswith(name)), None)
    return Diagnosis(
        f"`nn.Sequential` takes modules, and `{name}` is a function.",
        f"Use the module, `nn.{layer}()`." if layer else "Use a module that does the same.",
        fix=scene.instead(node, f"torch.nn.{layer}()") if layer else None,
    )


def _not_registered(scene: Scene, found: re.Match[str]) -> Diagnosis:
    node = scene.operands[-1] if scene.operands else None
    code = scene.source.code(node) if node is not None else ""
    return Diagnosis(
        f"`{found['name']}` shall be a parameter, and a plain tensor is none.",
        "Wrap the tensor in `nn.Parameter(...)`.",
        fix=scene.instead(node, f"torch.nn.Parameter({code})"),
    )


def _text_and_tensor(scene: Scene, _: re.Match[str]) -> Diagnosis | None:
    match scene.node:
        case ast.BinOp(right=right):
            code = scene.source.code(right)
            return Diagnosis(
                f"`{code}` is a tensor, and only text can be put behind text.",
                f'Write an f-string: `f"... {{{code}}}"`.',
                fix=scene.instead(right, f"str({code})"),
            )
    return None


def _numbers_for_a_shape(scene: Scene, _: re.Match[str]) -> Diagnosis | None:
    match scene.node:
        case ast.Call(args=args):
            given = ", ".join(map(scene.source.code, args))
            return Diagnosis(
                "`torch.tensor` takes the numbers themselves, in one list.",
                f"For these numbers write `torch.tensor([{given}])`; for a tensor of that shape"
                f" `torch.zeros({given})`.",
                fix=scene.instead(scene.node, f"torch.tensor([{given}])"),
            )
    return None


def _condition_of_where(scene: Scene, _: re.Match[str]) -> Diagnosis:
    condition = scene.tensor(0)
    held = f" holds {dtype_of(condition)}" if condition is not None else " holds numbers"
    return Diagnosis(
        f"{scene.arg(0, start=True)}{held}, and the condition of `where` must be yes or no.",
        "Compare it with something: `x > 0`.",
        fix=scene.behind(scene.operand(0), " > 0"),
    )


def _all_axes(scene: Scene, found: re.Match[str]) -> Diagnosis:
    return Diagnosis(
        f"{scene.arg(0, start=True)} has {found['has']} axes, and `permute` was given"
        f" {found['got']}: it must name each axis once.",
        "Name all axes, in the order in which you want them.",
    )


def _vectors_only(scene: Scene, _: re.Match[str]) -> Diagnosis:
    x = scene.tensor(0)
    shape = f" has shape {tuple(x.shape)}" if isinstance(x, torch.Tensor) else " is none"
    return Diagnosis(
        f"`dot` takes two vectors, and {scene.arg(0)}{shape}.",
        "For the sum of all products write `(a * b).sum()`; for a matrix product `a @ b`.",
    )


ROWS = (
    Row(
        r"The expanded size of the tensor \(\d+\) must match the existing size \(\d+\) .*"
        r"Target sizes: \[(?P<due>.*?)\]\.  Tensor sizes: \[(?P<own>.*?)\]",
        _assigned,
    ),
    Row(
        r'Module \[(?P<kind>ModuleList|ModuleDict)\] is missing the required "forward"',
        _holds_layers,
    ),
    Row(
        r"^TypeError: (?P<kind>\w+)\.(?P<method>forward|backward)\(\) takes \d+ positional"
        r" arguments? but \d+ were given",
        _not_static,
    ),
    Row(
        r"^TypeError: \w+\.forward\(\) takes (?P<takes>\d+) positional arguments? but"
        r" (?P<got>\d+) were given",
        _too_many_inputs,
    ),
    Row(r"^TypeError: (?P<name>\w+\.[\w.]+) is not a Module subclass", _function_for_a_layer),
    Row(r"cannot assign '.*?' object to parameter '(?P<name>\w+)'", _not_registered),
    Row(r'can only concatenate str \(not "(?:Tensor|Parameter)"\) to str', _text_and_tensor),
    Row(
        r"^TypeError: tensor\(\) takes 1 positional argument but \d+ were given",
        _numbers_for_a_shape,
    ),
    Row(r"where expected condition to be a boolean tensor", _condition_of_where),
    Row(r"input\.dim\(\) = (?P<has>\d+) is not equal to len\(dims\) = (?P<got>\d+)", _all_axes),
    Row(r"1D tensors expected, but got", _vectors_only),
)
