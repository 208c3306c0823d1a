"""Modules and optimizers that are not put together as PyTorch expects."""

from __future__ import annotations

import ast
import re

import torch

from explorer.records import Fix
from explorer.worker.doctor.reading import nearest
from explorer.worker.doctor.row import Diagnosis, Row, lines
from explorer.worker.doctor.scene import Scene
from explorer.worker.history import node_of


def _no_super(scene: Scene, found: re.Match[str]) -> Diagnosis:
    made = _class_at_work(scene, found.groupdict().get("kind"))
    if made is None:
        return Diagnosis(
            "A module was given parts before `nn.Module` was set up.",
            "Write `super().__init__()` as the first line of its `__init__`.",
        )
    init = _method(made, "__init__")
    first = init.body[0] if init is not None else None
    if first is not None and _is_text(first) and init is not None and len(init.body) > 1:
        first = init.body[1]
    return Diagnosis(
        f"`{made.name}` does not call `super().__init__()`, so `nn.Module` is not set up and cannot"
        " keep its layers.",
        f"Write `super().__init__()` as the first line of `{made.name}.__init__`.",
        lines((init.lineno if init is not None else None, "`super().__init__()` is missing here")),
        scene.source.inserted(first, "super().__init__()") if first is not None else None,
    )


def _class_at_work(scene: Scene, name: str | None) -> ast.ClassDef | None:
    """The class of the name, or the one whose method is at work."""
    for node in ast.walk(scene.source.tree):
        if isinstance(node, ast.ClassDef) and node.name == name:
            return node
    statement = scene.statement
    return scene.source.around(statement, ast.ClassDef) if statement is not None else None


def _method(made: ast.ClassDef, name: str) -> ast.FunctionDef | None:
    found = (one for one in made.body if isinstance(one, ast.FunctionDef) and one.name == name)
    return next(found, None)


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _not_a_parameter(scene: Scene, found: re.Match[str]) -> Diagnosis:
    name = found["name"]
    value = scene.statement.value if isinstance(scene.statement, ast.Assign) else None
    code = scene.source.code(value) if value is not None else ""
    return Diagnosis(
        f"`{name}` is a parameter of this module, and only an `nn.Parameter` can take its place.",
        "Wrap the tensor in `nn.Parameter(...)`; to change its numbers only, write into it under"
        " `torch.no_grad()`.",
        fix=scene.instead(value, f"torch.nn.Parameter({code})"),
    )


def _no_forward(scene: Scene, found: re.Match[str]) -> Diagnosis:
    made = _class_at_work(scene, found["kind"])
    message = (
        f"`{found['kind']}` has no method `forward`, which is what runs when a module is called."
    )
    methods = [one for one in made.body if isinstance(one, ast.FunctionDef)] if made else []
    like = nearest("forward", [one.name for one in methods])
    if like is not None:
        method = next(one for one in methods if one.name == like)
        return Diagnosis(
            message,
            f"Line {method.lineno} defines `{like}`: did you mean `forward`?",
            lines((method.lineno, f"it is called `{like}` here")),
            scene.source.redefined(method, "forward"),
        )
    return Diagnosis(
        message,
        "Write `def forward(self, x):` in the class; check its spelling and its indentation.",
        lines((made.lineno if made is not None else None, f"`{found['kind']}` is defined here")),
    )


def _forward_without_self(scene: Scene, found: re.Match[str]) -> Diagnosis | None:
    made = _class_at_work(scene, found["kind"])
    method = _method(made, found["method"]) if made is not None else None
    if method is None or not method.args.args or method.args.args[0].arg == "self":
        return None
    first = method.args.args[0]
    return Diagnosis(
        f"`{found['kind']}.{found['method']}` does not take `self`, which Python always passes"
        " first.",
        f"Write `def {method.name}(self, {first.arg}):`.",
        lines((method.lineno, "`self` is missing here")),
        scene.source.edited(scene.source.ahead(first, "self, ")),
    )


def _no_attribute(scene: Scene, found: re.Match[str]) -> Diagnosis | None:
    """A part of a module that its `__init__` never made."""
    made = _class_at_work(scene, found["kind"])
    if made is None or not _is_module(scene, made):
        return None
    name = found["name"]
    known = [
        target.attr
        for node in ast.walk(made)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Attribute)
    ]
    like = nearest(name, known)
    return Diagnosis(
        f"`{made.name}` uses `self.{name}`, but nothing has made it.",
        f"It has `self.{like}`." if like else f"Make it in `__init__`: `self.{name} = ...`.",
        fix=_corrected(scene, name, like),
    )


def _corrected(scene: Scene, name: str, like: str | None) -> Fix | None:
    for node in ast.walk(scene.statement) if scene.statement is not None and like else ():
        if isinstance(node, ast.Attribute) and node.attr == name:
            return scene.instead(node, f"{scene.source.code(node.value)}.{like}")
    return None


def _is_module(scene: Scene, made: ast.ClassDef) -> bool:
    return any("Module" in scene.source.code(base) for base in made.bases)


def _not_iterable(scene: Scene, found: re.Match[str]) -> Diagnosis | None:
    """An optimizer that was given a model, or its method, instead of parameters."""
    node = next(iter(scene.operands), None)
    if not isinstance(scene.node, ast.Call) or node is None:
        return None
    if not next((True for value in scene.given("params")), False):
        return None
    code = scene.source.code(node)
    text = f"{code}()" if found["kind"] == "method" else f"{code}.parameters()"
    return Diagnosis(
        f"`{code}` is given to the optimizer, which wants the parameters that it shall change.",
        f"Write `{text}`.",
        fix=scene.instead(node, text),
    )


def _single_tensor(scene: Scene, _: re.Match[str]) -> Diagnosis:
    node = next(iter(scene.operands), None)
    code = scene.source.code(node) if node is not None else "w"
    return Diagnosis(
        f"`{code}` is one tensor, and an optimizer takes a list of those that it shall change.",
        f"Put brackets around it: `[{code}]`.",
        fix=scene.instead(node, f"[{code}]"),
    )


def _not_a_leaf(scene: Scene, _: re.Match[str]) -> Diagnosis:
    listed = next((value for value in scene.given("params")), ())
    tensors = [one for one in listed if isinstance(one, torch.Tensor)] if _is_list(listed) else []
    results = ((node_of(one), one) for one in tensors)
    node, wrong = next((pair for pair in results if pair[0] is not None), (None, None))
    name = scene.said(wrong) if wrong is not None else "One of the tensors"
    made = scene.origins.of(node._sequence_nr()).line if node is not None else None
    return Diagnosis(
        f"{name} was computed from other tensors, and an optimizer changes leaves only.",
        "Give it the leaves, or make a leaf of the result: `.detach().requires_grad_()`.",
        lines((made, f"{name} is computed here")),
    )


def _is_list(value: object) -> bool:
    return isinstance(value, list | tuple)


def _no_parameters(scene: Scene, _: re.Match[str]) -> Diagnosis:
    return Diagnosis(
        "The optimizer was given no parameters at all.",
        "Assign layers in `__init__` as `self.layer = ...`; layers in a plain list are not found,"
        " use `nn.ModuleList([...])`.",
        fix=_module_list(scene),
    )


def _module_list(scene: Scene) -> Fix | None:
    """A plain list of layers in a module, made a ModuleList."""
    for node in ast.walk(scene.source.tree):
        match node:
            case ast.Assign(targets=[ast.Attribute()], value=ast.List() | ast.ListComp() as value):
                made = scene.source.around(node, ast.ClassDef)
                if (
                    made is not None
                    and _is_module(scene, made)
                    and "Linear" in scene.source.code(value)
                ):
                    return scene.instead(value, f"torch.nn.ModuleList({scene.source.code(value)})")
    return None


def _list_of_layers(scene: Scene, _: re.Match[str]) -> Diagnosis:
    node = next((one for one in scene.operands if isinstance(one, ast.List)), None)
    code = scene.source.code(node) if node is not None else "[...]"
    return Diagnosis(
        "`nn.Sequential` takes its layers one by one, not in a list.",
        "Leave the brackets away, or unpack the list with `*`.",
        fix=scene.instead(node, f"*{code}"),
    )


def _heads(*_: object) -> Diagnosis:
    return Diagnosis(
        "Attention splits its features evenly among the heads, so their number must divide"
        " `embed_dim`.",
        "Choose `num_heads` so that it divides `embed_dim`.",
    )


def _missing_argument(scene: Scene, found: re.Match[str]) -> Diagnosis | None:
    call = scene.node
    if not isinstance(call, ast.Call):
        return None
    names = re.findall(r"""['"](\w+)['"]""", found["names"])
    listed = " and ".join(f"`{name}`" for name in names)
    what = found["what"].removesuffix(".__init__")
    return Diagnosis(
        f"`{what}` also needs {listed}, and this call does not give it.",
        f"Pass it: `{scene.source.code(call)[:-1].rstrip(', ')}, {names[0]}=...)`."
        if call.args or call.keywords
        else f"Pass it: `{names[0]}=...`.",
    )


ROWS = (
    Row(
        r"cannot assign (?:module|parameters?) before (?:Module|Parameter)?\.?__init__\(\) call"
        r"|^AttributeError: '(?P<kind>\w+)' object has no attribute '_(?:modules|parameters|"
        r"backward_hooks|forward_hooks|buffers|backward_pre_hooks)'",
        _no_super,
    ),
    Row(r"cannot assign '.*?' as parameter '(?P<name>\w+)'", _not_a_parameter),
    Row(r'Module \[(?P<kind>\w+)\] is missing the required "forward" function', _no_forward),
    Row(
        r"^TypeError: (?P<kind>\w+)\.(?P<method>\w+)\(\) takes \d+ positional arguments? but \d+"
        r" were given",
        _forward_without_self,
    ),
    Row(r"^AttributeError: '(?P<kind>\w+)' object has no attribute '(?P<name>\w+)'", _no_attribute),
    Row(r"^TypeError: '(?P<kind>\w+)' object is not iterable", _not_iterable),
    Row(r"params argument given to the optimizer should be an iterable", _single_tensor),
    Row(r"can't optimize a non-leaf Tensor", _not_a_leaf),
    Row(r"optimizer got an empty parameter list", _no_parameters),
    Row(r"list is not a Module subclass", _list_of_layers),
    Row(r"embed_dim must be divisible by num_heads", _heads),
    Row(
        r"^TypeError: (?P<what>[\w.]+)\(\) missing \d+ required positional arguments?:"
        r" (?P<names>.+)",
        _missing_argument,
    ),
)
