"""Passes as programs really leave them, folded: plain loops, several roots, gradients of gradients."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from explorer import wire
from explorer.records import Program
from tests.canvas.test_build import CANVAS, needs_node
from tests.programs import PROGRAMS

HEAD = "import torch\nfrom torch import nn\ntorch.manual_seed(0)\n"
LARGE = {
    "a plain loop": """\
w = torch.randn(4, 4, requires_grad=True)
h = torch.randn(2, 4)
for i in range(60):
    h = torch.tanh(h @ w) + h
h.pow(2).mean().backward()
""",
    "a loop in a loop": """\
w = torch.randn(4, requires_grad=True)
total = torch.zeros(())
for i in range(8):
    h = w
    for j in range(9):
        h = torch.sin(h * w)
    total = total + h.sum()
total.backward()
""",
    "several roots": """\
w = torch.randn(3, requires_grad=True)
a, b = (w * 2).exp(), (w + 1).log1p()
for i in range(30):
    a, b = a * b.sigmoid(), b + a.tanh()
torch.autograd.backward([a.sum(), b.sum(), (a * b).mean()])
""",
    "several passes over one graph": """\
w = torch.randn(3, requires_grad=True)
h = w
for i in range(40):
    h = torch.tanh(h * 1.5)
h[0].backward(retain_graph=True)
h[1:].sum().backward()
""",
    "gradients of gradients": """\
model = nn.Sequential(*[part for _ in range(6) for part in (nn.Linear(3, 3), nn.Tanh())])
x = torch.randn(2, 3, requires_grad=True)
(slope,) = torch.autograd.grad(model(x).sum(), x, create_graph=True)
(curve,) = torch.autograd.grad(slope.pow(2).sum(), x, create_graph=True)
(slope.norm() + curve.norm()).backward()
""",
    "one encoder for three sentences": """\
class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(4, 4) for _ in range(3))
    def forward(self, x):
        for layer in self.layers:
            x = torch.relu(layer(x)) + x
        return x
encoder = Encoder()
parts = [encoder(torch.randn(2, 4)) for _ in range(3)]
torch.stack(parts).sum().backward()
""",
    "a wide graph": """\
x = torch.randn(200, requires_grad=True)
torch.stack([torch.sin(x[i] * i) for i in range(200)]).sum().backward()
""",
    "a graph in columns": """\
w = torch.tensor(1.0, requires_grad=True)
h = w
for i in range(2_000):
    h = torch.tanh(h * w) + 1
h.backward()
""",
}


@needs_node
def test_whatever_is_recorded_folds_without_cycles_overlaps_or_losses(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from explorer.worker.execute import execute

    torch.set_num_threads(1)
    sources = PROGRAMS | {name: HEAD + body for name, body in LARGE.items()}
    for place, (name, source) in enumerate(sources.items()):
        trace = execute(Program(source))
        assert trace.failure is None, name
        (tmp_path / f"{place} {name.replace('/', ' ')}").write_bytes(wire.encode(trace))
    environment = os.environ | {"RECORDED": str(tmp_path), "NO_COLOR": "1"}
    for command in (
        ["node", "build.mjs", "--tests"],
        ["node", "--test", "node_modules/.tests/lens.test.mjs"],
    ):
        done = subprocess.run(
            command, cwd=CANVAS, capture_output=True, text=True, check=False, env=environment
        )
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr
