"""The last line: what ran the program, how long it took, and what stood around it."""

from __future__ import annotations

import streamlit as st

from explorer import run
from explorer.records import Trace


def show(trace: Trace | None) -> None:
    """Versions, seconds, and the layers of the jail that this machine has."""
    parts = [f"{name} {version}" for name, version in trace.versions.items()] if trace else []
    if trace and trace.seconds:
        parts.append(f"ran in {trace.seconds * 1000:.0f} ms")
    st.caption(" · ".join([*parts, _jail()]))


def _jail() -> str:
    ready = run.layers(0)
    if ready is None:
        return "each run in a process of its own"
    has = [name for name, here in ready.layers.items() if here]
    lacks = [name for name, here in ready.layers.items() if not here]
    words = "each run in a process of its own, behind " + (
        ", ".join(has) or "no lock of the kernel"
    )
    return words + (f" (missing here: {', '.join(lacks)})" if lacks else "")
