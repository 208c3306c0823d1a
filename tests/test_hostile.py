"""Every hostile program ends as it must, with the gate and without, and nobody else notices."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from explorer.gate import refusal
from explorer.records import Program
from explorer.runner import Runner
from explorer.wire import decode, encode
from tests.conftest import SMALL
from tests.hostile.attempt import CANARY, Hostile
from tests.hostile.facades import FACADES
from tests.hostile.programs import HOSTILE

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


def meet(runner: Runner, one: Hostile) -> tuple[str, str]:
    """How it ended, and in which words; after it, an honest program runs as ever, in the same
    zygote."""
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
    if trace.failure is None or trace.failure.kind == "no_gradient":
        return "ok", ""
    return trace.failure.kind, f"{trace.failure.message} {trace.failure.details or ''}"


@pytest.mark.parametrize("one", HOSTILE, ids=[one.name for one in HOSTILE])
def test_the_jail_alone_holds(runner: Runner, canary: Path, one: Hostile) -> None:
    if platform.machine() != "x86_64" and "libc.syscall" in one.source:
        pytest.skip("the number of the call is x86_64's")
    end, words = meet(runner, one)
    assert end in one.ends.split()
    assert one.says in words
    assert canary.read_text() == STILL_THERE


@pytest.mark.parametrize("one", HOSTILE, ids=[one.name for one in HOSTILE])
def test_the_gate_before_it_changes_only_how_kindly(
    gated: Runner, canary: Path, one: Hostile
) -> None:
    if platform.machine() != "x86_64" and "libc.syscall" in one.source:
        pytest.skip("the number of the call is x86_64's")
    assert meet(gated, one)[0] in {*one.ends.split(), "refused", "syntax"}
    assert canary.read_text() == STILL_THERE


def test_the_gate_lets_through_what_only_a_facade_would_stop() -> None:
    """So with the gate, too, it is the jail that these programs meet."""
    passed = [one.name for one in FACADES if refusal(one.source) is None]
    assert len(passed) >= 15


def test_there_are_enough_of_them_and_each_has_its_own_name() -> None:
    assert len(HOSTILE) >= 100
    assert len({one.name for one in HOSTILE}) == len(HOSTILE)
