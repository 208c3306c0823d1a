"""Which run of which module made a node, and of which class the module is."""

from __future__ import annotations

from explorer.records import Pass, Program
from explorer.worker.execute import execute

ENCODER = """\
import torch
from torch import nn

class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.up, self.down = nn.Linear(3, 4), nn.Linear(4, 3)
    def forward(self, x):
        return self.down(torch.tanh(self.up(x)))

encoder = Encoder()
"""


def passes(body: str) -> tuple[Pass, ...]:
    trace = execute(Program(ENCODER + body))
    assert trace.failure is None, trace.failure
    return trace.passes


def told(one: Pass) -> list[tuple[str, str | None, list[tuple[str, int]]]]:
    """Each operation of a module with its scope and its runs, from the inside out."""
    found = []
    for node in one.nodes:
        runs, at = [], node.call
        while at is not None:
            runs.append((one.calls[at].scope, one.calls[at].number))
            at = one.calls[at].parent
        if node.scope:
            found.append((node.op or "", node.scope, runs))
    return found


def test_a_module_that_ran_three_times_has_three_calls_with_what_they_hold() -> None:
    (one,) = passes(
        "h = torch.ones(1, 3)\nfor i in range(3):\n    h = encoder(h)\nh.sum().backward()\n"
    )
    assert [(call.scope, call.number, call.parent) for call in one.calls] == [
        ("encoder", 1, None), ("encoder.up", 1, 0), ("encoder.down", 1, 0),
        ("encoder", 2, None), ("encoder.up", 2, 3), ("encoder.down", 2, 3),
        ("encoder", 3, None), ("encoder.up", 3, 6), ("encoder.down", 3, 6),
    ]  # fmt: skip
    tanhs = [runs for op, _, runs in told(one) if op == "TanhBackward0"]
    assert tanhs == [[("encoder", 3)], [("encoder", 2)], [("encoder", 1)]]
    inner = [
        runs for op, scope, runs in told(one) if scope == "encoder.up" and op == "AddmmBackward0"
    ]
    assert inner == [[("encoder.up", run), ("encoder", run)] for run in (3, 2, 1)]


def test_a_part_that_is_called_twice_inside_of_one_run_is_told_apart() -> None:
    (one,) = passes("h = encoder(torch.ones(1, 3))\nencoder.up(h).sum().backward()\n")
    calls = [(call.scope, call.number, call.parent) for call in one.calls]
    assert calls == [
        ("encoder", 1, None),
        ("encoder.up", 1, 0),
        ("encoder.down", 1, 0),
        ("encoder.up", 2, None),
    ]


def test_where_every_module_ran_once_nothing_is_told() -> None:
    (one,) = passes("encoder(torch.ones(1, 3)).sum().backward()\n")
    assert one.calls == ()
    assert all(node.call is None for node in one.nodes)


def test_each_pass_counts_its_own_runs() -> None:
    body = "for i in range(2):\n    encoder(torch.ones(1, 3)).sum().backward()\n"
    assert [one.calls for one in passes(body)] == [(), ()]


def test_a_module_that_is_called_by_another_one_stands_in_it_whatever_its_name() -> None:
    body = """\
class Twice(nn.Module):
    def forward(self, x):
        return encoder(encoder(x))
twice = Twice()
twice(torch.ones(1, 3)).sum().backward()
"""
    (one,) = passes(body)
    assert [(call.scope, call.parent) for call in one.calls if call.scope in ("twice", "encoder")] == [
        ("twice", None), ("encoder", 0), ("encoder", 0),
    ]  # fmt: skip


def test_modules_at_work_are_known_by_their_class() -> None:
    body = """\
class Box(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([encoder, nn.Sequential(nn.Tanh(), nn.Tanh())])
        self.idle = nn.Linear(3, 3)
    def forward(self, x):
        return self.parts[1](self.parts[0](x))

box = Box()
box(torch.ones(1, 3)).sum().backward()
"""
    (one,) = passes(body)
    assert one.modules == {
        "box": "Box",
        "encoder": "Encoder",
        "encoder.up": "Linear",
        "encoder.down": "Linear",
        "box.parts.1": "Sequential",
        "box.parts.1.0": "Tanh",
        "box.parts.1.1": "Tanh",
    }
    assert {node.scope for node in one.nodes if node.scope} <= one.modules.keys()


def test_a_module_without_a_variable_is_called_as_its_class_and_needs_no_second_name() -> None:
    (one,) = passes("nn.Linear(3, 1)(torch.ones(1, 3)).sum().backward()\n")
    assert {node.scope for node in one.nodes if node.scope} == {"Linear"}
    assert one.modules == {}


def test_a_pass_in_columns_knows_the_classes_too() -> None:
    body = "h = torch.ones(1, 3)\nfor i in range(1_000):\n    h = encoder(h)\nh.sum().backward()\n"
    (one,) = passes(body)
    assert one.columns is not None
    assert one.modules["encoder.up"] == "Linear"
