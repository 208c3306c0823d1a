"""The gradients of all leaves, following the replay of the graph above; small Jacobians; events."""

from __future__ import annotations

import streamlit as st

from explorer.canvas import mount_leaves
from explorer.panels import jacobian, memory, timeline
from explorer.records import Trace


def show(trace: Trace | None) -> None:
    """The leaves that belong to the graph on the screen, and what this run did to their `.grad`."""
    if known := memory.shown():
        mount_leaves(*known, key="leaves")
        jacobian.show()
    if trace is not None and trace.events:
        with st.expander("What touched the gradients", icon=":material/history:"):
            timeline.show(trace)
