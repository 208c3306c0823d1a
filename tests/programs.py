"""Programs of every kind that the recorder must tell truly: name -> source.

Each ends in leaves whose gradients plain PyTorch computes too; the tests compare the two.
"""

from __future__ import annotations

import sys

HEAD = """\
import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(7)
"""

_BODIES = {
    "chain rule on scalars": """\
x = torch.tensor(2.0, requires_grad=True)
w = torch.tensor(-3.0, requires_grad=True)
b = torch.tensor(6.881, requires_grad=True)
y = torch.tanh(x * w + b)
y.backward()
""",
    "sigmoid by hand": """\
x = torch.randn(3, requires_grad=True)
y = (1 / (1 + torch.exp(-x))).sum()
y.backward()
""",
    "mm and sum": """\
a = torch.randn(2, 3, requires_grad=True)
b = torch.randn(3, 4, requires_grad=True)
torch.mm(a, b).sum().backward()
""",
    "shared leaf": """\
w = torch.tensor(3.0, requires_grad=True)
a = w * 2
b = w**2
(a + b + w).backward()
""",
    "a tensor times itself": """\
x = torch.tensor([1.0, -2.0], requires_grad=True)
(x * x).sum().backward()
""",
    "module class": """\
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(4, 3)
        self.out = nn.Linear(3, 2)

    def forward(self, x):
        h = torch.sigmoid(self.hidden(x))
        return F.softmax(self.out(h), dim=1)

model = Net()
x = torch.randn(5, 4)
loss = -model(x)[:, 0].log().mean()
loss.backward()
""",
    "sequential with relu and softmax": """\
model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2), nn.Softmax(dim=1))
out = model(torch.randn(2, 3))
out[0, 1].backward()
""",
    "cross entropy against its parts": """\
x = torch.randn(3, 5, requires_grad=True)
target = torch.tensor([1, 0, 4])
one = nn.CrossEntropyLoss()(x, target)
two = nn.NLLLoss()(nn.LogSoftmax(dim=1)(x), target)
one.backward(retain_graph=True)
two.backward()
""",
    "rnn cell over three lengths": """\
cell = nn.RNNCell(2, 3)
for length in (1, 2, 4):
    h = torch.zeros(1, 3)
    for step in range(length):
        h = cell(torch.randn(1, 2), h)
    h.sum().backward()
""",
    "branch and loop on data": """\
x = torch.tensor([0.5, -1.0], requires_grad=True)
y = x * 2
while y.norm() < 100:
    y = y * 2
if y.sum() > 0:
    z = y.sum()
else:
    z = -y.sum() ** 2
z.backward()
""",
    "own function": """\
class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        y = x * x
        return y * x

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * 3 * x * x

x = torch.randn(3, requires_grad=True)
Cube.apply(x * 2).sum().backward()
""",
    "own function with several outputs": """\
class SplitSign(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale):
        ctx.save_for_backward(x)
        ctx.scale = scale
        return x.clamp(min=0) * scale, x.clamp(max=0) * scale

    @staticmethod
    def backward(ctx, up, down):
        (x,) = ctx.saved_tensors
        return (up * (x > 0) + down * (x < 0)) * ctx.scale, None

x = torch.randn(4, requires_grad=True)
up, down = SplitSign.apply(x, 2.0)
(up * 3 + down).sum().backward()
""",
    "own function with an unused output": """\
class Two(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.set_materialize_grads(False)
        return x + 1, x * 2

    @staticmethod
    def backward(ctx, one, two):
        return one if two is None else two

x = torch.randn(2, requires_grad=True)
first, second = Two.apply(x)
first.sum().backward()
""",
    "training loop with zero_grad": """\
model = nn.Linear(2, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
x, y = torch.randn(8, 2), torch.randn(8, 1)
for epoch in range(3):
    optimizer.zero_grad()
    loss = F.mse_loss(model(x), y)
    loss.backward()
    optimizer.step()
""",
    "training loop without zero_grad": """\
w = torch.zeros(2, requires_grad=True)
x = torch.randn(5, 2)
for epoch in range(3):
    loss = ((x @ w - 1) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
""",
    "adam with weight decay": """\
model = nn.Sequential(nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=0.05, weight_decay=0.1)
x = torch.randn(4, 3)
for _ in range(4):
    optimizer.zero_grad(set_to_none=False)
    model(x).pow(2).mean().backward()
    optimizer.step()
""",
    "detach and no_grad": """\
w = torch.tensor(2.0, requires_grad=True)
a = (w * 3).detach()
with torch.no_grad():
    c = w * 5
(w * a * c).backward()
""",
    "broadcasting": """\
x = torch.randn(4, 1, requires_grad=True)
w = torch.randn(6, requires_grad=True)
s = torch.randn((), requires_grad=True)
(x * w + s).pow(2).mean().backward()
""",
    "split and cat": """\
x = torch.randn(6, requires_grad=True)
a, b, c = x.split(2)
torch.cat([a * b, c.exp(), a]).sum().backward()
""",
    "unbind with unused outputs": """\
x = torch.randn(3, 2, requires_grad=True)
a, b, c = x.unbind()
(a * c).sum().backward()
""",
    "lstm": """\
model = nn.LSTM(3, 4, num_layers=2)
out, (h, c) = model(torch.randn(5, 2, 3))
(out.mean() + h.sum()).backward()
""",
    "lstm cell": """\
cell = nn.LSTMCell(3, 4)
h = c = torch.zeros(2, 4)
for step in range(4):
    h, c = cell(torch.randn(2, 3), (h, c))
h.pow(2).sum().backward()
""",
    "in place": """\
x = torch.randn(4, requires_grad=True)
h = x * 2
h += 1
h.sub_(x)
h.relu_()
(h * 3).sum().backward()
""",
    "written into slices": """\
w = torch.randn(3, requires_grad=True)
z = torch.zeros(4)
z[0] = w[1]
z[1:] = w * 2
z[2] *= 3
(z * z).sum().backward()
""",
    "views": """\
x = torch.randn(2, 6, requires_grad=True)
a = x.view(3, 4).t()[1:]
b = a.reshape(-1)[::2].unsqueeze(0).expand(3, -1)
b.contiguous().sum().backward()
""",
    "output is a view": """\
x = torch.randn(2, 2, requires_grad=True)
y = x.exp()[0, 1]
y.backward()
""",
    "indexing and gather": """\
x = torch.randn(5, 3, requires_grad=True)
i = torch.tensor([0, 2, 2])
(x[i].sum() + x.gather(1, torch.tensor([[0], [1], [2], [0], [1]])).sum() + x[x > 0].sum()).backward()
""",
    "checkpoint": """\
from torch.utils.checkpoint import checkpoint
w = torch.randn(3, 3, requires_grad=True)
x = torch.randn(2, 3, requires_grad=True)
def block(v):
    return torch.tanh(v @ w).relu()
checkpoint(block, x, use_reentrant=False).sum().backward()
""",
    "reentrant checkpoint": """\
from torch.utils.checkpoint import checkpoint
layer = nn.Linear(3, 3)
x = torch.randn(2, 3, requires_grad=True)
checkpoint(layer, x, use_reentrant=True).sum().backward()
""",
    "several backward passes": """\
x = torch.tensor(1.5, requires_grad=True)
for power in range(1, 4):
    (x**power).backward()
""",
    "retain_graph": """\
x = torch.randn(3, requires_grad=True)
y = (x.exp() * x).sum()
y.backward(retain_graph=True)
y.backward(retain_graph=True)
x.grad = None
y.backward()
""",
    "create_graph": """\
x = torch.tensor(3.0, requires_grad=True)
y = x**4
(g,) = torch.autograd.grad(y, x, create_graph=True)
(h,) = torch.autograd.grad(g, x, create_graph=True)
h.backward()
""",
    "gradient penalty": """\
net = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
x = torch.randn(4, 2, requires_grad=True)
out = net(x)
(g,) = torch.autograd.grad(out.sum(), x, create_graph=True)
(out.mean() + (g.norm(dim=1) - 1).pow(2).mean()).backward()
""",
    "backward with create_graph": """\
x = torch.tensor(2.0, requires_grad=True)
(x**3).backward(create_graph=True)
g = x.grad
x.grad = None
(g * g).backward()
""",
    "autograd.grad of several": """\
x = torch.randn(2, requires_grad=True)
w = torch.randn(2, requires_grad=True)
u = torch.randn(2, requires_grad=True)
gx, gw, gu = torch.autograd.grad((x * w).sum(), [x, w, u], allow_unused=True)
(x * w * u).sum().backward(inputs=[x, u])
""",
    "several roots": """\
x = torch.randn(3, requires_grad=True)
a, b = x * 2, x.exp()
torch.autograd.backward([a.sum(), b], [None, torch.tensor([1.0, 0.5, 2.0])])
""",
    "gradient given": """\
x = torch.randn(2, 2, requires_grad=True)
y = x.t()
G = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
y.backward(gradient=G)
""",
    "complex": """\
z = torch.tensor([1 + 2j, 3 - 1j], requires_grad=True)
w = z * z.conj() * (0.5 + 1j)
w.abs().sum().backward()
""",
    "float64": """\
x = torch.linspace(0.1, 2, 5, dtype=torch.float64, requires_grad=True)
torch.special.gammaln(x).sum().backward()
""",
    "bfloat16 and mixed": """\
x = torch.randn(3, requires_grad=True)
w = torch.randn(3, dtype=torch.bfloat16, requires_grad=True)
(x.to(torch.bfloat16) * w).float().sum().backward()
""",
    "empty tensors": """\
x = torch.zeros(0, 3, requires_grad=True)
w = torch.randn(3, requires_grad=True)
((x * w).sum() + w.sum()).backward()
""",
    "tensor hooks": """\
x = torch.randn(3, requires_grad=True)
h = x * 2
h.register_hook(lambda g: g * 10)
x.register_hook(lambda g: g.clamp(max=5.0))
h.retain_grad()
(h * h).sum().backward()
""",
    "post accumulate hook": """\
x = torch.randn(3, requires_grad=True)
def clip(p):
    p.grad = p.grad.clamp(-1, 1)
x.register_post_accumulate_grad_hook(clip)
(x * 5).sum().backward()
""",
    "a step inside of backward": """\
w = torch.randn((), requires_grad=True)
v = torch.randn(2, requires_grad=True)
opt = torch.optim.SGD([w, v], lr=0.1)
def step(p):
    opt.step()
    opt.zero_grad()
for p in (w, v):
    p.register_post_accumulate_grad_hook(step)
(w * 2 + w + v.sum() + (v * v).sum()).backward()
""",
    "nan and infinity": """\
x = torch.tensor([0.0, 4.0], requires_grad=True)
y = torch.where(x > 1, torch.sqrt(x), torch.zeros(2))
(y.sum() + (1 / x).sum()).backward()
""",
    "convolution and norm": """\
model = nn.Sequential(
    nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(27, 4)
)
x = torch.randn(2, 1, 8, 8)
F.cross_entropy(model(x), torch.tensor([1, 3])).backward()
""",
    "attention": """\
model = nn.MultiheadAttention(8, 2, batch_first=True)
x = torch.randn(2, 5, 8)
out, weights = model(x, x, x)
out.pow(2).mean().backward()
""",
    "embedding and sum": """\
table = nn.Embedding(6, 3)
words = torch.tensor([[0, 2], [5, 2]])
table(words).sum(1).pow(2).mean().backward()
""",
    "sparse embedding": """\
table = nn.Embedding(6, 3, sparse=True)
table(torch.tensor([1, 1, 4])).pow(2).sum().backward()
""",
    "dropout": """\
x = torch.randn(20, requires_grad=True)
F.dropout(x * 2, 0.5).pow(2).sum().backward()
""",
    "containers of leaves": """\
ws = [torch.randn(2, requires_grad=True) for _ in range(3)]
params = {"w": torch.randn(2, requires_grad=True)}
total = params["w"].sum()
for w in ws:
    total = total + (w * params["w"]).sum()
total.backward()
""",
    "functions and recursion": """\
def power(x, n):
    if n == 0:
        return torch.ones_like(x)
    return x * power(x, n - 1)
x = torch.tensor(1.5, requires_grad=True)
y = power(x * 2, 4)
y.backward()
""",
    "generators, lambdas and walrus": """\
def doubled(values):
    for value in values:
        yield value * 2
x = torch.randn(3, requires_grad=True)
square = lambda t: t * t
total = sum(square(v) for v in doubled(x))
if (y := total * 3) is not None:
    y.backward()
""",
    "leaf made in a function": """\
def make():
    hidden = torch.randn(2, requires_grad=True)
    return (hidden * 2).sum()
x = torch.tensor(1.0, requires_grad=True)
(make() * x).backward()
""",
    "linear algebra": """\
a = torch.randn(3, 3, dtype=torch.float64, requires_grad=True)
s = a @ a.T + torch.eye(3)
(torch.linalg.slogdet(s)[1] + torch.linalg.svd(s)[1].sum() + torch.linalg.inv(s).trace()).backward()
""",
    "max, sort and topk": """\
x = torch.randn(4, 5, requires_grad=True)
value, where = x.max(dim=1)
(value.sum() + x.sort(dim=0).values[0].sum() + x.topk(2).values.prod()).backward()
""",
    "einsum and matmul": """\
a = torch.randn(2, 3, 4, requires_grad=True)
b = torch.randn(2, 4, 5, requires_grad=True)
torch.einsum("bij,bjk->bik", a, b).relu().sum().backward()
""",
    "parameters frozen": """\
model = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 1))
model[0].weight.requires_grad_(False)
model(torch.randn(2, 3)).sum().backward()
""",
    "unused leaf": """\
x = torch.tensor(1.0, requires_grad=True)
y = torch.tensor(2.0, requires_grad=True)
(x * 2).backward()
""",
    "wide and large": """\
x = torch.randn(64, 200)
w = torch.randn(200, 100, requires_grad=True)
b = torch.zeros(100, requires_grad=True)
torch.relu(x @ w + b).pow(2).mean().backward()
""",
    "cut by hand in place on a leaf": """\
w = torch.randn(3, requires_grad=True)
(w * 2).sum().backward()
w.grad.zero_()
(w * 3).sum().backward()
with torch.no_grad():
    w.mul_(0.5)
(w.exp()).sum().backward()
""",
    "numbers on the left": """\
x = torch.tensor([1.0, 2.0], requires_grad=True)
(2 * x + 3 - 1 / x + 2**x - (5 - x) ** 2).sum().backward()
""",
    "dtype converted by the engine": """\
class Half(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 0.5
    @staticmethod
    def backward(ctx, g):
        return (g * 0.5).double()
x = torch.randn(3, requires_grad=True)
Half.apply(x).sum().backward()
""",
    "scalar in brackets": """\
x = torch.tensor([[2.0]], requires_grad=True)
(x * 3).backward()
""",
    "functions of one number": """\
x = torch.rand(3, requires_grad=True)
for name in "exp2 expm1 log2 log10 log1p rsqrt sin tan sinh cosh asin acos atan asinh atanh erf erfc abs".split():
    getattr(torch, name)(x).sum().backward()
(x + 2).acosh().sum().backward()
(x % 0.3 + torch.fmod(x, 0.4) + x.floor()).sum().backward()
""",
    "activations": """\
x = torch.tensor([-1.5, 0.0, 0.4, 2.0], requires_grad=True)
a = torch.tensor([0.2], requires_grad=True)
for name in "relu relu6 elu selu celu gelu silu mish softplus logsigmoid hardtanh hardsigmoid hardswish hardshrink softshrink leaky_relu".split():
    getattr(F, name)(x).sum().backward()
F.gelu(x, approximate="tanh").sum().backward()
F.threshold(x, 0.1, 0.5).sum().backward()
F.prelu(x, a).sum().backward()
(x.clamp(-1, 1) + x.clamp(min=0.4) + x.clamp(max=0.0)).sum().backward()
""",
    "ties and masks": """\
x = torch.tensor([2.0, 2.0, 1.0], requires_grad=True)
y = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
for z in (torch.maximum(x, y), torch.minimum(x, y), torch.where(x > y, x, y), x.masked_fill(x > 1.5, 0.5), x.max(), x.min(), x.amax(0), x.median(), x.prod(), x.std(), x.var(), x.logsumexp(0), torch.addcmul(x, x, y, value=2), torch.lerp(x, y, 0.3), torch.hypot(x, y), x**y, torch.atan2(x, y), torch.dot(x, y)):
    z.sum().backward()
""",
    "losses": """\
x = torch.tensor([[0.2, 0.7], [0.9, 0.4]], requires_grad=True)
t = torch.tensor([[0.0, 1.0], [1.0, 0.0]])
for how in ("mean", "sum"):
    F.mse_loss(x, t, reduction=how).backward()
    F.smooth_l1_loss(x, t, reduction=how, beta=0.5).backward()
    F.huber_loss(x, t, reduction=how, delta=0.3).backward()
    F.binary_cross_entropy(x, t, reduction=how).backward()
    F.binary_cross_entropy_with_logits(x, t, reduction=how).backward()
    F.soft_margin_loss(x, 2 * t - 1, reduction=how).backward()
F.binary_cross_entropy(x, t, weight=torch.tensor([1.0, 2.0])).backward()
""",
    "printing": """\
x = torch.randn(2, requires_grad=True)
print("x is", x)
y = (x * 2).sum()
print(y.item(), torch.rand(1).item())
y.backward()
print(x.grad)
""",
}

if sys.version_info >= (3, 12):
    _BODIES["functions and classes with type parameters"] = """\
class Net[T](nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 1)
    def forward[U](self, x: U) -> U:
        h = self.layer(x)
        return [part.tanh() for part in [h, h * 2]]
def total[T](parts: list[T]) -> T:
    return sum(part.sum() for part in parts)
type Weight = torch.Tensor
w: Weight = torch.tensor([2.0, 3.0], requires_grad=True)
loss = total(Net()(w))
print(f"{'loss'} {f"{loss.item():.{len("xx")}f}"}")
loss.backward()
"""

PROGRAMS = {name: HEAD + body for name, body in _BODIES.items()}
"""Programs that call backward themselves."""

AUTOMATIC = {
    "scalar": HEAD + "x = torch.tensor(2.0, requires_grad=True)\ny = x**3\n",
    "vector": HEAD + "x = torch.randn(3, requires_grad=True)\ny = x.exp()\n",
    "complex": HEAD + "x = torch.tensor(1 + 1j, requires_grad=True)\ny = x * x\n",
    "value of an expression": HEAD + "x = torch.randn(3, requires_grad=True)\n(x * 2).sum()\n",
    "in a module": HEAD + "model = nn.Linear(2, 2)\nout = model(torch.ones(1, 2))\n",
    "only a leaf": HEAD + "x = torch.tensor(2.0, requires_grad=True)\n",
}
"""Programs that leave backward to the explorer."""

FAILING = {
    "syntax": "import torch\nx = (1,\n",
    "indentation": "def f():\nreturn 1\n",
    "empty": "  \n\n",
    "name": HEAD + "x = torch.ones(2, requires_grad=True)\ny = x * 2\nz = undefined + 1\n",
    "shapes": HEAD + "a = torch.randn(2, 3, requires_grad=True)\nb = a * 2\nc = b @ a\n",
    "not a scalar": HEAD + "x = torch.ones(2, requires_grad=True)\n(x * 2).backward()\n",
    "backward twice": HEAD
    + "x = torch.ones(2, requires_grad=True)\ny = (x * x).sum()\ny.backward()\ny.backward()\n",
    "in place": HEAD
    + "x = torch.ones(2, requires_grad=True)\ny = x.exp()\ny += 1\ny.sum().backward()\n",
    "leaf in place": HEAD + "x = torch.ones(2, requires_grad=True)\nx += 1\n",
    "no graph": HEAD + "x = torch.ones(2)\nx.sum().backward()\n",
    "nothing requires grad": HEAD + "x = torch.ones(2)\ny = x * 2\n",
    "no super": HEAD
    + "class Net(nn.Module):\n    def __init__(self):\n        self.layer = nn.Linear(1, 1)\nNet()\n",
    "exit": HEAD + "x = torch.ones(2, requires_grad=True)\ny = x * 2\nexit()\n",
    "recursion": "def f(n):\n    return f(n + 1)\nf(0)\n",
    "raises inside backward": HEAD
    + "class Bad(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, x):\n        return x * 2\n"
    + "    @staticmethod\n    def backward(ctx, g):\n        raise ValueError('no way back')\n"
    + "x = torch.ones(2, requires_grad=True)\n(Bad.apply(x * 3) * 4).sum().backward()\n",
}
"""Programs that end in a Failure."""
