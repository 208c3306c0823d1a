"""Whether a recorded pass tells what plain PyTorch did: graph, order, every gradient and sum."""

from __future__ import annotations

from explorer.records import Pass, Trace
from tests.worker.oracle import Plain, PlainPass
from tests.worker.views import assert_describes


def assert_same_passes(trace: Trace, plain: Plain) -> None:
    """Pass for pass."""
    assert len(trace.passes) == len(plain.passes)
    for one, other in zip(trace.passes, plain.passes, strict=True):
        assert_same_graph(one, other)
        assert_same_order(one, other)
        assert_same_gradients(one, other)


def assert_same_graph(one: Pass, plain: PlainPass) -> None:
    """Nodes by type and number, edges by both ends."""
    assert [node.op for node in one.nodes if node.kind == "op"] == plain.types
    count = len(plain.types)
    between = [
        (int(edge.tail[1:]), edge.slot, int(edge.head[1:]), edge.output)
        for edge in one.edges
        if edge.kind == "gradient" and int(edge.tail[1:]) < count and int(edge.head[1:]) < count
    ]
    assert between == plain.edges


def assert_same_order(one: Pass, plain: PlainPass) -> None:
    """The engine's plan, as far as it got."""
    ran = [int(step.node[1:]) for step in one.steps]
    assert ran == [number for number in plain.planned if number in set(ran)]
    assert set(ran) == set(plain.sent)


def assert_same_gradients(one: Pass, plain: PlainPass) -> None:
    """Every sum received, every contribution sent, every total of a leaf."""
    edges = {edge.id: edge for edge in one.edges}
    for step in one.steps:
        number = int(step.node[1:])
        received = plain.received[number]
        for view, gradient in zip(step.received, received, strict=True):
            assert_describes(view, gradient)
        if one.nodes[number].op == "AccumulateGrad":
            assert_describes(step.total, plain.totals[number])
            continue
        for sent in step.sent:
            edge = edges[sent.edge]
            assert_describes(sent.gradient, plain.sent[number][edge.slot])
            assert edge.gradient == sent.gradient
