"""Tensors of dtypes or devices that do not go together."""

from __future__ import annotations

import ast
import re

import torch

from explorer.records import Fix
from explorer.worker.doctor.inplace import out_of_place
from explorer.worker.doctor.reading import capital, dtype_of
from explorer.worker.doctor.row import Diagnosis, Row
from explorer.worker.doctor.scene import Scene

METHODS = {
    torch.float32: ".float()",
    torch.float64: ".double()",
    torch.float16: ".half()",
    torch.bfloat16: ".bfloat16()",
    torch.int64: ".long()",
}

DEVICES = re.compile(r"""^(cuda|mps|xpu)(:\d+)?$""")


def _different(scene: Scene, _: re.Match[str]) -> Diagnosis:
    """Two tensors of one call."""
    positions = [at for at in range(len(scene.args)) if scene.tensor(at) is not None]
    tensors = [one for at in positions if (one := scene.tensor(at)) is not None]
    pairs = [
        (at, other)
        for at in range(1, len(tensors))
        for other in range(at)
        if tensors[at].dtype != tensors[other].dtype
    ]
    if not pairs:
        return _input_and_parameters(scene)
    second, first = pairs[0]
    one, other = tensors[first], tensors[second]
    if scene.module is not None and isinstance(other, torch.nn.Parameter):
        return _input_and_parameters(scene)
    names = scene.arg(positions[first]), scene.arg(positions[second])
    turned = _turned(one, other)
    kept = other if turned == 0 else one
    fix = scene.behind(
        scene.operand(positions[first if turned == 0 else second]), _method(kept.dtype)
    )
    return Diagnosis(
        f"{capital(names[0])} holds {dtype_of(one)} and {names[1]} holds {dtype_of(other)}: this"
        " operation needs one dtype for both.",
        f"Convert {names[turned]} with `{_method(kept.dtype)}`.",
        fix=fix,
    )


def _turned(one: torch.Tensor, other: torch.Tensor) -> int:
    """Which of two to convert: no parameter, whole numbers before floats, float64 before others."""
    if isinstance(one, torch.nn.Parameter):
        return 1
    if isinstance(other, torch.nn.Parameter):
        return 0
    if not other.is_floating_point() or other.dtype == torch.float64 != one.dtype:
        return 1
    return 0


def _method(dtype: torch.dtype) -> str:
    return METHODS.get(dtype, f".to({dtype})")


def _input_and_parameters(scene: Scene) -> Diagnosis:
    """A module whose parameters have another dtype than its input."""
    module, x = scene.module, scene.input()
    parameter = next(iter(module.parameters()), None) if module is not None else None
    if module is None or parameter is None or x is None:
        return Diagnosis(
            "Two tensors of different dtypes met.",
            "Convert one of them with `.to(...)`, for example `.float()`.",
        )
    method = _method(parameter.dtype)
    return Diagnosis(
        f"{scene.module_said(module)} has parameters of {dtype_of(parameter)}, but"
        f" {scene.input_words()} holds {dtype_of(x)}.",
        f"Convert {scene.input_words()} with `{method}`.",
        fix=scene.behind(scene.input_node(), method),
    )


def _into_another(scene: Scene, found: re.Match[str]) -> Diagnosis | None:
    """A result of floats that shall be kept in a tensor of whole numbers."""
    name = scene.call.name if scene.call is not None else ""
    if not isinstance(scene.statement, ast.AugAssign) and not name.endswith("_"):
        return None
    return Diagnosis(
        f"{scene.arg(0, start=True)} holds {_dtype(found['own'])}, and the result of this line is"
        f" {_dtype(found['result'])}, which it cannot keep.",
        "A change in place keeps the dtype: make a new tensor, or make the first one of floats.",
        fix=out_of_place(scene, scene.statement) if scene.statement is not None else None,
    )


def _dtype(name: str) -> str:
    known = {"Float": "float32", "Double": "float64", "Long": "int64", "Int": "int32"}
    return known.get(name, name.lower())


def _written_into(scene: Scene, found: re.Match[str]) -> Diagnosis:
    methods = {_dtype(str(dtype)): method for dtype, method in METHODS.items()}
    own = _dtype(found["own"])
    value = scene.statement.value if isinstance(scene.statement, ast.Assign) else None
    method = methods.get(f"torch.{own}")
    return Diagnosis(
        f"The tensor holds {own}, and what is written into it is {_dtype(found['given'])}.",
        "Convert what is written to the dtype of the tensor.",
        fix=scene.behind(value, method) if method else None,
    )


def _no_mean(scene: Scene, found: re.Match[str]) -> Diagnosis:
    return Diagnosis(
        f"{scene.arg(0, start=True)} holds whole numbers ({_dtype(found['dtype'])}), and their"
        " mean may be none.",
        "Convert them to floats before: `.float()`.",
        fix=scene.behind(scene.operand(0), ".float()"),
    )


def _whole_numbers(scene: Scene, _: re.Match[str]) -> Diagnosis:
    """`requires_grad` of integers."""
    match scene.node:
        case ast.Call(func=ast.Attribute(attr="requires_grad_", value=owner)):
            fix = scene.behind(owner, ".float()")
        case ast.Call(func=ast.Attribute(attr="Parameter"), args=[value, *_]):
            fix = scene.behind(value, ".float()")
        case ast.Call(keywords=given) if all(one.arg != "dtype" for one in given):
            fix = scene.telling(scene.node, "dtype=torch.float32")
        case _:
            fix = None
    return Diagnosis(
        "Whole numbers and yes/no cannot require a gradient: only floats change smoothly.",
        "Write the numbers with a point (`3.0`), or pass `dtype=torch.float32`.",
        fix=fix,
    )


def _mask(scene: Scene, found: re.Match[str]) -> Diagnosis:
    return Diagnosis(
        f"{scene.arg(1, start=True)} shall be a mask of yes and no, but holds {found['dtype']}.",
        "Make it with a comparison (`x > 0`), or convert it with `.bool()`.",
        fix=scene.behind(scene.operand(1), ".bool()"),
    )


def _no_device(scene: Scene, _: re.Match[str]) -> Diagnosis:
    return Diagnosis(
        "There is no GPU here: programs run on the processor.",
        "Leave `.cuda()` away, or choose the device by `torch.cuda.is_available()`.",
        fix=_without_device(scene),
    )


def _without_device(scene: Scene) -> Fix | None:
    """All of the program on the processor: `.cuda()` left away, other names of devices changed."""
    source, edits = scene.source, []
    asked = {
        inner
        for node in ast.walk(source.tree)
        if isinstance(node, ast.IfExp)
        for inner in ast.walk(node)
    }
    for node in ast.walk(source.tree):
        match node:
            case ast.Call(func=ast.Attribute(value=owner, attr="cuda")) if not scene.is_place(
                owner
            ):
                edits.append(source.tail(owner, node))
            case ast.Constant(value=str(name)) if DEVICES.match(name) and node not in asked:
                edits.append(source.replacing(node, '"cpu"'))
    return source.edited(*edits)


def _devices(scene: Scene, _: re.Match[str]) -> Diagnosis:
    given = [
        part
        for one in scene.args
        for part in (one if isinstance(one, list | tuple) else (one,))
        if isinstance(part, torch.Tensor)
    ]
    found = [f"{scene.said(one)} on {one.device}" for one in given]
    return Diagnosis(
        f"The tensors of one operation must be on one device: {', '.join(dict.fromkeys(found))}.",
        "Move them with `.to(device)`, or make them there with `device=`.",
    )


ROWS = (
    Row(
        r"Torch not compiled with CUDA enabled|Found no NVIDIA driver|No (?:CUDA|HIP) GPUs"
        r"|from the 'MPS' backend|support for mps",
        _no_device,
    ),
    Row(r"Expected all tensors to be on the same device|is not on the expected device", _devices),
    Row(
        r"result type (?P<result>\w+) can't be cast to the desired output type (?P<own>\w+)",
        _into_another,
    ),
    Row(
        r"Index put requires the source and destination dtypes match, got (?P<own>\w+) for the"
        r" destination and (?P<given>\w+)",
        _written_into,
    ),
    Row(
        r"expected (?:m1 and m2|.* to have the same dtype|scalar type|both vectors to have same)"
        r"|must have the same dtype|Input type \(.*?\) and (?:bias|weight) type"
        r"|does not match weight dtype|Found dtype \w+ but expected",
        _different,
    ),
    Row(r"mean\(\): could not infer output dtype.*Got: (?P<dtype>\w+)", _no_mean),
    Row(
        r"[Oo]nly Tensors of floating point (?:and complex )?dtype can require gradients",
        _whole_numbers,
    ),
    Row(r"only supports boolean masks, but got mask with dtype (?P<dtype>\w+)", _mask),
)
