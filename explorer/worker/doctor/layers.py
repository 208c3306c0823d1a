"""Inputs that a layer cannot take: how many features, channels or axes it was made for."""

from __future__ import annotations

import re

import torch
from torch import nn

from explorer.worker.doctor.making import module_words, remade
from explorer.worker.doctor.reading import shape_in, shape_of
from explorer.worker.doctor.row import Diagnosis, Row
from explorer.worker.doctor.scene import Scene


def features(scene: Scene) -> Diagnosis:
    """A Linear, or `F.linear`, whose input has another number of features."""
    x, module, weight = scene.tensor(0), scene.module, scene.tensor(1)
    got = x.shape[-1] if x is not None and x.dim() else 0
    if isinstance(module, nn.Linear):
        name, due = scene.module_said(module), module.in_features
    else:
        name, due = scene.arg(1), weight.shape[-1] if weight is not None else 0
    hint = f"Make it take {got} features, or give it an input whose last axis has {due}."
    flat = x is not None and x.dim() > 2 and x[0].numel() == due
    if flat:
        hint = f"Flatten each sample to one row of {due} before it: `nn.Flatten()`."
    fix = remade(scene, "in_features", due, got)
    return Diagnosis(
        f"{name} takes {due} features, but {scene.arg(0)} has shape {shape_of(x)}: {got} on its"
        " last axis.",
        hint,
        fix=scene.behind(scene.operand(0), ".flatten(1)") if flat else fix,
    )


def _channels(scene: Scene, found: re.Match[str]) -> Diagnosis:
    due, got = int(found["due"]), int(found["got"])
    name = module_words(scene, "The convolution")
    return Diagnosis(
        f"{name} takes {_channels_of(due)}, but {scene.arg(0)} has"
        f" shape {shape_of(scene.tensor(0))}: {_channels_of(got)}.",
        f"Make it take {_channels_of(got)}, or give it an input with {due}: images are (batch,"
        " channels, height, width).",
        fix=remade(scene, "in_channels", due, got),
    )


def _channels_of(count: int) -> str:
    return "1 channel" if count == 1 else f"{count} channels"


def _fits(scene: Scene, x: torch.Tensor | None, missing: int) -> bool:
    """Whether the channels are right once axes of length 1 stand in front."""
    due = getattr(scene.module, "in_channels", None)
    return x is None or due is None or (1, 1, *x.shape)[2 - missing + 1] == due


def _axes_of_images(scene: Scene, found: re.Match[str]) -> Diagnosis:
    x, due = scene.tensor(0), int(found["due"])
    missing = due - (x.dim() if x is not None else due)
    return Diagnosis(
        f"{module_words(scene, 'The convolution')} takes an input with {due} axes, or {due - 1} for"
        f" a single sample, but {scene.arg(0)} has shape {shape_of(x)}.",
        "Add what is missing in front with `.unsqueeze(0)`: (batch, channels, ...)."
        if missing > 0
        else "Flatten or select the axes that are too many.",
        fix=scene.behind(scene.operand(0), ".unsqueeze(0)" * missing)
        if missing > 0 and _fits(scene, x, missing)
        else None,
    )


def _window(scene: Scene, _: re.Match[str]) -> Diagnosis:
    return Diagnosis(
        f"{module_words(scene, 'This line')} slides a window over its input that is larger than the"
        f" input: {scene.arg(0)} has shape {shape_of(scene.tensor(0))}.",
        "Use a smaller kernel, `padding=`, a larger input, or fewer pooling layers before.",
    )


def _normalised(scene: Scene, found: re.Match[str]) -> Diagnosis:
    got, due = int(found["got"]), int(found["due"])
    return Diagnosis(
        f"{module_words(scene, 'Batch normalisation')} normalises {due} features, but"
        f" {scene.arg(0)} has shape {shape_of(scene.tensor(0))}: {got} on axis 1.",
        f"Make it normalise {got} features.",
        fix=remade(scene, "num_features", due, got),
    )


def _layer_norm(scene: Scene, found: re.Match[str]) -> Diagnosis:
    x, due = scene.tensor(0), [int(number) for number in re.findall(r"\d+", found["due"])]
    last = x.shape[-1] if x is not None and x.dim() else 0
    return Diagnosis(
        f"{module_words(scene, 'Layer normalisation')} normalises last axes of shape"
        f" {tuple(due)}, but {scene.arg(0)} has shape {shape_of(x)}.",
        "Give it the size of the last axis of its input.",
        fix=remade(scene, "normalized_shape", due[0], last) if len(due) == 1 else None,
    )


def _one_sample(scene: Scene, found: re.Match[str]) -> Diagnosis:
    return Diagnosis(
        f"{module_words(scene, 'Batch normalisation')} compares the samples of a batch, and here"
        f" each feature has only one value: its input has shape {shape_in(found['x'])}.",
        "Train with two samples or more; or call `.eval()` on the model, then it uses the means"
        " that it has learned.",
    )


def _axes_of_norm(scene: Scene, found: re.Match[str]) -> Diagnosis:
    x = scene.input()
    return Diagnosis(
        f"{module_words(scene, 'The layer')} takes an input with {found['due']} axes, but"
        f" {scene.input_words()} has shape {shape_of(x)}.",
        "BatchNorm1d takes (batch, features), BatchNorm2d (batch, channels, height, width).",
    )


def _recurrent(scene: Scene, found: re.Match[str]) -> Diagnosis:
    got, due = int(found["got"]), int(found["due"])
    x = scene.input()
    return Diagnosis(
        f"{module_words(scene, 'The recurrent layer')} takes {due} features, but"
        f" {scene.input_words()} has shape {shape_of(x)}: {got} on its last axis.",
        f"Make it take {got} features.",
        fix=remade(scene, "input_size", due, got),
    )


def _hidden(scene: Scene, found: re.Match[str]) -> Diagnosis:
    return Diagnosis(
        f"The hidden state has shape {shape_in(found['got'])}, but"
        f" {module_words(scene, 'the recurrent layer')} needs {shape_in(found['due'])}: (layers,"
        " batch, hidden size).",
        "Make it of that shape, or leave it away to start from zeros.",
    )


ROWS = (
    Row(r"expected input\[.*?\] to have (?P<due>\d+) channels, but got (?P<got>\d+)", _channels),
    Row(r"Expected \d+D \(unbatched\) or (?P<due>\d+)D \(batched\) input to", _axes_of_images),
    Row(r"Kernel size can't be greater than actual input|Output size is too small", _window),
    Row(r"running_mean should contain (?P<got>\d+) elements not (?P<due>\d+)", _normalised),
    Row(r"Given normalized_shape=\[(?P<due>.*?)\], expected input with shape", _layer_norm),
    Row(
        r"Expected more than 1 value per channel when training, got input size"
        r" torch\.Size\((?P<x>.*?)\)",
        _one_sample,
    ),
    Row(r"expected (?P<due>\d)D(?: or \dD)? input \(got \dD input\)", _axes_of_norm),
    Row(
        r"input\.size\(-1\) must be equal to input_size\. Expected (?P<due>\d+), got (?P<got>\d+)",
        _recurrent,
    ),
    Row(r"inconsistent input_size: got (?P<got>\d+) expected (?P<due>\d+)", _recurrent),
    Row(r"Expected hidden(?:\[0\])? size \((?P<due>.*?)\), got \[(?P<got>.*?)\]", _hidden),
)
