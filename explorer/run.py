"""Program -> Trace: runs programs in worker processes, in fair turns, each program once.

trace = run(program, session)        blocks; whatever the program does, there is a Trace

ticket = submit(program, session)    for a page that shows the place in the line meanwhile
while (trace := ticket.wait(0.3)) is None:
    show(position(session))
"""

from __future__ import annotations

import atexit
import threading

from explorer.control import Ready
from explorer.limits import from_environment
from explorer.processes import LOADING
from explorer.records import Program, Trace
from explorer.runner import NOBODY, Runner
from explorer.turns import Ticket

_starting = threading.Lock()
_runner: Runner | None = None


def run(program: Program, session: str = NOBODY) -> Trace:
    """The program's Trace; blocks until there is one, and raises for nothing a program does.

    A second run of the same session takes the place of its first, unless the session is "-".
    """
    return _the_runner().run(program, session)


def submit(program: Program, session: str = NOBODY) -> Ticket:
    """Asks for a Trace without waiting for it."""
    return _the_runner().submit(program, session)


def position(session: str) -> int | None:
    """0 while the session's program runs, 1 if it is the next in line, ...; None if it has none."""
    return _the_runner().position(session)


def reached(session: str) -> int:
    """Steps of optimizers that the session's running program says it has done."""
    return _the_runner().reached(session)


def stop(session: str) -> None:
    """Ends the session's program, or takes it out of the line; its Trace says that it was."""
    _the_runner().stop(session)


def halt(session: str, seconds: float) -> Trace | None:
    """Ends it with what it has done so far, if that comes within `seconds`; None: it has none."""
    return _the_runner().halt(session, seconds)


def warm() -> None:
    """Starts loading PyTorch in the background, so that the first run need not wait for it."""
    _the_runner()


def layers(seconds: float = LOADING) -> Ready | None:
    """Which layers of the jail this machine has, and what they held against; None while unknown."""
    return _the_runner().ready(seconds)


def shutdown() -> None:
    """Ends all worker processes; the next run starts new ones."""
    global _runner
    with _starting:
        runner, _runner = _runner, None
    if runner is not None:
        runner.close()


def _the_runner() -> Runner:
    global _runner
    with _starting:
        if _runner is None:
            _runner = Runner(from_environment())
            atexit.register(shutdown)
        return _runner
