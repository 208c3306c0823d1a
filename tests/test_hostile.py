"""Every hostile program ends as it must, with the gate and without, and nobody else notices."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from explorer.records import Program
from explorer.runner import Runner
from explorer.wire import decode, encode
from tests.conftest import SMALL
from tests.hostile.programs import CANARY, HOSTILE, Hostile

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the jail is Linux's")

HONEST = "import torch\nw = torch.tensor(3.0, requires_grad=True)\n(w * w).backward()\n"
STILL_THERE = "nobody may read this"


@pytest.fixture(scope="module")
def gated() -> Iterator[Runner]:
    runner = Runner(replace(SMALL, gate=True))
    yield runner
    runner.close()


@pytest.fixture(scope="module")
def canary() -> Iterator[Path]:
    path = Path(CANARY)
    path.write_text(STILL_THERE)
    path.chmod(0o644)
    yield path
    path.unlink()


def meet(runner: Runner, one: Hostile) -> str:
    """The kind of its end; after it, an honest program runs as ever, in the same zygote."""
    runner.ready(60)
    zygote = runner.pid
    trace = runner.run(Program(source=one.source))
    assert decode(encode(trace)) == trace
    assert STILL_THERE not in trace.printed
    honest = runner.run(Program(source=f"{HONEST}# after {one.name}\n"))
    assert honest.failure is None
    assert honest.leaves[0].grad is not None
    assert honest.leaves[0].grad.values == (6.0,)
    assert runner.pid == zygote
    kind = trace.failure.kind if trace.failure else "ok"
    return "ok" if kind == "no_gradient" else kind


@pytest.mark.parametrize("one", HOSTILE, ids=[one.name for one in HOSTILE])
def test_the_jail_alone_holds(runner: Runner, canary: Path, one: Hostile) -> None:
    if platform.machine() != "x86_64" and "libc.syscall" in one.source:
        pytest.skip("the number of the call is x86_64's")
    assert meet(runner, one) in one.ends.split()
    assert canary.read_text() == STILL_THERE


@pytest.mark.parametrize("one", HOSTILE, ids=[one.name for one in HOSTILE])
def test_the_gate_before_it_changes_only_how_kindly(
    gated: Runner, canary: Path, one: Hostile
) -> None:
    if platform.machine() != "x86_64" and "libc.syscall" in one.source:
        pytest.skip("the number of the call is x86_64's")
    assert meet(gated, one) in {*one.ends.split(), "refused", "syntax"}
    assert canary.read_text() == STILL_THERE


def test_there_are_enough_of_them_and_each_has_its_own_name() -> None:
    assert len(HOSTILE) >= 100
    assert len({one.name for one in HOSTILE}) == len(HOSTILE)
