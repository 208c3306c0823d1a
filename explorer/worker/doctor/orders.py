"""Arguments in the wrong order, and states whose keys or shapes do not fit."""

from __future__ import annotations

import ast
import re

import torch

from explorer.worker.doctor.reading import shape_in
from explorer.worker.doctor.row import Diagnosis, Row
from explorer.worker.doctor.scene import Scene


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names[:8])


def _optimizer_swapped(scene: Scene, _: re.Match[str]) -> Diagnosis | None:
    """`SGD(0.1, model.parameters())`."""
    match scene.node:
        case ast.Call(func=function, args=[rate, parameters]):
            kind = scene.value(function)
            if isinstance(kind, type) and issubclass(kind, torch.optim.Optimizer):
                code = scene.source.code
                text = f"{code(function)}({code(parameters)}, lr={code(rate)})"
                return Diagnosis(
                    "An optimizer takes the parameters first, and then the learning rate.",
                    f"Write `{text}`.",
                    fix=scene.instead(scene.node, text),
                )
    return None


def _loss_swapped(scene: Scene, _: re.Match[str]) -> Diagnosis | None:
    """`F.cross_entropy(target, scores)`."""
    call = scene.node
    x, target = scene.tensor(0), scene.tensor(1)
    if not isinstance(call, ast.Call) or len(call.args) < 2 or x is None or target is None:
        return None
    if x.is_floating_point() or not target.is_floating_point():
        return None
    first, second = (scene.source.code(one) for one in call.args[:2])
    return Diagnosis(
        f"{scene.arg(0, start=True)} holds whole numbers and stands where the scores are due: the"
        " scores come first, and then the target.",
        "Change the two round.",
        fix=scene.source.edited(
            scene.source.replacing(call.args[0], second),
            scene.source.replacing(call.args[1], first),
        ),
    )


def _state(_: Scene, found: re.Match[str]) -> Diagnosis:
    """The keys and shapes of a state that does not fit a model."""
    missing, more = _keys("Missing", found.string), _keys("Unexpected", found.string)
    sizes = re.search(_SIZES, found.string)
    said = [f"lacks {_listed(missing)}"] if missing else []
    said += [f"has {_listed(more)}, which this model does not have"] if more else []
    if sizes is not None:
        said.append(
            f"has `{sizes['name']}` of shape {shape_in(sizes['got'])}, and here it has shape"
            f" {shape_in(sizes['due'])}"
        )
    what = " and ".join(said) or "is of another model"
    return Diagnosis(
        f"The state does not fit this `{found['kind']}`: it {what}.",
        "Load what the same model has saved; the keys are those of its `state_dict()`.",
    )


_SIZES = (
    r"size mismatch for (?P<name>[\w.]+): copying a param with shape"
    r" torch\.Size\(\[(?P<got>.*?)\]\) from checkpoint,"
    r" the shape in current model is torch\.Size\(\[(?P<due>.*?)\]\)"
)


def _keys(which: str, words: str) -> list[str]:
    found = re.search(rf"{which} key\(s\) in state_dict: (.*)", words)
    return re.findall(r'"([^"]+)"', found[1]) if found else []


ROWS = (
    Row(r"not supported between instances of 'generator' and '(?:float|int)'", _optimizer_swapped),
    Row(r'"\w*(?:log_softmax|softmax|nll)\w*" not implemented for \'Long\'', _loss_swapped),
    Row(r"Error\(s\) in loading state_dict for (?P<kind>\w+):", _state),
)
