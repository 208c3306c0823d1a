"""What operations save: how much memory, in which version, and how long it is kept."""

from __future__ import annotations

import pytest
import torch

from explorer.records import Pass, Program
from explorer.worker.execute import execute

HEAD = "import torch\nw = torch.ones(3, requires_grad=True)\n"


def passes(source: str) -> tuple[Pass, ...]:
    return execute(Program(source=HEAD + source)).passes


def freed(one: Pass) -> dict[str, bool | None]:
    return {node.op: node.freed for node in one.nodes if node.op and node.saved}


def test_retain_graph_keeps_what_backward_would_free() -> None:
    first, second = passes("y = (w.exp() * w).sum()\ny.backward(retain_graph=True)\ny.backward()\n")
    assert set(freed(first).values()) == {False}
    assert set(freed(second).values()) == {True}


def test_create_graph_keeps_it_too() -> None:
    first, _ = passes(
        "(g,) = torch.autograd.grad(w.exp().sum(), w, create_graph=True)\ng.sum().backward()\n"
    )
    assert freed(first) == {"ExpBackward0": False}


def test_nodes_that_a_pass_did_not_need_keep_theirs() -> None:
    source = "u = torch.ones(3, requires_grad=True)\ny = (w.exp() * u.sin()).sum()\ny.backward(inputs=[u])\n"
    (one,) = passes(source)
    assert freed(one) == {"MulBackward0": True, "SinBackward0": True, "ExpBackward0": False}


def test_nothing_saved_is_neither_freed_nor_kept() -> None:
    (one,) = passes("(w + 1).sum().backward()\n")
    assert {node.freed for node in one.nodes} == {None}
    assert (one.saved_bytes, one.own_bytes) == (0, 0)


def test_own_functions_say_it_as_well() -> None:
    source = """\
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x
    @staticmethod
    def backward(ctx, g):
        return 2 * g * ctx.saved_tensors[0]
Square.apply(w * 1).sum().backward()
"""
    (one,) = passes(source)
    assert freed(one)["SquareBackward"] is True


@pytest.mark.parametrize(
    ("expression", "held", "own"),
    [
        ("w.exp().sum()", 12, 12),
        ("(w * w).sum()", 12, 0),
        ("(w.exp() * w.exp()).sum()", 24, 24),
        ("(w.exp() * w).sum()", 24, 12),
        ("w.exp()[:2].sin().sum()", 12, 12),
        ("(w * 2)[:1].sin().sum()", 20, 12),
    ],
)
def test_memory_counts_each_storage_once(expression: str, held: int, own: int) -> None:
    (one,) = passes(f"{expression}.backward()\n")
    assert (one.saved_bytes, one.own_bytes) == (held, own)


def test_memory_is_what_saved_tensor_hooks_of_pytorch_count() -> None:
    """PyTorch's own hooks see each tensor that is packed."""
    source = "m = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.Tanh(), torch.nn.Linear(5, 2))\nm(torch.ones(4, 3)).pow(2).mean().backward()\n"
    (one,) = passes(source)
    packed: dict[int, int] = {}
    kept = []

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        kept.append(tensor)
        packed[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    torch.manual_seed(0)
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        exec(source, {"torch": torch})
    assert one.saved_bytes == sum(packed.values())


def test_a_tensor_changed_in_place_shows_both_versions() -> None:
    trace = execute(
        Program(
            source=HEAD + "h = w.exp()\ny = h.sum()\nh.add_(1)\nh.mul_(2)\n(y * 2).backward()\n"
        )
    )
    assert trace.failure is not None
    (saved,) = next(node.saved for node in trace.passes[0].nodes if node.op == "ExpBackward0")
    assert (saved.version, saved.now) == (0, 2)
