"""The replay in words: sentences with formulas and numbers, for every program that runs."""

from __future__ import annotations

import pytest

from explorer.gallery import EXAMPLES, find
from explorer.records import Program, Trace
from explorer.words import words
from explorer.worker.execute import execute
from tests.programs import AUTOMATIC, PROGRAMS


def told(source: str) -> list[str]:
    return words(execute(Program(source))).splitlines()


def example(slug: str) -> str:
    found = find(slug)
    assert found is not None
    return found.source


def test_the_chain_rule_is_told_step_by_step() -> None:
    assert told(example("chain_rule")) == [
        "Backward from loss, line 7, v = 1.",
        "1. PowBackward0 (loss, line 6) received G = 1. To AddBackward0: 2 · 7 · G = 2 · 7 · 1 = 14.",
        "2. AddBackward0 (line 6) received G = 14. To MulBackward0: G = 14. To b: G = 14.",
        "3. b.grad was None; 14 arrived: now 14.",
        "4. MulBackward0 (line 6) received G = 14. To w: G · x = 14 · 3 = 42.",
        "5. w.grad was None; 42 arrived: now 42.",
    ]


def test_paths_that_meet_are_added_in_the_sentence() -> None:
    assert "x.grad was None; 8 + 3 = 11 arrived: now 11." in told(example("shared_leaf"))[-1]


def test_a_second_backward_adds_to_what_was_there() -> None:
    body = "import torch\nw = torch.tensor(3.0, requires_grad=True)\nfor n in (1, 2):\n    (w * n).backward()\n"
    lines = told(body)
    assert lines[0] == "Pass 1 of 2: backward from a tensor, line 4, v = 1."
    assert lines[-1].endswith("w.grad was 1; 2 arrived: now 1 + 2 = 3.")


def test_a_gradient_that_a_hook_used_up_has_arrived() -> None:
    body = "import torch\nw = torch.tensor(3.0, requires_grad=True)\noptimizer = torch.optim.SGD([w], lr=0.1)\n"
    hook = "def step(_):\n    optimizer.step()\n    optimizer.zero_grad()\nw.register_post_accumulate_grad_hook(step)\n"
    last = told(f"{body}{hook}(w * 2 + w).backward()\n")[-1]
    assert last.endswith("w.grad was None; 1 + 2 = 3 arrived, and a hook has emptied it: now None.")


def test_a_repeated_axis_is_said() -> None:
    body = (
        "import torch\nx = torch.ones(3, 2)\nb = torch.ones(2, requires_grad=True)\n"
        "y = x + b\ny.sum().backward()\n"
    )
    (line,) = [line for line in told(body) if "AddBackward0" in line and "To b" in line]
    assert line.endswith(
        "To b: G = [3, 3], at [0] 1 + 1 + 1 = 3, summed over axis 0, along which it was repeated."
    )


def test_a_name_that_several_rounds_have_is_told_with_its_visit() -> None:
    body = (
        "import torch\nw = torch.tensor(0.5, requires_grad=True)\nh = w\n"
        "for _ in range(3):\n    h = torch.sigmoid(h)\nh.backward()\n"
    )
    starts = [line.partition(":")[0] for line in told(body)[1:4]]
    assert starts == [
        "1. SigmoidBackward0 (h, line 5, visit 3) received G = 1. To h (visit 2)",
        "2. SigmoidBackward0 (h, line 5, visit 2) received G = 0.2253. To h (visit 1)",
        "3. SigmoidBackward0 (h, line 5, visit 1) received G = 0.0512. To w",
    ]


def test_a_name_that_several_lines_bind_is_told_with_its_line() -> None:
    body = "import torch\nx = torch.tensor(2.0, requires_grad=True)\ny = x * 2\ny = y * 3\ny.backward()\n"
    first, second, _ = told(body)[1:]
    assert first == "1. MulBackward0 (y, line 4) received G = 1. To y (line 3): G · 3 = 1 · 3 = 3."
    assert second.endswith("To x: G · 2 = 3 · 2 = 6.")


def test_an_operation_without_a_formula_says_so() -> None:
    body = "import torch\nx = torch.ones(2, requires_grad=True)\ntorch.cdist(x[None], x[None] + 1).sum().backward()\n"
    assert any("CdistBackward0" in line and "(no formula here)" in line for line in told(body))


def test_what_was_not_recorded_is_no_name_of_the_program() -> None:
    """Operands of a long program are recorded for its beginning only."""
    body = (
        "import torch\ny = x = torch.ones(2, requires_grad=True)\n"
        "for _ in range(6_000):\n    y = y * 1.0001\ny.sum().backward()\n"
    )
    lines = told(body)
    assert lines[2].endswith("To y (visit 5999): G · y = [1, 1] (y: not recorded).")
    assert "(y: not recorded)" not in lines[-3]
    assert "To y (visit 1): G · 1 = " in lines[-3]


def test_views_only_rearrange() -> None:
    body = "import torch\nx = torch.ones(2, 3, requires_grad=True)\ny = x.t()\ny.sum().backward()\n"
    assert "It only rearranges. To x: Gᵀ = 3×2" not in told(body)[2]
    assert "It only rearranges. To x: Gᵀ = 2×3" in told(body)[2]


def test_a_graph_without_backward_says_that_it_has_not_run() -> None:
    body = "import torch\nx = torch.ones(2, requires_grad=True)\ny = x * 2\nboom\n"
    assert told(body)[-1] == "Backward has not run."


SOURCES = {one.slug: one.source for one in EXAMPLES} | PROGRAMS | AUTOMATIC


@pytest.mark.parametrize("name", SOURCES)
def test_every_step_of_every_program_is_told_in_one_line(name: str) -> None:
    trace: Trace = execute(Program(SOURCES[name]))
    lines = [line for line in words(trace).splitlines() if line[:1].isdigit()]
    assert len(lines) == sum(len(one.steps) for one in trace.passes)
    assert all(line.endswith(".") for line in lines)
