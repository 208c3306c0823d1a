"""Operations that are Python code of the program: to read a number would run it.

A class of tensors, or a mode, may define `__torch_dispatch__`. Tensors of such a class have a shape
and no numbers here; a mode is taken off while the recorder reads.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import torch
from torch.utils._python_dispatch import _disable_current_modes

_PLAIN = frozenset({torch.Tensor, torch.nn.Parameter})
_NONE = torch.Tensor.__torch_dispatch__

_P = ParamSpec("_P")
_T = TypeVar("_T")


def is_foreign(tensor: torch.Tensor) -> bool:
    """Whether a tensor's operations are Python code."""
    kind = type(tensor)
    return kind not in _PLAIN and kind.__torch_dispatch__ is not _NONE


def unseen(reading: Callable[_P, _T]) -> Callable[_P, _T]:
    """A function whose operations no mode of the program sees."""

    @functools.wraps(reading)
    def read(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        if torch._C._len_torch_dispatch_stack():
            with _disable_current_modes():
                return reading(*args, **kwargs)
        return reading(*args, **kwargs)

    return read
