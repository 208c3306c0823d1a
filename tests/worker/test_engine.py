"""Calls of the engine as PyTorch takes them, and results bit for bit those of a bare run."""

from __future__ import annotations

import pytest

from explorer.records import Program, Trace
from explorer.worker.execute import execute
from tests.worker.agreement import assert_same_passes
from tests.worker.oracle import run_bare, run_hooked
from tests.worker.views import assert_describes

HEAD = "import torch\n"


def same_as_bare(source: str) -> Trace:
    """What was recorded; printed text and gradients must be those of a bare run."""
    trace, bare = execute(Program(source=HEAD + source)), run_bare(HEAD + source)
    assert trace.failure is None, trace.failure
    assert bare.error is None
    assert trace.printed == bare.printed
    for leaf in trace.leaves:
        assert_describes(leaf.value, bare.tensor(leaf.name))
        assert_describes(leaf.grad, bare.tensor(leaf.name).grad)
    return trace


def test_roots_may_come_from_a_generator() -> None:
    source = "x = torch.ones(2, requires_grad=True)\ntorch.autograd.backward((x * i).sum() for i in (1, 2))\n"
    (one,) = same_as_bare(source).passes
    assert sum(node.kind == "output" for node in one.nodes) == 2


def test_gradients_of_a_generator_of_outputs() -> None:
    source = "x = torch.ones(2, requires_grad=True)\nprint(torch.autograd.grad([(x * i).sum() for i in (1, 2)], (x,)))\n"
    assert len(same_as_bare(source).passes) == 1


def test_allow_unused_by_position_is_not_taken_for_a_batch() -> None:
    source = """\
x, y = (torch.ones(2, requires_grad=True) for _ in range(2))
print(torch.autograd.grad((x * x).sum(), [x, y], None, False, False, True, True))
"""
    trace = same_as_bare(source)
    assert (len(trace.passes), trace.notes) == (1, ())


@pytest.mark.parametrize("side", [2, 10, 100])
def test_a_gradient_that_pytorch_lets_a_leaf_share_is_shared(side: int) -> None:
    """`.grad` becomes a view of `gradient=` (pytorch #34082), and each pass adds to both."""
    source = f"""\
x = torch.ones({side}, {side}, requires_grad=True)
v = torch.ones({side * side})
for _ in range(3):
    x.view(-1).backward(v)
print(v[:3])
"""
    trace = same_as_bare(source)
    assert [one.v.values[0] for one in trace.passes] == [1.0, 1.0, 2.0]
    assert [one.steps[-1].total.values[0] for one in trace.passes] == [1.0, 2.0, 4.0]


@pytest.mark.parametrize("size", [3, 100, 10_000])
def test_a_leaf_gets_the_very_gradient_that_was_sent(size: int) -> None:
    source = f"""\
x = torch.ones({size}, requires_grad=True)
seen = []
x.register_hook(lambda g: seen.append(g.data_ptr()))
x.exp().sum().backward()
print(x.grad.data_ptr() == seen[0])
"""
    assert same_as_bare(source).printed == "True\n"


def test_gradients_on_their_way_survive_clipping() -> None:
    """What a weight gets may be a view of what waits to be measured."""
    source = """\
m = torch.nn.Linear(20, 20)
m(torch.randn(3, 20)).pow(2).sum().backward()
torch.nn.utils.clip_grad_norm_(m.parameters(), 0.1)
"""
    (one,) = same_as_bare(source).passes
    assert all(edge.gradient is not None for edge in one.edges if edge.kind == "gradient")
    assert all(edge.gradient.norm for edge in one.edges if edge.kind == "gradient")


def test_the_engines_order_does_not_come_from_looking_at_a_view() -> None:
    """PyTorch makes the history of a changed view when it is asked for, and numbers it then."""
    source = """\
a = torch.randn(4, requires_grad=True)
b = a.clone()
c = b.view(2, 2)
d = c[0]
b.mul_(2)
e = d * 3
c.add_(1)
f = d
(e.sum() + f.sum() + c.sum()).backward()
"""
    trace, plain = same_as_bare(source), run_hooked(HEAD + source)
    assert_same_passes(trace, plain)
    assert [line.grad_fns for line in trace.lines if "f" in line.names] == [
        {"f": "AsStridedBackward0"}
    ]
    assert "f" in [node.name for node in trace.passes[0].nodes]


def test_a_checkpoint_that_calls_backward_is_told() -> None:
    source = """\
from torch.utils.checkpoint import checkpoint
w, x = (torch.ones(2, requires_grad=True) for _ in range(2))
y = checkpoint(lambda t: t * w, x, use_reentrant={})
(y * w).sum().backward()
"""
    assert "called backward inside" in (same_as_bare(source.format(True)).passes[0].note or "")
    assert same_as_bare(source.format(False)).passes[0].note is None
