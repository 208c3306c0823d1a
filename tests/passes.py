"""Passes written by hand, for tests of what is drawn and exported from a record."""

from __future__ import annotations

import msgspec

from explorer.records import Edge, Node, Pass, Program, Step, TensorView, Trace


def scalar(number: float) -> TensorView:
    return TensorView(shape=(), dtype="float32", values=(number,), norm=abs(number))


def product(**changes: object) -> Pass:
    """What `y = w * x; y.backward()` records, with w = 2 and x = 3 without requires_grad."""
    nodes = (
        Node(id="n0", kind="op", label="MulBackward0", name="y", op="MulBackward0", line=3, visit=1,
             shape=(), value=scalar(6)),
        Node(id="n1", kind="op", label="AccumulateGrad", op="AccumulateGrad", shape=()),
        Node(id="n2", kind="leaf", label="w", name="w", line=1, shape=(), value=scalar(2)),
        Node(id="n3", kind="output", label="y", name="y", line=3, shape=(), value=scalar(6)),
        Node(id="n4", kind="input", label="x", name="x", line=2, shape=(), value=scalar(3)),
    )  # fmt: skip
    edges = (
        Edge(id="e0", tail="n3", head="n0", slot=0, gradient=scalar(1)),
        Edge(id="e1", tail="n0", head="n1", slot=0, gradient=scalar(3)),
        Edge(id="e2", tail="n1", head="n2", slot=0, gradient=scalar(3)),
        Edge(id="e3", tail="n0", head="n4", slot=1, kind="data"),
    )
    steps = (
        Step(index=0, node="n0", received=(scalar(1),), sent=()),
        Step(index=1, node="n1", received=(scalar(3),), sent=(), total=scalar(3)),
    )
    one = Pass(
        index=0, how="backward", root="y", v=scalar(1), nodes=nodes, edges=edges, steps=steps
    )
    return msgspec.structs.replace(one, **changes)


def hub(uses: int) -> Pass:
    """A leaf that `uses` operations share, each of which feeds the next."""
    accumulate, leaf, output = (f"n{uses + extra}" for extra in range(3))
    ops = [
        Node(id=f"n{i}", kind="op", label="MulBackward0", op="MulBackward0") for i in range(uses)
    ]
    nodes = (
        *ops,
        Node(id=accumulate, kind="op", label="AccumulateGrad", op="AccumulateGrad"),
        Node(id=leaf, kind="leaf", label="w", name="w", shape=()),
        Node(id=output, kind="output", label="y", name="y", shape=()),
    )
    ends = [(output, "n0", 0), (accumulate, leaf, 0)]
    ends += [(f"n{i}", accumulate, 1) for i in range(uses)]
    ends += [(f"n{i}", f"n{i + 1}", 0) for i in range(uses - 1)]
    edges = tuple(Edge(id=f"e{i}", tail=a, head=b, slot=s) for i, (a, b, s) in enumerate(ends))
    return Pass(index=0, how="unfinished", root="y", nodes=nodes, edges=edges)


def trace(*passes: Pass) -> Trace:
    return Trace(format=1, program=Program(source="y = w * x"), passes=passes)
