"""PyTorch's own list of its operations and modules, each sample as a program of a few lines.

The samples are those of `torch.testing._internal`, by which PyTorch tests its gradients. A program
asks for one by its name, so that it can run bare, with hooks, and through the recorder alike.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from torch.testing._internal import common_methods_invocations as methods
from torch.testing._internal.common_modules import module_db
from torch.utils._pytree import tree_leaves, tree_map

Kind = Literal["op", "foreach", "module"]
KINDS: tuple[Kind, ...] = ("op", "foreach", "module")
DTYPES = ("float64", "complex128")

FIRST = """\
from tests.worker.operations import Case, prepared, scalar

ready = prepared(Case({case}))
model, leaves = ready.model, ready.leaves
made = ready.call()
loss = scalar(made)
loss.backward()
print("loss", loss.item())
ready.keep(made, loss)
"""

SECOND = """\
import torch
from tests.worker.operations import Case, prepared, scalar

ready = prepared(Case({case}))
model, leaves = ready.model, ready.leaves
made = ready.call()
gradients = torch.autograd.grad(scalar(made), leaves, create_graph=True, allow_unused=True)
loss = scalar(gradients)
loss.backward()
print("loss", loss.item())
ready.keep((made, gradients), loss)
"""

_SEED = 1234


class Case(NamedTuple):
    """One sample of one operation."""

    kind: Kind
    name: str
    """With the variant behind a dot, as `OpInfo.full_name` has it."""
    dtype: str
    sample: int = 0
    in_place: bool = False
    order: int = 1
    """2: the gradient of a scalar that is made of the gradients."""

    @property
    def source(self) -> str:
        """The program that runs it."""
        source = FIRST if self.order == 1 else SECOND
        return source.format(case=", ".join(map(repr, self)))


@dataclass
class Ready:
    """A sample whose tensors are made."""

    call: Callable[[], Any]
    given: Any
    """All that the call gets."""
    model: torch.nn.Module | None = None

    @property
    def leaves(self) -> list[torch.Tensor]:
        """The tensors that require a gradient, those of the model last."""
        parameters = list(self.model.parameters()) if self.model is not None else []
        return [one for one in [*_tensors(self.given), *parameters] if one.requires_grad]

    def keep(self, made: Any, loss: torch.Tensor) -> None:
        """Notes what the program computed, outside of it, bit for bit."""
        gradients = [one.grad for one in self.leaves if one.is_leaf and one.grad is not None]
        kept = [*_tensors(made), loss, *_tensors(self.given), *self.leaves, *gradients]
        KEPT.append([bits(one) for one in kept])


KEPT: list[list[tuple[str, bytes]]] = []
"""What the programs that ran since it was cleared have kept."""


def bits(tensor: torch.Tensor) -> tuple[str, bytes]:
    """Shape, dtype and layout in words, and the memory of all elements in order."""
    meta = f"{tuple(tensor.shape)} {tensor.dtype} {tensor.layout}"
    dense = tensor.detach()
    if dense.layout is not torch.strided:
        dense = dense.to_dense()
    # A copy has no lazy bits (conjugated, negative, all zero) and no gaps between its elements.
    plain = torch.empty(dense.shape, dtype=dense.dtype).copy_(dense).flatten()
    return meta, plain.view(torch.uint8).numpy().tobytes()


def scalar(made: Any) -> torch.Tensor:
    """One real number made from all differentiable outputs, each element with its own weight.

    Equal weights would hide mistakes: the gradient of `softmax(x).sum()` is zero.
    """
    parts = [_weighted(one) for one in _tensors(made) if one.requires_grad]
    if not parts:
        raise NoGradientError("no output requires a gradient")
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


class NoGradientError(Exception):
    """The sample has no gradient to take."""


def cases(kind: Kind, name: str, samples: int, dtypes: Sequence[str] = DTYPES) -> Iterator[Case]:
    """The first samples of one operation, in each dtype, and in place where that has a gradient."""
    info = _infos(kind)[name]
    for dtype in dtypes:
        if not _supported(kind, info, dtype):
            continue
        given = list(islice(_samples(kind, info, dtype), samples))
        for index, one in enumerate(given):
            yield Case(kind, name, dtype, index)
            if info.supports_gradgrad:
                yield Case(kind, name, dtype, index, order=2)
            if kind != "module" and _can_be_in_place(info, one):
                yield Case(kind, name, dtype, index, in_place=True)


def names(kind: Kind) -> list[str]:
    """All operations of a list that have a gradient."""
    return list(_infos(kind))


def prepared(case: Case) -> Ready:
    """The sample with its tensors, the same ones every time."""
    _seed()
    info = _infos(case.kind)[case.name]
    sample = next(islice(_samples(case.kind, info, case.dtype), case.sample, None))
    if case.kind == "module":
        return _module(info, sample, case.dtype)
    given = (sample.input, *sample.args)

    def call() -> Any:
        if not case.in_place:
            made = info.gradcheck_wrapper(info.op, *given, **sample.kwargs)
        else:
            changed = tree_map(_cloned, sample.input)
            info.gradcheck_wrapper(info.inplace_variant, changed, *sample.args, **sample.kwargs)
            made = changed
        return sample.output_process_fn_grad(made)

    return Ready(call, (given, sample.kwargs))


def _module(info: Any, sample: Any, dtype: str) -> Ready:
    with torch.random.fork_rng(devices=[]):
        made = sample.constructor_input
        model = info.module_cls(*made.args, **made.kwargs).to(getattr(torch, dtype))
    given = sample.forward_input
    if given is None:
        raise NoGradientError("the sample is never called")
    return Ready(lambda: model(*given.args, **given.kwargs), (given.args, given.kwargs), model)


@cache
def _infos(kind: Kind) -> dict[str, Any]:
    if kind == "module":
        return {one.name: one for one in module_db}
    if kind == "op":
        return {one.full_name: one for one in methods.op_db if one.supports_autograd}
    lists = [getattr(methods, name) for name in dir(methods) if _is_foreach(name)]
    found = [one for infos in lists for one in infos if one.supports_autograd]
    return {one.full_name: one for one in found}


def _is_foreach(name: str) -> bool:
    return name.startswith("foreach_") and name.endswith("_op_db")


def _supported(kind: Kind, info: Any, dtype: str) -> bool:
    known = info.dtypes if kind == "module" else info.supported_backward_dtypes("cpu")
    return getattr(torch, dtype) in known


def _samples(kind: Kind, info: Any, dtype: str) -> Iterator[Any]:
    _seed()
    device, kept = "cpu", getattr(torch, dtype)
    if kind == "module":
        return iter(info.module_inputs_func(info, device, kept, requires_grad=True, training=True))
    return iter(info.sample_inputs(device, kept, requires_grad=True))


def _can_be_in_place(info: Any, sample: Any) -> bool:
    written = tree_leaves(sample.input)
    return (
        info.inplace_variant is not None
        and info.supports_inplace_autograd
        and not sample.broadcasts_input
        and all(isinstance(one, torch.Tensor) for one in written)
    )


def _cloned(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.clone()


def _seed() -> None:
    torch.manual_seed(_SEED)
    random.seed(_SEED)
    np.random.seed(_SEED)  # PyTorch's samples use this one


def _tensors(tree: Any) -> list[torch.Tensor]:
    return [one for one in tree_leaves(tree) if isinstance(one, torch.Tensor)]


def _weighted(tensor: torch.Tensor) -> torch.Tensor:
    dense = tensor if tensor.layout is torch.strided else tensor.to_dense()
    if dense.dtype is torch.complex32:  # which cannot be summed
        dense = dense.to(torch.complex64)
    with torch.no_grad():
        steps = torch.arange(1, dense.numel() + 1, dtype=torch.float64)
        weights = steps.cos().reshape(dense.shape).to(dense.dtype)
    total = (dense * weights).sum()
    return total.real if total.is_complex() else total
