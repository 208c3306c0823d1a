"""What a program did that is probably not meant, though nothing failed: told as hints.

A hint is a note of the Trace that begins with `HINT`. Each is read off what the run has shown, and
off the program's text.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from explorer.hints.hint import Hint
from explorer.hints.learning import of_losses, of_parameters
from explorer.hints.slips import not_called
from explorer.hints.steps import of_steps
from explorer.hints.warned import of_warnings
from explorer.records import Trace
from explorer.source import source_of

HINT = "Hint: "


def hints(trace: Trace, parameters: AbstractSet[str]) -> Iterator[Hint]:
    """Each hint once. `parameters` are the names of leaves that shall learn.

    Where the program stopped at an error, much may only be missing: then the text alone tells.
    """
    source = source_of(trace.program.source)
    slips = list(not_called(source))
    if trace.failure is not None and trace.failure.kind in ("error", "no_gradient"):
        # What the failure itself would change need not be said twice.
        yield from (one for one in slips if one.fix != trace.failure.fix)
        return
    yield from slips
    if not slips:  # What else is missing mostly follows from them.
        yield from of_steps(trace, source)
        yield from of_parameters(trace, parameters)
    yield from of_losses(trace.passes)
    yield from of_warnings(trace, source)
