"""A Program as JSON -> its Trace as JSON, whole or as much of it as fits."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from explorer import failures, gate
from explorer.limits import Limits
from explorer.records import Trace
from explorer.wire import decode_program, encode, failed
from explorer.worker import stop
from explorer.worker.doctor import leaving_out
from explorer.worker.execute import execute


def answer_to(text: bytes, limits: Limits) -> bytes:
    """The answer to a program, whole or as much of it as fits."""
    program = decode_program(text)
    if limits.gate and (refused := gate.refusal(program.source)):
        return encode(failed(program, leaving_out.with_fix(refused, program.source)))
    try:
        trace = execute(program, limits, last=True)
        stop.disarm()
        stop.release_reserve()
        answer = encode(trace)
        for shorten in (_without_graphs, _without_passes, _without_lines):
            if len(answer) < limits.record_bytes:
                break
            trace = shorten(trace, limits)
            answer = encode(trace)
        return answer
    except stop.SoftStop:
        return encode(failed(program, failures.stopped()))
    except stop.SoftTimeout as fault:
        return encode(failed(program, failures.timeout(str(fault))))
    except MemoryError:
        stop.release_reserve()
        return encode(failed(program, failures.memory(limits)))
    except Exception as fault:
        # Ours, or of a program that changed what recording stands on: there is an answer anyway.
        return encode(failed(program, failures.lost(type(fault).__name__)))


def _without_graphs(trace: Trace, limits: Limits) -> Trace:
    """Summaries of the passes; what leaves got in the end stays."""
    parts: dict[str, Any] = {"nodes": (), "edges": (), "steps": (), "frames": (), "calls": ()}
    said = f"The graphs of this run take more than {limits.record_mb} MB, the limit."
    passes = tuple(
        structs.replace(
            one, **parts, full=False, columns=None, drawing=None, jacobians=(), note=said
        )
        for one in trace.passes
    )
    return structs.replace(trace, passes=passes)


def _without_passes(trace: Trace, limits: Limits) -> Trace:
    """What is left of an answer that is too large: its lines are small."""
    failure, said = trace.failure, failures.too_much(limits)
    if failure is None or failure.kind == "no_gradient":
        return structs.replace(trace, passes=(), events=(), failure=said)
    return structs.replace(trace, passes=(), events=(), notes=(*trace.notes, said.message))


def _without_lines(trace: Trace, _: Limits) -> Trace:
    """Where even the lines are too many for a small limit."""
    return structs.replace(trace, lines=(), leaves=())
