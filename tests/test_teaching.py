"""What the gate and the jail leave of PyTorch: nothing that lessons need may be lost."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Mapping

import pytest
import torch
from msgspec.structs import replace
from torch.overrides import get_overridable_functions, resolve_name

from explorer.gate import refusal
from explorer.records import Program
from explorer.runner import Runner
from tests.conftest import SMALL

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the jail is Linux's")

LOST = 0.01
"""Share that may be out of reach: names that PyTorch lists but does not have."""


@pytest.fixture(scope="module")
def school() -> Iterator[Runner]:
    """Gate and jail as a class has them."""
    runner = Runner(replace(SMALL, gate=True, seconds=10))
    yield runner
    runner.close()


def functions() -> list[str]:
    """Paths of all functions and methods of tensors that PyTorch lets others override."""
    groups = get_overridable_functions().values()
    return sorted({resolve_name(one) or repr(one) for group in groups for one in group})


def classes(module: object, place: str, base: type) -> list[str]:
    return sorted(
        f"{place}.{name}"
        for name, one in vars(module).items()
        if inspect.isclass(one) and issubclass(one, base)
    )


SUBJECTS: Mapping[str, list[str]] = {
    "overridable functions": functions(),
    "modules of torch.nn": classes(torch.nn, "torch.nn", torch.nn.Module),
    "optimizers": classes(torch.optim, "torch.optim", torch.optim.Optimizer),
    "schedulers": [
        path
        for path in classes(torch.optim.lr_scheduler, "torch.optim.lr_scheduler", object)
        if path.endswith("LR")
    ],
    "torch.nn.init": [f"torch.nn.init.{name}" for name in dir(torch.nn.init) if name[-1] == "_"],
}


def reached(runner: Runner, paths: list[str]) -> set[str]:
    """Those whose path resolves in a jailed worker, each tried in its own line."""
    lines = [f"look({path!r}, lambda: {path})" for path in paths]
    look = "def look(path, get):\n    try:\n        get()\n        found.append(path)\n"
    caught = "    except (AttributeError, NameError):\n        pass\n"
    source = "\n".join(["import torch", "found = []", look + caught, *lines, "print(*found)"])
    trace = runner.run(Program(source=source))
    assert trace.failure is None or trace.failure.kind == "no_gradient", trace.failure
    return set(trace.printed.split())


@pytest.mark.parametrize("subject", SUBJECTS)
def test_what_stays_usable_of(
    subject: str, school: Runner, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = SUBJECTS[subject]
    allowed = [path for path in paths if refusal(f"import torch\n{path}()") is None]
    usable = {
        path
        for start in range(0, len(allowed), 200)
        for path in reached(school, allowed[start : start + 200])
    }
    with capsys.disabled():
        print(f"\n{subject}: {len(usable)} of {len(paths)} usable")  # noqa: T201
    lost = sorted(set(paths) - usable)
    assert len(lost) <= LOST * len(paths), lost


STEPS = """
import torch
special = ("Optimizer", "SparseAdam", "LBFGS")
for name in sorted(vars(torch.optim)):
    kind = getattr(torch.optim, name)
    if isinstance(kind, type) and issubclass(kind, torch.optim.Optimizer) and name not in special:
        w = torch.ones(2, 2, requires_grad=True)
        optimizer = kind([w], lr=0.1)
        (w * w).sum().backward()
        optimizer.step()
        print(name, bool((w != 1).all()))
"""


def test_optimizers_step_where_no_file_can_be_opened_to_import_more(school: Runner) -> None:
    words = school.run(Program(source=STEPS)).printed.split()
    assert len(words) >= 2 * 13
    assert set(words[1::2]) == {"True"}
