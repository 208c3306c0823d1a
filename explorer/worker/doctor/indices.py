"""Indices, axes and rows that a tensor does not have."""

from __future__ import annotations

import ast
import re

import torch
from torch import nn

from explorer.records import Fix
from explorer.worker.doctor.making import module_words, remade
from explorer.worker.doctor.reading import dtype_of, shape_in, shape_of
from explorer.worker.doctor.row import Diagnosis, Row
from explorer.worker.doctor.scene import Scene

AXES = frozenset({"dim", "axis"})
"""Arguments that name an axis."""

FROM_ZERO = "Indices start at 0; -1 is the last one."


def _embedding(scene: Scene, _: re.Match[str]) -> Diagnosis | None:
    module, ids = scene.module, scene.tensor(0)
    if not isinstance(module, nn.Embedding) or ids is None:
        return None
    rows, low, high = module.num_embeddings, int(ids.min()), int(ids.max())
    return Diagnosis(
        f"{scene.module_said(module)} has {rows} rows, 0 to {rows - 1}, but {scene.arg(0)} asks for"
        f" row {low if low < 0 else high}.",
        "Rows are never negative."
        if low < 0
        else f"Give the table {high + 1} rows, or ask for smaller ones.",
        fix=remade(scene, "num_embeddings", rows, high + 1) if low >= 0 else None,
    )


def _ids(scene: Scene, found: re.Match[str]) -> Diagnosis:
    return Diagnosis(
        f"{module_words(scene, 'The embedding')} looks up rows by whole numbers, but {scene.arg(0)}"
        f" holds {found['dtype'].lower()}s.",
        "Convert the indices with `.long()`.",
        fix=scene.behind(scene.operand(0), ".long()"),
    )


def _out_of_bounds(scene: Scene, found: re.Match[str]) -> Diagnosis:
    size, index = int(found["size"]), int(found["index"])
    owner = _indexed(scene)
    tensor = scene.value(owner)
    shape = f" of shape {shape_of(tensor)}" if isinstance(tensor, torch.Tensor) else ""
    axis = _axis_of(tensor, int(found["axis"]), size)
    return Diagnosis(
        f"Index {index} does not exist: {axis} of {scene.said(tensor, owner)}{shape} has length"
        f" {size}, so its indices go from 0 to {size - 1}.",
        FROM_ZERO,
        fix=_one_less(scene, index, size),
    )


def _axis_of(tensor: object, said: int, size: int) -> str:
    """PyTorch counts axes anew behind slices, so its number is checked against the length."""
    shape = tuple(tensor.shape) if isinstance(tensor, torch.Tensor) else ()
    fitting = [axis for axis, length in enumerate(shape) if length == size]
    if not shape or said in fitting:
        return f"axis {said}"
    return f"axis {fitting[0]}" if len(fitting) == 1 else "an axis"


def _indexed(scene: Scene) -> ast.expr | None:
    return scene.node.value if isinstance(scene.node, ast.Subscript) else scene.operand(0)


def _one_less(scene: Scene, index: int, size: int) -> Fix | None:
    """One too far: a count that began at 1."""
    if index != size or not isinstance(scene.node, ast.Subscript):
        return None
    places = [node for node in ast.walk(scene.node.slice) if isinstance(node, ast.Constant)]
    wrong = [node for node in places if node.value == index]
    return scene.instead(wrong[0], str(size - 1)) if len(wrong) == 1 else None


def _too_many(scene: Scene, found: re.Match[str]) -> Diagnosis:
    owner, count = _indexed(scene), int(found["axes"])
    node = scene.node.slice if isinstance(scene.node, ast.Subscript) else None
    given = f"{len(node.elts)} indices are" if isinstance(node, ast.Tuple) else "An index is"
    axes = "1 axis" if count == 1 else f"{count} axes" if count else "no axis: it is one number"
    said = f"{given} given, but {scene.said(scene.value(owner), owner)} has {axes}."
    if count or owner is None or not isinstance(scene.node, ast.Subscript):
        return Diagnosis(said, "Give at most one index for each axis.")
    if isinstance(owner, ast.Attribute) and owner.attr == "data":
        # `loss.data[0]`, as everybody wrote before PyTorch 0.4.
        number = f"{scene.source.code(owner.value)}.item()"
        hint = f"Write `{number}` for the number."
    else:
        number = scene.source.code(owner)
        hint = f"Use `{number}` itself, or `{number}.item()` for a number without a graph."
    return Diagnosis(said, hint, fix=scene.instead(scene.node, number))


def _not_an_index(scene: Scene, _: re.Match[str]) -> Diagnosis:
    index = scene.node.slice if isinstance(scene.node, ast.Subscript) else scene.operand(1)
    value = scene.value(index)
    held = dtype_of(value) if isinstance(value, torch.Tensor) else "other numbers"
    return Diagnosis(
        f"{scene.said(value, index)} is used as an index but holds {held}: places are counted in"
        " whole numbers.",
        "Convert it with `.long()`.",
        fix=scene.behind(index, ".long()"),
    )


def _wrong_mask(scene: Scene, found: re.Match[str]) -> Diagnosis:
    index = scene.node.slice if isinstance(scene.node, ast.Subscript) else None
    owner = _indexed(scene)
    return Diagnosis(
        f"The mask {scene.said(scene.value(index), index)} has shape {shape_in(found['mask'])}, but"
        f" {scene.said(scene.value(owner), owner)} has shape {shape_in(found['own'])}.",
        "Make the mask from the tensor itself, for example `x[x > 0]`.",
    )


def _no_axis(scene: Scene, found: re.Match[str]) -> Diagnosis:
    low, high, got = int(found["low"]), int(found["high"]), int(found["got"])
    axes = "axis 0 only" if high == 0 else f"the axes 0 to {high} ({low} to -1 from the right)"
    return Diagnosis(
        f"{scene.arg(0, start=True)} has shape {shape_of(scene.tensor(0))}: it has {axes}, and no"
        f" axis {got}.",
        "Axes are counted from 0; -1 is always the last.",
        fix=_last_axis(scene, got),
    )


def _last_axis(scene: Scene, got: int) -> Fix | None:
    call = scene.node
    if not isinstance(call, ast.Call):
        return None
    given = [one.value for one in call.keywords if one.arg in AXES] + call.args
    wrong = [node for node in given if isinstance(node, ast.Constant) and node.value == got]
    return scene.instead(wrong[0], "-1") if len(wrong) == 1 else None


def _places(scene: Scene, _: re.Match[str]) -> Diagnosis:
    """`gather` and its like, and `one_hot`: an argument that must be int64."""
    tensors = [at for at in range(len(scene.args)) if scene.tensor(at) is not None]
    floats = [at for at in tensors if scene.args[at].is_floating_point()]
    at = next((at for at in reversed(tensors) if at in floats), 0)
    return Diagnosis(
        f"{scene.arg(at, start=True)} says which places are meant, and these are whole numbers"
        f" (int64), not {dtype_of(scene.args[at]) if floats else 'others'}.",
        "Convert it with `.long()`.",
        fix=scene.behind(scene.operand(at), ".long()"),
    )


def _classes(scene: Scene, _: re.Match[str]) -> Diagnosis:
    labels = scene.tensor(0)
    high = int(labels.max()) if labels is not None and labels.numel() else 0
    return Diagnosis(
        f"{scene.arg(0, start=True)} holds class {high}, which needs at least {high + 1} classes,"
        " counted from 0.",
        f"Pass `num_classes={high + 1}`, or leave it away.",
        fix=scene.instead(_second(scene.node), str(high + 1)),
    )


def _second(call: ast.AST | None) -> ast.expr | None:
    if not isinstance(call, ast.Call):
        return None
    named = [one.value for one in call.keywords if one.arg == "num_classes"]
    return next(iter([*named, *call.args[1:2]]), None)


ROWS = (
    Row(r"index out of range in self", _embedding),
    Row(r"argument #1 'indices' to have .*? but got torch\.(?P<dtype>\w+?)Tensor", _ids),
    Row(
        r"index (?P<index>-?\d+) is out of bounds for dimension (?P<axis>\d+) with size"
        r" (?P<size>\d+)",
        _out_of_bounds,
    ),
    Row(r"too many indices for tensor of dimension (?P<axes>\d+)", _too_many),
    Row(r"invalid index of a (?P<axes>0)-dim tensor", _too_many),
    Row(r"tensors used as indices must be long", _not_an_index),
    Row(
        r"The shape of the mask \[(?P<mask>.*?)\] at index \d+ does not match the shape of the"
        r" indexed tensor \[(?P<own>.*?)\]",
        _wrong_mask,
    ),
    Row(
        r"Dimension out of range \(expected to be in range of \[(?P<low>-?\d+), (?P<high>-?\d+)\],"
        r" but got (?P<got>-?\d+)\)",
        _no_axis,
    ),
    Row(r"Expected dtype int(?:32/int)?64 for index|index tensor of type LongTensor", _places),
    Row(r"Class values must be smaller than num_classes", _classes),
)
