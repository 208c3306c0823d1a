"""Shapes that do not fit together in products and element by element, and what would fit."""

from __future__ import annotations

import re

import torch
from torch import nn

from explorer.records import Fix
from explorer.worker.doctor.layers import features
from explorer.worker.doctor.reading import shape_of
from explorer.worker.doctor.row import Diagnosis, Row
from explorer.worker.doctor.scene import Scene


def _matrices(scene: Scene, found: re.Match[str]) -> Diagnosis:
    """`a @ b`, or a Linear that gets another number of features."""
    if isinstance(scene.module, nn.Linear) or (scene.call and scene.call.name == "linear"):
        return features(scene)
    left, right = scene.tensor(0), scene.tensor(1)
    if left is None or right is None or not left.dim() or not right.dim():
        return Diagnosis(
            f"Matrices of shapes ({found['a']}, {found['b']}) and ({found['c']}, {found['d']})"
            f" cannot be multiplied: {found['b']} is not {found['c']}.",
            "The first must have as many columns as the second has rows.",
        )
    rows = right.shape[-2] if right.dim() > 1 else right.shape[0]
    return Diagnosis(
        f"{_both(scene)}: a product needs as many columns on the left ({left.shape[-1]}) as rows on"
        f" the right ({rows}).",
        "Change one size, or transpose one of them with `.T`.",
        fix=_transposed(scene, left, right),
    )


def _both(scene: Scene) -> str:
    """ "`a` has shape (2, 3) and `b` has shape (2, 3)"."""
    one, other = (shape_of(scene.tensor(position)) for position in (0, 1))
    return f"{scene.arg(0, start=True)} has shape {one} and {scene.arg(1)} has shape {other}"


def _transposed(scene: Scene, left: torch.Tensor, right: torch.Tensor) -> Fix | None:
    if left.dim() != 2 or right.dim() != 2:
        return None
    if left.shape[1] == right.shape[1]:
        return scene.behind(scene.operand(1), ".T")
    return scene.behind(scene.operand(0), ".T") if left.shape[0] == right.shape[0] else None


def _vector(scene: Scene, _: re.Match[str]) -> Diagnosis:
    matrix, vector = scene.tensor(0), scene.tensor(1)
    turned = (
        matrix is not None
        and vector is not None
        and matrix.dim() == 2
        and matrix.shape[0] == vector.shape[0]
    )
    return Diagnosis(
        f"{_both(scene)}: the last axis of the first must be as long as the second.",
        "Change one size, or transpose the matrix with `.T`.",
        fix=scene.behind(scene.operand(0), ".T") if turned else None,
    )


def _batches(scene: Scene, _: re.Match[str]) -> Diagnosis:
    left, right = scene.tensor(0), scene.tensor(1)
    turned = (
        left is not None
        and right is not None
        and right.dim() > 2
        and (left.shape[:-2], left.shape[-1]) == (right.shape[:-2], right.shape[-1])
    )
    return Diagnosis(
        f"{_both(scene)}: there must be equally many matrices in both, with as many columns on the"
        " left as rows on the right.",
        "Change one size, or turn the matrices with `.transpose(-2, -1)`.",
        fix=scene.behind(scene.operand(1), ".transpose(-2, -1)") if turned else None,
    )


def _not_a_matrix(scene: Scene, _: re.Match[str]) -> Diagnosis:
    name = scene.call.name if scene.call is not None else "mm"
    return Diagnosis(
        f"{_both(scene)}, but `{name}` multiplies matrices only.",
        "Use `@`, which also takes vectors and batches.",
        fix=_with_at(scene),
    )


def _with_at(scene: Scene) -> Fix | None:
    operands = scene.operands
    if len(operands) != 2:
        return None
    one, other = map(scene.source.code, operands)
    return scene.instead(scene.node, f"{one} @ {other}")


def _element_by_element(scene: Scene, found: re.Match[str]) -> Diagnosis:
    one, other = scene.tensor(0), scene.tensor(1)
    hint = "To be combined element by element, axes must be equally long, or one of them 1."
    if one is None or other is None:
        return Diagnosis(
            f"Shapes do not fit together: {found['a']} against {found['b']} along axis"
            f" {found['axis']}.",
            hint,
        )
    if scene.call is not None and scene.call.name in ("matmul", "__matmul__", "__rmatmul__"):
        one, other = one[..., 0, 0], other[..., 0, 0]
        return Diagnosis(
            f"{_both(scene)}: of the axes before the last two, which count matrices,"
            f" {_differing(one, other)}.",
            "There must be equally many matrices in both, or one.",
        )
    words = _differing(one, other)
    if words is None:
        return Diagnosis(
            f"Two of the tensors in this call do not fit together: {found['a']} against"
            f" {found['b']} along axis {found['axis']}.",
            hint,
        )
    return Diagnosis(f"{_both(scene)}: {words}.", hint, fix=_as_column(scene, one, other))


def _differing(one: torch.Tensor, other: torch.Tensor) -> str | None:
    """Which axes do not fit, if any; shapes are laid side by side from the right."""
    for back in range(1, min(one.dim(), other.dim()) + 1):
        a, b = one.shape[-back], other.shape[-back]
        if a != b and 1 not in (a, b):
            axis = "the last axis" if back == 1 else f"axis {-back}, counted from the right,"
            return f"{axis} is {a} long in one and {b} in the other"
    return None


def _as_column(scene: Scene, one: torch.Tensor, other: torch.Tensor) -> Fix | None:
    """A vector that has one number for each row, made a column."""
    for position, vector, matrix in ((1, other, one), (0, one, other)):
        if vector.dim() == 1 and matrix.dim() == 2 and vector.shape[0] == matrix.shape[0]:
            return scene.behind(scene.operand(position), ".unsqueeze(1)")
    return None


def _einsum(scene: Scene, found: re.Match[str]) -> Diagnosis:
    operands = [one for one in scene.args[1:] if isinstance(one, torch.Tensor)]
    return Diagnosis(
        f"In `einsum`, the letter `{found['letter']}` stands for axes of different lengths,"
        f" {found['one']} and {found['other']}: the shapes are"
        f" {' and '.join(map(shape_of, operands))}.",
        "Axes with the same letter must be equally long; check the order of the letters.",
    )


ROWS = (
    Row(
        r"mat1 and mat2 shapes cannot be multiplied"
        r" \((?P<a>\d+)x(?P<b>\d+) and (?P<c>\d+)x(?P<d>\d+)\)",
        _matrices,
    ),
    Row(r"size mismatch, got input \(\d+\), mat|inconsistent tensor size, expected", _vector),
    Row(r"Expected size for first two dimensions of batch2 tensor", _batches),
    Row(r"mat2 must be a matrix|self must be a matrix|batch[12] must be a 3D", _not_a_matrix),
    Row(
        r"The size of tensor a \((?P<a>\d+)\) must match the size of tensor b \((?P<b>\d+)\)"
        r" at non-singleton dimension (?P<axis>\d+)",
        _element_by_element,
    ),
    Row(
        r"einsum\(\): subscript (?P<letter>\w) has size (?P<other>\d+) for operand \d+ which does"
        r" not broadcast with previously seen size (?P<one>\d+)",
        _einsum,
    ),
)
