"""Which backward pass to record in full, for a program with too many to keep them all."""

from __future__ import annotations

import streamlit as st

from explorer.panels import memory, wishes
from explorer.records import Pass, Trace


def show(trace: Trace | None) -> None:
    """A choice only where there is one: some pass has been kept as a summary."""
    if trace is None or all(one.full for one in trace.passes):
        return
    names = {one.index: _name(one) for one in trace.passes}
    st.selectbox(
        "Record another pass in full",
        list(names),
        index=None,
        format_func=names.__getitem__,
        placeholder=f"{sum(one.full for one in trace.passes)} of {len(names)} are recorded in full",
        key=wishes.DETAIL,
        on_change=memory.ask_again,
        help="A long training loop has more passes than fit. The program runs again, "
        "with the same seed, and keeps the pass that you choose.",
    )


def _name(one: Pass) -> str:
    words = f"pass {one.index + 1}"
    if one.line is not None:
        words += f", line {one.line}"
    if one.visit is not None and one.visit > 1:
        words += f", visit {one.visit}"
    return words
