"""The process as every program finds it, and as it is again afterwards."""

from __future__ import annotations

import builtins
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import torch

PROGRAM_MODULE = "__main__"
"""`__module__` of the program's own classes: only their objects are searched for tensors."""


def furnished(
    module: ModuleType, taps: dict[str, Callable[..., object]], seed: int
) -> dict[str, Any]:
    """The namespace that a tapped program runs in; all random numbers begin anew."""
    namespace = module.__dict__
    namespace["__builtins__"] = builtins.__dict__ | taps
    # `torch.manual_seed` also formats a stack trace for each accelerator that may come.
    torch.default_generator.manual_seed(seed)
    random.seed(seed)
    return namespace


@contextmanager
def at_home(module: ModuleType) -> Iterator[None]:
    """The program's module is the main one meanwhile; what it set for all of torch is put back."""
    main = sys.modules.get(PROGRAM_MODULE)
    grad, dtype = torch.is_grad_enabled(), torch.get_default_dtype()
    sys.modules[PROGRAM_MODULE] = module
    try:
        yield
    finally:
        if main is not None:
            sys.modules[PROGRAM_MODULE] = main
        torch.set_grad_enabled(grad)
        torch.set_default_dtype(dtype)
