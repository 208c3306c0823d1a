"""What touched the gradients, in the order in which it happened, in words."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from explorer.records import Event, EventKind, Trace

WORDS: dict[EventKind, str] = {
    "backward": "adds to .grad",
    "grad": "returns gradients, .grad stays",
    "zero_grad": "empties .grad",
    "step": "moves parameters",
}
TALLEST = 320
"""Pixels; a hundred rounds of training scroll."""
ROWS_WITHOUT_SCROLLING = 11


def show(trace: Trace) -> None:
    """One row per event. The details hold the program's own names, so they stay plain text."""
    rows = [_row(event) for event in trace.events]
    height: Literal["content"] | int = TALLEST if len(rows) > ROWS_WITHOUT_SCROLLING else "content"
    st.code("\n".join(rows), language=None, height=height)


def _row(event: Event) -> str:
    where = f"line {event.line}" if event.line else "explorer"
    if event.visit is not None and event.visit > 1:
        where += f", visit {event.visit}"
    return f"{event.index + 1:>3}  {where:<18}  {event.detail:<28}  {WORDS[event.kind]}"
