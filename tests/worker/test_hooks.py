"""Hooks that change gradients are shown as such, before and after; observing them changes nothing."""

from __future__ import annotations

import pytest
import torch

from explorer.records import Hooked, Pass, Program
from explorer.worker.execute import execute
from tests.worker.oracle import run_bare
from tests.worker.views import assert_describes

HEAD = "import torch\nfrom torch import nn\nw = torch.tensor(2.0, requires_grad=True)\n"


def first_pass(source: str) -> Pass:
    trace = execute(Program(source=HEAD + source))
    assert trace.failure is None, trace.failure
    bare = run_bare(HEAD + source)
    assert trace.printed == bare.printed
    for leaf in trace.leaves:
        assert_describes(leaf.grad, bare.tensor(leaf.name).grad)
    return trace.passes[0]


def changes(one: Pass) -> list[tuple[str | None, Hooked]]:
    """Node and hook, in the order in which they ran."""
    nodes = {node.id: node for node in one.nodes}
    return [(nodes[step.node].op, hook) for step in one.steps for hook in step.hooks]


def numbers(hook: Hooked) -> tuple[float, float]:
    return hook.before[0].values[0], hook.after[0].values[0]


def test_a_hook_of_a_result_is_told_before_and_after() -> None:
    source = (
        "def double(g):\n    return g * 2\nh = w * 3\nh.register_hook(double)\n(h * h).backward()\n"
    )
    ((op, hook),) = changes(first_pass(source))
    assert (op, hook.kind, hook.name, hook.line) == ("MulBackward0", "tensor", "double", 7)
    assert numbers(hook) == (12.0, 24.0)


def test_hooks_of_one_leaf_run_in_their_order() -> None:
    source = (
        "w.register_hook(lambda g: g + 1)\nw.register_hook(lambda g: g * 10)\n(w * 3).backward()\n"
    )
    found = changes(first_pass(source))
    assert [op for op, _ in found] == ["AccumulateGrad"] * 2
    assert [numbers(hook) for _, hook in found] == [(3.0, 4.0), (4.0, 40.0)]


def test_a_hook_that_only_looks_is_no_change() -> None:
    source = "w.register_hook(print)\n(w * 3).backward()\n"
    assert changes(first_pass(source)) == []


def test_a_hook_that_was_removed_is_not_told() -> None:
    source = "handle = w.register_hook(lambda g: g * 2)\nhandle.remove()\n(w * 3).backward()\n"
    assert changes(first_pass(source)) == []


def test_a_hook_that_writes_into_its_gradient_is_a_change() -> None:
    source = "def clip(g):\n    g.clamp_(max=1.0)\nh = w * 3\nh.register_hook(clip)\n(h * 2).backward()\n"
    ((_, hook),) = changes(first_pass(source))
    assert numbers(hook) == (2.0, 1.0)


def test_a_hook_after_accumulation_changes_grad() -> None:
    source = "def scale(p):\n    p.grad *= 10\nw.register_post_accumulate_grad_hook(scale)\n(w * 3).backward()\n"
    one = first_pass(source)
    ((op, hook),) = changes(one)
    assert (op, hook.kind, numbers(hook)) == ("AccumulateGrad", "post accumulate", (3.0, 30.0))
    assert one.steps[-1].total.values == (30.0,)


@pytest.mark.parametrize(
    "registering",
    [
        "m.register_full_backward_hook(lambda m, gi, go: (gi[0] * 7,))",
        "m.register_full_backward_pre_hook(lambda m, go: (go[0] * 7,))",
    ],
)
def test_a_backward_hook_of_a_module_is_told(registering: str) -> None:
    source = f"m = nn.Linear(1, 1)\n{registering}\nm(w.reshape(1, 1)).sum().backward()\n"
    ((op, hook),) = changes(first_pass(source))
    assert (op, hook.kind, hook.line) == ("BackwardHookFunctionBackward", "module", 5)
    before, after = numbers(hook)
    assert after == pytest.approx(7 * before)


@pytest.mark.parametrize(("of", "op"), [("h", "MulBackward0"), ("y", "AddBackward0")])
def test_a_hook_of_the_node_itself_shows_by_what_arrives(of: str, op: str) -> None:
    source = f"h = w * 3\ny = h + 1\n{of}.grad_fn.register_prehook(lambda g: (g[0] * 5,))\ny.backward()\n"
    ((where, hook),) = changes(first_pass(source))
    assert (where, hook.kind, hook.line, numbers(hook)) == (op, "node", None, (1.0, 5.0))


def test_a_hook_that_cannot_be_called_fails_as_it_does_without_the_recorder() -> None:
    source = HEAD + "h = w * 3\nh.register_hook(7)\nh.backward()\n"
    bare, failure = run_bare(source), execute(Program(source=source)).failure
    assert isinstance(bare.error, TypeError)
    assert failure is not None
    assert failure.line == 6
    assert str(bare.error) in f"{failure.message} {failure.details}"


def test_torch_has_its_own_methods_back_afterwards() -> None:
    own = torch.Tensor.register_hook, torch.nn.Module.register_full_backward_hook
    execute(Program(source=HEAD + "w.register_hook(print)\n"))
    assert own == (torch.Tensor.register_hook, torch.nn.Module.register_full_backward_hook)


def test_a_result_that_retains_its_gradient_says_so() -> None:
    one = first_pass("h = w * 3\nh.retain_grad()\ny = h * h\ny.backward()\n")
    assert [node.name for node in one.nodes if node.retained] == ["h"]


@pytest.mark.parametrize("size", [3, 100, 10_000])
@pytest.mark.parametrize("write", ["g.mul_(3)", "g.data.mul_(3)"])
def test_what_was_sent_is_not_what_a_hook_made_of_it(size: int, write: str) -> None:
    source = (
        f"def hook(g):\n    {write}\nx = torch.ones({size}, requires_grad=True)\nh = x * 2\n"
        "h.register_hook(hook)\nh.exp().sum().backward()\n"
    )
    one = first_pass(source)
    sent = next(edge for edge in one.edges if edge.head == "n2")
    ((_, hook),) = changes(one)
    step = next(step for step in one.steps if step.node == "n2")
    assert sent.gradient == hook.before[0]
    assert step.received == hook.after
    assert numbers(hook)[1] == pytest.approx(3 * numbers(hook)[0])


def test_a_node_hook_that_writes_is_told() -> None:
    source = "def write(g):\n    g[0].mul_(5)\nh = w * 3\nh.grad_fn.register_prehook(write)\n(h + 1).backward()\n"
    ((where, hook),) = changes(first_pass(source))
    assert (where, hook.kind, numbers(hook)) == ("MulBackward0", "node", (1.0, 5.0))


@pytest.mark.parametrize("size", [3, 100, 10_000])
@pytest.mark.parametrize("write", ["x.grad.mul_(0.5)", "x.grad.data.mul_(0.5)"])
def test_a_hook_after_the_node_of_a_leaf_leaves_what_arrived(size: int, write: str) -> None:
    source = (
        f"x = torch.ones({size}, requires_grad=True)\nleaf = x.expand_as(x).grad_fn.next_functions[0][0]\n"
        f"def half(*_):\n    {write}\nleaf.register_hook(half)\n(x * 4).sum().backward()\n"
    )
    step = first_pass(source).steps[-1]
    assert (step.received[0].values[0], step.total.values[0]) == (4.0, 2.0)


@pytest.mark.parametrize(
    "register",
    [
        "register_full_backward_pre_hook(lambda m, go: go[0].mul_(7) and None)",
        "register_full_backward_hook(lambda m, gi, go: gi[0].mul_(7) and None)",
    ],
)
def test_a_module_hook_that_writes_is_told(register: str) -> None:
    source = f"m = nn.Linear(1, 1)\nm.{register}\nm(w.reshape(1, 1)).exp().sum().backward()\n"
    ((_, hook),) = changes(first_pass(source))
    assert numbers(hook)[1] == pytest.approx(7 * numbers(hook)[0])


def test_a_run_of_the_engine_inside_a_hook_is_no_part_of_the_pass() -> None:
    source = """\
y = w * w
z = y * 3
def hook(g):
    w.register_hook(print)
    (inner,) = torch.autograd.grad(y, w, retain_graph=True)
    return g * inner
z.register_hook(hook)
z.backward()
"""
    one = first_pass(source)
    assert [step.node for step in one.steps] == ["n0", "n1", "n2"]
    assert one.steps[1].received[0].values == (12.0,)
