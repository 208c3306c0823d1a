"""What the gate says to people who paste code."""

from __future__ import annotations

import pytest

from explorer.gallery import EXAMPLES
from explorer.gate import CLOSED, HINTS, MODULES, refusal

PASSES = [
    "",
    "a = '\\d'  # Python warns of it, and here that would be an error",
    "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F",
    "from torch.utils.data import DataLoader, TensorDataset\nDataLoader([1], num_workers=0)",
    "from collections import OrderedDict\nfrom dataclasses import dataclass\nimport collections.abc",
    "from __future__ import annotations\nimport math, random, typing, time, copy, datetime",
    "import numpy as np\nfrom numpy import linalg",
    "from torch import *",
    "def open(x):\n    return x\n\nopen(3)",
    "compile = lambda x: x\ncompile(3)",
    "def f(input):\n    return input(1)",
    "import re\nfrom re import compile\nre.compile('a')\ncompile('b')",
    "model.eval()\nmodel.compile()",
    "this is no Python",
    "x = '\x00'",
    "import numpy as np\nnp.linalg.norm(np.random.rand(3))",
    "import torch\ntorch.signal.windows.hann(3)\ntorch.select(x, 0, 1)\ntorch.random.manual_seed(0)",
    "class Disk:\n    def load(self):\n        return 1\n\ntorch = Disk()\ntorch.load()",
    "import unicodedata\nunicodedata.normalize('NFD', 'é')",
    "import random, math\nrandom.random() + math.pi",
    "self.os.path",
]
REFUSED = [
    ("x = 1\nimport os\n", 2, "os", "Files"),
    ("import os.path as p", 1, "os", "Files"),
    ("from os import path", 1, "os", "Files"),
    ("import math, socket", 1, "socket", "network"),
    ("def f():\n    import matplotlib.pyplot as plt", 2, "matplotlib", "plotting"),
    ("from torchvision import models", 1, "torchvision", "torch.nn"),
    ("from torchvision import datasets", 1, "torchvision", "torch.randn"),
    ("from torchvision.transforms import ToTensor", 1, "torchvision", "torch.randn"),
    ("import torchvision.datasets as sets", 1, "torchvision", "torch.randn"),
    ("import functorch as ft", 1, "functorch", "torch.func"),
    ("from torch.utils.benchmark import Timer", 1, "torch.utils.benchmark", "timing"),
    ("import torch.utils.benchmark", 1, "torch.utils.benchmark", "timing"),
    ("from torch import hub", 1, "torch.hub", "network"),
    ("import torch.multiprocessing as mp", 1, "torch.multiprocessing", "one process"),
    ("from torch.utils.tensorboard import SummaryWriter", 1, "torch.utils.tensorboard", "Files"),
    ("from torch.utils import cpp_extension", 1, "torch.utils.cpp_extension", "compiler"),
    ("from torch import compile", 1, "torch.compile", "compiler"),
    ("import pdb; pdb.set_trace()", 1, "pdb", "table of lines"),
    ("import torhc", 1, "torhc", "`torch`"),
    ("import nunpy as np", 1, "nunpy", "`numpy`"),
    ("import somethingelse", 1, "somethingelse", "can be imported"),
    ("import ctypes", 1, "ctypes", "can be imported"),
    ("from . import mine", 1, ".", "can be imported"),
    ("from .mine import x", 1, ".mine", "can be imported"),
    ("import torch\n\nwith open('x') as f:\n    pass", 3, "open()", "Files"),
    ("x = float(input('how much? '))", 1, "input()", "type"),
    ("import torch\ntorch.save(1, 'x')", 2, "torch.save", "Files"),
    ("import torch\nf = torch.compile(f)", 2, "torch.compile", "compiler"),
    ("import torch\n@torch.jit.script\ndef f(x): return x", 2, "torch.jit.script", "compiler"),
    ("exec('x = 1')", 1, "exec()", "itself"),
    ("DataLoader(d, num_workers=4)", 1, "num_workers", "one process"),
    ("import torch\ntorch.os.listdir('/')", 2, "torch.os", "Files"),
    ("import torch as th\nth.builtins.open('x')", 2, "torch.builtins", "own names"),
    ("import torch\nx = 1\nf = torch.load", 3, "torch.load", "Files"),
    ("from torch import load", 1, "torch.load", "Files"),
    ("from torch import os", 1, "torch.os", "Files"),
    ("import torch\ntorch.hub.load('a', 'b')", 2, "torch.hub", "network"),
    (
        "import torch.nn.functional as F\nF.warnings.sys.exit()",
        2,
        "torch.nn.functional.warnings.sys",
        "Files",
    ),
    (
        "from torch import nn\nnn.init.math, nn.functional.importlib",
        2,
        "torch.nn.functional.importlib",
        "own names",
    ),
    ("import random\nrandom._os.getcwd()", 2, "random._os", "Files"),
    ("import torch\ntorch.set_num_threads(4)", 2, "torch.set_num_threads", "one thread"),
    ("import numpy as np\nnp.load('x')", 2, "numpy.load", "Files"),
    ("from numpy import savetxt", 1, "numpy.savetxt", "Files"),
    ("from tqdm import tqdm", 1, "tqdm", "bar of progress"),
    ("from google.colab import drive", 1, "google", "not Colab"),
    ("import zlib\nimport os", 1, "zlib", "can be imported"),
]


@pytest.mark.parametrize("source", PASSES)
def test_what_learners_write_passes(source: str) -> None:
    assert refusal(source) is None


@pytest.mark.parametrize(("source", "line", "name", "hint"), REFUSED)
def test_a_refusal_names_the_line_the_thing_and_what_to_do(
    source: str, line: int, name: str, hint: str
) -> None:
    failure = refusal(source)
    assert failure is not None
    assert (failure.kind, failure.line) == ("refused", line)
    assert f"`{name}`" in failure.message
    assert hint in (failure.hint or "")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.slug)
def test_every_example_passes(example) -> None:  # type: ignore[no-untyped-def]
    assert refusal(example.source) is None


@pytest.mark.parametrize(
    "source",
    ["(" * 5000, "-" * 50_000 + "1", "x" + ".y" * 50_000, "x.y;" * 25_000, "[" * 150 + "]" * 150],
)
def test_a_bomb_for_the_parser_does_not_go_off(source: str) -> None:
    failure = refusal(source)
    assert failure is None or failure.kind == "syntax"


def test_every_hint_is_a_sentence_and_none_is_for_an_open_module() -> None:
    assert not MODULES & HINTS.keys()
    for hint in (*HINTS.values(), *CLOSED.values()):
        assert hint[0].isupper()
        assert hint.endswith(".")
