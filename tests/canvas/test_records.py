"""The records in Python and in TypeScript have the same names, and the browser gets strict JSON."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from msgspec import Struct

from explorer import records, wire
from explorer.pass_record import MOST_JACOBIAN_ROWS
from explorer.records import Edge, Node, Pass, Program, Sent, Step, TensorView, Trace
from tests.canvas.fields import files

HOME = Path(records.__file__).parent / "canvas" / "src"
SOURCE = "\n".join((HOME / name).read_text("utf-8") for name in ("records.ts", "columns.ts"))
IN_THE_BROWSER = re.findall(r"export interface (\w+) \{(.*?)\n\}", SOURCE, re.DOTALL)
INTERFACES = {
    name: set(re.findall(r"^  readonly (\w+)\??:", body, re.MULTILINE))
    for name, body in IN_THE_BROWSER
}
RECORDS = {
    name: one
    for name, one in vars(records).items()
    if isinstance(one, type) and issubclass(one, records.Record) and one is not records.Record
}


def test_both_sides_have_the_same_records() -> None:
    assert INTERFACES.keys() == RECORDS.keys()


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_has_the_same_fields_on_both_sides(name: str) -> None:
    assert INTERFACES[name] == set(fields(RECORDS[name]))


def test_both_sides_read_the_same_format() -> None:
    assert f"export const FORMAT = {records.FORMAT};" in SOURCE


def test_both_sides_know_which_roots_have_a_jacobian() -> None:
    words = (HOME / "jacobian.ts").read_text("utf-8")
    assert f"const MOST_ROWS = {MOST_JACOBIAN_ROWS};" in words


@pytest.mark.parametrize("path", files(), ids=lambda path: path.name)
def test_the_browser_knows_every_default_and_has_a_parcel_of_today(path: Path) -> None:
    assert path.read_text("utf-8") == files()[path], "run `python -m tests.canvas.fields`"


def fields(record: type[Struct]) -> tuple[str, ...]:
    return record.__struct_fields__


def test_the_browser_gets_each_gradient_once_and_no_nan() -> None:
    gradient = TensorView(shape=(2,), dtype="float32", values=(1.0, "nan"), nonfinite=1)
    one = Pass(
        index=0,
        how="automatic",
        root="y",
        nodes=(Node(id="n0", kind="op", label="A"), Node(id="n1", kind="leaf", label="w")),
        edges=(Edge(id="e0", tail="n0", head="n1", slot=0, gradient=gradient),),
        steps=(
            Step(index=0, node="n0", received=(gradient,), sent=(Sent("e0", gradient=gradient),)),
        ),
    )
    trace = Trace(format=records.FORMAT, program=Program(source="y"), passes=(one,))
    sent = json.loads(wire.payload(wire.encode(trace), run=7), parse_constant=pytest.fail)
    assert sent["run"] == 7
    assert sent["pass"] is None
    assert list(sent)[-1] == "pass"
    (tensor,) = sent["tensors"]
    assert tensor["values"] == [1.0, "nan"]
    (step,) = sent["trace"]["passes"][0]["steps"]
    assert step == {
        "index": 0,
        "node": "n0",
        "received": [0],
        "sent": [{"edge": "e0", "gradient": 0}],
    }
    assert sent["trace"]["passes"][0]["edges"][0]["gradient"] == 0
    assert wire.decode(wire.encode(trace)) == trace
