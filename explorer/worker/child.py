"""The forked worker: takes one program, closes the jail, runs it, writes one answer, is gone."""

from __future__ import annotations

import faulthandler
import fcntl
import os
import signal
from typing import NoReturn

from msgspec import structs

from explorer import failures
from explorer.limits import MAX_ANSWER, MAX_SOURCE, Limits
from explorer.records import Trace
from explorer.wire import decode_program, encode, failed
from explorer.worker import stop
from explorer.worker.execute import execute
from explorer.worker.jail import Jail

STDERR, ANSWER = 2, 3
"""Descriptors of the two sockets inside the worker; 0 and 1 are /dev/null."""

BEYOND = 256
"""Above every descriptor that the zygote has."""

MAX_PROGRAM = 8 * MAX_SOURCE
"""Bytes: JSON writes a character in at most six, and a Program has a few words more."""

CHUNK = 1 << 18


def serve(answer: int, complaints: int, jail: Jail, limits: Limits) -> NoReturn:
    """One run, from the sockets to the end of the process."""
    code = 1
    try:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        _arrange(answer, complaints)
        text = _read()
        stop.keep_reserve()
        faulthandler.enable(STDERR, all_threads=False)
        faulthandler.register(signal.SIGXCPU, STDERR, all_threads=False, chain=True)
        jail.enter()
        stop.arm(limits.seconds, limits.wall)
        _write(_answer(text, limits) + b"\n")
        code = 0
    finally:
        os._exit(code)


def _answer(text: bytes, limits: Limits) -> bytes:
    """The answer to a program, whole or as much of it as fits."""
    program = decode_program(text)
    try:
        trace = execute(program)
        stop.disarm()
        stop.release_reserve()
        answer = encode(trace)
        if len(answer) < MAX_ANSWER:
            return answer
        return encode(_without_passes(trace))
    except MemoryError:
        stop.release_reserve()
        return encode(failed(program, failures.memory(limits)))


def _without_passes(trace: Trace) -> Trace:
    """What is left of an answer that is too large: its lines are small."""
    return structs.replace(
        trace, passes=(), events=(), failure=trace.failure or failures.too_much()
    )


def _arrange(answer: int, complaints: int) -> None:
    """Leaves nothing open but /dev/null and the two sockets, each in its place."""
    answer = fcntl.fcntl(answer, fcntl.F_DUPFD, BEYOND)
    complaints = fcntl.fcntl(complaints, fcntl.F_DUPFD, BEYOND)
    nothing = os.open(os.devnull, os.O_RDWR)
    for source, place in ((nothing, 0), (nothing, 1), (complaints, STDERR), (answer, ANSWER)):
        os.dup2(source, place, inheritable=False)
    os.closerange(ANSWER + 1, BEYOND + 8)


def _read() -> bytes:
    """The program, straight from the server: no other process has seen it."""
    text = bytearray()
    while chunk := os.read(ANSWER, CHUNK):
        text += chunk
        if len(text) > MAX_PROGRAM:
            raise ValueError("the program is longer than the server lets through")
    return bytes(text)


def _write(answer: bytes) -> None:
    view = memoryview(answer)
    while view:
        view = view[os.write(ANSWER, view[:CHUNK]) :]
