"""The programs that are measured: each a set-up text and a work text (forward and backward)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Model:
    """One measured program. `setup` builds weights and inputs, `work` runs forward and backward.

    `loss` names the root. Peers want an nn.Module `model` and its input `x`: where the program has
    none, `wrapped` makes them after the set-up.
    """

    name: str
    setup: str
    work: str
    loss: str = "loss"
    wrapped: str = ""


EXPRESSION = Model(
    "sigmoid expression",
    """\
import torch
x = torch.randn(3, 4, requires_grad=True)
w = torch.randn(4, 2, requires_grad=True)
""",
    """\
z = x.mm(w)
loss = (1 / (1 + torch.exp(-z))).sum()
loss.backward()
""",
)

MLP = Model(
    "MLP 784-128-64-10",
    """\
import torch
from torch import nn
model = nn.Sequential(
    nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10)
)
x = torch.randn(64, 784)
target = torch.randint(0, 10, (64,))
criterion = nn.CrossEntropyLoss()
""",
    """\
loss = criterion(model(x), target)
loss.backward()
""",
)


def lstm(steps: int) -> Model:
    """An LSTMCell unrolled over `steps`: about 15 nodes a step."""
    return Model(
        f"LSTMCell x{steps}",
        f"""\
import torch
from torch import nn

class Unrolled(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.LSTMCell(8, 8)
    def forward(self, x):
        h = torch.zeros(2, 8)
        c = torch.zeros(2, 8)
        for step in range({steps}):
            h, c = self.cell(x[step], (h, c))
        return h

model = Unrolled()
x = torch.randn({steps}, 2, 8)
""",
        """\
loss = model(x).sum()
loss.backward()
""",
    )


def chain(length: int) -> Model:
    """One multiplication after the other on a scalar: `length` nodes in a row."""
    return Model(
        f"chain {length:,}",
        """\
import torch
x = torch.tensor(1.0, requires_grad=True)
""",
        f"""\
loss = x
for step in range({length}):
    loss = loss * 1.00001
loss.backward()
""",
        wrapped=f"""\
class Chain(torch.nn.Module):
    def forward(self, x):
        for step in range({length}):
            x = x * 1.00001
        return x
model = Chain()
""",
    )


RESNET = Model(
    "ResNet-50-like",
    """\
import torch
from torch import nn

class Bottleneck(nn.Module):
    def __init__(self, wide, narrow, stride):
        super().__init__()
        out = 4 * narrow
        self.body = nn.Sequential(
            nn.Conv2d(wide, narrow, 1, bias=False), nn.BatchNorm2d(narrow), nn.ReLU(),
            nn.Conv2d(narrow, narrow, 3, stride, 1, bias=False), nn.BatchNorm2d(narrow), nn.ReLU(),
            nn.Conv2d(narrow, out, 1, bias=False), nn.BatchNorm2d(out),
        )
        same = stride == 1 and wide == out
        self.skip = nn.Identity() if same else nn.Sequential(
            nn.Conv2d(wide, out, 1, stride, bias=False), nn.BatchNorm2d(out)
        )
    def forward(self, x):
        return torch.relu(self.body(x) + self.skip(x))

layers = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(),
          nn.MaxPool2d(3, 2, 1)]
wide = 64
for narrow, blocks, stride in [(64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)]:
    for block in range(blocks):
        layers.append(Bottleneck(wide, narrow, stride if block == 0 else 1))
        wide = 4 * narrow
model = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, 1000))
x = torch.randn(2, 3, 64, 64)
target = torch.randint(0, 1000, (2,))
criterion = nn.CrossEntropyLoss()
""",
    """\
loss = criterion(model(x), target)
loss.backward()
""",
)

GPT2 = Model(
    "GPT-2-small-like, 64 tokens",
    """\
import torch
from torch import nn
from torch.nn import functional as F

class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
    def forward(self, x):
        batch, time, width = x.shape
        q, k, v = (
            part.view(batch, time, self.heads, -1).transpose(1, 2)
            for part in self.qkv(self.ln_1(x)).split(width, dim=2)
        )
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(mixed.transpose(1, 2).reshape(batch, time, width))
        return x + self.down(F.gelu(self.up(self.ln_2(x))))

class GPT(nn.Module):
    def __init__(self, vocabulary=50257, width=768, heads=12, depth=12, context=64):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(vocabulary, width), nn.Embedding(context, width)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(depth))
        self.ln_f = nn.LayerNorm(width)
    def forward(self, tokens):
        x = self.wte(tokens) + self.wpe(torch.arange(tokens.shape[1]))
        for block in self.blocks:
            x = block(x)
        return self.ln_f(x) @ self.wte.weight.T

model = GPT()
x = torch.randint(0, 50257, (1, 64))
target = torch.randint(0, 50257, (64,))
criterion = nn.CrossEntropyLoss()
""",
    """\
loss = criterion(model(x).view(64, -1), target)
loss.backward()
""",
)

FAN = Model(
    "fan-out of 1,000",
    """\
import torch
x = torch.tensor(0.5, requires_grad=True)
""",
    """\
parts = []
for i in range(1_000):
    parts.append(torch.sin(x * i))
loss = torch.stack(parts).sum()
loss.backward()
""",
    wrapped="""\
class Fan(torch.nn.Module):
    def forward(self, x):
        return torch.stack([torch.sin(x * i) for i in range(1_000)]).sum()
model = Fan()
""",
)

MODELS = (
    EXPRESSION,
    MLP,
    lstm(100),
    RESNET,
    GPT2,
    chain(10_000),
    lstm(1_000),
    chain(100_000),
    FAN,
)
