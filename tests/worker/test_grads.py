"""What each event made of the `.grad` of leaves: of every pass, also of those kept as a summary."""

from __future__ import annotations

import pytest
import torch

from explorer.records import Program, Trace
from explorer.worker.execute import execute
from explorer.worker.grads import MOST_LEAVES, Grads
from explorer.worker.norms import norm_of
from explorer.worker.uncounted import Uncounted

HEAD = "import torch\nfrom torch import nn\nw = torch.tensor(2.0, requires_grad=True)\n"


def recorded(source: str) -> Trace:
    trace = execute(Program(source=HEAD + source))
    assert trace.failure is None, trace.failure
    return trace


def story(trace: Trace) -> list[tuple[str, list[tuple[str, object, object]]]]:
    return [
        (event.kind, [(one.leaf, one.before, one.after) for one in event.grads])
        for event in trace.events
    ]


def test_accumulation_and_emptying_are_told_before_and_after() -> None:
    source = "(w * 3).backward()\n(w * w).backward()\nw.grad = None\n(w * 5).backward()\nw.grad.zero_()\n"
    assert story(recorded(source)) == [
        ("backward", [("w", None, 3.0)]),
        ("backward", [("w", 3.0, 7.0)]),
        ("zero_grad", [("w", 7.0, None)]),
        ("backward", [("w", None, 5.0)]),
        ("zero_grad", [("w", 5.0, 0.0)]),
    ]


@pytest.mark.parametrize(("to_none", "left"), [(True, None), (False, 0.0)])
def test_zero_grad_to_none_and_to_zero_differ(to_none: bool, left: float | None) -> None:
    source = f"o = torch.optim.SGD([w], 0.1)\n(w * 3).backward()\no.step()\no.zero_grad(set_to_none={to_none})\n"
    assert story(recorded(source))[1:] == [("step", []), ("zero_grad", [("w", 3.0, left)])]


def test_grad_leaves_grad_alone() -> None:
    assert story(recorded("torch.autograd.grad(w * 3, w)\n")) == [("grad", [])]


def test_larger_leaves_have_their_norm() -> None:
    source = "m = nn.Linear(3, 2)\nm(torch.ones(1, 3)).sum().backward()\n"
    ((_, changes),) = story(recorded(source))
    assert sorted(changes) == [
        ("m.bias", None, pytest.approx(2**0.5)),
        ("m.weight", None, pytest.approx(6**0.5)),
    ]


def test_every_pass_of_a_long_training_has_its_norms() -> None:
    source = """\
m = nn.Linear(1, 1)
o = torch.optim.SGD(m.parameters(), 0.01)
x = torch.linspace(-1, 1, 5).reshape(5, 1)
norms = []
for _ in range(300):
    o.zero_grad()
    (m(x) - 3 * x).pow(2).mean().backward()
    norms.append(m.weight.grad.item())
    o.step()
"""
    trace = recorded(source)
    after = [
        change.after
        for event in trace.events
        if event.kind == "backward"
        for change in event.grads
        if change.leaf == "m.weight"
    ]
    namespace: dict[str, object] = {}
    torch.manual_seed(0)
    exec(HEAD + source, namespace)
    assert after == namespace["norms"]
    assert sum(one.full for one in trace.passes) < 300


def test_only_the_first_leaves_are_followed() -> None:
    source = "ws = [torch.ones(1, requires_grad=True) for _ in range(30)]\nsum(ws).backward()\n"
    ((_, changes),) = story(recorded(source))
    assert len(changes) == MOST_LEAVES


def test_nan_and_infinities_travel_as_words() -> None:
    source = "(w * float('inf')).backward()\n(w * float('-inf')).backward()\n"
    assert story(recorded(source))[1] == ("backward", [("w", "inf", "nan")])


@pytest.mark.parametrize(
    "tensor",
    [
        torch.tensor([3 + 4j, 0j]).conj(),
        torch.tensor([3 + 4j]).conj().imag,
        torch._efficientzerotensor((2,), dtype=torch.complex64),
    ],
    ids=["conjugated", "negative", "zeros without memory"],
)
def test_lazy_tensors_have_a_norm(tensor: torch.Tensor) -> None:
    plain = torch.empty(tensor.shape, dtype=tensor.dtype).copy_(tensor)
    assert norm_of(tensor) == plain.norm().item()


def test_a_grad_that_cannot_be_read_does_not_end_the_program() -> None:
    source = (
        "n = torch.nested.nested_tensor([torch.ones(2), torch.ones(3)], requires_grad=True)\n"
        "torch.nested.to_padded_tensor(n * 2, 0.0).sum().backward()\nprint('done')\n"
    )
    trace = execute(Program(source=HEAD + source))
    assert trace.failure is None
    assert trace.printed.endswith("done\n")


def lines(trace: Trace) -> list[tuple[str, int | None]]:
    return [(event.kind, event.line) for event in trace.events]


def test_clipping_is_told_apart_from_the_step_after_it() -> None:
    source = """\
o = torch.optim.SGD([w], 0.1)
(w * w).backward()
nn.utils.clip_grad_norm_([w], 1.0)
o.step()
o.zero_grad()
"""
    trace = recorded(source)
    assert lines(trace) == [("backward", 5), ("change", 6), ("step", 7), ("zero_grad", 8)]
    told = [changes for _, changes in story(trace)]
    assert told[1] == [("w", 4.0, pytest.approx(1.0))]
    assert told[2] == []
    assert told[3] == [("w", pytest.approx(1.0), None)]


@pytest.mark.parametrize(
    "emptying",
    [
        "setattr(w, 'grad', None)",
        "g = w.grad; g.zero_()",
        "w.grad *= 0",
        "w.grad -= w.grad",
        "w.grad = torch.zeros(())",
        "w.grad.detach_().zero_()",
        "w.grad.data.zero_()",
        "torch._foreach_zero_([w.grad])",
        "w.grad.copy_(torch.tensor(0.0))",
        "del w.grad",
    ],
)
def test_each_pass_begins_with_the_gradient_that_there_was(emptying: str) -> None:
    source = (
        f"for i in range(3):\n    (w * (i + 1)).backward()\n    w.data -= w.grad\n    {emptying}\n"
    )
    trace = recorded(source)
    passes = [changes for kind, changes in story(trace) if kind == "backward"]
    left = passes[1][0][1]
    assert left in (None, 0.0)
    assert passes == [[("w", None if i == 0 else left, i + 1.0)] for i in range(3)]
    assert [kind for kind, _ in story(trace)].count("zero_grad") == 3
    assert not [note for note in trace.notes if "added to gradients" in note]


@pytest.mark.parametrize(
    ("statement", "after"),
    [
        ("w.grad *= 2", 6.0),
        ("w.grad.mul_(0.5)", 1.5),
        ("w.grad = w.grad + 1", 4.0),
        ("w.grad.fill_(7)", 7.0),
        ("w.grad.data += 1", 4.0),
    ],
)
def test_a_gradient_changed_by_hand_is_told_with_its_line(statement: str, after: float) -> None:
    trace = recorded(f"(w * 3).backward()\n{statement}\n")
    assert lines(trace)[1:] == [("change", 5)]
    assert story(trace)[1] == ("change", [("w", 3.0, after)])


@pytest.mark.parametrize(
    "statement",
    ["total += w.grad.norm()", "total -= 0.1 * w.grad", "ema.mul_(0.9).add_(w.grad, alpha=0.1)"],
)
def test_what_moves_no_parameter_is_no_step(statement: str) -> None:
    source = f"total, ema = torch.zeros(()), torch.zeros(())\n(w * 3).backward()\n{statement}\n"
    assert lines(recorded(source)) == [("backward", 5)]


@pytest.mark.parametrize(
    "statement",
    [
        "w -= 0.1 * w.grad",
        "w -= 0.1 * g",
        "w.data = w.data - 0.1 * w.grad",
        "w.data.sub_(0.1 * w.grad)",
        "w.sub_(w.grad, alpha=0.1)",
        "m.p.data -= 0.1 * m.p.grad",
        "m.p -= 0.1 * m.p.grad",
    ],
)
def test_a_parameter_that_is_moved_by_hand_is_a_step(statement: str) -> None:
    source = (
        "m = nn.Module()\nm.p = nn.Parameter(w.detach())\n(w * 3 + m.p).backward()\ng = w.grad\n"
        f"with torch.no_grad():\n    {statement}\n"
    )
    assert lines(recorded(source)) == [("backward", 6), ("step", 9)]


def test_what_a_hook_does_during_a_pass_stands_after_what_the_pass_brought() -> None:
    source = """\
def step(p):
    p.data.add_(p.grad, alpha=-0.1)
    p.grad = None
w.register_post_accumulate_grad_hook(step)
(w * 3).backward()
"""
    assert story(recorded(source)) == [
        ("backward", [("w", None, 3.0)]),
        ("step", []),
        ("zero_grad", [("w", 3.0, None)]),
    ]


def test_leaves_that_are_gone_make_room_for_others() -> None:
    grads, changes = Grads(Uncounted()), []
    for _ in range(3 * MOST_LEAVES):
        leaf = torch.ones(1, requires_grad=True)
        grads.follow([leaf])
        leaf.grad = torch.ones(1)
        changes += grads.changed()
    assert len(changes) == 3 * MOST_LEAVES
