"""The gradients of all leaves, following the replay of the graph above; small Jacobians; events."""

from __future__ import annotations

import streamlit as st

from explorer.canvas import mount_leaves
from explorer.panels import jacobian, memory, timeline
from explorer.records import Trace

TOUCHED = "touched"
"""Widget: whether the box of what touched the gradients is open."""


def show(trace: Trace | None) -> None:
    """The leaves that belong to the graph on the screen, and what this run did to their `.grad`."""
    if known := memory.shown():
        mount_leaves(*known, key="leaves")
        jacobian.show()
    if trace is not None and trace.events:
        _touched(memory.run())


@st.fragment
def _touched(run: int) -> None:
    """A closed box costs nothing: a table takes more of a rerun than all the rest."""
    if memory.run() != run:
        st.rerun()
    box = st.expander(
        "What touched the gradients", icon=":material/history:", on_change="rerun", key=TOUCHED
    )
    if not box.open:
        return
    trace = memory.answer()
    if trace is None:
        st.rerun()  # it left the shelf; the whole page asks again
    with box:
        timeline.show(trace)
