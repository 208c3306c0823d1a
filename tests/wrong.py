"""Programs that end in an error which people meet often, and what a reader must be told of it."""

from __future__ import annotations

from typing import NamedTuple

HEAD = "import torch\nfrom torch import nn\nimport torch.nn.functional as F\n"
"""Three lines; the bodies below begin at line 4."""


class Wrong(NamedTuple):
    """One program."""

    body: str
    says: tuple[str, ...]
    """What the message must name: variables, lines, shapes."""
    line: int | None
    also: tuple[int, ...] = ()
    fix: str | None = None
    """A part of the code to copy; with it the program must run."""

    @property
    def source(self) -> str:
        """The whole program."""
        return HEAD + self.body


NET = """\
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(4, 8)
        self.last = nn.Linear(6, 2)

    def forward(self, x):
        h = torch.relu(self.first(x))
        return self.last(h)

net = Net()
"""

TWO_LAYERS = """\
class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3)
        self.norm = nn.BatchNorm2d(8)

    def forward(self, image):
        return self.norm(self.conv(image))

block = Block()
"""

CUBE = """\
class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale):
        ctx.save_for_backward(x)
        ctx.scale = scale
        return scale * x**3

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return {returned}

x = torch.ones(2, requires_grad=True)
Cube.apply(x, 2.0).sum().backward()
"""

W = "w = torch.tensor([1.0, 2.0], requires_grad=True)\n"

BACKWARD = {
    "a result is changed by +=": Wrong(
        W + "y = w.exp()\ny += 1\ny.sum().backward()\n",
        ("`y` was changed in place in line 6", "as it was in line 5", "`exp`"), 7, (5, 6), "y = y + 1",
    ),
    "an operand is changed by indexing": Wrong(
        W + "y = w * 3\nz = y * y\ny[0] = 0.0\nz.sum().backward()\n",
        ("`y` was changed in place in line 7", "as it was in line 6", "`mul`"), 8, (6, 7), "y = y.clone()",
    ),
    "a part of an operand is changed": Wrong(
        W + "y = w * 3\nz = y.sin()\ny[0] += 2\nz.sum().backward()\n",
        ("`y` was changed in place in line 7", "`sin`"), 8, (6, 7), "y = y.clone()",
    ),
    "an operand is changed through a view": Wrong(
        W + "y = w * 3\nz = y * y\nv = y.view(2, 1)\nv.mul_(2)\nz.sum().backward()\n",
        ("`y` was changed in place in line 8", "as it was in line 6"), 9, (6, 8), "v = v.mul(2)",
    ),
    "a method with an underscore": Wrong(
        W + "y = w.sigmoid()\ny.clamp_(max=0.8)\ny.sum().backward()\n",
        ("`y` was changed in place in line 6", "`sigmoid`"), 7, (5, 6), "y = y.clamp(max=0.8)",
    ),
    "a chain of changes": Wrong(
        W + "y = w.tanh()\ny.add_(1).mul_(2)\ny.sum().backward()\n",
        ("`y` was changed in place in line 6", "`tanh`"), 7, (5, 6), "y = y.clone()",
    ),
    "a function with the switch inplace": Wrong(
        W + "y = w.tanh()\nz = F.relu(y, inplace=True)\nz.sum().backward()\n",
        ("`y` was changed in place in line 6", "`tanh`"), 7, (5, 6), "z = F.relu(y)",
    ),
    "a layer with the switch inplace": Wrong(
        "model = nn.Sequential(\n    nn.Linear(2, 3),\n    nn.Sigmoid(),\n    nn.ReLU(inplace=True),\n)\n"
        "model(torch.ones(1, 2)).sum().backward()\n",
        ("The output of `model.1` was changed in place in line 9", "`model.1` (Sigmoid)"), 9, (), "nn.ReLU(),",
    ),
    "a change inside of a function": Wrong(
        W + "def shift(t):\n    t += 1\n    return t\ny = w.exp()\nz = shift(y)\nz.sum().backward()\n",
        ("`y` was changed in place in line 6", "as it was in line 8"), 10, (6, 8), "t = t + 1",
    ),
    "a change in a loop": Wrong(
        "h = torch.ones(2, requires_grad=True) * 1\nloss = 0\nfor t in range(3):\n    loss = loss + (h * h).sum()\n    h += t\nloss.backward()\n",
        ("`h` was changed in place in line 8", "as it was in line 7"), 9, (7, 8), "h = h + t",
    ),
    "no backward is called": Wrong(
        W + "y = w.exp()\ny += 1\nz = y.sum()\n", ("`y` was changed in place in line 6",), 6, (5,), "y = y + 1"
    ),
    "an optimizer steps too early": Wrong(
        "model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))\noptimizer = torch.optim.SGD(model.parameters(), lr=0.1)\n"
        "loss = model(torch.ones(1, 2)).sum()\nloss.backward(retain_graph=True)\noptimizer.step()\nloss.backward()\n",
        ("`model.1.weight` was changed in place in line 8", "as it was in line 6", "`model.1` (Linear)"), 9, (6, 8), "loss.backward()\noptimizer.step()",
    ),
    "a step by hand too early": Wrong(
        W + "loss = (w * w).sum()\nloss.backward(retain_graph=True)\nwith torch.no_grad():\n    w -= 0.1 * w.grad\nloss.backward()\n",
        ("`w` was changed in place in line 8", "as it was in line 5"), 9, (5, 8), "loss.backward()\nwith torch.no_grad():",
    ),
    "backward twice": Wrong(
        W + "y = (w * w).sum()\ny.backward()\ny.backward()\n",
        ("line 6", "already went through the graph of `y`"), 7, (6,), "y.backward(retain_graph=True)",
    ),
    "two losses over one trunk": Wrong(
        W + "h = w.exp()\na = h.sum()\nb = (h * h).sum()\na.backward()\nb.backward()\n",
        ("line 8", "graph of `h`"), 9, (8,), "a.backward(retain_graph=True)",
    ),
    "grad and then backward": Wrong(
        W + "y = (w * w).sum()\n(g,) = torch.autograd.grad(y, w)\ny.backward()\n",
        ("line 6", "graph of `y`"), 7, (6,), "grad(y, w, retain_graph=True)",
    ),
    "a hidden state carried over rounds": Wrong(
        "cell = nn.RNNCell(2, 3)\nh = torch.zeros(1, 3)\nfor t in range(3):\n    h = cell(torch.ones(1, 2), h)\n    loss = h.pow(2).sum()\n    loss.backward()\n",
        ("`h` carries a graph", "the round before"), 9, (7,), "h = h.detach()",
    ),
    "something computed once before the loop": Wrong(
        W + "h = w.exp()\nfor t in range(2):\n    loss = (h * t).sum()\n    loss.backward()\n",
        ("`h` was computed once", "before the loop"), 8, (5,), "for t in range(2):\n    h = w.exp()",
    ),
    "the root is a vector": Wrong(
        W + "y = w * 2\ny.backward()\n", ("`y`", "shape (2,)", "2 numbers"), 6, (), "y.sum().backward()"
    ),
    "the root is an expression": Wrong(
        W + "(w * 2).backward()\n", ("`w * 2`", "shape (2,)"), 5, (), "(w * 2).sum().backward()"
    ),
    "grad of a vector": Wrong(
        W + "y = w * 2\n(g,) = torch.autograd.grad(y, w)\n", ("`y`", "shape (2,)"), 6, (), "grad(y.sum(), w)"
    ),
    "the root is complex": Wrong(
        "z = torch.tensor(1 + 2j, requires_grad=True)\ny = z * z\ny.backward()\n", ("`y`", "complex"), 6, (), "y.abs().backward()"
    ),
    "v of another shape": Wrong(
        W + "y = w * 2\ny.backward(torch.ones(3))\n", ("(3,)", "`y`", "(2,)"), 6
    ),
    "v is a number": Wrong(
        W + "y = w.sum()\ny.backward(2.0)\n", ("`2.0`", "must be a tensor"), 6, (), "torch.tensor(2.0)"
    ),
    "nothing requires a gradient": Wrong(
        "x = torch.ones(2)\nw = torch.tensor([1, 2])\nloss = (w * x).sum()\nloss.backward()\n",
        ("`loss` has no graph",), 7, (5,), "w = torch.tensor([1, 2], dtype=torch.float32, requires_grad=True)",
    ),
    "nothing requires a gradient, and no backward": Wrong(
        "x = torch.ones(2)\nw = torch.tensor([1.0, 2.0])\nloss = (w * x).sum()\n",
        ("requires a gradient",), 5, (), "w = torch.tensor([1.0, 2.0], requires_grad=True)",
    ),
    "a frozen model": Wrong(
        "model = nn.Linear(2, 1)\nfor p in model.parameters():\n    p.requires_grad = False\nmodel(torch.ones(1, 2)).sum().backward()\n",
        ("`model` (Linear)", "no parameter"), 7,
    ),
    "detached": Wrong(
        W + "y = w.exp().detach()\nloss = y.sum()\nloss.backward()\n", ("`loss` has no graph", "line 5 cut it off", "detach()"), 7, (5,), "y = w.exp()"
    ),
    "detached, and no backward": Wrong(
        "w = torch.ones(2)\nw.requires_grad_()\ny = w.exp().detach()\nw = None\n", ("line 6 cut it off",), 6, (), "y = w.exp()"
    ),
    "taken by .data": Wrong(
        W + "y = (w * 2).data\ny.sum().backward()\n", ("`y.sum()` has no graph", "line 5", "`.data`"), 6, (5,), "y = w * 2"
    ),
    "under no_grad": Wrong(
        W + "with torch.no_grad():\n    y = w * 2\n    loss = y.sum()\nloss.backward()\n", ("`loss`", "line 6", "no_grad"), 8, (6,), "y = w * 2\nloss = y.sum()"
    ),
    "made anew": Wrong(
        W + "loss = torch.tensor((w * w).sum())\nloss.backward()\n", ("`loss`", "line 5", "copied the numbers", "`torch.tensor`"), 6, (5,), "loss = (w * w).sum()"
    ),
    "a list of losses made anew": Wrong(
        W + "parts = torch.tensor([w[0] * 2, w[1] * 3])\nparts.sum().backward()\n", ("line 5", "copied the numbers"), 6, (5,), "torch.stack([w[0] * 2, w[1] * 3])"
    ),
    "a Python number": Wrong(
        W + "loss = (w * w).sum().item()\nloss.backward()\n", ("`loss` is a float", "without a graph"), 6, (5,), "loss = (w * w).sum()"
    ),
    "a thread": Wrong(
        W + "raise RuntimeError(\"can't start new thread\")\n", ("starts a thread",), 5,
    ),
    "gradients by hand": Wrong(
        "x = torch.linspace(0.0, 1.0, 5)\nw = torch.randn(())\nfor _ in range(3):\n    loss = (w * x - 1).pow(2).sum()\n    grad_w = (2 * (w * x - 1) * x).sum()\n    w -= 0.1 * grad_w\n",
        ("has no graph", "works out its gradients itself", "changes `w` by one of them in line 9"), 9, (),
    ),
    "counted instead of measured": Wrong(
        W + "wrong = (w > 1.5).float().sum()\nwrong.backward()\n", ("`wrong` has no graph", "line 5", "whole numbers or yes/no", "`>`"), 6, (5,)
    ),
    "a gradient without its graph": Wrong(
        W + "(g,) = torch.autograd.grad((w**3).sum(), w)\ng.sum().backward()\n", ("`g.sum()` has no graph", "line 5"), 6, (5,), "create_graph=True"
    ),
    "a gradient of what was not used": Wrong(
        W + "b = torch.ones(2, requires_grad=True)\ntorch.autograd.grad((w * 2).sum(), [w, b])\n", ("`b`", "does not depend"), 6, (), "allow_unused=True"
    ),
    "a gradient of what asks for none": Wrong(
        W + "x = torch.ones(2)\ntorch.autograd.grad((w * x).sum(), [w, x])\n", ("`x`", "does not require"), 6, (5,), "x = torch.ones(2, requires_grad=True)"
    ),
}  # fmt: skip

IN_PLACE = {
    "a leaf is changed": Wrong(
        W + "w -= 0.1\n", ("`w` is a leaf",), 5, (), "with torch.no_grad():\n    w -= 0.1"
    ),
    "a leaf is changed in a function": Wrong(
        W + "def step(p, lr):\n    p.sub_(lr)\nstep(w, 0.1)\n", ("`p` is a leaf",), 6, (), "    with torch.no_grad():\n        p.sub_(lr)"
    ),
    "a part of a leaf is changed": Wrong(
        W + "w[0] = 5.0\n", ("`w` is a leaf",), 5, (), "with torch.no_grad():\n    w[0] = 5.0"
    ),
    "a view of a leaf is changed": Wrong(
        W + "v = w.view(2, 1)\nv.add_(1)\n", ("`v` is a view of `w`, a leaf",), 6, (), "with torch.no_grad():\n    v.add_(1)"
    ),
    "one of several views is changed": Wrong(
        W + "a, b = (w * 2).unbind()\na += 1\n(a + b).backward()\n", ("`a` is one of several views",), 6, (), "a = a + 1"
    ),
    "a view made under no_grad is changed": Wrong(
        W + "y = w * 2\nwith torch.no_grad():\n    v = y[:1]\nv += 1\n", ("`v` is a view", "under `no_grad`"), 8, (), "v = v + 1"
    ),
    "an expanded tensor is changed": Wrong(
        W + "y = (w[:1] * 2).expand(3)\ny += 1\n", ("`y` shows the same memory",), 6, (), "y = y.clone()"
    ),
    "a result has no room": Wrong(
        W + "x = torch.ones(2)\nx += torch.ones(3, 2)\n", ("`x` has shape (2,)", "(3, 2)"), 6, (), "x = x + torch.ones(3, 2)"
    ),
    "a result has another dtype": Wrong(
        W + "n = torch.tensor([1, 2])\nn += w.detach()\n", ("`n` holds int64", "float32"), 6, (), "n = n + w.detach()"
    ),
    "a value of another dtype is written": Wrong(
        W + "x = torch.zeros(2)\nx[torch.tensor([0, 1])] = w.detach().double()\n", ("float32", "float64"), 6, (), ".double().float()"
    ),
    "an inference tensor is changed": Wrong(
        W + "with torch.inference_mode():\n    x = torch.ones(2)\nx += 1\n", ("`x` was made under `torch.inference_mode()`",), 7, (5,), "with torch.no_grad():"
    ),
    "an inference tensor is used": Wrong(
        W + "with torch.inference_mode():\n    x = torch.ones(2)\n(w * x).sum().backward()\n", ("`x` was made under",), 7, (5,), "with torch.no_grad():"
    ),
}  # fmt: skip

SHAPES = {
    "matrices": Wrong(
        "a = torch.randn(2, 3, requires_grad=True)\nb = torch.randn(2, 3)\nc = a @ b\n",
        ("`a` has shape (2, 3)", "`b` has shape (2, 3)", "(3)", "(2)"), 6, (), "c = a @ b.T",
    ),
    "matrices, the other way": Wrong(
        "a = torch.randn(3, 2, requires_grad=True)\nb = torch.randn(3, 4)\nc = torch.mm(a, b)\n", ("`a` has shape (3, 2)", "`b` has shape (3, 4)"), 6, (), "torch.mm(a.T, b)"
    ),
    "a variable of a comprehension": Wrong(
        "w = torch.randn(3, 2, requires_grad=True)\nx = torch.randn(2, 3)\ny = [x @ w for x in [x, torch.randn(5, 4)]]\n",
        ("`x` has shape (5, 4)", "`w` has shape (3, 2)"), 6,
    ),
    "a variable of a comprehension, twice": Wrong(
        W + "y = [[one.view(2, 1) @ two.view(2, 1) for one in [w]] for two in [w]]\n",
        ("`one.view(2, 1)` has shape (2, 1)", "`two.view(2, 1)` has shape (2, 1)"), 5, (), "one.view(2, 1) @ two.view(2, 1).T"
    ),
    "a layer of a comprehension": Wrong(
        "def all_of(layers, x):\n    return [layer(x) for layer in layers]\nall_of([nn.Linear(3, 2)], torch.ones(2, 4))\n",
        ("`layer` (Linear) takes 3 features", "`x` has shape (2, 4)"), 5, (), "nn.Linear(4, 2)"
    ),
    "a matrix and a vector": Wrong(
        "a = torch.randn(2, 3, requires_grad=True)\nv = torch.ones(2)\ny = a @ v\n", ("`a` has shape (2, 3)", "`v` has shape (2,)"), 6, (), "y = a.T @ v"
    ),
    "a vector where a matrix is due": Wrong(
        "a = torch.randn(2, 3, requires_grad=True)\nv = torch.ones(3)\ny = torch.mm(a, v)\n", ("`v` has shape (3,)", "`mm`"), 6, (), "y = a @ v"
    ),
    "batches of matrices": Wrong(
        "a = torch.randn(2, 3, 4, requires_grad=True)\nb = torch.randn(2, 5, 4)\ny = torch.bmm(a, b)\n", ("`a` has shape (2, 3, 4)", "`b` has shape (2, 5, 4)"), 6, (), "b.transpose(-2, -1)"
    ),
    "element by element": Wrong(
        "x = torch.randn(2, 3, requires_grad=True)\nb = torch.randn(2)\ny = x + b\n", ("`x` has shape (2, 3)", "`b` has shape (2,)", "3 long in one and 2 in the other"), 6, (), "y = x + b.unsqueeze(1)"
    ),
    "element by element, further left": Wrong(
        "x = torch.randn(2, 3, 5, requires_grad=True)\nb = torch.randn(4, 5)\ny = x * b\n", ("(2, 3, 5)", "(4, 5)", "axis -2", "3 long in one and 4 in the other"), 6
    ),
    "number on the left": Wrong(
        "x = torch.randn(3, requires_grad=True)\nb = torch.randn(2)\ny = torch.sub(b, x) * 2\n", ("`b` has shape (2,)", "`x` has shape (3,)"), 6
    ),
    "einsum": Wrong(
        "a = torch.randn(2, 3, requires_grad=True)\ny = torch.einsum('ij,jk->ik', a, a)\n", ("`j`", "3 and 2"), 5
    ),
    "a layer in a class": Wrong(
        NET + "net(torch.randn(5, 4)).sum().backward()\n", ("`net.last` (Linear) takes 6 features", "`h` has shape (5, 8)"), 12, (), "self.last = nn.Linear(8, 2)"
    ),
    "the first layer": Wrong(
        "model = nn.Linear(in_features=3, out_features=2)\nx = torch.ones(5, 4)\nmodel(x).sum().backward()\n", ("`model` (Linear) takes 3 features", "`x` has shape (5, 4)"), 6, (), "in_features=4"
    ),
    "a layer behind another": Wrong(
        "model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(4, 2))\nmodel(torch.ones(1, 4)).sum().backward()\n",
        ("`model.2` (Linear) takes 4 features", "the output of `model.1` has shape (1, 8)"), 5, (), "nn.Linear(8, 2)",
    ),
    "images into a Linear": Wrong(
        "model = nn.Linear(16, 2)\nimages = torch.ones(3, 1, 4, 4)\nmodel(images).sum().backward()\n", ("`model` (Linear) takes 16 features", "`images` has shape (3, 1, 4, 4)"), 6, (), "model(images.flatten(1))"
    ),
    "a weight by hand": Wrong(
        "weight = torch.randn(2, 3, requires_grad=True)\nx = torch.ones(5, 4)\nF.linear(x, weight).sum().backward()\n", ("`weight` takes 3 features", "`x` has shape (5, 4)"), 6
    ),
    "channels": Wrong(
        "conv = nn.Conv2d(1, 3, 3)\nimages = torch.ones(2, 3, 8, 8)\nconv(images).sum().backward()\n", ("`conv` (Conv2d) takes 1 channel", "`images` has shape (2, 3, 8, 8)"), 6, (), "nn.Conv2d(3, 3, 3)"
    ),
    "an image without channels": Wrong(
        "conv = nn.Conv2d(1, 3, 3)\nimage = torch.ones(8, 8)\nconv(image).sum().backward()\n", ("4 axes", "`image` has shape (8, 8)"), 6, (), "conv(image.unsqueeze(0).unsqueeze(0))"
    ),
    "a kernel larger than its image": Wrong(
        "conv = nn.Conv2d(1, 3, 5)\nimage = torch.ones(1, 1, 3, 3)\nconv(image).sum().backward()\n", ("`conv` (Conv2d)", "larger", "(1, 1, 3, 3)"), 6
    ),
    "too much pooling": Wrong(
        "x = torch.ones(1, 1, 2, 2, requires_grad=True)\ny = F.max_pool2d(x, 3)\n", ("larger", "`x` has shape (1, 1, 2, 2)"), 5
    ),
    "batch norm of other channels": Wrong(
        TWO_LAYERS + "block(torch.ones(2, 1, 5, 5)).sum().backward()\n", ("`self.norm` (BatchNorm2d) normalises 8 features", "(2, 4, 3, 3)"), 11, (), "nn.BatchNorm2d(4)"
    ),
    "batch norm of one sample": Wrong(
        "norm = nn.BatchNorm1d(3)\nx = torch.ones(1, 3)\nnorm(x).sum().backward()\n", ("`norm` (BatchNorm1d)", "(1, 3)"), 6
    ),
    "batch norm of other axes": Wrong(
        "norm = nn.BatchNorm2d(3)\nx = torch.ones(2, 3)\nnorm(x).sum().backward()\n", ("`norm` (BatchNorm2d)", "4 axes", "`x` has shape (2, 3)"), 6
    ),
    "layer norm": Wrong(
        "norm = nn.LayerNorm(4)\nx = torch.ones(2, 3)\nnorm(x).sum().backward()\n", ("`norm` (LayerNorm)", "(4,)", "`x` has shape (2, 3)"), 6, (), "nn.LayerNorm(3)"
    ),
    "LSTM": Wrong(
        "lstm = nn.LSTM(3, 4)\nx = torch.ones(5, 2, 6)\nout, _ = lstm(x)\nout.sum().backward()\n", ("`lstm` (LSTM) takes 3 features", "`x` has shape (5, 2, 6)"), 6, (), "nn.LSTM(6, 4)"
    ),
    "a cell": Wrong(
        "cell = nn.RNNCell(3, 4)\nx = torch.ones(2, 5)\ncell(x).sum().backward()\n", ("`cell` (RNNCell) takes 3 features", "`x` has shape (2, 5)"), 6, (), "nn.RNNCell(5, 4)"
    ),
    "hidden state": Wrong(
        "gru = nn.GRU(3, 4)\nx, h = torch.ones(5, 2, 3), torch.zeros(1, 5, 4)\ngru(x, h)[0].sum().backward()\n", ("(1, 5, 4)", "(1, 2, 4)", "`gru` (GRU)"), 6
    ),
    "view": Wrong(
        "x = torch.ones(4, 6, requires_grad=True)\ny = x.view(4, 8)\n", ("`x` has shape (4, 6), 24 numbers", "(4, 8)", "32"), 5, (), "x.view(4, -1)"
    ),
    "reshape": Wrong(
        "x = torch.ones(4, 6, requires_grad=True)\ny = torch.reshape(x, (5, -1))\n", ("`x` has shape (4, 6)", "5 does not divide"), 5
    ),
    "view of a transposed matrix": Wrong(
        "x = torch.ones(2, 3, requires_grad=True)\ny = x.T.view(6)\n", ("`x.T`", "(3, 2)", "order"), 5, (), "x.T.reshape(6)"
    ),
    "cat": Wrong(
        "a, b = torch.ones(2, 3, requires_grad=True), torch.ones(2, 4)\ny = torch.cat([a, b])\n", ("`a` has shape (2, 3)", "`b` has shape (2, 4)", "axis 0"), 5, (), "dim=1"
    ),
    "cat of a vector": Wrong(
        "a, b = torch.ones(2, 3, requires_grad=True), torch.ones(3)\ny = torch.cat([a, b])\n", ("`a` has shape (2, 3)", "`b` has shape (3,)"), 5, (), "b.unsqueeze(0)"
    ),
    "stack": Wrong(
        "parts = [torch.ones(2, requires_grad=True), torch.ones(3)]\ny = torch.stack(parts)\n", ("`parts[0]` has shape (2,)", "`parts[1]` has shape (3,)"), 5, (), "torch.cat(parts)"
    ),
    "expand": Wrong(
        "x = torch.ones(2, 3, requires_grad=True)\ny = x.expand(4, 3)\n", ("`x` has shape (2, 3)", "(4, 3)"), 5
    ),
    "an axis too far": Wrong(
        "x = torch.ones(3, requires_grad=True)\ny = F.softmax(x, dim=1)\n", ("`x` has shape (3,)", "axis 0 only", "no axis 1"), 5, (), "dim=-1"
    ),
}  # fmt: skip

SCORES = "scores = torch.randn(3, 5, requires_grad=True)\n"

LOSSES = {
    "rows": Wrong(
        SCORES + "target = torch.tensor([1, 2])\nF.cross_entropy(scores, target).backward()\n", ("`scores` has shape (3, 5)", "`target` has shape (2,)", "3 rows", "2 targets"), 6
    ),
    "a column": Wrong(
        SCORES + "target = torch.tensor([[1], [2], [3]])\nF.cross_entropy(scores, target).backward()\n", ("`target` has shape (3, 1)",), 6, (), "target.squeeze(1)"
    ),
    "one-hot": Wrong(
        SCORES + "target = torch.eye(5)[:3].long()\nnn.CrossEntropyLoss()(scores, target).backward()\n", ("`target`", "int64", "probabilities"), 6, (), "target.float()"
    ),
    "floats": Wrong(
        SCORES + "target = torch.tensor([1.0, 2.0, 4.0])\nloss_of = nn.CrossEntropyLoss()\nloss_of(scores, target).backward()\n", ("`target` holds float32", "int64"), 7, (), "loss_of(scores, target.long())"
    ),
    "floats into NLLLoss": Wrong(
        SCORES + "target = torch.tensor([1.0, 2.0, 4.0])\nF.nll_loss(scores.log_softmax(1), target).backward()\n", ("`target` holds float32",), 6, (), "target.long()"
    ),
    "classes from 1": Wrong(
        SCORES + "target = torch.tensor([1, 2, 5])\nF.cross_entropy(scores, target).backward()\n", ("`target` holds class 5", "`scores` of shape (3, 5)", "0 to 4"), 6, (), "target - 1"
    ),
    "a class too many": Wrong(
        SCORES + "target = torch.tensor([0, 2, 7])\nF.nll_loss(scores.log_softmax(1), target).backward()\n", ("`target` holds class 7", "5 classes"), 6
    ),
    "a sequence": Wrong(
        "scores = torch.randn(2, 4, 5, requires_grad=True)\ntarget = torch.zeros(2, 4).long()\nF.cross_entropy(scores, target).backward()\n", ("`scores` has shape (2, 4, 5)", "axis 1"), 6, (), "scores.transpose(1, 2)"
    ),
    "no probabilities": Wrong(
        "p = torch.tensor([1.5, -0.2], requires_grad=True)\nnn.BCELoss()(p, torch.tensor([1.0, 0.0])).backward()\n", ("`p`", "from -0.2 to 1.5", "probabilities"), 5, (), "torch.sigmoid(p)"
    ),
    "targets beyond 1": Wrong(
        "p = torch.tensor([0.5, 0.2], requires_grad=True)\ntarget = torch.tensor([2.0, 0.0])\nF.binary_cross_entropy(p, target).backward()\n", ("`target`", "from 0 to 2"), 6
    ),
    "a column against a row": Wrong(
        "p = torch.tensor([[0.5], [0.2]], requires_grad=True)\ntarget = torch.tensor([1.0, 0.0])\nF.binary_cross_entropy_with_logits(p, target).backward()\n", ("`p` has shape (2, 1)", "`target` has shape (2,)"), 6, (), "target.unsqueeze(1)"
    ),
    "whole numbers as probabilities": Wrong(
        "p = torch.tensor([0.5, 0.2], requires_grad=True)\ntarget = torch.tensor([1, 0])\nF.binary_cross_entropy(p, target).backward()\n", ("`target` holds int64",), 6, (), "target.float()"
    ),
}  # fmt: skip

DTYPES = {
    "two dtypes": Wrong(
        "a = torch.randn(2, 2, requires_grad=True)\nb = torch.randn(2, 2).double()\nc = a @ b\n", ("`a` holds float32", "`b` holds float64"), 6, (), "a @ b.float()"
    ),
    "float64 into a model": Wrong(
        "import numpy as np\nmodel = nn.Linear(2, 1)\nx = torch.from_numpy(np.ones((3, 2)))\nmodel(x).sum().backward()\n", ("`model` (Linear) has parameters of float32", "`x` holds float64"), 7, (), "model(x.float())"
    ),
    "whole numbers into a model": Wrong(
        "model = nn.Sequential(nn.Linear(2, 1))\nx = torch.tensor([[1, 2]])\nmodel(x).sum().backward()\n", ("`model.0` (Linear)", "`x` holds int64"), 6, (), "model(x.float())"
    ),
    "float64 into a convolution": Wrong(
        "conv = nn.Conv2d(1, 1, 1)\nx = torch.ones(1, 1, 2, 2, dtype=torch.float64)\nconv(x).sum().backward()\n", ("`conv` (Conv2d) has parameters of float32", "`x` holds float64"), 6, (), "conv(x.float())"
    ),
    "float64 into an LSTM": Wrong(
        "lstm = nn.LSTM(2, 2)\nx = torch.ones(1, 1, 2).double()\nlstm(x)[0].sum().backward()\n", ("`lstm` (LSTM)", "`x` holds float64"), 6, (), "lstm(x.float())"
    ),
    "the mean of whole numbers": Wrong(
        W + "n = torch.tensor([1, 2])\nm = n.mean() * w\n", ("`n` holds whole numbers (int64)",), 6, (), "n.float().mean()"
    ),
    "a gradient of whole numbers": Wrong(
        "w = torch.tensor([1, 2], requires_grad=True)\n", ("Whole numbers",), 4, (), "dtype=torch.float32"
    ),
    "a gradient of whole numbers, later": Wrong(
        "w = torch.arange(3).requires_grad_()\n", ("Whole numbers",), 4, (), "torch.arange(3).float().requires_grad_()"
    ),
    "a mask of floats": Wrong(
        W + "mask = torch.tensor([1.0, 0.0])\ny = w.masked_fill(mask, 0.0)\n", ("`mask`", "float"), 6, (), "mask.bool()"
    ),
    "cuda": Wrong(W + "y = (w * 2).cuda()\n", ("no GPU",), 5, (), "y = (w * 2)"),
    "cuda by name": Wrong(
        W + 'device = "cuda"\nmodel = nn.Linear(2, 1).to(device)\n', ("no GPU",), 6, (), 'device = "cpu"'
    ),
    "two devices": Wrong(
        W + 'x = torch.ones(2, device="meta")\ny = w * 2 + torch.stack([x, w])\n', ("`x` on meta", "`w` on cpu"), 6
    ),
}  # fmt: skip

INDICES = {
    "embedding": Wrong(
        "table = nn.Embedding(10, 3)\nids = torch.tensor([1, 10])\ntable(ids).sum().backward()\n", ("`table` (Embedding) has 10 rows", "`ids`", "row 10"), 6, (), "nn.Embedding(11, 3)"
    ),
    "embedding of negative numbers": Wrong(
        "table = nn.Embedding(10, 3)\nids = torch.tensor([1, -1])\ntable(ids).sum().backward()\n", ("`table` (Embedding)", "row -1"), 6
    ),
    "embedding of floats": Wrong(
        "table = nn.Embedding(10, 3)\nids = torch.tensor([1.0, 2.0])\ntable(ids).sum().backward()\n", ("`table` (Embedding)", "`ids` holds floats"), 6, (), "table(ids.long())"
    ),
    "an index too far": Wrong(
        W + "y = w[2]\n", ("Index 2", "`w` of shape (2,)", "0 to 1"), 5, (), "y = w[1]"
    ),
    "an index too far along an axis": Wrong(
        "x = torch.ones(2, 3, requires_grad=True)\ni = torch.tensor([0, 5])\ny = x[:, i]\n", ("Index 5", "axis 1 of `x`", "0 to 2"), 6
    ),
    "gather": Wrong(
        "x = torch.ones(2, 3, requires_grad=True)\ny = x.gather(1, torch.tensor([[3], [0]]))\n", ("Index 3", "axis 1 of `x`"), 5
    ),
    "too many indices": Wrong(W + "y = w[0, 1]\n", ("2 indices", "`w` has 1 axis"), 5),
    "an index of one number": Wrong(
        W + "s = w.sum()\ny = s[0]\n", ("`s` has no axis",), 6, (), "y = s"
    ),
    "a number as it was read once": Wrong(
        W + "loss = w.sum()\nprint(loss.data[0])\n", ("`loss.data` has no axis",), 6, (), "print(loss.item())"
    ),
    "a float as index": Wrong(
        W + "i = torch.tensor([1.0])\ny = w[i]\n", ("`i` is used as an index but holds float32",), 6, (), "w[i.long()]"
    ),
    "a mask of another shape": Wrong(
        W + "mask = torch.tensor([True, False, True])\ny = w[mask]\n", ("`mask` has shape (3,)", "`w` has shape (2,)"), 6
    ),
    "places as floats": Wrong(
        "x = torch.ones(2, 3, requires_grad=True)\ni = torch.tensor([[1.0], [0.0]])\ny = x.gather(1, i)\n", ("`i`", "float32"), 6, (), "i.long()"
    ),
    "one_hot of too few": Wrong(
        W + "labels = torch.tensor([0, 3])\nhot = F.one_hot(labels, 3)\n", ("`labels` holds class 3", "4 classes"), 6, (), "F.one_hot(labels, 4)"
    ),
}  # fmt: skip

VALUES = {
    "numpy": Wrong(
        W + "y = (w * 2).numpy()\n", ("`w * 2` requires a gradient",), 5, (), "(w * 2).detach().numpy()"
    ),
    "a function of numpy": Wrong(
        "import numpy as np\n" + W + "y = np.sin(w)\n", ("`w` requires a gradient",), 6, (), "np.sin(w.detach().numpy())"
    ),
    "a condition": Wrong(
        W + "if w > 0:\n    y = w * 2\n", ("`w > 0`", "(2,)", "yes or no"), 5, (), "if (w > 0).all():"
    ),
    "a condition of a loop": Wrong(
        W + "y = w * 1\nwhile y < 10:\n    y = y * 2\n", ("`y < 10`", "(2,)"), 6, (), "while (y < 10).all():"
    ),
    "item of several": Wrong(W + "print((w * 2).item())\n", ("`w * 2` has shape (2,)",), 5, (), "(w * 2).sum().item()"),
    "float of several": Wrong(W + "print(float(w))\n", ("`w` has shape (2,)",), 5, (), "float(w.sum())"),
    "grad before backward": Wrong(
        W + "w.grad.zero_()\nw.sum().backward()\n", ("`w.grad` is None", "no backward() has run"), 5, (), "if w.grad is not None:\n    w.grad.zero_()"
    ),
    "grad after zero_grad": Wrong(
        W + "optimizer = torch.optim.SGD([w], lr=0.1)\nw.sum().backward()\noptimizer.zero_grad()\nprint(w.grad[0])\n",
        ("`w.grad` is None", "`zero_grad` in line 7", "None, not zeros"), 8, (7,), "optimizer.zero_grad(set_to_none=False)",
    ),
    "a number as grad": Wrong(
        W + "w.sum().backward()\nw.grad = 0.0\n", ("`.grad` holds a tensor or None", "a float"), 6, (), "w.grad = None"
    ),
    "numbers as grads": Wrong(
        W + "b = torch.ones(2, requires_grad=True)\n(w + b).sum().backward()\nw.grad, b.grad = 0, 0\n",
        ("`.grad` holds a tensor or None", "an int"), 7, (), "w.grad, b.grad = None, None"
    ),
    "grad after None": Wrong(
        W + "w.sum().backward()\nw.grad = None\nprint(w.grad[0])\n",
        ("`w.grad` is None", "line 6 has emptied it"), 7, (6,), "if w.grad is not None:",
    ),
    "a step before backward": Wrong(
        W + "with torch.no_grad():\n    w -= 0.1 * w.grad\n", ("`w.grad` is None",), 6, (), "if w.grad is not None:"
    ),
    "no leaf any more": Wrong(
        W + "for _ in range(2):\n    loss = (w * w).sum()\n    loss.backward()\n    w = w - 0.1 * w.grad\n",
        ("`w` is no leaf any more",), 8, (), "with torch.no_grad():\n        w -= 0.1 * w.grad",
    ),
    "nothing returned by a function": Wrong(
        W + "def f(x):\n    y = x * 2\nf(w).sum().backward()\n", ("`f(w)` gave None", "`f` has no `return`"), 7, (5,), "return y"
    ),
    "nothing returned by forward": Wrong(
        "class Net(nn.Module):\n    def forward(self, x):\n        x * 2\nnet = Net()\nnet(torch.ones(2, requires_grad=True)).sum().backward()\n",
        ("gave None", "`Net.forward` has no `return`"), 8, (5,), "return x * 2",
    ),
    "nothing returned by something": Wrong(
        W + "fs = {'f': lambda x: None}\nfs['f'](w).sum()\n", ("gave None",), 6
    ),
    "the flag of a result": Wrong(
        W + "y = w * 2\ny.requires_grad = False\n", ("`y` was computed",), 6, (), "y = y.detach()"
    ),
    "deepcopy of a result": Wrong(
        "import copy\n" + W + "y = w * 2\nz = copy.deepcopy(y)\n", ("`y` was computed", "deepcopy"), 7, (), "y.detach()"
    ),
    "a hook where no gradient comes": Wrong(
        W + "x = torch.ones(2)\nx.register_hook(print)\n", ("`x` does not require",), 6
    ),
    "no inverse": Wrong(
        "a = torch.zeros(2, 2, requires_grad=True)\ny = torch.linalg.inv(a)\n", ("`a` is singular",), 5
    ),
    "no Cholesky factor": Wrong(
        "a = -torch.eye(2).requires_grad_()\ny = torch.linalg.cholesky(a)\n", ("`a` is not positive",), 5
    ),
    "anomaly detection": Wrong(
        "x = torch.zeros(2, requires_grad=True)\nwith torch.autograd.detect_anomaly():\n    (x.sqrt() * 0).sum().backward()\n", ("SqrtBackward0", "NaN"), 6
    ),
    "a derivative of a vector": Wrong(
        "x = torch.ones(2)\ng = torch.func.grad(lambda t: t * 2)(x)\n", ("one number",), 5
    ),
}  # fmt: skip

BESIDE = {
    "what backward gives has no gradient": Wrong(
        W + "y = w.sum().backward()\nprint(y.grad)\n", ("`y` is None", "`.grad` of the leaves"), 6, (5,), "print(w.grad)"
    ),
    "what backward gives is computed with": Wrong(
        W + "loss = (w * w).sum().backward(retain_graph=True)\nprint(loss.item())\n",
        ("`loss` is None", "gives nothing back"), 6, (5,), "loss = (w * w).sum()\nloss.backward(retain_graph=True)",
    ),
    "backward is named and not called": Wrong(
        W + "loss = (w * w).sum()\nloss.backward\nprint(w.grad.norm())\n",
        ("`w.grad` is None", "line 6 does not call `loss.backward`"), 7, (6,), "loss.backward()",
    ),
    "what backward gives is used at once": Wrong(
        W + "w.sum().backward().item()\n", ("`w.sum().backward()` gave None", "gives nothing back"), 5
    ),
    "an error in a hook": Wrong(
        W + "y = w * 2\ndef half(g):\n    return g.tanhh()\ny.register_hook(half)\ny.sum().backward()\n",
        ("A tensor has no `tanhh`", "in the hook `half`", "backward() in line 9"), 7, (9,), "return g.tanh()",
    ),
    "an error in a hook without a name": Wrong(
        W + "y = w * 2\ny.register_hook(lambda g: g.tanhh())\ny.sum().backward()\n",
        ("A tensor has no `tanhh`", "in a hook", "backward() in line 7"), 6, (7,), "g.tanh()",
    ),
    "two shapes in a hook": Wrong(
        W + "w.register_hook(lambda g: g @ torch.ones(3))\nw.sum().backward()\n",
        ("`g` has shape (2,) and `torch.ones(3)` has shape (?)", "in a hook"), 5, (6,),
    ),
    "an error in a hook, without a backward": Wrong(
        W + "def half(g):\n    return g.tanhh()\nw.register_hook(half)\ny = w.sum()\n",
        ("A tensor has no `tanhh`", "in the hook `half`, during the backward()."), 6, (), "return g.tanh()",
    ),
}  # fmt: skip

MODULES = {
    "no super": Wrong(
        'class Net(nn.Module):\n    def __init__(self):\n        """A net."""\n        self.layer = nn.Linear(1, 1)\n    def forward(self, x):\n        return self.layer(x)\nnet = Net()\nnet(torch.ones(1, 1)).backward()\n',
        ("`Net`",), 7, (5,), "        super().__init__()\n        self.layer",
    ),
    "no super, with a parameter": Wrong(
        "class Net(nn.Module):\n    def __init__(self):\n        self.w = nn.Parameter(torch.ones(1))\nnet = Net()\nnet.w.sum().backward()\n", ("`Net`",), 6, (5,), "super().__init__()"
    ),
    "no super, called": Wrong(
        "class Net(nn.Module):\n    def __init__(self, k):\n        self.k = k\n    def forward(self, x):\n        return x * self.k\nnet = Net(2)\nnet(torch.ones(1, requires_grad=True)).backward()\n", ("`Net`",), 10, (5,), "super().__init__()"
    ),
    "a tensor for a parameter": Wrong(
        "model = nn.Linear(2, 1)\nmodel.weight = torch.ones(1, 2)\n", ("`weight` is a parameter",), 5, (), "torch.nn.Parameter(torch.ones(1, 2))"
    ),
    "no forward": Wrong(
        "class Net(nn.Module):\n    def foward(self, x):\n        return x\nnet = Net()\nnet(torch.ones(1, requires_grad=True))\n", ("`Net` has no method `forward`",), 8, (5,), "    def forward(self, x):"
    ),
    "no forward at all": Wrong(
        "class Net(nn.Module):\n    def run(self, x):\n        return x\nnet = Net()\nnet(torch.ones(1))\n", ("`Net` has no method `forward`",), 8, (4,)
    ),
    "forward without self": Wrong(
        "class Net(nn.Module):\n    def forward(x):\n        return x * 2\nnet = Net()\nnet(torch.ones(1, requires_grad=True)).backward()\n", ("`Net.forward` does not take `self`",), 8, (5,), "def forward(self, x):"
    ),
    "forward without its argument": Wrong(
        "class Net(nn.Module):\n    def forward(self, x):\n        return x\nnet = Net()\nnet()\n", ("`Net.forward` also needs `x`",), 8
    ),
    "a layer misspelled": Wrong(
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.layer = nn.Linear(1, 1)\n    def forward(self, x):\n        return self.layers(x)\nnet = Net()\nnet(torch.ones(1, 1)).backward()\n",
        ("`Net` uses `self.layers`",), 9, (), "self.layer(x)",
    ),
    "a layer without its size": Wrong(
        "layer = nn.Linear(2)\n", ("`Linear` also needs `out_features`",), 4
    ),
    "layers in a list": Wrong(
        "model = nn.Sequential([nn.Linear(2, 1), nn.ReLU()])\nmodel(torch.ones(1, 2)).sum().backward()\n", ("`nn.Sequential` takes its layers one by one",), 4, (), "*[nn.Linear(2, 1), nn.ReLU()]"
    ),
    "layers that are not found": Wrong(
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.layers = [nn.Linear(2, 2), nn.Linear(2, 1)]\nnet = Net()\noptimizer = torch.optim.SGD(net.parameters(), lr=0.1)\n",
        ("no parameters",), 9, (), "torch.nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 1)])",
    ),
    "a model for its parameters": Wrong(
        "model = nn.Linear(2, 1)\noptimizer = torch.optim.SGD(model, lr=0.1)\nmodel(torch.ones(1, 2)).backward()\n", ("`model` is given to the optimizer",), 5, (), "model.parameters()"
    ),
    "a method for its result": Wrong(
        "model = nn.Linear(2, 1)\noptimizer = torch.optim.SGD(model.parameters, lr=0.1)\nmodel(torch.ones(1, 2)).backward()\n", ("`model.parameters` is given to the optimizer",), 5, (), "model.parameters()"
    ),
    "one tensor for a list": Wrong(
        W + "optimizer = torch.optim.SGD(w, lr=0.1)\nw.sum().backward()\n", ("`w` is one tensor",), 5, (), "SGD([w], lr=0.1)"
    ),
    "a result for a leaf": Wrong(
        W + "y = w * 2\noptimizer = torch.optim.SGD([y], lr=0.1)\n", ("`y` was computed",), 6, (5,)
    ),
    "heads that do not divide": Wrong(
        "attention = nn.MultiheadAttention(8, 3)\n", ("divide",), 4
    ),
    "a backward that gradcheck finds wrong": Wrong(
        CUBE.format(returned="g * 2 * x**2, None").replace("Cube.apply(x, 2.0).sum().backward()", "torch.autograd.gradcheck(Cube.apply, (x.detach().double().requires_grad_(), 2.0))"),
        ("`Cube.backward`", "`x`", "finite differences"), 17, (14,),
    ),
    "a gradient too few": Wrong(
        CUBE.format(returned="g * 3 * x**2 * ctx.scale"), ("`Cube.backward` returns 1 gradient", "2 inputs", "`x`, `scale`"), 17, (14,), "ctx.scale, None"
    ),
    "a Function lacks a gradient that is asked for": Wrong(
        CUBE.format(returned="g * 3 * x**2 * ctx.scale").replace("(x, 2.0)", "(x, torch.ones(2, requires_grad=True))"),
        ("`Cube.backward` returns 1 gradient", "2 inputs", "`x`, `scale`"), 17, (14,),
    ),
    "a gradient of another shape": Wrong(
        CUBE.format(returned="torch.ones(7), None"), ("`Cube.backward`", "(7,)", "`x`", "(2,)"), 17, (14,)
    ),
    "a number for a gradient": Wrong(
        CUBE.format(returned="3, None"), ("an int",), 17, (14,)
    ),
    "a Function without backward": Wrong(
        "class Twice(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, x):\n        return x * 2\nTwice.apply(torch.ones(1, requires_grad=True)).backward()\n", ("`Twice` has no `backward`",), 8, (4,)
    ),
    "a Function called as an object": Wrong(
        CUBE.format(returned="g * 3 * x**2, None").replace("Cube.apply(x", "Cube()(x"), ("like an object",), 17, (), "Cube.apply(x, 2.0)"
    ),
    "a number saved for backward": Wrong(
        CUBE.format(returned="g, None").replace("save_for_backward(x)", "save_for_backward(scale)"), ("a float",), 17, (7,)
    ),
}  # fmt: skip

NAMES = {
    "a name misspelled": Wrong(
        W + "loss = w.sum()\nlos.backward()\n", ("`los` is used here",), 6, (), "loss.backward()"
    ),
    "a name unknown": Wrong(W + "y = w * unknowable\n", ("`unknowable` is used here",), 5),
    "a module that was not imported": Wrong(
        W + "y = np.sin(w.detach().numpy())\n", ("`np` is used here", "imported"), 5, (), "import numpy as np"
    ),
    "a function misspelled": Wrong(
        W + "y = torch.sofmax(w, 0)\n", ("`torch` has no `sofmax`",), 5, (), "torch.softmax(w, 0)"
    ),
    "a method misspelled": Wrong(
        W + "y = w.sumn()\n", ("A tensor has no `sumn`",), 5, (), "y = w.sum()"
    ),
    "a method not called": Wrong(
        W + "w.sum.backward()\n", ("`w.sum` is a function that is not called",), 5, (), "w.sum().backward()"
    ),
    "a list for a tensor": Wrong(
        "model = nn.Linear(2, 1)\nmodel([1.0, 2.0]).backward()\n", ("`[1.0, 2.0]` is a list", "must be a tensor"), 5, (), "torch.tensor([1.0, 2.0])"
    ),
    "rows of unequal length": Wrong("x = torch.tensor([[1.0, 2.0], [3.0]])\n", ("2 and 1",), 4),
    "a loop over one number": Wrong(
        W + "for i in w.sum():\n    print(i)\n", ("one number",), 5
    ),
    "too many values": Wrong(
        "x = torch.ones(3, requires_grad=True)\na, b = x\n", ("`x` gives 3 values", "2 names"), 5
    ),
    "transpose without axes": Wrong(
        "x = torch.ones(2, 3, requires_grad=True)\ny = x.transpose()\n", ("which two axes",), 5, (), "y = x.T"
    ),
}  # fmt: skip

MISTAKEN = {
    "a loss given its tensors too early": Wrong(
        W + "loss = nn.MSELoss(w, torch.zeros(2))\nloss.backward()\n", ("`nn.MSELoss(...)` makes a module",), 5, (), "nn.MSELoss()(w, torch.zeros(2))"
    ),
    "a layer given its input too early": Wrong(
        "y = nn.Linear(torch.ones(1, 2))\ny.sum().backward()\n", ("`nn.Linear(...)` makes a module",), 4
    ),
    "an activation that was never called": Wrong(
        W + "y = nn.ReLU(w)\ny.sum().backward()\n", ("`y` is a module (ReLU)",), 6, (5,), "nn.ReLU()(w)"
    ),
    "the output and state of an LSTM": Wrong(
        "lstm = nn.LSTM(2, 3)\nout = lstm(torch.ones(4, 1, 2))\nout.sum().backward()\n", ("`out` is a tuple",), 6, (5,), "out, state = lstm("
    ),
    "a list of results": Wrong(
        W + "parts = [w * 2, w * 3]\nparts.sum().backward()\n", ("`parts` is a list",), 6, (), "parts[0].sum()"
    ),
    "values and places of a maximum": Wrong(
        "x = torch.ones(2, 3, requires_grad=True)\nx.max(dim=1).sum().backward()\n", ("two tensors",), 5, (), "x.max(dim=1).values.sum()"
    ),
    "a tuple into a function": Wrong(
        "lstm = nn.LSTM(2, 3)\nout = lstm(torch.ones(4, 1, 2))\nF.relu(out).sum().backward()\n", ("`out` is a tuple",), 6, (), "F.relu(out[0])"
    ),
    "an optimizer with its arguments swapped": Wrong(
        "m = nn.Linear(2, 1)\no = torch.optim.SGD(0.1, m.parameters())\nm(torch.ones(1, 2)).backward()\n", ("parameters first",), 5, (), "SGD(m.parameters(), lr=0.1)"
    ),
    "a loss with its arguments swapped": Wrong(
        "scores = torch.ones(2, 3, requires_grad=True)\ntarget = torch.tensor([0, 2])\nF.cross_entropy(target, scores).backward()\n", ("`target` holds whole numbers", "scores come first"), 6, (), "F.cross_entropy(scores, target)"
    ),
    "a state of other keys": Wrong(
        "m = nn.Linear(2, 1)\nm.load_state_dict({'weights': torch.ones(1, 2), 'bias': torch.ones(1)})\n", ("lacks `weight`", "has `weights`"), 5
    ),
    "a state of another shape": Wrong(
        "m = nn.Linear(2, 1)\nm.load_state_dict({'weight': torch.ones(2, 1), 'bias': torch.ones(1)})\n", ("`weight` of shape (2, 1)", "(1, 2)"), 5
    ),
    "a layer without self": Wrong(
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.layer = nn.Linear(2, 1)\n    def forward(self, x):\n        return layer(x)\nNet()(torch.ones(1, 2)).backward()\n", ("`layer` is used here",), 9, (), "self.layer(x)"
    ),
    "a part of ctx misspelled": Wrong(
        CUBE.format(returned="g * ctx.saved_tensor[0], None"), ("`ctx`", "`saved_tensor`"), 14, (), "ctx.saved_tensors[0]"
    ),
    "forward of a Function called directly": Wrong(
        CUBE.format(returned="g, None").replace("Cube.apply(x, 2.0)", "Cube.forward(x, 2.0)"), ("`Cube.forward` is called directly",), 17, (), "Cube.apply(x, 2.0)"
    ),
    "a hook that changes the shape": Wrong(
        W + "def clip(g): return g.sum()\nw.register_hook(clip)\n(w * 2).sum().backward()\n", ("The hook `clip`",), 7
    ),
    "losses of all rounds added up": Wrong(
        W + "total = 0\nfor i in range(3):\n    total = total + (w * w).sum()\n    total.backward()\n", ("`total` adds up the rounds",), 8, (), "total.backward()"
    ),
    "a list of losses by its name": Wrong(
        W + "losses = [(w * i).sum() for i in range(3)]\nloss = torch.tensor(losses).sum()\nloss.backward()\n", ("copied the numbers",), 7, (6,), "torch.stack(losses).sum()"
    ),
    "a step by hand that makes a new tensor": Wrong(
        "w = torch.tensor(2.0, requires_grad=True)\nfor i in range(3):\n    loss = w**2\n    loss.backward()\n    with torch.no_grad():\n        w = w - 0.1 * w.grad\n",
        ("`loss` has no graph", "line 9 computed from `w`", "no_grad"), 7, (9,), "        w -= 0.1 * w.grad"
    ),
    "two steps by hand that make new tensors": Wrong(
        "w, b = torch.ones(2, requires_grad=True), torch.ones((), requires_grad=True)\nfor i in range(3):\n    loss = (w**2).sum() + b**2\n    loss.backward()\n    with torch.no_grad():\n        w = w - 0.1 * w.grad\n        b = b - (0.1 * b.grad)\n",
        ("`loss` has no graph", "no_grad"), 7, (9,), "        w -= 0.1 * w.grad\n        b -= 0.1 * b.grad"
    ),
    "a step by hand of two at once": Wrong(
        "w, b = torch.ones(2, requires_grad=True), torch.ones((), requires_grad=True)\nfor i in range(3):\n    loss = (w**2).sum() + b**2\n    loss.backward()\n    with torch.no_grad():\n        w, b = w - 0.1 * w.grad, b - 0.1 * b.grad\n",
        ("`loss` has no graph", "no_grad"), 7, (9,),
    ),
    "an update under no_grad that makes a new leaf": Wrong(
        W + "for i in range(2):\n    (w * w).sum().backward()\n    with torch.no_grad():\n        w = w - 0.1 * w.grad\n    w.grad.zero_()\n", ("`w` is no leaf any more",), 9, (8,), "w -= 0.1 * w.grad"
    ),
    "the gradient of a result": Wrong(
        W + "h = w * 2\nh.sum().backward()\nprint(h.grad + 1)\n", ("`h.grad` is None", "was computed"), 7, (5,), "h.retain_grad()"
    ),
    "the recording switched off": Wrong(
        W + "torch.set_grad_enabled(False)\nloss = (w * w).sum()\nloss.backward()\n", ("`torch.set_grad_enabled(False)` of line 5",), 7, (6,), "torch.set_grad_enabled(True)"
    ),
    "a checkpoint of the old kind": Wrong(
        "from torch.utils.checkpoint import checkpoint\nm = nn.Linear(2, 2)\ny = checkpoint(m, torch.ones(1, 2), use_reentrant=True)\ny.sum().backward()\n", ("use_reentrant=True",), 7, (6,), "use_reentrant=False"
    ),
    "an image without channels, for three of them": Wrong(
        "conv = nn.Conv2d(3, 4, 3)\nconv(torch.ones(8, 8)).sum().backward()\n", ("(8, 8)",), 5
    ),
    "a row with no room": Wrong(
        "a = torch.zeros(3, 2)\nb = torch.ones(3, requires_grad=True)\na[0] = b\na.sum().backward()\n", ("`b` has shape (3,)", "`a[0]` has shape (2,)"), 6
    ),
    "a list of layers that is called": Wrong(
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.layers = nn.ModuleList([nn.Linear(2, 1)])\n    def forward(self, x):\n        return self.layers(x)\nNet()(torch.ones(1, 2)).backward()\n", ("`self.layers` is a ModuleList",), 9
    ),
    "forward of a Function without ctx": Wrong(
        "class Twice(torch.autograd.Function):\n    @staticmethod\n    def forward(x): return x * 2\n    @staticmethod\n    def backward(ctx, g): return g * 2\nTwice.apply(torch.ones(1, requires_grad=True)).backward()\n", ("`Twice.forward` is given `ctx`",), 9, (6,), "def forward(ctx, x)"
    ),
    "backward of a Function without a gradient": Wrong(
        "class Twice(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, x): return x * 2\n    @staticmethod\n    def backward(ctx): return torch.ones(1)\nTwice.apply(torch.ones(1, requires_grad=True)).backward()\n", ("`Twice.backward` is given `ctx`, and a gradient",), 9, (8,), "def backward(ctx, g)"
    ),
    "a layer given too much": Wrong(
        "m = nn.Linear(2, 1)\nm(torch.ones(1, 2), torch.ones(1, 2)).backward()\n", ("`m` (Linear) takes 1 input", "gives 2"), 5
    ),
    "a function among layers": Wrong(
        "m = nn.Sequential(nn.Linear(2, 2), torch.relu, nn.Linear(2, 1))\nm(torch.ones(1, 2)).backward()\n", ("`relu` is a function",), 4, (), "torch.nn.ReLU()"
    ),
    "an LSTM among layers": Wrong(
        "m = nn.Sequential(nn.Linear(2, 2), nn.LSTM(2, 3), nn.Linear(3, 1))\nm(torch.ones(4, 2)).sum().backward()\n", ("got a tuple", "several results"), 5
    ),
    "a parameter that is a plain tensor": Wrong(
        "m = nn.Module()\nm.register_parameter('w', torch.ones(1))\nm.w.backward()\n", ("`w` shall be a parameter",), 5, (), "torch.nn.Parameter(torch.ones(1))"
    ),
    "text and a tensor": Wrong(
        W + "w.sum().backward()\nprint('loss: ' + w.sum())\n", ("`w.sum()` is a tensor", "text"), 6, (), "str(w.sum())"
    ),
    "numbers for a shape": Wrong(
        "x = torch.tensor(2.0, 3.0)\nx.requires_grad_().sum().backward()\n", ("in one list",), 4, (), "torch.tensor([2.0, 3.0])"
    ),
    "a condition of numbers": Wrong(
        W + "torch.where(w, w, w).sum().backward()\n", ("`w` holds float32", "yes or no"), 5, (), "w > 0"
    ),
    "axes left out": Wrong(
        "x = torch.ones(2, 3, requires_grad=True)\nx.permute(1).sum().backward()\n", ("`x` has 2 axes", "given 1"), 5
    ),
    "a scalar product of matrices": Wrong(
        "x = torch.ones(2, 2, requires_grad=True)\ntorch.dot(x, x).backward()\n", ("`dot` takes two vectors",), 5
    ),
    "batches of another number": Wrong(
        "a = torch.ones(2, 3, 4, requires_grad=True)\nb = torch.ones(3, 4, 5)\n(a @ b).sum().backward()\n", ("which count matrices", "2 long in one and 3"), 6
    ),
    "a third tensor of another size": Wrong(
        "a = torch.ones(2, 3, requires_grad=True)\nF.triplet_margin_loss(a, a, torch.ones(2, 4)).backward()\n", ("Two of the tensors", "3 against 4"), 5
    ),
    "a parameter of whole numbers": Wrong(
        "p = nn.Parameter(torch.tensor([1, 2]))\np.sum().backward()\n", ("Whole numbers",), 4, (), ".float()"
    ),
    "half an argument": Wrong(
        W + "w.sum().backward(retain=True)\n", ("no argument `retain`",), 5, (), "retain_graph=True"
    ),
    "nothing saved for backward": Wrong(
        CUBE.format(returned="g * x, None").replace("        ctx.save_for_backward(x)\n", ""), ("forward has not saved",), 12
    ),
    "through NumPy": Wrong(
        "import numpy as np\n" + W + "y = torch.tensor(np.sin(w.detach().numpy()))\ny.sum().backward()\n", ("line 6 takes the numbers out", ".numpy()"), 7, (6,)
    ),
    "through a list": Wrong(
        W + "y = torch.tensor([v * 2 for v in w.tolist()])\ny.sum().backward()\n", ("line 5 takes the numbers out", ".tolist()"), 6, (5,)
    ),
    "the second derivative of a linear function": Wrong(
        W + "(g,) = torch.autograd.grad((3 * w).sum(), w, create_graph=True)\ng.sum().backward()\n", ("does not depend on any number", "linear"), 6, (5,)
    ),
}  # fmt: skip

ARGUMENTS = {
    "an argument misspelled": Wrong(
        "w = torch.tensor(2.0, require_grad=True)\n(w * w).backward()\n", ("`torch.tensor` has no argument `require_grad`",), 4, (), "requires_grad=True"
    ),
    "an argument of a function misspelled": Wrong(
        "w = torch.randn(2, requires_gard=True)\n(w * w).sum().backward()\n", ("`torch.randn` has no argument",), 4, (), "requires_grad=True"
    ),
    "an argument of Python's own misspelled": Wrong(
        "names = 'a b'.split(maxsplt=1)\n", ("`'a b'.split` has no argument `maxsplt`",), 4, (), "maxsplit=1"
    ),
    "an argument of another library": Wrong(
        W + "optimizer = torch.optim.SGD([w], learning_rate=0.1)\n", ("no argument `learning_rate`",), 5, (), "lr=0.1"
    ),
    "an argument unknown": Wrong("layer = nn.Linear(2, 1, colour=3)\n", ("no argument `colour`",), 4),
    "a large T": Wrong(
        "w = torch.Tensor(2.0, requires_grad=True)\nw.backward()\n", ("class of all tensors",), 4, (), "torch.tensor(2.0"
    ),
    "a tensor that is called": Wrong(W + "w(2)\n", ("`w` is a Tensor, not a function",), 5),
    "a loss that is not called": Wrong(
        "model = nn.Linear(2, 1)\nloss = nn.MSELoss(model(torch.ones(1, 2)), torch.ones(1, 1))\nloss.backward()\n", ("`loss` is the function `MSELoss`",), 5, (), "nn.MSELoss()(model("
    ),
    "a loss made of tensors": Wrong(
        "y = torch.ones(4, 2, requires_grad=True)\nt = torch.ones(4, 2)\nloss = nn.MSELoss(y, t)\nloss.backward()\n", ("`nn.MSELoss(...)` makes a module",), 6, (), "nn.MSELoss()(y, t)"
    ),
    "an import misspelled": Wrong("from torch import nnn\n", ("`torch` has no `nnn`",), 4, (), "from torch import nn"),
    "a module misspelled": Wrong(
        "import torch.nn.functionals as f\n", ("no module `torch.nn.functionals`",), 4, (), "torch.nn.functional as f"
    ),
    "an import inside of PyTorch": Wrong(
        "f = lambda: __import__('torch.no_such_part')\nf()\n", ("`__import__` loads more of PyTorch",), 4
    ),
    "an array of NumPy": Wrong("import numpy as np\nx = np.array([1.0])\nx.backward()\n", ("`x` is an array of NumPy",), 6),
    "zero_grad of a tensor": Wrong(
        W + "w.sum().backward()\nw.zero_grad()\n", ("A tensor has no `zero_grad`",), 6, (), "w.grad = None"
    ),
    "a division by zero": Wrong("n = 0\nx = 1 / n\n", ("`n` is 0",), 5),
    "a graphics card": Wrong(
        "model = nn.Linear(2, 1).cuda()\nx = torch.ones(1, 2).cuda()\nmodel(x).sum().backward()\n", ("no GPU here",), 4, (), "model = nn.Linear(2, 1)\nx = torch.ones(1, 2)"
    ),
    "Apple's graphics card": Wrong(
        "x = torch.ones(2, requires_grad=True).to('mps')\nx.sum().backward()\n", ("no GPU here",), 4, (), '.to("cpu")'
    ),
    "a notebook's display": Wrong(W + "display(w)\n", ("belongs to notebooks",), 5, (), "print(w)"),
    "a layer in small letters": Wrong("layer = nn.linear(2, 1)\n", ("`torch.nn` has no `linear`",), 4, (), "nn.Linear(2, 1)"),
}  # fmt: skip

REAL = {
    'a convolution and a size by heart': Wrong(
        """\
class CNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(8, 16, 3), nn.ReLU(), nn.MaxPool2d(2),
        )
        self.classifier = nn.Linear(16 * 7 * 7, 10)

    def forward(self, x):
        x = self.features(x)
        x = x.view(x.size(0), -1)
        return self.classifier(x)

model = CNN()
out = model(torch.randn(4, 1, 28, 28))
out.sum().backward()
""",
        ('`self.classifier` (Linear) takes 784 features', '`x` has shape (4, 400)'), 16, (), 'nn.Linear(400, 10)',
    ),
    'two networks against each other': Wrong(
        """\
G, D = nn.Linear(2, 3), nn.Linear(3, 1)
opt_g = torch.optim.Adam(G.parameters(), lr=0.01)
opt_d = torch.optim.Adam(D.parameters(), lr=0.01)
bce = nn.BCEWithLogitsLoss()
for step in range(3):
    fake = G(torch.randn(4, 2))
    d_loss = bce(D(torch.randn(4, 3)), torch.ones(4, 1)) + bce(D(fake), torch.zeros(4, 1))
    g_loss = bce(D(fake), torch.ones(4, 1))
    opt_d.zero_grad()
    d_loss.backward(retain_graph=True)
    opt_d.step()
    opt_g.zero_grad()
    g_loss.backward()
    opt_g.step()
""",
        ('`D.weight` was changed in place in line 14',), 16, (11, 14), 'g_loss.backward()\n    opt_d.step()',
    ),
    'two networks, one graph': Wrong(
        """\
G, D = nn.Linear(2, 3), nn.Linear(3, 1)
opt_g = torch.optim.Adam(G.parameters(), lr=0.01)
opt_d = torch.optim.Adam(D.parameters(), lr=0.01)
bce = nn.BCEWithLogitsLoss()
for step in range(3):
    fake = G(torch.randn(4, 2))
    d_loss = bce(D(fake), torch.zeros(4, 1))
    opt_d.zero_grad()
    d_loss.backward()
    opt_d.step()
    g_loss = bce(D(fake), torch.ones(4, 1))
    opt_g.zero_grad()
    g_loss.backward()
    opt_g.step()
""",
        ('line 12', 'graph of `fake`'), 16, (12,), 'retain_graph=True',
    ),
    'an RNN over epochs': Wrong(
        """\
rnn = nn.RNN(4, 8, batch_first=True)
head = nn.Linear(8, 2)
optimizer = torch.optim.SGD([*rnn.parameters(), *head.parameters()], lr=0.1)
h = torch.zeros(1, 3, 8)
for epoch in range(3):
    x, y = torch.randn(3, 5, 4), torch.tensor([0, 1, 1])
    out, h = rnn(x, h)
    loss = nn.functional.cross_entropy(head(out[:, -1]), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
""",
        ('`h` carries a graph',), 13, (10,), '    h = h.detach()\n    x, y',
    ),
    'states in a table': Wrong(
        """\
W = torch.randn(3, 3, requires_grad=True)
h = torch.zeros(3)
hs = torch.zeros(4, 3)
for t in range(4):
    h = torch.tanh(W @ h + 1)
    hs[t] = h
    loss = (hs[t] ** 2).sum()
    loss.backward()
""",
        ('`h` and `hs` carry a graph',), 11, (8, 9), 'h, hs = h.detach(), hs.detach()',
    ),
    'a change inside of a forward': Wrong(
        """\
class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(3, 3)
        self.act = nn.ReLU(inplace=True)
    def forward(self, x):
        y = torch.tanh(self.lin(x))
        z = self.act(y)
        return z + x
model = Block()
model(torch.randn(2, 3)).sum().backward()
""",
        ('`y` was changed in place in line 11', 'line 10', '`tanh`'), 14, (10, 11), 'nn.ReLU()',
    ),
    'a function that records nothing': Wrong(
        """\
model = nn.Linear(3, 1)
@torch.no_grad()
def predict(x):
    return model(x)
loss = (predict(torch.randn(4, 3)) ** 2).mean()
loss.backward()
""",
        ('`loss`', 'line 7', '`model.weight` and `model.bias`', 'no_grad'), 9, (7,), 'def predict(x):',
    ),
    'accuracy for a loss': Wrong(
        """\
model = nn.Linear(3, 2)
x, y = torch.randn(4, 3), torch.tensor([0, 1, 0, 1])
pred = model(x).argmax(1)
loss = (pred != y).float().mean()
loss.backward()
""",
        ('`loss` has no graph', 'line 6', '`argmax`'), 8, (6,), None,
    ),
    'keys that are not turned': Wrong(
        """\
q = torch.randn(2, 5, 8, requires_grad=True)
k = torch.randn(2, 5, 8)
v = torch.randn(2, 5, 8)
scores = torch.softmax(q @ k / 8 ** 0.5, dim=-1)
out = scores @ v
""",
        ('`q` has shape (2, 5, 8)', '`k` has shape (2, 5, 8)'), 7, (), 'k.transpose(-2, -1)',
    ),
    'a column of labels': Wrong(
        """\
class Net(nn.Module):
    def __init__(self, n_in, n_hidden, n_out):
        super(Net, self).__init__()
        self.hidden = nn.Linear(n_in, n_hidden)
        self.out = nn.Linear(n_hidden, n_out)
    def forward(self, x):
        x = F.relu(self.hidden(x))
        return self.out(x)
net = Net(2, 5, 3)
X = torch.randn(10, 2)
y = torch.randint(0, 3, (10, 1))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(net.parameters())
def train_step(inputs, labels):
    optimizer.zero_grad()
    output = net(inputs)
    loss = criterion(output, labels)
    loss.backward()
    optimizer.step()
    return loss
for epoch in range(2):
    print(train_step(X, y).item())
""",
        ('`labels` has shape (10, 1)',), 20, (), 'labels.squeeze(1)',
    ),
    'data in whole numbers': Wrong(
        """\
X = torch.tensor([[1, 2], [3, 4], [5, 6]])
y = torch.tensor([1.0, 2.0, 3.0])
w = torch.zeros(2, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
for _ in range(10):
    pred = X @ w + b
    loss = ((pred - y) ** 2).mean()
    loss.backward()
""",
        ('`X` holds int64', '`w` holds float32'), 9, (), 'X.float() @ w',
    ),
    "an LSTM over rounds": Wrong(
        "lstm = nn.LSTMCell(2, 3)\nh = c = torch.zeros(1, 3)\nfor t in range(2):\n    h, c = lstm(torch.ones(1, 2), (h, c))\n    h.sum().backward()\n",
        ("`c` and `h` carry a graph",), 8, (7,), "c, h = c.detach(), h.detach()",
    ),
}  # fmt: skip

WRONG: dict[str, Wrong] = {
    **REAL,
    **BACKWARD,
    **IN_PLACE,
    **SHAPES,
    **LOSSES,
    **DTYPES,
    **INDICES,
    **VALUES,
    **BESIDE,
    **MODULES,
    **NAMES,
    **MISTAKEN,
    **ARGUMENTS,
}
