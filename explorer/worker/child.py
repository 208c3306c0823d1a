"""The forked worker: takes one program, closes the jail, runs it, writes one answer, is gone."""

from __future__ import annotations

import fcntl
import os
import signal
from typing import NoReturn

from explorer.limits import Limits
from explorer.worker import progress, stop
from explorer.worker.answer import answer_to
from explorer.worker.jail import Jail

STDERR, ANSWER = 2, 3
"""Descriptors of the two sockets inside the worker; 0 and 1 are /dev/null."""

BEYOND = 256
"""Above every descriptor that the zygote has."""

BYTES_PER_CHARACTER = 8
"""JSON writes a character in at most six, and a Program has a few words more."""

CHUNK = 1 << 18


def serve(answer: int, complaints: int, jail: Jail, limits: Limits) -> NoReturn:
    """One run, from the sockets to the end of the process."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        _arrange(answer, complaints)
        text = _read(BYTES_PER_CHARACTER * limits.source)
        stop.keep_reserve()
        stop.tell_last_line(STDERR)
        progress.tell_to(STDERR)
        jail.enter()
        stop.arm(limits.seconds, limits.wall)
        _write(answer_to(text, limits) + b"\n")
        code = 0
    finally:
        os._exit(code)


def _arrange(answer: int, complaints: int) -> None:
    """Leaves nothing open but /dev/null and the two sockets, each in its place."""
    answer = fcntl.fcntl(answer, fcntl.F_DUPFD, BEYOND)
    complaints = fcntl.fcntl(complaints, fcntl.F_DUPFD, BEYOND)
    nothing = os.open(os.devnull, os.O_RDWR)
    for source, place in ((nothing, 0), (nothing, 1), (complaints, STDERR), (answer, ANSWER)):
        os.dup2(source, place, inheritable=False)
    os.closerange(ANSWER + 1, BEYOND + 8)


def _read(most: int) -> bytes:
    """The program, straight from the server: no other process has seen it."""
    text = bytearray()
    while chunk := os.read(ANSWER, CHUNK):
        text += chunk
        if len(text) > most:
            raise ValueError("the program is longer than the server lets through")
    return bytes(text)


def _write(answer: bytes) -> None:
    view = memoryview(answer)
    while view:
        view = view[os.write(ANSWER, view[:CHUNK]) :]
