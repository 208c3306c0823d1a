"""The gradients of all leaves, following the replay of the graph above; small Jacobians; events;
health."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from explorer.canvas import mount_leaves
from explorer.panels import health, jacobian, memory, timeline
from explorer.records import Trace

TOUCHED, HEALTH = "touched", "health"
"""Widgets: whether the box of what touched the gradients is open, and that of their health."""

SHOWN: Mapping[str, Callable[[Trace], None]] = {TOUCHED: timeline.show, HEALTH: health.show}


def show(trace: Trace | None) -> None:
    """The leaves that belong to the graph on the screen, and what this run did to their `.grad`."""
    if known := memory.shown():
        mount_leaves(*known, key="leaves")
        jacobian.show()
    if trace is not None and trace.events:
        _box(memory.run(), "What touched the gradients", ":material/history:", TOUCHED)
    if trace is not None and trace.passes:
        _box(memory.run(), "Health of the gradients", ":material/vital_signs:", HEALTH)


@st.fragment
def _box(run: int, title: str, icon: str, key: str) -> None:
    """A closed box costs nothing: a table takes more of a rerun than all the rest."""
    if memory.run() != run:
        st.rerun()
    box = st.expander(title, icon=icon, on_change="rerun", key=key)
    if not box.open:
        return
    trace = memory.answer()
    if trace is None:
        st.rerun()  # it left the shelf; the whole page asks again
    with box:
        SHOWN[key](trace)
