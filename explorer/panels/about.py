"""The last line: what ran the program, how long it took, and what stood around it."""

from __future__ import annotations

import streamlit as st

from explorer import run
from explorer.panels.verbatim import verbatim
from explorer.records import Trace

LOCKS = {
    "limits": "limits of memory and time",
    "user": "a user that owns nothing",
    "landlock": "no files (Landlock)",
    "seccomp": "only the system calls of a computation (seccomp)",
}
"""Layer of the jail -> what it gives, in words."""


def show(trace: Trace | None) -> None:
    """Versions, seconds, and which locks this machine has."""
    versions = trace.versions.items() if trace else ()
    # A program can forge what its process answers.
    parts = [verbatim(f"{name} {version}") for name, version in versions]
    if trace and trace.seconds:
        parts.append(f"ran in {trace.seconds * 1000:.0f} ms")
    st.caption(" · ".join([*parts, _jail()]))


def _jail() -> str:
    words = "each run in a process of its own"
    ready = run.layers(0)
    if ready is None:
        return words
    holds = [LOCKS[name] for name in LOCKS if ready.layers.get(name)]
    lacks = [LOCKS[name] for name in LOCKS if not ready.layers.get(name)]
    if holds:
        words += ", behind " + ", ".join(holds)
    if lacks:
        words += "; this machine does not offer: " + ", ".join(lacks)
    return words
