"""Records <-> JSON text, and the check of whatever a child process sends."""

from __future__ import annotations

import msgspec

from explorer.records import FORMAT, Failure, Pass, Program, Trace


class WireError(ValueError):
    """The text is not a Trace (or Program) of this format; the message says what is wrong."""


def encode(record: Trace | Program) -> bytes:
    """The record as one line of strict JSON (UTF-8, no NaN, no newline).

    Two equal records give equal bytes: fields stand in the order of `records`.
    """
    return msgspec.json.encode(record)


def decode_program(text: bytes | str) -> Program:
    """A Program from JSON; raises WireError."""
    try:
        return msgspec.json.decode(text, type=Program)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise WireError(str(error)) from error


def decode(text: bytes | str) -> Trace:
    """A Trace from JSON. The sender is not trusted: types, references and order are checked.

    Raises WireError naming the first thing that is wrong.
    """
    try:
        trace = msgspec.json.decode(text, type=Trace)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise WireError(str(error)) from error
    if trace.format != FORMAT:
        raise WireError(f"format {trace.format} is not {FORMAT}, the one this version reads")
    for one in trace.passes:
        _check_references(one)
    return trace


def failed(program: Program, failure: Failure) -> Trace:
    """The Trace of a run that gave nothing but a failure."""
    return Trace(format=FORMAT, program=program, failure=failure)


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
