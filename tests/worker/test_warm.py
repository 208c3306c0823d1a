"""What PyTorch loads on first use is there in the jail, where no file can be opened."""

from __future__ import annotations

import sys

import pytest

from explorer.records import Program
from explorer.runner import Runner
from explorer.source import Source

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the jail is Linux's")

HEAD = """\
import torch
from torch import func, nn
from torch.autograd import functional
from torch.nn import functional as F
cube = lambda x: (x ** 3).sum()
two = torch.ones(2)
w = torch.ones(2, requires_grad=True)
"""
QUERY = "q = torch.randn(1, 2, 3, 4, requires_grad=True)\n"
NESTED = "torch.nested.nested_tensor([torch.ones(2, 2), torch.ones(3, 2)], requires_grad=True"
USES = {
    "func.grad": "func.grad(cube)(two)",
    "func.vjp": "func.vjp(torch.tanh, two)[1](two)",
    "func.jvp": "func.jvp(torch.sin, (two,), (two,))",
    "func.jacrev": "func.jacrev(torch.tanh)(two)",
    "func.jacfwd": "func.jacfwd(torch.tanh)(two)",
    "func.hessian": "func.hessian(cube)(two)",
    "func.linearize": "func.linearize(torch.tanh, two)[1](two)",
    "functional.jacobian": "functional.jacobian(torch.sin, two)",
    "functional.hessian": "functional.hessian(cube, two)",
    "functional.hvp": "functional.hvp(cube, two, two)",
    "functional.jvp": "functional.jvp(torch.sin, two, two)",
    "an ensemble": (
        "models = [nn.Linear(2, 2) for _ in range(3)]\n"
        "weights, buffers = func.stack_module_state(models)\n"
        "one = lambda w, b: func.functional_call(models[0], (w, b), (two,))\n"
        "func.vmap(one)(weights, buffers)"
    ),
    "forward mode": (
        "from torch.autograd import forward_ad\n"
        "with forward_ad.dual_level():\n"
        "    forward_ad.unpack_dual(forward_ad.make_dual(two, two).sin())"
    ),
    "gradgradcheck": (
        "x = w.detach().double().requires_grad_()\ntorch.autograd.gradgradcheck(torch.sin, (x,))"
    ),
    "batched gradients": "torch.autograd.grad(w * 2, w, torch.eye(2), is_grads_batched=True)",
    "a chosen attention": QUERY + "from torch.nn.attention import SDPBackend, sdpa_kernel\n"
    "with sdpa_kernel(SDPBackend.MATH):\n"
    "    F.scaled_dot_product_attention(q, q, q).sum().backward()",
    "attention with a bias": QUERY
    + "from torch.nn.attention.bias import causal_lower_right as mask\n"
    "F.scaled_dot_product_attention(q, q, q, attn_mask=mask(3, 3)).sum().backward()",
    "a nested tensor": f"({NESTED}) * 2).to_padded_tensor(0.0).sum().backward()",
    "a jagged tensor": f"({NESTED}, layout=torch.jagged) * 2).values().sum().backward()",
    "a masked tensor": (
        "from torch.masked import masked_tensor\n"
        "print(masked_tensor(two, two > 0, requires_grad=True) * 2)"
    ),
    "a traced module": (
        "import torch.fx\n"
        "torch.fx.symbolic_trace(nn.Sequential(nn.Linear(2, 2), nn.ReLU()))(two).sum().backward()"
    ),
    "an orthogonal layer": (
        "from torch.nn.utils.parametrizations import orthogonal\n"
        "orthogonal(nn.Linear(2, 2))(two).sum().backward()"
    ),
    "a scaler": "torch.amp.GradScaler('cpu').scale(w.sum()).backward()",
    "anomaly detection": ("with torch.autograd.detect_anomaly():\n    w.sin().sum().backward()"),
}


@pytest.mark.parametrize("use", USES)
def test_it_is_loaded_before_the_jail_closes(runner: Runner, use: str) -> None:
    source = f"{HEAD}{USES[use]}\n(w * 2).sum().backward()\n"
    assert runner.run(Program(source=source)).failure is None


def test_a_profiler_is_told_that_there_is_one_thread(runner: Runner) -> None:
    source = "from torch.profiler import profile\nwith profile():\n    w.sum().backward()\n"
    failure = runner.run(Program(source=HEAD + source)).failure
    assert failure is not None
    assert failure.message.endswith("starts a thread, and a program has only one here.")
    assert failure.line == 9
    assert failure.fix is not None


def test_a_profiler_is_left_out_in_one_press(runner: Runner) -> None:
    source = HEAD + (
        "with torch.autograd.profiler.profile() as prof:\n    for _ in range(3):\n"
        "        (w * w).sum().backward()\n\nprint(prof.key_averages().table())\nprint(w.grad)\n"
    )
    failure = runner.run(Program(source=source)).failure
    assert failure is not None
    assert failure.fix is not None
    trace = runner.run(Program(source=Source(source).applied(failure.fix)))
    assert trace.failure is None, trace.failure
    assert (len(trace.passes), "grad" not in trace.printed) == (3, True)
