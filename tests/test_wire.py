"""What crosses a door arrives unchanged, and nothing that is not a Trace gets through."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer import wire
from explorer.records import (
    FORMAT,
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
    data["passes"][0].update(change)
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
    assert data["passes"][0]["steps"][0]["received"][0]["values"] == ["nan", "inf", "-inf"]


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
        b'{"format":1,"program":{"source":NaN}}',
        b"[" * 100_000,
        b'{"format":' + b"9" * 5000 + b',"program":{"source":""}}',
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
