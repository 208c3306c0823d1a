"""An operator's own limits reach the workers, and whoever meets one is told which and what to do."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

import pytest

from explorer.limits import DEEPEST, Limits
from explorer.records import Program, Trace
from explorer.runner import Runner

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the jail is Linux's")

TIGHT = Limits(
    seconds=0.5,
    memory_mb=128,
    workers=2,
    source=2_000,
    printed=100,
    nodes=20,
    recursion=200,
    record_mb=1,
    gate=False,
)


@pytest.fixture(scope="module")
def tight() -> Iterator[Runner]:
    runner = Runner(TIGHT)
    yield runner
    runner.close()


GRAPH = "import torch\nx = torch.ones(1, requires_grad=True)\ny = x\n"
LINES = "import torch\nfor i in range(50):\n" + "    x = torch.randn(64) * 1e-30\n" * 40
FAILURES = {
    "source": ("x = 1\n" * 500, "too_large", "3,000 characters; the limit is 2,000"),
    "recursion": (
        "def f(n):\n    f(n + 1)\nf(0)\n",
        "error",
        "more than 200 levels deep, the limit",
    ),
    "memory": ("x = [0] * 10**9\n", "memory", "more than 128 MB of memory, the limit"),
    "seconds": ("while True:\n    pass\n", "timeout", "still computing after 0.5 s, the limit"),
    "record": (LINES, "too_large", "larger than 1 MB, the limit"),
}
NOTES = {
    "printed": ("print('word ' * 100)\n", "more than 100 characters, the limit"),
    "nodes": (
        GRAPH + "for i in range(30):\n    y = y * 2\ny.backward()\n",
        "31 nodes, more than 20, the limit: too many to be shown.",
    ),
}


def notes(trace: Trace) -> list[str]:
    return [*trace.notes, *(one.note for one in trace.passes if one.note)]


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_names_the_limit_and_what_to_change(tight: Runner, name: str) -> None:
    source, kind, words = FAILURES[name]
    failure = tight.run(Program(source)).failure
    assert failure is not None
    assert failure.kind == kind
    assert words in failure.message
    assert failure.hint


@pytest.mark.parametrize("name", NOTES)
def test_a_note_names_the_limit_and_what_to_change(tight: Runner, name: str) -> None:
    source, words = NOTES[name]
    trace = tight.run(Program(source))
    assert trace.failure is None or trace.failure.kind == "no_gradient"
    (note,) = [one for one in notes(trace) if words in one]
    assert re.search(r"Print less often|fewer layers or steps", note)


def test_a_program_within_all_limits_is_not_troubled(tight: Runner) -> None:
    source = GRAPH + "for i in range(5):\n    y = y * 2\ny.backward()\nprint('done')\n"
    trace = tight.run(Program(source))
    assert trace.failure is None
    assert trace.printed == "done\n"
    assert trace.leaves[0].grad is not None
    assert trace.leaves[0].grad.values == (32.0,)


def test_a_graph_beyond_the_limit_still_gives_its_leaves(tight: Runner) -> None:
    trace = tight.run(Program(NOTES["nodes"][0]))
    assert not trace.passes[0].nodes
    assert trace.leaves[0].grad is not None
    assert trace.leaves[0].grad.values == (float(2**30),)


DEEP = {
    "functions": "def f(n):\n    return f(n + 1)\nf(0)\n",
    "representations": "class A:\n    def __repr__(self):\n        return repr([self])\nrepr(A())\n",
    "sorting": "def f(x):\n    return sorted([1], key=f)\nf(0)\n",
    "attributes": "class A:\n    def __getattr__(self, name):\n        return getattr(self, name)\nA().x\n",
    "modules": (
        "import torch\nclass M(torch.nn.Module):\n    def forward(self, x):\n"
        "        return self(x)\nM()(torch.ones(1))\n"
    ),
    "functions of autograd": (
        "import torch\nclass F(torch.autograd.Function):\n    @staticmethod\n"
        "    def forward(ctx, x):\n        return F.apply(x)\n"
        "F.apply(torch.ones(1, requires_grad=True))\n"
    ),
}


@pytest.fixture(scope="module")
def deep() -> Iterator[Runner]:
    runner = Runner(Limits(seconds=3, recursion=DEEPEST, gate=False))
    yield runner
    runner.close()


@pytest.mark.parametrize("name", DEEP)
def test_the_deepest_recursion_that_can_be_asked_for_fits_on_the_stack(
    deep: Runner, name: str
) -> None:
    failure = deep.run(Program(DEEP[name])).failure
    assert failure is not None
    assert "20,000 levels deep, the limit" in failure.message, failure
