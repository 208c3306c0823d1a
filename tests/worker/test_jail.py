"""Each lock of the jail, met from inside by a program that goes straight at the kernel."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

import pytest

from explorer.records import Program
from explorer.runner import Runner

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the jail is Linux's")

PERMISSION = "PermissionError"
DENIED = {
    "open a file": ("open('/etc/hostname')", PERMISSION),
    "look at a file": ("import os\nos.stat('/')", PERMISSION),
    "list a folder": ("import os\nos.listdir('/')", PERMISSION),
    "write a file": ("open('/tmp/explorer-was-here', 'w')", PERMISSION),
    "delete a file": ("import os\nos.unlink('/etc/hostname')", PERMISSION),
    "read its own memory map": ("open('/proc/self/maps')", PERMISSION),
    "read what others were asked": ("open('/proc/1/environ')", PERMISSION),
    "make a pipe": ("import os\nos.pipe()", PERMISSION),
    "read its own socket": ("import os\nos.read(3, 1)", PERMISSION),
    "write elsewhere": ("import os\nos.write(9, b'x')", PERMISSION),
    "start a thread": ("import threading\nthreading.Thread(target=print).start()", "RuntimeError"),
    "raise its limits": (
        "import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (99, 99))",
        "Error",
    ),
    "share memory": ("import mmap\nmmap.mmap(-1, 1 << 20)", PERMISSION),
    "become root": ("import os\nos.setuid(0)", PERMISSION),
}
ENDED = {
    "open a socket": "import socket\nsocket.socket()",
    "signal the server": "import os\nos.kill(os.getppid(), 9)",
    "signal everybody": "import os\nos.kill(-1, 9)",
    "become another program": "import os\nos.execv('/bin/true', ['true'])",
    "make memory a file": "import os\nos.memfd_create('x')",
}


@pytest.mark.parametrize("attempt", DENIED)
def test_the_kernel_denies(runner: Runner, attempt: str) -> None:
    source, error = DENIED[attempt]
    failure = runner.run(Program(source=source)).failure
    assert failure is not None
    assert failure.kind == "error"
    assert error in failure.message + (failure.details or "")


@pytest.mark.parametrize("attempt", ENDED)
def test_the_kernel_ends_the_process(runner: Runner, attempt: str) -> None:
    failure = runner.run(Program(source=ENDED[attempt])).failure
    assert failure is not None
    assert failure.kind == "refused"
    assert "operating system" in failure.message


def test_nothing_was_written(runner: Runner) -> None:
    runner.run(Program(source=DENIED["write a file"][0]))
    assert not Path("/tmp/explorer-was-here").exists()


def test_every_layer_is_there_and_every_attempt_was_stopped(runner: Runner) -> None:
    ready = runner.ready(60)
    assert ready is not None
    assert all(ready.held.values()), ready.held
    if platform.machine() in {"x86_64", "aarch64"}:
        assert ready.layers["seccomp"]


def test_a_worker_is_nobody_and_has_no_descriptor_but_its_own(runner: Runner) -> None:
    source = (
        "import os\n"
        "print(os.getuid() != 0 and os.geteuid() != 0)\n"
        "def is_open(fd):\n"
        "    try:\n"
        "        os.write(fd, b'')\n"
        "    except OSError:\n"
        "        return False\n"
        "    return True\n"
        "print([fd for fd in range(64) if is_open(fd)])\n"
    )
    assert runner.run(Program(source=source)).printed == "True\n[1, 2, 3]\n"


def test_what_programs_import_is_loaded_before_the_jail_closes(runner: Runner) -> None:
    source = (
        "import torch\n"
        "from torch import nn\n"
        "import torch.nn.functional as F\n"
        "from torch.utils.data import DataLoader, TensorDataset\n"
        "import math, random, typing, dataclasses, collections, functools, itertools, copy, time\n"
        "import numpy as np\n"
        "model = nn.Linear(2, 1)\n"
        "optimizers = [o(model.parameters(), lr=0.1) for o in (torch.optim.SGD, torch.optim.AdamW)]\n"
        "scheduler = torch.optim.lr_scheduler.StepLR(optimizers[0], 1)\n"
        "for (x,) in DataLoader(TensorDataset(torch.randn(4, 2)), batch_size=2):\n"
        "    model(x).sum().backward()\n"
        "nn.LSTM(3, 4)(torch.randn(2, 1, 3))\n"
        "nn.TransformerEncoderLayer(8, 2)(torch.randn(3, 1, 8))\n"
        "torch.func.vmap(torch.func.grad(lambda v: (v ** 2).sum()))(torch.randn(3, 2))\n"
        "torch.autograd.functional.jacobian(lambda v: v ** 2, torch.randn(3))\n"
        "torch.distributions.Normal(0.0, 1.0).sample()\n"
        "torch.linalg.svd(torch.randn(5, 5))\n"
        "torch.fft.fft(torch.randn(16))\n"
        "print(np.ones(2).sum(), torch.ones(2).numpy())\n"
    )
    assert runner.run(Program(source=source)).failure is None
