"""Operations that are the program's own Python code are not run by the recorder."""

from __future__ import annotations

import pytest
import torch

from explorer.records import Program, Trace
from explorer.worker.execute import execute
from explorer.worker.foreign import is_foreign
from tests.worker.oracle import run_bare

MODE = """\
import torch
from torch.utils._python_dispatch import TorchDispatchMode
class Log(TorchDispatchMode):
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        print(func)
        return func(*args, **(kwargs or {}))
x = torch.ones({size})
w = torch.ones({size}, requires_grad=True)
optimizer = torch.optim.Adam([w])
with Log():
    y = w * x
    z = y.sum()
    z.backward()
    w.register_hook(lambda g: g * 2)
    (w * w).sum().backward()
    optimizer.step()
    optimizer.zero_grad()
"""

WRAPPER = """\
import torch
import torch.utils._pytree as pytree
class Wrapper(torch.Tensor):
    @staticmethod
    def __new__(cls, inner):
        shape, dtype, asked = inner.shape, inner.dtype, inner.requires_grad
        return torch.Tensor._make_wrapper_subclass(cls, shape, dtype=dtype, requires_grad=asked)
    def __init__(self, inner):
        self.inner = inner
    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        print(func)
        def open_(one): return one.inner if isinstance(one, Wrapper) else one
        def close(one): return Wrapper(one) if isinstance(one, torch.Tensor) else one
        out = func(*pytree.tree_map(open_, args), **pytree.tree_map(open_, kwargs or {}))
        return pytree.tree_map(close, out)
a = Wrapper(torch.ones({size})).requires_grad_()
b = a * 2
c = b.sum()
c.backward()
print(type(a.grad))
"""


def same_as_bare(source: str) -> Trace:
    trace, bare = execute(Program(source=source)), run_bare(source)
    assert bare.error is None
    assert trace.failure is None, trace.failure
    assert trace.printed == bare.printed
    return trace


@pytest.mark.parametrize("size", [3, 100, 10_000])
@pytest.mark.parametrize("program", [MODE, WRAPPER], ids=["mode", "class"])
def test_what_logs_all_operations_logs_none_of_the_recorder(program: str, size: int) -> None:
    trace = same_as_bare(program.replace("{size}", str(size)))
    assert trace.passes[0].steps


def test_results_inside_a_mode_have_their_gradient_and_their_numbers() -> None:
    trace = same_as_bare(MODE.replace("{size}", "3"))
    views = {name: view for line in trace.lines for name, view in line.names.items()}
    assert views["y"].requires_grad
    assert views["y"].values == (1.0, 1.0, 1.0)


def test_a_class_that_only_has_a_name_is_not_foreign() -> None:
    class Named(torch.Tensor):
        pass

    assert not is_foreign(torch.ones(1).as_subclass(Named))
    assert not is_foreign(torch.nn.Parameter(torch.ones(1)))
