"""Loads and tries once what programs need: a worker in its jail can open no file to import more."""

from __future__ import annotations

import importlib

import torch

from explorer import gate
from explorer.records import Program
from explorer.wire import decode_program, encode
from explorer.worker import derivatives
from explorer.worker.execute import execute
from explorer.worker.saved import MOST_NODES

LAZY_MODULES = (
    # Imported by PyTorch itself on first use: by optimizers, losses, loaders, transforms, and by
    # forward mode, which Hessians are made with.
    "torch._decomp.decompositions_for_jvp",
    "torch._dynamo",
    "torch._inductor.compiler_bisector",
    "torch._inductor.fx_passes.dedupe_symint_uses",
    "torch.autograd.functional",
    "torch.autograd.forward_ad",
    "torch.distributions",
    "torch.fft",
    "torch.func",
    "torch.linalg",
    "torch.masked.maskedtensor._ops_refs",
    "torch.nested._internal.ops",
    "torch.nn.attention.bias",
    "torch.nn.attention.flex_attention",
    "torch.nn.modules.linear_cross_entropy",
    "torch.nn.utils.parametrizations",
    "torch.nn.utils.parametrize",
    "torch.nn.utils.prune",
    "torch.nn.utils.rnn",
    "torch.nn.utils.stateless",
    "torch.optim.lr_scheduler",
    "torch.optim.swa_utils",
    "torch.overrides",
    "torch.signal.windows",
    "torch.special",
    "torch.testing",
    "torch.utils.checkpoint",
    "torch.utils.data",
    # By Python, when it tells of an error.
    "encodings.idna",
    "linecache",
    "traceback",
    # By programs, beside those that the gate names.
    "collections.abc",
)

EXAMPLE = """\
import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)
model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(32, 3))
optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
x = torch.randn(4, 1, 6, 6)
loss = F.cross_entropy(model(x), torch.tensor([0, 1, 2, 0]))
optimizer.zero_grad()
loss.backward()
optimizer.step()
w = torch.tensor([1.0, 2.0], requires_grad=True)
y = ((w @ w).exp() + torch.linalg.norm(w)).log().sum()
y.backward()
print(y, w.grad)
"""

WIDE = f"""\
import torch
y = x = torch.ones(2, requires_grad=True)
for _ in range({MOST_NODES}):
    y = y * 1.0
y.sum().backward()
"""
"""A pass of so many nodes that it is written down as columns."""

BROKEN = """\
import torch
torch.zeros(2) @ torch.zeros(3)
"""


def warm() -> None:
    """Everything that the first run of a program would otherwise have to load or set up."""
    torch.set_num_threads(1)
    for name in (*gate.MODULES, *LAZY_MODULES):
        importlib.import_module(name)
    derivatives.text()
    for source in (EXAMPLE, WIDE, BROKEN, "x ="):
        program = decode_program(encode(Program(source=source)))
        gate.refusal(program.source)
        encode(execute(program))
    torch.manual_seed(0)
