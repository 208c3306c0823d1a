"""The graph with its replay."""

from __future__ import annotations

import streamlit as st

from explorer.canvas import mount_graph
from explorer.panels import memory
from explorer.records import Trace


def show(trace: Trace | None) -> None:
    """The graph of this run. Where it has none, the canvas keeps the last one and says so."""
    if trace is None:
        st.info(
            "Press Run, and the graph of the program appears here.", icon=":material/play_arrow:"
        )
    else:
        text = memory.written(trace)
        mount_graph(text, memory.run(), key="graph", pass_index=memory.looked_at())
