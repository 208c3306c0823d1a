"""What the gate refuses is left out where the graph does not need it, and only there."""

from __future__ import annotations

import pytest

from explorer.gate import refusal
from explorer.limits import Limits
from explorer.records import Failure, Program
from explorer.source import Source
from explorer.wire import decode, encode
from explorer.worker.answer import answer_to
from explorer.worker.doctor.leaving_out import with_fix
from explorer.worker.execute import execute

GRAPH = "x = torch.tensor(2.0, requires_grad=True)\n(x * x).backward()\n"
LEFT_OUT = {
    "a plot": (
        "import torch\nimport matplotlib.pyplot as plt\n" + GRAPH + "plt.plot([1],\n  [2])\nplt.show()\n",
        ("# import matplotlib.pyplot as plt", "# plt.plot([1],\n#   [2])", "# plt.show()"),
    ),
    "a plot in a loop": (
        "import torch\nimport matplotlib.pyplot as plt\nfig, ax = plt.subplots()\n" + GRAPH
        + "for i in range(2):\n    if i:\n        ax.plot(i)\n        plt.show()\n",
        ("# fig, ax = plt.subplots()", "        # ax.plot(i)\n        pass  # plt.show()"),
    ),
    "torchviz": (
        "import torch\nfrom torchviz import make_dot\n" + GRAPH + "make_dot(x).render('x')\n",
        ("# from torchviz", "# make_dot(x)"),
    ),
    "a bar of progress": (
        "import torch\nfrom tqdm.auto import tqdm, trange\n" + GRAPH
        + "for i in tqdm(range(3), desc='a'):\n    for j in trange(5):\n        pass\n",
        ("for i in range(3):", "for j in range(5):"),
    ),
    "one of several modules": ("import os, torch\n" + GRAPH, ("import torch",)),
    "settings of the computer": (
        "import os\nimport torch\nos.environ['X'] = '1'\ntorch.set_num_threads(1)\n" + GRAPH,
        ("# os.environ", "# torch.set_num_threads(1)"),
    ),
    "Colab": (
        "from google.colab import drive\ndrive.mount('/content')\nimport torch\n" + GRAPH,
        ("# from google.colab import drive\n# drive.mount",),
    ),
    "a module that nobody uses": ("import pandas as pd\nimport torch\n" + GRAPH, ("# import pandas",)),
    "a compiler": ("import torch\nf = torch.compile(torch.sin)\n" + GRAPH, ("f = torch.sin",)),
    "TorchScript": (
        "import torch\nf = torch.jit.trace(torch.nn.ReLU(), torch.ones(2))\n" + GRAPH,
        ("f = torch.nn.ReLU()",),
    ),
    "a compiler above a function": (
        "import torch\n@torch.compile(mode='default')\ndef f(x):\n    return x\n" + GRAPH,
        ("# @torch.compile(mode='default')",),
    ),
    "a timer": (
        "import torch\nfrom torch.utils.benchmark import Timer\n" + GRAPH
        + "timer = Timer('x * x', globals=globals())\ntook = timer.timeit(5)\nprint(took)\n",
        ("# from torch.utils.benchmark", "# timer = Timer", "# took = timer", "# print(took)"),
    ),
    "a timer by its module": (
        "import torch\nfrom torch.utils import benchmark\n" + GRAPH + "t = benchmark.Timer('1')\n",
        ("# from torch.utils import benchmark", "# t = benchmark.Timer"),
    ),
    "workers": (
        "import torch\nfrom torch.utils.data import DataLoader\nDataLoader([1], num_workers=2)\n" + GRAPH,
        ("DataLoader([1], num_workers=0)",),
    ),
    "a file to save to": ("import torch\n" + GRAPH + "torch.save(x, 'x.pt')\n", ("# torch.save",)),
}  # fmt: skip

NEEDED = {
    "data from a file": "import pandas as pd\nimport torch\nx = torch.tensor(pd.read_csv('x').values)\n",
    "a branch": "import sys\nif sys.argv:\n    pass\n",
    "a part of a sum": "import os\nx = 1 + os.cpu_count()\n",
    "a statement in the same line": "import matplotlib.pyplot as plt\nplt.show(); x = 1\n",
    "a model of others": "import torchvision\nmodel = torchvision.models.resnet18()\n",
    "a typed number": "x = float(input())\n",
    "a name of a module": "from torch import hub\nhub.load('a', 'b')\n",
}  # fmt: skip


def refused(source: str) -> Failure:
    failure = refusal(source)
    assert failure is not None
    return with_fix(failure, source)


@pytest.mark.parametrize("name", LEFT_OUT)
def test_what_the_graph_does_not_need_becomes_a_comment(name: str) -> None:
    source, parts = LEFT_OUT[name]
    fix = refused(source).fix
    assert fix is not None
    for part in parts:
        assert part in fix.code
    after = Source(source).applied(fix)
    assert refusal(after) is None
    (leaf,) = execute(Program(source=after)).leaves
    assert leaf.grad is not None
    assert leaf.grad.values == (4.0,)


@pytest.mark.parametrize("name", NEEDED)
def test_what_other_lines_need_is_left_to_the_writer(name: str) -> None:
    failure = refused(NEEDED[name])
    assert failure.fix is None
    assert failure.hint


def test_the_page_gets_it_from_the_worker() -> None:
    source, _ = LEFT_OUT["a plot"]
    answer = decode(answer_to(encode(Program(source=source)), Limits()))
    assert answer.failure == refused(source)
