"""Programs recorded as columns say what they say as records."""

from __future__ import annotations

import json

import pytest
from msgspec import structs

from explorer import wire
from explorer.records import Pass, Program, TensorView
from explorer.sheet import written_out
from explorer.training import accumulated
from explorer.words import words
from explorer.worker import allowance, passes, tensors
from explorer.worker.execute import execute
from tests.programs import PROGRAMS

NAN = """\
import torch
x = torch.tensor([0.0, 1.0], requires_grad=True)
y = x.log().exp()
(y * y.sqrt()).sum().backward()
"""

SOFTMAX_TWICE = """\
import torch
from torch import nn
model = nn.Sequential(nn.Linear(3, 4), nn.Softmax(dim=1))
loss = nn.CrossEntropyLoss()(model(torch.ones(2, 3)), torch.tensor([0, 1]))
loss.backward()
"""

BEYOND = """\
import torch
from torch import nn
model = nn.Linear(3, 4)
x = torch.ones(2, 3, requires_grad=True)
loss = (model(x).detach() * x.sum()).sum()
loss.backward()
"""

SOURCES = PROGRAMS | {"nan": NAN, "softmax twice": SOFTMAX_TWICE, "beyond": BEYOND}


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize("name", SOURCES)
def test_a_run_is_the_same_in_either_form(
    name: str, check: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hints, alarms, checks and words included; only torchviz's picture needs records."""
    program = Program(SOURCES[name], check=check)
    execute(program)  # PyTorch warns of some things once in a process
    plain = execute(program)
    monkeypatch.setattr(passes, "RECORDS", 0)
    wide = execute(program)
    assert all(one.columns for one in wide.passes if one.full)
    undrawn = tuple(structs.replace(one, drawing=None) for one in plain.passes)
    plain = structs.replace(plain, passes=undrawn, seconds=wide.seconds)
    same = structs.replace(wide, passes=tuple(map(written_out, wide.passes)))
    assert same == plain
    assert words(wide) == words(plain)
    assert [*map(accumulated, wide.passes)] == [*map(accumulated, plain.passes)]


def test_a_saved_tensor_of_gigabytes_keeps_its_pass_as_records(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Columns hold four bytes."""
    source = """\
import torch
x = torch.empty(1 << 30, device="meta", requires_grad=True)
y = x * x
"""
    monkeypatch.setattr(passes, "RECORDS", 0)
    (one,) = execute(Program(source, root="y")).passes
    assert one.columns is None
    assert max(saved.bytes for node in one.nodes for saved in node.saved) == 4 << 30


def test_what_travels_is_what_was_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passes, "RECORDS", 0)
    trace = execute(Program(PROGRAMS["chain rule on scalars"]))
    assert wire.decode(wire.encode(trace)) == trace


LARGE = """\
import torch
torch.manual_seed(0)
w = torch.randn(8, 8, requires_grad=True)
h = torch.randn(1, 8)
for i in range(60):
    h = torch.tanh(h @ w)
h.sum().backward()
"""


def gradients(one: Pass) -> list[TensorView]:
    return [edge.gradient for edge in one.edges if edge.gradient is not None]


def test_later_gradients_keep_their_statistics_without_their_numbers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (plain,) = execute(Program(LARGE)).passes
    monkeypatch.setattr(allowance, "MOST_NUMBERS", 500)
    trace = execute(Program(LARGE))
    (spare,) = trace.passes
    with_numbers = [view for view in gradients(spare) if view.values]
    assert 0 < len(with_numbers) < len(gradients(spare))
    for one, other in zip(gradients(plain), gradients(spare), strict=True):
        assert structs.replace(one, values=(), heat=None) == structs.replace(
            other, values=(), heat=None
        )
    assert any("statistics are kept" in note for note in trace.notes)
    # The leaf's own gradient is always there in full.
    assert trace.leaves[0].grad is not None
    assert len(trace.leaves[0].grad.values) == 64


def test_without_room_for_numbers_columns_still_have_all_statistics(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (plain,) = execute(Program(LARGE)).passes
    monkeypatch.setattr(passes, "RECORDS", 0)
    monkeypatch.setattr(passes, "MOST_NODES", 0)
    monkeypatch.setattr(tensors, "MOST_IN_FULL", 0)
    (wide,) = execute(Program(LARGE)).passes
    assert wide.columns is not None
    assert not wide.columns.tensors
    norms = [view.norm for view in gradients(plain)]
    assert [view.norm for view in gradients(written_out(wide))] == norms


def test_a_wide_pass_takes_little_more_than_a_hundred_bytes_per_node() -> None:
    source = "import torch\nx = y = torch.ones(1, requires_grad=True)\n" + (
        "for i in range(6_000):\n    y = y * 1.0001\ny.backward()\n"
    )
    (wide,) = execute(Program(source)).passes
    assert wide.columns is not None
    whole = wire.encode(execute(Program(source)))
    assert len(whole) < 200 * wide.node_count
    json.loads(whole)
