"""The undressed picture is, statement by statement, what make_dot draws of the real tensors."""

from __future__ import annotations

import re

import pytest
import torch
import torchviz

from explorer.records import Drawing, Program
from explorer.worker.execute import execute

PROGRAMS = {
    "scalars": "a = T(); b = T(); y = a * b + a / b",
    "one tensor used often": "w = T(); y = w * w + w * 3 + w.exp() * w",
    "mm": "w = T(3, 4); y = torch.mm(torch.randn(2, 3), w).sum()",
    "output that is a view": "x = T(3, 4); h = x * 2; y = h.T",
    "view of a leaf": "x = T(3); y = x[0]",
    "element of a result": "x = T(3); h = x**2; y = h[1]",
    "view of a view": "x = T(4); h = x.exp(); y = h.view(2, 2)[0]",
    "own function": "x = T(3); h = x.exp(); y = (Own.apply(x, h) * Own.apply(h, x)).sum()",
    "own function keeps an input": "x = T(3); y = Own.apply(x, torch.randn(3)).sum()",
    "attention": "m = nn.MultiheadAttention(4, 2); x = torch.randn(3, 1, 4); y = m(x, x, x)[0].sum()",
    "split": "a, b, c = T(6).split(2); y = (a * c).sum()",
    "unbind": "a, b, c = T(3).unbind(); y = a * b + c * c",
    "cat": "a = T(2); b = T(2); y = torch.cat([a, b, a]).prod()",
    "stack": "a = T(); b = T(); y = torch.stack([a, b, a * b]).norm()",
    "loss": "m = nn.Linear(4, 3); y = F.cross_entropy(m(torch.randn(5, 4)), torch.tensor([0, 1, 2, 1, 0]))",
    "convolution": (
        "m = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.MaxPool2d(2),"
        " nn.Flatten(), nn.Linear(18, 2)); y = m(torch.randn(2, 1, 8, 8)).sum()"
    ),
    "lstm": "m = nn.LSTM(3, 4); o, (h, c) = m(torch.randn(2, 1, 3)); y = h.sum() + o.mean()",
    "rnn cell": (
        "m = nn.RNNCell(2, 3)\nh = torch.zeros(1, 3)\nfor _ in range(6):\n"
        "    h = m(torch.randn(1, 2), h)\ny = h.sum()"
    ),
    "in place": "x = T(3); h = x * 2; h.add_(1); h[0] = 5; y = (h * h).sum()",
    "written into": "x = T(3); h = torch.zeros(3); h[0] = x[1]; h[1:] = x[:2] * 2; y = h.sum()",
    "indexed": "x = T(5); y = x[torch.tensor([0, 1])].sum() + x[x > 0].sum()",
    "einsum": "a = T(2, 3); b = T(3, 2); y = torch.einsum('ij,jk->ik', a, b).trace()",
    "dtype": "x = T(2); y = x.clone().double().sum()",
    "gradient of a gradient": (
        "x = T(); (g,) = torch.autograd.grad(x**3, x, create_graph=True); y = g * x"
    ),
    "branch": "x = T(3); y = torch.where(x > 0, x, x * 0.1).pow(2).mean()",
    "modules": (
        "m = nn.Sequential(nn.Linear(2, 3), nn.Sigmoid(), nn.Linear(3, 2), nn.Softmax(dim=1));"
        " y = m(torch.randn(2, 2)).log().sum()"
    ),
    "interpolation": "x = T(1, 1, 2, 2); y = F.interpolate(x, scale_factor=2, mode='bilinear').sum()",
    "norms": "x = T(2, 3); y = F.gelu(x, approximate='tanh').sum() + F.layer_norm(x, (3,)).sum()",
    "embedding": "m = nn.Embedding(4, 3); y = m(torch.tensor([1, 2])).sum()",
    "maximum": "x = T(3, 4); h, i = x.max(dim=1); y = h.sum()",
    "result kept by its users": "x = T(4); h = torch.sin(x); y = (h * h + h.cos() * h).sum()",
}
PREAMBLE = """\
import torch
from torch import nn
from torch.nn import functional as F

def T(*shape):
    return torch.randn(shape, requires_grad=True)

class Own(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a, b):
        ctx.save_for_backward(a, b)
        return a * a * b

    @staticmethod
    def backward(ctx, g):
        a, b = ctx.saved_tensors
        return 2 * a * g * b, a * a * g

"""
FLAGS = {
    "": (False, False),
    "attrs": (True, False),
    "saved": (False, True),
    "attrs+saved": (True, True),
}
"""Name of a classic text -> torchviz's (show_attrs, show_saved)."""

STATEMENT = re.compile(
    r'\t"?([\w.]+)"?(?: -> "?([\w.]+)"?)?(?: \[(?:id="[^"]*" ?)?(.*?)\])?\n(?=\t|\})', re.DOTALL
)


def statements(dot: str) -> list[tuple[object, ...]]:
    """All nodes and edges in order, boxes numbered as they appear, labels as torchviz wrote them."""
    numbers: dict[str, int] = {}
    found: list[tuple[object, ...]] = []
    for one in STATEMENT.finditer(dot):
        if one[1] not in ("graph", "node", "edge"):
            boxes = [numbers.setdefault(box, len(numbers)) for box in one.group(1, 2) if box]
            found.append((*boxes, (one[3] or "").replace('label=" \n', 'label="\n')))
    return found


def drawn(program: str) -> Drawing:
    trace = execute(Program(source=PREAMBLE + program, root="y"))
    assert trace.failure is None
    drawing = trace.passes[-1].drawing
    assert drawing is not None
    return drawing


def real(program: str) -> torch.Tensor:
    space: dict[str, object] = {}
    torch.manual_seed(0)
    exec(PREAMBLE + program, space)
    root = space["y"]
    assert isinstance(root, torch.Tensor)
    return root


@pytest.mark.parametrize("name", PROGRAMS)
def test_stand_ins_give_the_picture_of_the_real_tensors(name: str) -> None:
    classic = drawn(PROGRAMS[name]).classic
    root = real(PROGRAMS[name])
    for flags, (attrs, saved) in FLAGS.items():
        plain = torchviz.make_dot(root, show_attrs=attrs, show_saved=saved).source
        assert statements(classic[flags]) == statements(plain), flags


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_dressed_picture_has_all_of_its_edges(name: str) -> None:
    drawing = drawn(PROGRAMS[name])
    edge = re.compile(r'^\t("[^"]+" -> "[^"]+") \[', re.MULTILINE)
    assert set(edge.findall(drawing.classic[""])) <= set(edge.findall(drawing.dressed))
