"""An error inside a hook: whose it is, and which backward ran it."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import structs

from explorer.records import Failure
from explorer.worker import hooks
from explorer.worker.doctor.row import lines
from explorer.worker.stop import PROGRAM_FILE

LAMBDA = "<lambda>"


class Ran(NamedTuple):
    """A hook at work."""

    name: str
    line: int | None
    """Of the statement of the program that ran it; None: the explorer did."""


def told(failure: Failure, error: BaseException) -> Failure:
    """The failure, with the hook in which it happened, if it did in one."""
    ran = _hook_at_work(error)
    if ran is None:
        return failure
    which = "a hook" if ran.name == LAMBDA else f"the hook `{ran.name}`"
    where = f" in line {ran.line}" if ran.line is not None else ""
    also = lines(
        *((one.line, one.words) for one in failure.also),
        (ran.line if ran.line != failure.line else None, "this ran the hook"),
    )
    message = (
        f"{failure.message.rstrip('.')}. It was raised in {which}, during the backward(){where}."
    )
    return structs.replace(failure, message=message, also=also)


def _hook_at_work(error: BaseException) -> Ran | None:
    """The innermost hook on the way of an exception."""
    found, line, traceback = None, None, error.__traceback__
    while traceback is not None:
        frame = traceback.tb_frame
        if frame.f_code.co_filename == PROGRAM_FILE:
            line = traceback.tb_lineno
        elif frame.f_code.co_filename == hooks.__file__ and "hook" in frame.f_locals:
            name = getattr(frame.f_locals["hook"], "__name__", None)
            found = Ran(name if isinstance(name, str) else LAMBDA, line)
        traceback = traceback.tb_next
    return found
