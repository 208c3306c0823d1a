"""Records <-> JSON text, and the check of whatever a child process sends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from explorer import sheet
from explorer.parcel import Parcel, ParcelError, pack, unpack
from explorer.pass_record import FULL_PASSES, MOST_PASSES
from explorer.records import FORMAT, Failure, Pass, Program, Record, Trace

BYTES_PER_ROW = 2
"""Bytes of an answer for each row of a column, at least. Honest ones have 11 and more; forged ones
of some hundred bytes would otherwise stand for millions of rows."""


class WireError(ValueError):
    """The text is not a Trace (or Program) of this format; the message says what is wrong."""


def encode(record: Trace | Program) -> bytes:
    """The record as one line of strict JSON (UTF-8, no NaN, no newline), made to travel: defaults
    are left out, and each tensor of a Trace stands once, in a list of its own.

    Two equal Programs give equal bytes: fields stand in the order of `records`.
    """
    return msgspec.json.encode(pack(record) if isinstance(record, Trace) else record)


def written_out(value: Any) -> bytes:
    """A record as JSON with every field, and every tensor in its place: for other programs."""
    if isinstance(value, Pass):
        value = sheet.written_out(value)
    if isinstance(value, Record):
        names = value.__struct_fields__
        parts = (b'"%s":%s' % (name.encode(), written_out(getattr(value, name))) for name in names)
        return b"{%s}" % b",".join(parts)
    if isinstance(value, dict):
        parts = (
            b"%s:%s" % (msgspec.json.encode(key), written_out(one)) for key, one in value.items()
        )
        return b"{%s}" % b",".join(parts)
    if isinstance(value, tuple) and any(isinstance(one, Record) for one in value):
        return b"[%s]" % b",".join(map(written_out, value))
    return msgspec.json.encode(value)


def payload(text: bytes, run: int, pass_index: int | None = None) -> bytes:
    """What the browser gets of a run: what `encode` wrote of its Trace, with a few words more.

    The index of the pass to look at stands last: the bytes before it tell whether the run is new.
    """
    inside = text.strip()[1:-1]
    return b'{"run":%d,%s,"pass":%s}' % (run, inside, msgspec.json.encode(pass_index))


def decode_program(text: bytes | str) -> Program:
    """A Program from JSON; raises WireError."""
    try:
        return msgspec.json.decode(text, type=Program)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise WireError(str(error)) from error


def decode(text: bytes | str) -> Trace:
    """A Trace from what `encode` made. The sender is not trusted: types, references, order and the
    rows of columns are checked.

    Raises WireError naming the first thing that is wrong.
    """
    try:
        parcel: Any = msgspec.json.decode(text, type=Parcel)
        _check_number(parcel.trace.passes)
        trace = unpack(parcel)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ParcelError) as error:
        raise WireError(str(error)) from error
    if trace.format != FORMAT:
        raise WireError(f"format {trace.format} is not {FORMAT}, the one this version reads")
    for one in trace.passes:
        _check_calls(one)
        _check_references(one)
    _check_columns(trace.passes, min(len(text) // BYTES_PER_ROW, sheet.MOST_IN_ALL))
    return trace


def failed(program: Program, failure: Failure) -> Trace:
    """The Trace of a run that gave nothing but a failure."""
    return Trace(format=FORMAT, program=program, failure=failure)


def _check_number(passes: Sequence[Any]) -> None:
    """More passes than a run lists are not even unpacked."""
    wide = sum(one.columns is not None for one in passes[:MOST_PASSES])
    if len(passes) > MOST_PASSES or wide > FULL_PASSES + 1:
        raise WireError(f"{len(passes):,} passes, {wide:,} of columns: more than a run keeps")


def _check_calls(one: Pass) -> None:
    """A call of a module stands behind the one around it."""
    for place, call in enumerate(one.calls):
        if call.parent is not None and not 0 <= call.parent < place:
            raise WireError(f"pass {one.index}: call {place} stands before the one around it")
    if any(node.call is not None and not 0 <= node.call < len(one.calls) for node in one.nodes):
        raise WireError(f"pass {one.index}: a node names an unknown call")


def _check_references(one: Pass) -> None:
    """Every edge, step and frame must name nodes and edges of its own pass."""
    nodes = {node.id for node in one.nodes}
    edges = {edge.id for edge in one.edges}
    if len(nodes) != len(one.nodes) or len(edges) != len(one.edges):
        raise WireError(f"pass {one.index}: an id is used twice")
    for edge in one.edges:
        if edge.tail not in nodes or edge.head not in nodes:
            raise WireError(f"pass {one.index}: edge {edge.id} names an unknown node")
    for position, step in enumerate(one.steps):
        if step.index != position:
            raise WireError(f"pass {one.index}: step {position} has index {step.index}")
        if step.node not in nodes or any(sent.edge not in edges for sent in step.sent):
            raise WireError(f"pass {one.index}: step {position} names something unknown")
    if any(node not in nodes for frame in one.frames for node in frame.nodes):
        raise WireError(f"pass {one.index}: a frame names an unknown node")


def _check_columns(passes: Sequence[Pass], most: int) -> None:
    """Columns must be as long as they say, with no more rows than that, and name only what there
    is."""
    for one in passes:
        if one.columns is None:
            continue
        if one.nodes or one.edges or one.steps or one.frames:
            raise WireError(f"pass {one.index}: it stands there twice")
        try:
            columns = sheet.Sheet(one)
            most -= columns.size()
            if most < 0:
                raise ValueError("more rows than an answer of this size has")
            columns.check()
        except ValueError as error:
            raise WireError(f"pass {one.index}: {error}") from error
