"""What was left out of a record, or decided for its reader, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.limits import Limits
from explorer.records import Program
from explorer.worker.engine import Engine
from explorer.worker.observe import Observer
from explorer.worker.recorder import FULL_LINES, FULL_VISITS, Recorder
from explorer.worker.snapshots import Snapshots
from explorer.worker.taking import Taking

TRANSFORMS = (
    "Some derivatives were computed by torch.func or in forward mode, which leave no graph to draw;"
    " their values are in the lines."
)


def of_limits(recorder: Recorder, observer: Observer, cut: bool, limits: Limits) -> Iterator[str]:
    """Lines, operations and printed text beyond what is kept."""
    if max(recorder.visits, default=0) > FULL_VISITS:
        yield (
            f"Of lines that ran more than {FULL_VISITS} times, the first {FULL_VISITS} visits"
            " and the last are listed."
        )
    elif len(recorder.seen) >= FULL_LINES:
        yield f"The first {FULL_LINES} visits of lines are listed, then only the last of each."
    if cut:
        yield (
            f"The program printed more than {limits.printed:,} characters, the limit, and the rest"
            " was cut. Print less often, or shapes instead of values."
        )
    if not observer.complete:
        yield "The program is long: inputs and columns are recorded for its beginning only."


def of_passes(program: Program, taking: Taking, snapshots: Snapshots) -> Iterator[str]:
    """Passes that are not told in full, and what was asked for in vain."""
    kept = sum(taken.graph is not None for taken in taking.passes)
    if kept < taking.count:
        yield f"{kept} of {taking.count} backward passes are kept with their graphs."
    if not snapshots.complete:
        yield "Of later gradients statistics are kept, but not their numbers: there are too many."
    if snapshots.changed:
        yield "Some gradients were changed in place by the program; only their shape is shown."
    if program.root and any(one.how == "backward" for one in taking.passes):
        yield "The program calls backward() itself, so the chosen root was not used."


def of_functions(engine: Engine, observer: Observer) -> Iterator[str]:
    """Ways to a derivative that leave no graph."""
    yield from engine.undrawn
    if (untold := engine.checks.note()) is not None:
        yield untold
    if observer.transforms:
        yield TRANSFORMS
