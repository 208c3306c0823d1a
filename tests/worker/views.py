"""A TensorView compared with the tensor that it must describe."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
import torch

from explorer.records import Number, TensorView

CLOSE = 2e-6
"""Relative error that statistics may have: large tensors are summed in float32 within rows."""


def assert_describes(view: TensorView | None, tensor: torch.Tensor | None) -> None:
    """Every number of the view is the tensor's; None describes None."""
    if tensor is None or view is None:
        assert view is None
        assert tensor is None
        return
    tensor = tensor.detach().to_dense() if tensor.layout != torch.strided else tensor.detach()
    if tensor._is_zerotensor():
        tensor = torch.zeros(tensor.shape, dtype=tensor.dtype)
    assert view.shape == tuple(tensor.shape)
    assert view.dtype == str(tensor.dtype).removeprefix("torch.")
    assert not view.truncated
    flat = tensor.flatten()
    if tensor.is_complex():
        assert_same(view.values, flat.real[:64].tolist())
        assert_same(view.imag or (), flat.imag[:64].tolist())
        assert close(view.norm, torch.view_as_real(flat).double().norm().item())
        return
    assert_same(view.values, flat[:64].double().tolist())
    exact = flat.double()
    assert view.nonfinite == int((~exact.isfinite()).sum())
    if tensor.numel() <= 1 << 20:
        assert view.zeros == int((exact == 0).sum())
    assert close(view.norm, exact.norm().item())
    if tensor.numel():
        assert close(view.low, exact.min().item(), 0)
        assert close(view.high, exact.max().item(), 0)
        size = exact.abs().max().item()
        assert close(view.mean, exact.mean().item(), size)
        assert close(view.std, exact.std(correction=0).item(), size)


def assert_same(shown: Sequence[Number], numbers: Sequence[float]) -> None:
    """Number for number, NaN equal to NaN."""
    assert len(shown) == len(numbers)
    for one, other in zip(shown, numbers, strict=True):
        assert close(one, other, 0)


def close(shown: Number | None, number: float, size: float = 0.0) -> bool:
    """Whether they agree within rounding; `size` is the largest number behind a mean."""
    assert shown is not None
    if not math.isfinite(number):
        return shown == str(number)
    tolerance = CLOSE * max(abs(number), size if math.isfinite(size) else 0.0)
    return float(shown) == pytest.approx(number, rel=CLOSE, abs=tolerance)
