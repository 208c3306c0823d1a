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


def without_saved(one: Pass) -> Pass:
    """What columns carry of a pass."""
    nodes = tuple(structs.replace(node, saved=(), settings=None, freed=None) for node in one.nodes)
    kept = {"saved_bytes": 0, "own_bytes": 0, "jacobians": (), "drawing": None}
    return structs.replace(one, nodes=nodes, **kept)


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_pass_is_the_same_in_either_form(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = execute(Program(PROGRAMS[name])).passes
    monkeypatch.setattr(passes, "MOST_NODES", 0)
    wide = execute(Program(PROGRAMS[name])).passes
    assert all(one.columns for one in wide if one.full)
    assert [written_out(one) for one in wide] == [without_saved(one) for one in plain]


NAN = """\
import torch
x = torch.tensor([0.0, 1.0], requires_grad=True)
y = x.log().exp()
(y * y.sqrt()).sum().backward()
"""


@pytest.mark.parametrize("source", [NAN, *(PROGRAMS[name] for name in list(PROGRAMS)[:12])])
def test_what_is_read_of_a_pass_is_the_same_in_either_form(
    source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = execute(Program(source))
    monkeypatch.setattr(passes, "MOST_NODES", 0)
    wide = execute(Program(source))
    assert [*map(accumulated, wide.passes)] == [*map(accumulated, plain.passes)]
    assert wide.alarm == plain.alarm
    assert len(words(wide).splitlines()) == len(words(plain).splitlines())


def test_what_travels_is_what_was_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passes, "MOST_NODES", 0)
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
