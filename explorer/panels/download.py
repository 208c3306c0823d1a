"""This run as a file: made when it is asked for, not before."""

from __future__ import annotations

from functools import partial

import streamlit as st

from explorer.export import FORMATS, ExportError, export
from explorer.panels import memory, shelf
from explorer.records import Trace

OFFERED = {
    ".html": ":material/play_circle:",
    ".dot": ":material/account_tree:",
    ".json": ":material/data_object:",
}
"""Formats that need no other program on the server -> icon. A picture is saved above the graph."""


def show(trace: Trace) -> None:
    """A button for each file that this run can become."""
    drawn = any(one.drawing is not None for one in trace.passes)
    with st.popover("Download", icon=":material/download:"):
        for suffix, icon in OFFERED.items():
            if suffix == ".dot" and not drawn:
                continue
            st.download_button(
                f"{FORMATS[suffix].says} ({suffix})",
                partial(_made, memory.answer_name(), suffix),
                file_name=f"autograd{suffix}",
                mime=FORMATS[suffix].mime,
                icon=icon,
                type="tertiary",
                on_click="ignore",
                key=f"download{suffix}",
            )


def _made(name: str, suffix: str) -> bytes:
    """The session keeps what it would take to make the file, so that is not the Trace."""
    trace = shelf.find(name)
    if trace is None:
        raise ExportError("this run is no longer kept; run it again")
    return export(trace, suffix)
