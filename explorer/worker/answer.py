"""A Program as JSON -> its Trace as JSON, whole or as much of it as fits."""

from __future__ import annotations

from msgspec import structs

from explorer import failures, gate
from explorer.limits import MAX_ANSWER, Limits
from explorer.records import Trace
from explorer.wire import decode_program, encode, failed
from explorer.worker import stop
from explorer.worker.execute import execute


def answer_to(text: bytes, limits: Limits) -> bytes:
    """The answer to a program, whole or as much of it as fits."""
    program = decode_program(text)
    if limits.gate and (refused := gate.refusal(program.source)):
        return encode(failed(program, refused))
    try:
        trace = execute(program, last=True)
        stop.disarm()
        stop.release_reserve()
        answer = encode(trace)
        if len(answer) < MAX_ANSWER:
            return answer
        return encode(_without_passes(trace))
    except stop.SoftTimeout as fault:
        return encode(failed(program, failures.timeout(str(fault))))
    except MemoryError:
        stop.release_reserve()
        return encode(failed(program, failures.memory(limits)))
    except Exception as fault:
        return encode(failed(program, failures.lost(type(fault).__name__)))


def _without_passes(trace: Trace) -> Trace:
    """What is left of an answer that is too large: its lines are small."""
    return structs.replace(
        trace, passes=(), events=(), failure=trace.failure or failures.too_much()
    )
