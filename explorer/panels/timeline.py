"""What touched the gradients, in order, and what it made of each `.grad`."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from explorer.numbers import glance, short
from explorer.records import Event, GradChange, Number, TensorView, Trace
from explorer.training import Share, accumulated

TALLEST = 420
"""Pixels; a hundred rounds of training scroll."""
ROWS_WITHOUT_SCROLLING = 11

SUM = 230
"""Pixels of a column: room for what it was + what the pass added = what it is."""

Shares = dict[tuple[int | None, str], Share]


def show(trace: Trace) -> None:
    """One row per event, one column per leaf. Cells are plain text, names of the program too."""
    shares: Shares = {
        (one.index, share.name): share
        for one in trace.passes
        if one.full
        for share in accumulated(one)
    }
    leaves = dict.fromkeys(change.leaf for event in trace.events for change in event.grads)
    rows = [_row(event, [*leaves], shares) for event in trace.events]
    height: Literal["content"] | int = TALLEST if len(rows) > ROWS_WITHOUT_SCROLLING else "content"
    widths = {f"{leaf}.grad": st.column_config.TextColumn(width=SUM) for leaf in leaves}
    st.dataframe(rows, hide_index=True, height=height, column_config=widths)
    if leaves:
        st.caption(
            "Of each leaf's .grad: what it was + what the pass added = what it is now. ×2 is a"
            " line's second visit, ‖ ‖ the 2-norm of a tensor with several elements."
        )


def _row(event: Event, leaves: list[str], shares: Shares) -> dict[str, str | int]:
    nobody = "" if event.kind == "change" else "explorer"
    line = str(event.line or nobody)
    if event.visit is not None and event.visit > 1:
        line += f" ×{event.visit}"
    what = f"{event.detail} (.grad stays)" if event.kind == "grad" else event.detail
    row: dict[str, str | int] = {"#": event.index + 1, "line": line, "what": what}
    changes = {change.leaf: change for change in event.grads}
    for leaf in leaves:
        row[f"{leaf}.grad"] = _cell(changes.get(leaf), shares.get((event.pass_index, leaf)))
    return row


def _cell(change: GradChange | None, share: Share | None) -> str:
    if share is not None and change is not None:
        return f"{_view(share.before)} + {_view(share.share)} = {_view(share.after)}"
    return "" if change is None else f"{_number(change.before)} → {_number(change.after)}"


def _view(view: TensorView | None) -> str:
    if view is None:
        return "None"
    return short(view.values[0]) if len(view.values) == 1 and view.imag is None else glance(view)


def _number(number: Number | None) -> str:
    return "None" if number is None else short(number)
