"""The first NaN or infinity that does harm is found with its line, its operation and what it was given."""

from __future__ import annotations

import math

import pytest
import torch

from explorer.limits import Limits
from explorer.records import Alarm, Program
from explorer.sheet import written_out
from explorer.worker.execute import execute

HEAD = "import torch\nfrom torch import nn\nimport torch.nn.functional as F\n"


def alarm(source: str) -> Alarm | None:
    return execute(Program(source=HEAD + source)).alarm


def found(source: str) -> Alarm:
    one = alarm(source)
    assert one is not None
    return one


def test_the_operation_that_made_it_is_named_with_its_operands() -> None:
    one = found(
        "x = torch.tensor([0.0, 1.0], requires_grad=True)\ny = x.log()\nloss = (y * 2).sum()\nloss.backward()\n"
    )
    assert (one.where, one.line, one.pass_index) == ("forward", 5, 0)
    assert [*one.operands] == ["x"]
    assert one.operands["x"].values == (0.0, 1.0)
    assert "line 5, LogBackward0 of x = [0, 1] gave [-inf, 0]" in one.sentence
    assert "log_softmax" in (one.hint or "")


@pytest.mark.parametrize("rounds", [140, 6_000])
def test_the_first_of_a_long_chain_is_found_behind_what_was_not_recorded(rounds: int) -> None:
    """Values of a long program are recorded for its beginning, and at its end."""
    one = found(
        f"y = x = torch.ones(3, requires_grad=True)\nfor _ in range({rounds}):\n    y = y * 2.0\ny.sum().backward()\n"
    )
    assert "The first that is not finite: line 6, visit 128, MulBackward0 of y = " in one.sentence
    assert (one.line, one.visit) == (6, 128)
    assert one.operands["y"].low == 2.0**127


def test_what_began_where_nothing_was_recorded_is_not_called_the_first() -> None:
    source = "y = x = torch.ones(3, requires_grad=True)\nfor _ in range(6_000):\n    y = y * 1.02\ny.sum().backward()\n"
    trace = execute(Program(HEAD + source))
    one = trace.alarm
    assert one is not None
    assert "first" not in one.sentence
    assert "Not finite by line 6, visit 6000: MulBackward0 gave [inf, inf, inf]." in one.sentence
    assert f"known to be finite: line 6, visit {one.visit}, y = " in one.sentence
    (wide,) = trace.passes
    node = next(node for node in written_out(wide).nodes if node.id == one.node)
    assert (node.visit, node.value is not None and node.value.nonfinite) == (one.visit, 0)
    assert one.visit is not None
    assert 2_000 < one.visit < math.log(torch.finfo(torch.float32).max) / math.log(1.02)
    assert "with fewer rounds" in (one.hint or "")


def test_a_gradient_whose_way_was_not_recorded_is_no_sum_that_overflowed() -> None:
    """Without room for all gradients those of leaves alone are kept."""
    source = "x = torch.zeros(1, requires_grad=True)\ny = x.sqrt()\nfor _ in range(5_500):\n    y = y * 1.0\ny.sum().backward()\n"
    trace = execute(Program(HEAD + source), Limits(record_mb=1))
    assert "gradients of leaves only" in (trace.passes[0].note or "")
    one = trace.alarm
    assert one is not None
    assert one.sentence == (
        "What `x` received is not finite: [inf]. Where that began was not recorded."
    )
    assert one.where == "backward"


def test_a_gap_within_one_call_does_not_hide_the_line() -> None:
    """Of `linear` only the result is seen, not the transposed weight."""
    one = found(
        "w = torch.full((2, 2), 1e30, requires_grad=True)\nF.linear(torch.full((1, 2), 1e30), w).sum().backward()\n"
    )
    assert "The first that is not finite: line 5, MmBackward0" in one.sentence


def test_a_mask_long_before_is_not_taken_for_the_beginning() -> None:
    source = """\
m = torch.tensor([True, False, False])
x = torch.ones(3, requires_grad=True)
y = F.softmax(x.masked_fill(m, float("-inf")), 0)
for _ in range(9_000):
    y = y * 1.01
y.sum().backward()
"""
    one = found(source)
    assert "Not finite by line 8, visit 9000" in one.sentence
    assert one.line == 8


def test_a_gradient_is_found_where_the_forward_run_was_finite() -> None:
    one = found("x = torch.tensor(0.0, requires_grad=True)\ntorch.sqrt(x).backward()\n")
    assert (one.where, one.line, one.step) == ("backward", 5, 0)
    assert "SqrtBackward0 received 1 and sends inf" in one.sentence
    assert "1e-12" in (one.hint or "")


def test_the_untaken_branch_of_where_is_the_one_at_fault() -> None:
    one = found(
        "x = torch.tensor([0.0, 4.0], requires_grad=True)\ny = torch.where(x > 0, torch.sqrt(x), x)\ny.sum().backward()\n"
    )
    assert one.where == "backward"
    assert "SqrtBackward0" in one.sentence


def test_an_infinity_that_does_no_harm_is_left_alone() -> None:
    source = "x = torch.randn(2, 3, requires_grad=True)\nmask = torch.tensor([True, False, False])\nF.softmax(x.masked_fill(mask, float('-inf')), 1).pow(2).sum().backward()\n"
    assert alarm(source) is None


def test_a_row_that_is_all_masked_is_blamed_on_the_softmax() -> None:
    """The infinities were put in on purpose; that nothing else is left makes NaN."""
    source = "x = torch.randn(2, requires_grad=True)\nm = x.masked_fill(torch.tensor([True, True]), float('-inf'))\nF.softmax(m, 0).sum().backward()\n"
    one = found(source)
    assert (one.line, one.where) == (6, "forward")
    assert "The first NaN: line 6, SoftmaxBackward0 of m = [-inf, -inf]" in one.sentence
    assert "unmasked" in (one.hint or "")


def test_a_mask_that_is_added_is_no_fault_either() -> None:
    source = "x = torch.randn(2, requires_grad=True)\nm = torch.full((2,), float('-inf'))\nF.softmax(x + m, 0).sum().backward()\n"
    assert "SoftmaxBackward0" in found(source).sentence


def test_an_overflow_is_named_and_not_the_nan_that_came_of_it() -> None:
    source = "x = torch.tensor([1000.0, 1.0], requires_grad=True)\ny = x.exp()\n(y / y.sum()).sum().backward()\n"
    one = found(source)
    assert (one.line, one.node is not None) == (5, True)
    assert "ExpBackward0" in one.sentence


def test_a_vector_that_is_not_finite_is_named() -> None:
    one = found(
        "x = torch.ones(2, requires_grad=True)\n(x * 2).backward(torch.tensor([float('nan'), 1.0]))\n"
    )
    assert (one.where, one.line) == ("backward", 5)
    assert "The vector that backward starts with is not finite: [nan, 1]" in one.sentence


def test_a_hook_that_made_it_is_named_with_its_line() -> None:
    source = "w = torch.ones(2, requires_grad=True)\nh = w * 2\ndef broken(g):\n    return g / 0\nh.register_hook(broken)\nh.sum().backward()\n"
    one = found(source)
    assert (one.where, one.line) == ("backward", 8)
    assert "line 8, the hook `broken` made [inf, inf]" in one.sentence


def test_a_sum_of_finite_gradients_may_overflow() -> None:
    source = "w = torch.ones((), dtype=torch.float16, requires_grad=True)\nh = w * 1\ntorch.autograd.backward([h * 60000, h * 60000])\n"
    one = found(source)
    assert (one.where, one.line) == ("backward", 5)
    assert "what came to MulBackward0 over several paths adds up to inf" in one.sentence


def test_a_leaf_that_is_not_finite_is_named_itself() -> None:
    one = found(
        "x = torch.tensor([float('nan'), 1.0], requires_grad=True)\n(x * 2).sum().backward()\n"
    )
    assert "`x` line 4 already holds" in one.sentence
    assert one.line == 4


def test_a_number_in_the_text_that_is_not_finite_is_called_that() -> None:
    one = found("w = torch.ones(2, requires_grad=True)\n(w * float('inf')).sum().backward()\n")
    assert one.sentence == "`inf` line 5 is a number of the program itself, and not finite."


def test_a_step_that_overflowed_is_blamed_in_the_next_pass() -> None:
    source = """\
w = torch.tensor(1.0, requires_grad=True)
o = torch.optim.SGD([w], lr=1e38)
for _ in range(3):
    o.zero_grad()
    loss = (w * 1e3) ** 2
    loss.backward()
    o.step()
"""
    one = found(source)
    assert one.pass_index == 1
    assert "`w`" in one.sentence
    assert "learning rate" in (one.hint or "")


def test_a_pass_that_is_kept_as_a_summary_tells_that_its_root_is_not_finite() -> None:
    source = """\
w = torch.tensor(1.0, requires_grad=True)
for i in range(100):
    loss = w * (float('nan') if i == 90 else 1.0)
    loss.backward()
"""
    one = found(source)
    assert (one.pass_index, one.line) == (90, 7)
    assert "Record it in full" in (one.hint or "")


def test_a_nan_outside_of_the_graph_is_found_by_its_line() -> None:
    one = found(
        "a = torch.tensor(0.0)\nb = a / a\nw = torch.tensor(1.0, requires_grad=True)\n(w * 2).backward()\n"
    )
    assert (one.line, one.node) == (5, None)
    assert "`b` of line 5" in one.sentence


@pytest.mark.parametrize(
    "source", ["w = torch.tensor(1.0, requires_grad=True)\n(w * 2).backward()\n", "k = 1\n"]
)
def test_finite_programs_raise_no_alarm(source: str) -> None:
    assert alarm(source) is None
