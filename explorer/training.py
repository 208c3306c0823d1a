"""A training run as rounds: what each backward and step gave, read from a Trace."""

from __future__ import annotations

from explorer.arrivals import around_leaves, arrivals
from explorer.records import Event, Moved, Number, Pass, Record, TensorView, Trace


class Round(Record, frozen=True):
    """Everything up to and including one step."""

    index: int
    """0-based."""
    loss: Number | None
    """Of the last backward before the step."""
    pass_index: int | None
    optimizer: str
    """ "SGD"; empty where the program moves its parameters itself."""
    moves: tuple[Moved, ...] = ()


class Share(Record, frozen=True):
    """What one pass added to the `.grad` of one leaf."""

    name: str
    before: TensorView | None
    """None: there was none yet."""
    share: TensorView | None
    after: TensorView | None


def rounds(trace: Trace) -> tuple[Round, ...]:
    """One per step of an optimizer, or per pass that updates by hand follow."""
    found: list[Round] = []
    last: int | None = None
    for event in trace.events:
        if event.kind in ("backward", "grad"):
            last = event.pass_index
        elif event.kind == "step" and not _continues(event, last, found):
            found.append(_round(trace, event, last, len(found)))
    return tuple(found)


def _continues(event: Event, last: int | None, found: list[Round]) -> bool:
    """Whether an update by hand belongs to the round before: one statement per parameter."""
    return bool(found) and not event.moves and found[-1].pass_index == last


def _round(trace: Trace, event: Event, last: int | None, index: int) -> Round:
    loss = trace.passes[last].value if last is not None and last < len(trace.passes) else None
    optimizer = event.detail.removesuffix(".step") if event.moves else ""
    return Round(index, loss, last, optimizer, event.moves)


def accumulated(one: Pass) -> tuple[Share, ...]:
    """Each leaf's `.grad` before a pass, the pass's share, and after; only of full passes."""
    return tuple(
        Share(leaf.name or leaf.label, step.before, step.received[0], step.total)
        for leaf, step in arrivals(around_leaves(one))
        if step.total is not None
    )


def plain(number: Number | None) -> float | None:
    """The number for a chart; None where a chart has a gap."""
    return None if isinstance(number, str) else number
