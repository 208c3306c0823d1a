"""What is known of a tensor without reading it."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch


class Meta(NamedTuple):
    """Its shape, the name of its dtype, and whether it requires a gradient."""

    shape: tuple[int, ...]
    dtype: str
    requires_grad: bool


_METAS: dict[tuple[tuple[int, ...], torch.dtype, bool], Meta] = {}


def meta_of(tensor: torch.Tensor) -> Meta:
    """The one of a tensor; equal ones are the same object."""
    shape = shape_of(tensor) if tensor.is_nested else tensor.shape
    key = (shape, tensor.dtype, tensor.requires_grad)
    return _METAS.get(key) or _of(*key)


def metas_of_outputs(node: Any) -> tuple[Meta | None, ...]:
    """What the gradients are like that a node receives, by output: the engine makes them so. None
    of nested tensors."""
    return tuple(
        [
            None if one.is_nested_tensor else _of((*one.shape,), one.dtype, False)
            for one in node._input_metadata
        ]
    )


def _of(shape: tuple[int, ...], dtype: torch.dtype, requires_grad: bool) -> Meta:
    meta = _METAS.get((shape, dtype, requires_grad))
    if meta is None:
        meta = Meta(tuple(shape), str(dtype).removeprefix("torch."), requires_grad)
        _METAS[shape, dtype, requires_grad] = meta
    return meta


def shape_of(tensor: torch.Tensor) -> tuple[int, ...]:
    """Its sizes; of a nested tensor only how many tensors it has, the others differ."""
    return (tensor.size(0),) if tensor.is_nested else tuple(tensor.shape)
