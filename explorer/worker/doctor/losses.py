"""Losses whose input and target do not go together: how many, which dtype, which values."""

from __future__ import annotations

import ast
import re

from explorer.records import Fix
from explorer.worker.doctor.reading import dtype_of, shape_of
from explorer.worker.doctor.row import Diagnosis, Row
from explorer.worker.doctor.scene import Scene

SCORES_AND_CLASSES = "Scores are (batch, classes), the target is (batch): one class for each row."


def _pair(scene: Scene) -> str:
    """ "`out` has shape (3, 5) and `target` has shape (2,)"."""
    one, other = (shape_of(scene.tensor(position)) for position in (0, 1))
    return f"{scene.arg(0, start=True)} has shape {one} and {scene.arg(1)} has shape {other}"


def _rows(scene: Scene, found: re.Match[str]) -> Diagnosis:
    return Diagnosis(
        f"{_pair(scene)}: {found['a']} rows of scores, but {found['b']} targets.",
        SCORES_AND_CLASSES,
    )


def _classes_axis(scene: Scene, _: re.Match[str]) -> Diagnosis:
    x, target = scene.tensor(0), scene.tensor(1)
    turned = (
        x is not None
        and target is not None
        and x.dim() == 3
        and (x.shape[0], x.shape[1]) == tuple(target.shape)
    )
    return Diagnosis(
        f"{_pair(scene)}: the classes of the scores must lie on axis 1, and the other axes are"
        " those of the target.",
        "Move the classes to axis 1 with `.transpose(1, 2)`, or flatten both to (rows, classes) and"
        " (rows).",
        fix=scene.behind(scene.operand(0), ".transpose(1, 2)") if turned else None,
    )


def _column(scene: Scene, _: re.Match[str]) -> Diagnosis:
    target = scene.tensor(1)
    column = target is not None and target.dim() == 2 and target.shape[1] == 1
    one_hot = target is not None and target.dim() == 2 and target.shape[1] > 1
    text = ".squeeze(1)" if column else ".argmax(1)"
    return Diagnosis(
        f"{scene.arg(1, start=True)} has shape {shape_of(target)}, but the target is one class for"
        " each row: one axis.",
        "Take the axis of length 1 away with `.squeeze(1)`."
        if column
        else "Take the number of the class instead of a row of zeros and a one: `.argmax(1)`.",
        fix=scene.behind(scene.operand(1), text) if column or one_hot else None,
    )


def _target_dtype(scene: Scene, _: re.Match[str]) -> Diagnosis:
    target = scene.tensor(1)
    held = f" holds {dtype_of(target)}" if target is not None else " has another dtype"
    return Diagnosis(
        f"{scene.arg(1, start=True)}{held}, but the classes of the target must be whole numbers"
        " (int64).",
        "Convert the target with `.long()`.",
        fix=scene.behind(scene.operand(1), ".long()"),
    )


def _probabilities(scene: Scene, _: re.Match[str]) -> Diagnosis:
    target = scene.tensor(1)
    held = f" and holds {dtype_of(target)}" if target is not None else ""
    return Diagnosis(
        f"{scene.arg(1, start=True)} has the shape of the scores{held}, so it must be"
        " probabilities: floats.",
        "Convert it with `.float()`, or give the number of the class for each row: `.argmax(1)`.",
        fix=scene.behind(scene.operand(1), ".float()"),
    )


def _class_range(scene: Scene, found: re.Match[str]) -> Diagnosis:
    x, target, wrong = scene.tensor(0), scene.tensor(1), int(found["wrong"])
    if x is None or target is None:
        return Diagnosis(f"The target holds class {wrong}, which the scores do not have.", None)
    classes = x.shape[1] if x.dim() > 1 else x.shape[0]
    from_one = int(target.min()) == 1 and int(target.max()) == classes
    return Diagnosis(
        f"{scene.arg(1, start=True)} holds class {wrong}, but {scene.arg(0)} of shape {shape_of(x)}"
        f" has scores for {classes} classes, 0 to {classes - 1}.",
        "Classes are counted from 0: subtract 1."
        if from_one
        else f"Let the last layer give {wrong + 1} scores, or correct the target."
        if wrong >= classes
        else "Classes are never negative; to leave rows out, use `ignore_index=`.",
        fix=_minus_one(scene) if from_one else None,
    )


def _minus_one(scene: Scene) -> Fix | None:
    node = scene.operand(1)
    if node is None:
        return None
    code = scene.source.code(node)
    plain = isinstance(node, ast.Name | ast.Attribute | ast.Call | ast.Subscript)
    return scene.instead(node, f"{code} - 1" if plain else f"({code}) - 1")


def _not_probabilities(scene: Scene, found: re.Match[str]) -> Diagnosis:
    position = 0 if found["which"] == "input" else 1
    tensor = scene.tensor(position)
    values = ""
    if tensor is not None and tensor.numel():
        values = f", from {tensor.min().item():.4g} to {tensor.max().item():.4g}"
    name = scene.arg(position, start=True)
    if position:
        return Diagnosis(
            f"{name} holds values outside of 0 to 1{values}, and targets of binary cross-entropy"
            " are probabilities.",
            "Targets are 0 or 1, or something between.",
        )
    return Diagnosis(
        f"{name} holds values outside of 0 to 1{values}, and binary cross-entropy takes"
        " probabilities.",
        "Put a sigmoid before it, or better, use `BCEWithLogitsLoss`, which has one of its own.",
        fix=_through_sigmoid(scene),
    )


def _through_sigmoid(scene: Scene) -> Fix | None:
    node = scene.operand(0)
    return (
        None if node is None else scene.instead(node, f"torch.sigmoid({scene.source.code(node)})")
    )


def _same_shape(scene: Scene, _: re.Match[str]) -> Diagnosis:
    x, target = scene.tensor(0), scene.tensor(1)
    text = None
    if x is not None and target is not None and x.numel() == target.numel():
        column = x.shape == (*target.shape, 1)
        text = ".unsqueeze(1)" if column and x.dim() == 2 else f".reshape({tuple(x.shape)})"
    return Diagnosis(
        f"{_pair(scene)}: this loss compares element by element, so they must be equal.",
        "Give the target the shape of the input." if text else "They have different sizes.",
        fix=scene.behind(scene.operand(1), text) if text else None,
    )


def _float_target(scene: Scene, _: re.Match[str]) -> Diagnosis | None:
    target = scene.tensor(1)
    if target is None or target.is_floating_point() or "loss" not in _called(scene):
        return None
    return Diagnosis(
        f"{scene.arg(1, start=True)} holds {dtype_of(target)}, but this loss computes with floats.",
        "Convert the target with `.float()`.",
        fix=scene.behind(scene.operand(1), ".float()"),
    )


def _called(scene: Scene) -> str:
    name = scene.call.name if scene.call is not None else ""
    return "loss" if "cross_entropy" in name or "loss" in name else name


ROWS = (
    Row(
        r"Expected input batch_size \((?P<a>\d+)\) to match target batch_size \((?P<b>\d+)\)",
        _rows,
    ),
    Row(r"Expected target size \[.*?\], got \[.*?\]", _classes_axis),
    Row(r"0D or 1D target tensor expected, multi-target not supported", _column),
    Row(r"expected target dtype to be Long|expected scalar type Long but found", _target_dtype),
    Row(r"Expected floating point type for target with class probabilities", _probabilities),
    Row(r"Target (?P<wrong>-?\d+) is out of bounds", _class_range),
    Row(r"all elements of (?P<which>input|target) should be between 0 and 1", _not_probabilities),
    Row(
        r"Using a target size \(.*?\) that is different to the input size"
        r"|Target size \(.*?\) must be the same as input size",
        _same_shape,
    ),
    Row(r"Found dtype \w+ but expected|result type \w+ can't be cast", _float_target),
)
