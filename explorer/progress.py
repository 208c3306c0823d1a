"""How a program that still runs says how far it is: one number, among the worker's complaints."""

from __future__ import annotations

import re

MOST_DIGITS = 6
"""Of a number that is believed. The program can write here too, so it is shown and nothing else."""

TAIL = 256
"""Bytes at the end in which the newest word stands, if the worker wrote it last."""

_WORD = re.compile(rb"\nreached (\d{1,%d})\n" % MOST_DIGITS)


def word(steps: int) -> bytes:
    """What the worker writes after so many steps of optimizers."""
    return b"\nreached %d\n" % steps


def latest(complaints: bytes | bytearray) -> int | None:
    """The newest number at the end of what a worker wrote; None where there is none."""
    found = _WORD.findall(complaints[-TAIL:])
    return int(found[-1]) if found else None
