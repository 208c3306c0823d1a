"""What touched the gradients, in the order in which it happened, in words and numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import streamlit as st

from explorer.numbers import glance
from explorer.records import Event, EventKind, Pass, Trace
from explorer.training import Share, accumulated

WORDS: dict[EventKind, str] = {
    "backward": "adds to .grad",
    "grad": "returns gradients, .grad stays",
    "zero_grad": "empties .grad",
    "step": "moves parameters",
}
TALLEST = 320
"""Pixels; a hundred rounds of training scroll."""
ROWS_WITHOUT_SCROLLING = 11
MOST_LEAVES = 6
"""Leaves of one backward that are told; the others are counted."""


def show(trace: Trace) -> None:
    """One row per event. The details hold the program's own names, so they stay plain text."""
    rows = [row for event in trace.events for row in _rows(event, trace.passes)]
    height: Literal["content"] | int = TALLEST if len(rows) > ROWS_WITHOUT_SCROLLING else "content"
    st.code("\n".join(rows), language=None, height=height)


def _rows(event: Event, passes: tuple[Pass, ...]) -> Iterator[str]:
    """The event, and below a backward what it added to each leaf."""
    where = f"line {event.line}" if event.line else "explorer"
    if event.visit is not None and event.visit > 1:
        where += f", visit {event.visit}"
    yield f"{event.index + 1:>3}  {where:<18}  {event.detail:<28}  {WORDS[event.kind]}"
    if event.kind != "backward" or event.pass_index is None or event.pass_index >= len(passes):
        return
    shares = accumulated(passes[event.pass_index])
    for share in shares[:MOST_LEAVES]:
        yield f"{'':5}{share.name}.grad  {_sum(share)}"
    if len(shares) > MOST_LEAVES:
        yield f"{'':5}and {len(shares) - MOST_LEAVES} more"


def _sum(share: Share) -> str:
    """ "None + 2 → 2"."""
    before, added, after = (
        "None" if view is None else glance(view)
        for view in (share.before, share.share, share.after)
    )
    return f"{before} + {added} → {after}"
