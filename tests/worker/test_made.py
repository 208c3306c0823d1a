"""The graph of a gradient: which nodes an earlier backward made, and while which node was at work."""

from __future__ import annotations

import torch

from explorer.records import Program, Trace
from explorer.worker.execute import execute

HEAD = "import torch\nx = torch.tensor(3.0, requires_grad=True)\n"


def recorded(source: str) -> Trace:
    trace = execute(Program(source=HEAD + source))
    assert trace.failure is None, trace.failure
    return trace


def makers(trace: Trace, index: int) -> list[tuple[str | None, int | None, str | None]]:
    """Of each operation of a pass: its type, the pass that made it, the operation at work there."""
    known = {(one.index, node.id): node.op for one in trace.passes for node in one.nodes}
    return [
        (node.op, node.made_in, known.get((node.made_in, node.made_by)))
        for node in trace.passes[index].nodes
        if node.kind == "op" and node.op != "AccumulateGrad"
    ]


def test_nodes_of_the_gradients_graph_name_the_node_that_was_at_work() -> None:
    trace = recorded("(g,) = torch.autograd.grad(x**3, x, create_graph=True)\ng.backward()\n")
    assert [one.order for one in trace.passes] == [1, 2]
    assert makers(trace, 1) == [
        ("MulBackward0", 0, "PowBackward0"),
        ("MulBackward1", 0, "PowBackward0"),
        ("PowBackward0", 0, "PowBackward0"),
    ]


def test_nodes_of_the_program_were_made_by_no_pass() -> None:
    trace = recorded("(g,) = torch.autograd.grad(x**2, x, create_graph=True)\n(g * x).backward()\n")
    assert makers(trace, 1)[0] == ("MulBackward0", None, None)
    assert {made for _, made, _ in makers(trace, 0)} == {None}


def test_a_third_derivative_is_layered_over_the_second() -> None:
    source = (
        "(g,) = torch.autograd.grad(x**4, x, create_graph=True)\n"
        "(h,) = torch.autograd.grad(g, x, create_graph=True)\nh.backward()\n"
    )
    trace = recorded(source)
    assert [one.order for one in trace.passes] == [1, 2, 3]
    assert {made for _, made, _ in makers(trace, 2)} == {1}
    assert trace.leaves[0].grad.values == (72.0,)


def test_the_maker_is_the_one_that_anomaly_mode_names() -> None:
    """PyTorch itself keeps the parent of a node that a backward makes, in its anomaly mode."""
    source = "(g,) = torch.autograd.grad((x.exp() * x).sin(), x, create_graph=True)\ng.backward()\n"
    trace = recorded(source)
    with torch.autograd.set_detect_anomaly(True):
        x = torch.tensor(3.0, requires_grad=True)
        (g,) = torch.autograd.grad((x.exp() * x).sin(), x, create_graph=True)
    nodes, types = [g.grad_fn], []
    for node in nodes:
        parent = node.metadata.get("parent_")
        types.append((type(node).__name__, parent and type(parent).__name__))
        nodes += [n for n, _ in node.next_functions if n is not None and n not in nodes]
    expected = [one for one in types if one[0] != "AccumulateGrad"]
    assert [(op, maker) for op, _, maker in makers(trace, 1)] == expected
