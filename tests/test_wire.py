"""What crosses a door arrives unchanged, and nothing that is not a Trace gets through."""

from __future__ import annotations

import base64
import json
import tracemalloc
from array import array
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct

from explorer import wire
from explorer.pass_record import FULL_PASSES, MOST_PASSES
from explorer.records import (
    FORMAT,
    SEEDS,
    Edge,
    Failure,
    Frame,
    Node,
    Pass,
    Program,
    Sent,
    Step,
    TensorView,
    Trace,
)
from explorer.sheet import written_out
from tests.passes import trace, wide

SCALAR = TensorView(shape=(), dtype="float32", values=(6.0,), norm=6.0, low=6.0, high=6.0)
BROKEN = TensorView(shape=(3,), dtype="float32", values=("nan", "inf", "-inf"), nonfinite=3)


def small_trace() -> Trace:
    one = Pass(
        index=0,
        how="backward",
        root="y",
        nodes=(
            Node(id="n0", kind="op", label="MulBackward0", op="MulBackward0"),
            Node(id="n1", kind="leaf", label="x", name="x"),
        ),
        edges=(Edge(id="e0", tail="n0", head="n1", slot=0, gradient=SCALAR),),
        steps=(Step(index=0, node="n0", received=(BROKEN, None), sent=(Sent("e0", SCALAR),)),),
        frames=(Frame(line=1, visit=1, nodes=("n1", "n0")),),
    )
    return Trace(format=FORMAT, program=Program("x = 1"), passes=(one,))


def altered(change: dict[str, Any]) -> bytes:
    """The small trace as JSON with fields of its only pass replaced."""
    data = json.loads(wire.encode(small_trace()))
    data["trace"]["passes"][0].update(change)
    return json.dumps(data).encode()


def test_a_trace_arrives_as_it_was_sent() -> None:
    assert wire.decode(wire.encode(small_trace())) == small_trace()


def test_a_program_arrives_as_it_was_sent() -> None:
    program = Program("y = x\n", seed=7, root="y", gradient="torch.ones(3)", detail=2)
    assert wire.decode_program(wire.encode(program)) == program


def test_equal_programs_have_equal_text() -> None:
    assert wire.encode(Program("a")) == wire.encode(Program("a"))


def test_not_a_number_travels_as_a_word_and_the_json_is_strict() -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    data = json.loads(wire.encode(small_trace()), parse_constant=refuse)
    place = data["trace"]["passes"][0]["steps"][0]["received"][0]
    assert data["tensors"][place]["values"] == ["nan", "inf", "-inf"]


def test_a_tensor_in_many_places_travels_once_and_arrives_as_one() -> None:
    data = json.loads(wire.encode(small_trace()))
    assert len(data["tensors"]) == 2
    (one,) = wire.decode(wire.encode(small_trace())).passes
    assert one.edges[0].gradient is one.steps[0].sent[0].gradient


def test_nothing_travels_that_says_no_more_than_a_default() -> None:
    (node, _) = json.loads(wire.encode(small_trace()))["trace"]["passes"][0]["nodes"]
    assert node == {"id": "n0", "kind": "op", "label": "MulBackward0", "op": "MulBackward0"}


def test_written_out_every_field_and_every_tensor_stands_in_its_place() -> None:
    data = json.loads(wire.written_out(small_trace()))
    assert data == msgspec.json.decode(json.dumps(everything(small_trace())))
    assert data["passes"][0]["edges"][0]["gradient"]["values"] == [6.0]
    assert data["failure"] is None


def everything(value: Any) -> Any:
    """A record as plain data, by another way than `written_out`."""
    if isinstance(value, Struct):
        return {name: everything(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, (tuple, list)):
        return [everything(one) for one in value]
    if isinstance(value, dict):
        return {key: everything(one) for key, one in value.items()}
    return value


@pytest.mark.parametrize("place", [-1, 2, 1 << 40, 0.5, True, "0"])
def test_a_place_where_no_tensor_is_is_refused(place: Any) -> None:
    with pytest.raises(wire.WireError):
        wire.decode(altered({"v": place}))


@pytest.mark.parametrize(
    "change",
    [
        {"shape": [-1]},
        {"shape": [1] * 65},
        {"shape": [1 << 70]},
        {"zeros": -1},
        {"nonfinite": -5},
    ],
)
def test_a_tensor_of_impossible_size_is_refused(change: dict[str, Any]) -> None:
    data = json.loads(wire.encode(small_trace()))
    data["tensors"][0].update(change)
    with pytest.raises(wire.WireError):
        wire.decode(json.dumps(data))


@pytest.mark.parametrize("shape", [[-1], [1] * 65, [1 << 70]])
def test_columns_with_an_impossible_shape_are_refused(shape: list[int]) -> None:
    with pytest.raises(wire.WireError):
        wire.decode(of_passes({"shapes": [shape]}))


@pytest.mark.parametrize(
    "change", [{"seed": 1 << 63}, {"seed": -(1 << 63) - 1}, {"detail": -7}, {"seed": 0.5}]
)
def test_a_program_that_cannot_run_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(wire.WireError):
        wire.decode_program(json.dumps({"source": "", **change}))
    for seed in (SEEDS.start, SEEDS.stop - 1):
        program = Program("", seed=seed)
        assert wire.decode_program(wire.encode(program)) == program


def test_a_failure_keeps_all_its_parts() -> None:
    failure = Failure("error", "It broke.", line=3, hint="Mend it.", details="RuntimeError")
    trace = wire.failed(Program("x"), failure)
    assert wire.decode(wire.encode(trace)).failure == failure


@pytest.mark.parametrize(
    "change",
    [
        {"edges": [{"id": "e0", "tail": "n0", "head": "n9", "slot": 0}]},
        {"nodes": [{"id": "n0", "kind": "op", "label": ""}] * 2},
        {"steps": [{"index": 5, "node": "n0", "received": [], "sent": []}]},
        {"steps": [{"index": 0, "node": "n7", "received": [], "sent": []}]},
        {"steps": [{"index": 0, "node": "n0", "received": [], "sent": [{"edge": "e9"}]}]},
        {"frames": [{"line": 1, "visit": 1, "nodes": ["n9"]}]},
        {"how": "sideways"},
        {"surprise": 1},
        {"note": 7},
        {"columns": {}},
        {"calls": [{"scope": "model", "number": 1, "parent": 0}]},
        {"nodes": [{"id": "n0", "kind": "op", "label": "", "call": 0}]},
    ],
)
def test_a_pass_that_contradicts_itself_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(wire.WireError):
        wire.decode(altered(change))


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\x80\x04pickle",
        b"\xff\xfe",
        b'{"tensors":[],"trace":{"format":2,"program":{"source":NaN}}}',
        b"[" * 100_000,
        b'{"tensors":[],"trace":{"format":' + b"9" * 5000 + b',"program":{"source":""}}}',
        b'{"tensors":[],"trace":{"format":1,"program":{"source":""}}}',
        b'{"format":2,"program":{"source":""}}',
    ],
)
def test_what_is_not_a_trace_is_refused(text: bytes) -> None:
    with pytest.raises(wire.WireError):
        wire.decode(text)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@settings(max_examples=300, deadline=None)
@given(key=st.sampled_from(["nodes", "edges", "steps", "frames", "v", "root"]), value=ANYTHING)
def test_forged_fields_give_a_trace_or_a_wire_error(key: str, value: Any) -> None:
    try:
        trace = wire.decode(altered({key: value}))
    except wire.WireError:
        return
    assert isinstance(trace, Trace)


COLUMNS = msgspec.to_builtins(wide().columns, builtin_types=())
GROUPS = {name: group for name, group in COLUMNS.items() if isinstance(group, dict)}


def with_column(group: str, name: str, value: Any) -> bytes:
    """The wide pass as JSON with one column replaced."""
    data = json.loads(wire.encode(trace(wide())))
    data["trace"]["passes"][0]["columns"][group][name] = value
    return json.dumps(data).encode()


def test_a_pass_of_columns_arrives_as_it_was_sent() -> None:
    assert wire.decode(wire.encode(trace(wide()))).passes == (wide(),)


@pytest.mark.parametrize(
    ("group", "name", "rows"),
    [
        ("nodes", "kind", [0, 0, 9]),
        ("nodes", "op", [0, 0, 99]),
        ("nodes", "shape", [0, 0, 99]),
        ("nodes", "value", [0, 0, 99]),
        ("nodes", "made_in", [-2, 0, 0]),
        ("edges", "head", [0, 0, 9]),
        ("edges", "tail", [-1, 0, 0]),
        ("edges", "kind", [0, 3, 0]),
        ("edges", "gradient", [0, 0, -2]),
        ("steps", "node", [0, 0]),
        ("steps", "outputs", [1, 9]),
        ("steps", "received", [0, 99]),
        ("frames", "nodes", [0, 0, 99]),
        ("frames", "size", [1, 1]),
        ("statistics", "shape", [99]),
        ("statistics", "dtype", [99]),
    ],
)
def test_a_column_that_names_what_there_is_not_is_refused(
    group: str, name: str, rows: list[int]
) -> None:
    column = base64.b64encode(array("i", rows).tobytes()).decode()
    with pytest.raises(wire.WireError):
        wire.decode(with_column(group, name, column))


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("count", [-1, 40, 10**9])
def test_a_count_that_does_not_fit_the_columns_is_refused(group: str, count: int) -> None:
    with pytest.raises(wire.WireError):
        wire.decode(with_column(group, "count", count))


@pytest.mark.parametrize("steps", [[7], [-1], [0, 0], [1, 0]])
def test_hooks_stand_in_the_order_of_the_steps_that_there_are(steps: list[int]) -> None:
    hooked = [{"step": step, "hooks": []} for step in steps]
    with pytest.raises(wire.WireError):
        wire.decode(with_column("steps", "hooked", hooked))


EMPTY = {name: {"count": 1_000_000} for name in ("nodes", "edges", "frames")}
"""A few bytes that say they stand for three million rows."""


def of_passes(*columns: dict[str, Any] | None) -> bytes:
    """The small trace with passes that have nothing but columns."""
    data = json.loads(wire.encode(small_trace()))
    data["trace"]["passes"] = [
        {"index": at, "how": "backward", "root": "x", "columns": {"shapes": [[1]], **one}}
        if one is not None
        else {"index": at, "how": "backward", "root": "x"}
        for at, one in enumerate(columns)
    ]
    return json.dumps(data).encode()


def test_rows_that_no_bytes_stand_for_are_refused_before_they_are_made() -> None:
    tracemalloc.start()
    with pytest.raises(wire.WireError, match="more rows than an answer of this size has"):
        wire.decode(of_passes(EMPTY))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1 << 20


def test_rows_are_counted_over_all_passes() -> None:
    """Each has few enough for the whole answer, and together they have too many."""
    some = {"nodes": {"count": 1_500}}
    assert len(wire.decode(of_passes(some, *[{}] * 40)).passes) == 41
    with pytest.raises(wire.WireError, match="pass 1: more rows"):
        wire.decode(of_passes(some, some, *[{}] * 39))


def test_a_node_that_works_in_every_step_is_refused() -> None:
    works = {"nodes": {"count": 1}, "steps": {"count": 2}}
    with pytest.raises(wire.WireError, match="works twice"):
        wire.decode(of_passes(works))


def test_edges_between_no_nodes_are_refused() -> None:
    with pytest.raises(wire.WireError, match=r"edges\.tail names something unknown"):
        wire.decode(of_passes({"edges": {"count": 1}}))


def test_there_are_no_more_passes_than_a_run_keeps() -> None:
    assert wire.decode(of_passes(*[None] * MOST_PASSES))
    with pytest.raises(wire.WireError, match="more than a run keeps"):
        wire.decode(of_passes(*[None] * (MOST_PASSES + 1)))
    with pytest.raises(wire.WireError, match="more than a run keeps"):
        wire.decode(of_passes(*[{}] * (FULL_PASSES + 2)))


@settings(max_examples=500, deadline=None)
@given(data=st.data())
def test_forged_columns_are_refused_or_can_be_written_out(data: st.DataObject) -> None:
    group = data.draw(st.sampled_from(sorted(GROUPS)))
    name = data.draw(st.sampled_from(sorted(GROUPS[group])))
    value = data.draw(
        st.binary(max_size=40).map(lambda raw: base64.b64encode(raw).decode()) | ANYTHING
    )
    try:
        (one,) = wire.decode(with_column(group, name, value)).passes
    except wire.WireError:
        return
    assert written_out(one).columns is None


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_forged_bytes_never_pass(noise: bytes) -> None:
    with pytest.raises(wire.WireError):
        wire.decode(noise)


def test_records_refuse_to_be_changed() -> None:
    with pytest.raises(AttributeError):
        small_trace().format = 2  # type: ignore[misc]


def test_the_schema_can_be_told() -> None:
    assert "Trace" in msgspec.json.schema(Trace)["$defs"]
