"""What statements gave, as records."""

from __future__ import annotations

from explorer.records import Line, TensorView
from explorer.worker.places import Visit
from explorer.worker.recorder import Recorder
from explorer.worker.snapshots import Snapshots


def line_records(recorder: Recorder, snapshots: Snapshots) -> tuple[Line, ...]:
    """One per visit that was kept, in the order in which they finished."""
    return tuple(_line(visit, recorder, snapshots) for visit in recorder.seen)


def _line(visit: Visit, recorder: Recorder, snapshots: Snapshots) -> Line:
    names: dict[str, TensorView] = {}
    grad_fns: dict[str, str] = {}
    others: dict[str, str] = {}
    for name, ticket, grad_fn, text in visit.entries:
        view = snapshots.view(ticket)
        if view is not None:
            names[name] = view
        if grad_fn is not None:
            grad_fns[name] = grad_fn
        if text is not None:
            others[name] = text
    line = recorder.statements[visit.place.statement].span.line
    return Line(line, visit.place.visit, names, grad_fns, others, visit.printed)
