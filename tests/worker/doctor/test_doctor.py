"""The error doctor names variable, line, cause and cure; and its cures cure."""

from __future__ import annotations

import pytest

from explorer.records import Failure, Program, Trace
from explorer.runner import Runner
from explorer.source import Source
from explorer.worker import doctor, faults
from explorer.worker.doctor.row import Row
from explorer.worker.execute import execute
from tests.programs import FAILING
from tests.wrong import WRONG


def run(source: str) -> Trace:
    return execute(Program(source=source))


def failure_of(name: str) -> Failure:
    failure = run(WRONG[name].source).failure
    assert failure is not None
    return failure


@pytest.mark.parametrize("name", WRONG)
def test_an_error_is_explained_with_names_and_lines(name: str) -> None:
    wrong, failure = WRONG[name], failure_of(name)
    for words in wrong.says:
        assert words in failure.message
    assert (failure.line, tuple(one.line for one in failure.also)) == (wrong.line, wrong.also)
    assert failure.hint
    assert failure.kind == "no_gradient" or failure.details
    assert "\n" not in failure.message
    assert len(failure.message) <= 300


@pytest.mark.parametrize("name", WRONG)
def test_a_fix_makes_the_program_run(name: str) -> None:
    wrong, failure = WRONG[name], failure_of(name)
    if wrong.fix is None:
        assert failure.fix is None
        return
    assert failure.fix is not None
    assert wrong.fix in failure.fix.code
    after = run(Source(wrong.source).applied(failure.fix))
    assert after.failure is None or after.failure.kind == "no_gradient", after.failure


def test_every_row_is_met_by_a_program(monkeypatch: pytest.MonkeyPatch) -> None:
    met: set[str] = set()

    def noting(row: Row) -> Row:
        def explain(scene, found):
            diagnosis = row.explain(scene, found)
            if diagnosis is not None:
                met.add(row.words)
            return diagnosis

        return Row(row.words, explain)

    monkeypatch.setattr(doctor, "ROWS", tuple(map(noting, doctor.ROWS)))
    for wrong in WRONG.values():
        run(wrong.source)
    assert [row.words for row in doctor.ROWS if row.words not in met] == []


def test_no_explanation_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it cannot explain it leaves to PyTorch's words; a fault of its own would look the same."""
    monkeypatch.setattr(faults, "_diagnosis", doctor.diagnose)
    for source in [*FAILING.values(), *UNKNOWN, *(wrong.source for wrong in WRONG.values())]:
        assert run(source).failure is not None


UNKNOWN = (
    "raise ValueError('own words')\n",
    "x = 1\nx.grad\n",
    "None + 1\n",
    "(lambda: [][0])()\n",
    "import torch\nfor f in (lambda x: x.view(5),):\n    f(torch.ones(2)); print(1)\n",
    "import torch\n[t.view(5) for t in torch.ones(2, 2)]\n",
    "import torch\nclass A:\n    x = torch.ones(2) @ torch.ones(3)\n",
    "import torch\nf'{torch.ones(2)[3]}'\n",
    "import torch\n@torch.no_grad()\ndef f(x): return x.bad()\nf(torch.ones(1))\n",
    "import torch\ntorch.ones(2).backward\ntorch.autograd.backward([])\n",
    "import torch\nw = torch.ones(2, requires_grad=True); w -= 1; print(w)\n",
    "import torch\nif True: w = torch.ones(2, requires_grad=True); w[0] = 2\n",
    "import torch\nx = (torch.ones(2, 3)\n    @ torch.ones(2,\n    3))\n",
)
"""Errors without a row, and lines that a fix cannot take apart."""


def test_deep_recursion_is_explained_in_time() -> None:
    body = "\n".join(f"v{number} = {number}" for number in range(2000))
    failure = run(f"{body}\ndef f(n):\n    return f(n + 1)\nf(0)\n").failure
    assert failure is not None
    assert "levels deep" in failure.message


def test_an_error_of_the_program_itself_is_told_with_the_hook_that_raised_it() -> None:
    failure = run(
        "import torch\nw = torch.ones(2, requires_grad=True)\ndef stop(leaf):\n"
        "    raise ValueError('too large')\nw.register_post_accumulate_grad_hook(stop)\n"
        "w.sum().backward()\n"
    ).failure
    assert failure is not None
    words = "It was raised in the hook `stop`, during the backward() in line 6."
    assert failure.message == f"ValueError: too large. {words}"
    assert (failure.line, [one.line for one in failure.also]) == (4, [6])


@pytest.mark.parametrize("name", ["a result is changed by +=", "a layer in a class"])
def test_the_doctor_works_in_the_jail(runner: Runner, name: str) -> None:
    assert runner.run(Program(source=WRONG[name].source)).failure == failure_of(name)


def test_an_import_that_failed_keeps_the_place_of_a_module_to_itself() -> None:
    failure = failure_of("an import misspelled")
    assert failure.details == "ImportError: cannot import name 'nnn' from 'torch'"


def test_the_graph_built_so_far_stays() -> None:
    (one,) = run(WRONG["a layer in a class"].source).passes
    assert one.how == "unfinished"
    assert {node.op for node in one.nodes} >= {"ReluBackward0", "AddmmBackward0"}
