"""What else the run left behind: what it printed, and what was left out."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from explorer.hints import HINT
from explorer.panels import download
from explorer.records import Trace

TALLEST = 320
"""Pixels; longer output scrolls."""
LINES_WITHOUT_SCROLLING = 11


def show(trace: Trace | None) -> None:
    """Only what there is: a program that printed nothing gets no empty box."""
    if trace is None:
        return
    for note in trace.notes:
        if not note.startswith(HINT):  # Hints stand under the code.
            st.text(note)
    if trace.printed:
        with st.expander("Printed", expanded=True):
            _printed(trace.printed)
    if trace.lines or trace.passes:
        download.show(trace)


def _printed(text: str) -> None:
    height: Literal["content"] | int = (
        TALLEST if text.count("\n") > LINES_WITHOUT_SCROLLING else "content"
    )
    st.code(text, language=None, height=height)
