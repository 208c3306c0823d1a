"""Shapes that a tensor cannot get, and tensors that cannot be put together."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from math import prod

import torch

from explorer.records import Fix
from explorer.source import Edit
from explorer.worker.doctor.reading import shape_in, shape_of
from explorer.worker.doctor.row import Diagnosis, Row
from explorer.worker.doctor.scene import Scene


def _resized(scene: Scene, found: re.Match[str]) -> Diagnosis:
    wanted = [int(number) for number in re.findall(r"-?\d+", found["shape"])]
    count, due = int(found["count"]), prod(number for number in wanted if number != -1)
    why = f"{due} does not divide that" if -1 in wanted else f"that would be {due}"
    return Diagnosis(
        f"{scene.arg(0, start=True)} has shape {shape_of(scene.tensor(0))}, {count} numbers, and"
        f" cannot get the shape {tuple(wanted)}: {why}.",
        "The number of elements must stay the same. One axis may be -1: then it fits by itself.",
        fix=_open_axis(scene, wanted, count),
    )


def _open_axis(scene: Scene, wanted: Sequence[int], count: int) -> Fix | None:
    """The last axis left open, where the others divide the number of elements."""
    rest = prod(wanted[:-1])
    if -1 in wanted or len(wanted) < 2 or not rest or count % rest:
        return None
    last = scene.node.args[-1] if isinstance(scene.node, ast.Call) and scene.node.args else None
    if isinstance(last, ast.Tuple | ast.List) and last.elts:
        last = last.elts[-1]
    return None if isinstance(last, ast.Starred) else scene.instead(last, "-1")


def _not_contiguous(scene: Scene, _: re.Match[str]) -> Diagnosis:
    return Diagnosis(
        f"{scene.arg(0, start=True)} of shape {shape_of(scene.tensor(0))} lies in memory in another"
        " order, as after `.T` or `transpose`, so `view` cannot regroup it.",
        "Use `reshape`, which copies where it must.",
        fix=_renamed(scene, "view", "reshape"),
    )


def _renamed(scene: Scene, old: str, new: str) -> Fix | None:
    """The call at work with another function."""
    match scene.node:
        case ast.Call(func=ast.Attribute(attr=name) as func) if name == old:
            end = scene.source.ends(func)[1]
            return scene.source.edited(Edit(end - len(old), end, new))
    return None


def _joined(scene: Scene, found: re.Match[str]) -> Diagnosis | None:
    parts, number = _parts(scene), int(found["number"])
    if number >= len(parts):
        return None
    return Diagnosis(
        f"{_pair(scene, parts, number)}: joined along axis {found['axis']}, they must be equal in"
        " all others.",
        "Join them along the axis in which they differ (`dim=`), or make the others equal.",
        fix=_other_axis(scene, parts),
    )


def _pair(scene: Scene, parts: Sequence[torch.Tensor], number: int) -> str:
    one, other = (_part(scene, parts, place) for place in (0, number))
    return f"{one} has shape {shape_of(parts[0])} and {other} has shape {shape_of(parts[number])}"


def _other_axis(scene: Scene, parts: Sequence[torch.Tensor]) -> Fix | None:
    """Joined along the axis in which alone they differ."""
    call = scene.node
    for axis in range(parts[0].dim()):
        rests = {(*one.shape[:axis], *one.shape[axis + 1 :]) for one in parts}
        if len(rests) == 1 and isinstance(call, ast.Call):
            given = [*call.args[1:2], *(one.value for one in call.keywords if one.arg == "dim")]
            return (
                scene.instead(given[0], str(axis)) if given else scene.telling(call, f"dim={axis}")
            )
    return None


def _stacked(scene: Scene, found: re.Match[str]) -> Diagnosis | None:
    parts, number = _parts(scene), int(found["number"])
    if number >= len(parts):
        return None
    rests = {one.shape[1:] for one in parts if one.dim()}
    return Diagnosis(
        f"{_pair(scene, parts, number)}: `stack` puts tensors of one shape on a new axis.",
        "Make them equal, or join them along an axis that they have with `torch.cat`.",
        fix=_renamed(scene, "stack", "cat") if rests == {parts[0].shape[1:]} else None,
    )


def _unequal_axes(scene: Scene, _: re.Match[str]) -> Diagnosis | None:
    parts = _parts(scene)
    other = next((at for at, one in enumerate(parts) if one.dim() != parts[0].dim()), None)
    if other is None:
        return None
    smaller, larger = sorted((0, other), key=lambda at: parts[at].dim())
    fits = parts[smaller].shape == parts[larger].shape[1:]
    return Diagnosis(
        f"{_pair(scene, parts, other)}: only tensors with equally many axes can be joined.",
        "Give the smaller one another axis with `.unsqueeze(0)`.",
        fix=scene.behind(_node_of_part(scene, parts, smaller), ".unsqueeze(0)") if fits else None,
    )


def _parts(scene: Scene) -> list[torch.Tensor]:
    """The tensors in the list that a call was given."""
    listed = scene.args[0] if scene.args else None
    if not isinstance(listed, list | tuple):
        return []
    return [one for one in listed if isinstance(one, torch.Tensor)]


def _node_of_part(scene: Scene, parts: Sequence[torch.Tensor], place: int) -> ast.expr | None:
    match scene.operands:
        case [ast.List(elts=nodes) | ast.Tuple(elts=nodes), *_] if len(nodes) == len(parts):
            return nodes[place]
    return None


def _part(scene: Scene, parts: Sequence[torch.Tensor], place: int) -> str:
    said = scene.said(parts[place], _node_of_part(scene, parts, place))
    return said if said != "a tensor" else f"number {place} of the list"


def _expanded(scene: Scene, found: re.Match[str]) -> Diagnosis:
    return Diagnosis(
        f"{scene.arg(0, start=True)} has shape {shape_in(found['own'])} and cannot be expanded to"
        f" {shape_in(found['target'])}: only axes of length 1 can grow.",
        "Add an axis of length 1 with `.unsqueeze()`, or copy with `.repeat()`.",
    )


ROWS = (
    Row(r"shape '\[(?P<shape>.*?)\]' is invalid for input of size (?P<count>\d+)", _resized),
    Row(r"view size is not compatible with input tensor's size and stride", _not_contiguous),
    Row(
        r"Sizes of tensors must match except in dimension (?P<axis>\d+)\. Expected size \d+ but"
        r" got size \d+ for tensor number (?P<number>\d+)",
        _joined,
    ),
    Row(
        r"stack expects each tensor to be equal size, but got \[.*?\] at entry 0 and"
        r" \[.*?\] at entry (?P<number>\d+)",
        _stacked,
    ),
    Row(r"Tensors must have same number of dimensions: got \d+ and \d+", _unequal_axes),
    Row(
        r"must match the existing size \(\d+\) at non-singleton dimension \d+\."
        r"\s+Target sizes: \[(?P<target>.*?)\]\.\s+Tensor sizes: \[(?P<own>.*?)\]",
        _expanded,
    ),
)
