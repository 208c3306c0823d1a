"""Passes written by hand, for tests of what is drawn and exported from a record."""

from __future__ import annotations

import msgspec

from explorer.records import (
    FORMAT,
    Call,
    Edge,
    Frame,
    Hooked,
    Node,
    Pass,
    Program,
    Saved,
    Sent,
    Step,
    TensorView,
    Trace,
)
from explorer.worker.boxes import Row
from explorer.worker.columns import (
    EdgeTable,
    FrameTable,
    KeptTable,
    StepTable,
    Writer,
    number_of,
)
from explorer.worker.facts import Facts
from explorer.worker.forward import Whence
from explorer.worker.meta import Meta
from explorer.worker.saved import Kept
from explorer.worker.tensors import Tensors
from explorer.worker.witnesses import Maker


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
    return Trace(format=FORMAT, program=Program(source="y = w * x"), passes=passes)


def rich() -> Pass:
    """A small pass in which every field that columns carry says something."""
    seen = TensorView((2, 3), "float32", low=-1.0, high=2.0, mean=0.5, std=0.25, norm=3.5, zeros=1)
    wild = TensorView(
        (1,), "float64", True, values=("nan",), low="nan", high="nan", mean="nan", std="nan",
        norm="nan", nonfinite=1,
    )  # fmt: skip
    shown = TensorView(
        (2,), "float32", values=(0.5, -2.0), low=-2.0, high=0.5, mean=-0.75, std=1.25, norm=2.0625
    )
    unknown = TensorView((4, 4), "float32", truncated=True)
    many = TensorView(
        (2, 40), "float64", values=(0.1, *map(float, range(62)), "-inf"), low="-inf", high=61.0,
        mean="-inf", std="nan", norm="inf", zeros=1, nonfinite=1,
    )  # fmt: skip
    imaginary = TensorView((1,), "complex64", values=(1.0,), imag=(2.0,), norm=5.0)
    kept = (
        Saved("self", (2,), "float32", 8, 1, 2, of="w", node="n2"),
        Saved("result1", (2,), "int64", 16, 0, 0, node="n0", output=1, value=shown),
    )
    nodes = (
        Node(
            id="n0", kind="op", label="MulBackward0", name="y", op="MulBackward0", line=3, visit=2,
            columns=(4, 9), scope="model.0", shape=(2, 3), value=seen,
            retained=True, call=1, saved=kept, settings={"dim": "(0,)"}, freed=True,
        ),
        Node(
            id="n1", kind="op", label="AccumulateGrad", op="AccumulateGrad", made_in=0, made_by="n7",
            value=many, freed=False,
        ),
        Node(id="n2", kind="leaf", label="w", name="w", line=1, shape=(2,), value=shown),
        Node(id="n3", kind="output", label="y", shape=(), value=wild, view_of="n0"),
        Node(id="n4", kind="input", label="x", value=imaginary),
        Node(id="n5", kind="cut", label="detach", line=2, cut="detach"),
    )  # fmt: skip
    edges = (
        Edge(id="e0", tail="n3", head="n0", slot=0, output=1, gradient=seen),
        Edge(id="e1", tail="n0", head="n1", slot=1, gradient=shown),
        Edge(id="e2", tail="n1", head="n2", slot=0, gradient=shown),
        Edge(id="e3", tail="n0", head="n4", slot=2, kind="data"),
        Edge(id="e4", tail="n4", head="n5", slot=0, kind="cut"),
    )
    hook = Hooked("tensor", "clip", 4, before=(wild,), after=(shown,))
    steps = (
        Step(0, "n0", (None, seen), (Sent("e1", shown),)),
        Step(1, "n1", (shown,), (Sent("e2", shown),), unknown, shown, (hook,)),
    )
    frames = (Frame(1, 1, ("n2",)), Frame(3, 2, ("n4", "n0")), Frame(None, None, ("n3", "n1")))
    calls = (Call("model", 1), Call("model.0", 2, parent=0))
    modules = {"model": "Sequential", "model.0": "Linear"}
    return Pass(
        0, "backward", "y", seen, 5, 1, 1, True, nodes, edges, steps, frames, 2, "so",
        calls=calls, modules=modules,
    )  # fmt: skip


def wide() -> Pass:
    """The same pass as columns."""
    one = rich()
    views: list[TensorView] = []

    def ticket(view: TensorView | None) -> int | None:
        if view is not None:
            views.append(view)
        return None if view is None else len(views) - 1

    ops = [node for node in one.nodes if node.kind == "op"]
    facts = Facts(
        types=[node.label for node in ops],
        names=[node.name for node in ops],
        scopes=[node.scope for node in ops],
        calls=[node.call for node in ops],
        shapes=[node.shape for node in ops],
        values=[],
        origins=Whence(
            [node.line or 0 for node in ops],
            [node.visit or 0 for node in ops],
            {place: node.columns for place, node in enumerate(ops) if node.columns},
        ),
        retained={place for place, node in enumerate(ops) if node.retained},
        makers={
            place: Maker(node.made_in, number_of(node.made_by))
            for place, node in enumerate(ops)
            if node.made_by is not None
        },
    )
    values = [ticket(node.value) for node in one.nodes]
    edges = EdgeTable(
        [number_of(edge.tail) for edge in one.edges],
        [number_of(edge.head) for edge in one.edges],
        [edge.slot for edge in one.edges],
        [edge.output for edge in one.edges],
        [edge.kind for edge in one.edges],
        [ticket(edge.gradient) for edge in one.edges],
    )
    steps = StepTable(
        [number_of(step.node) for step in one.steps],
        [tuple(map(ticket, step.received)) for step in one.steps],
        [ticket(step.before) for step in one.steps],
        [ticket(step.total) for step in one.steps],
        {step.index: step.hooks for step in one.steps if step.hooks},
    )
    frames = FrameTable(
        [frame.line or 0 for frame in one.frames],
        [frame.visit or 0 for frame in one.frames],
        [len(frame.nodes) for frame in one.frames],
        [number_of(node) for frame in one.frames for node in frame.nodes],
    )
    writer = Writer(facts, one.nodes[len(ops) :], values)
    rows = [
        (owner, Row(_kept(saved), saved.node, saved.of, ticket(saved.value)))
        for owner, node in enumerate(ops)
        for saved in node.saved
    ]
    kept = KeptTable(
        [owner for owner, _ in rows],
        [row for _, row in rows],
        [node.settings for node in ops],
        {place: node.freed for place, node in enumerate(ops) if node.freed is not None},
    )
    tensors = Tensors(lambda: views, views.__getitem__)
    columns = writer.columns(tensors, edges, steps, frames, kept)
    return msgspec.structs.replace(one, nodes=(), edges=(), steps=(), frames=(), columns=columns)


def _kept(one: Saved) -> Kept:
    """What the worker had read of a saved tensor, as far as its record tells."""
    meta = Meta(one.shape, one.dtype, False)
    counted = (one.bytes, one.version, one.now)
    return Kept(one.name, meta, *counted, (0, 0), None, one.output, None, None)
