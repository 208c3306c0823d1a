"""What the server and the process that forks its workers say to each other; all words are ours.

A user's text never passes here: each run brings sockets of its own, whose far ends travel beside
`Start` and go straight to the worker.
"""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import Struct

Why = Literal["answered", "time", "output", "replaced", "yield", "closing", "asked"]
"""Why a worker was told to end: its answer is complete; it ran out of time; it sent too much;
nobody waits for it any more; others waited and it starts again later; the server goes away; its
reader wants what there is."""

MESSAGE_BYTES = 1 << 16


class Start(Struct, frozen=True, tag="start"):
    """Fork a worker for this run; two descriptors come with it: for the answer, for complaints."""

    run: int


class Stop(Struct, frozen=True, tag="stop"):
    """Kill the worker of this run, if it is still there."""

    run: int
    why: Why


class Ask(Struct, frozen=True, tag="ask"):
    """Have the worker of this run stop its program at its line and answer with what it has."""

    run: int


class Ready(Struct, frozen=True, tag="ready"):
    """PyTorch is loaded and workers can be forked."""

    layers: dict[str, bool]
    """Layer of the jail -> whether this machine has it."""
    held: dict[str, bool]
    """What a worker tried at start -> whether the jail stopped it."""
    seconds: float
    """How long loading took."""


class Ended(Struct, frozen=True, tag="ended"):
    """A worker is gone and was reaped."""

    run: int
    signal: int = 0
    code: int = 0
    seconds: float = 0.0
    """Processor time it used."""
    why: Why | None = None
    """The order or deadline that ended it; None when it ended by itself."""


Order = Start | Stop | Ask
Report = Ready | Ended


def write(message: Order | Report) -> bytes:
    """The message as JSON."""
    return msgspec.json.encode(message)


def read_order(text: bytes) -> Order:
    """What the server says."""
    order: Order = msgspec.json.decode(text, type=Order)
    return order


def read_report(text: bytes) -> Report:
    """What the forking process says."""
    report: Report = msgspec.json.decode(text, type=Report)
    return report
