"""The run: asks the workers, says what it is waiting for, and keeps what they send."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer import run
from explorer.panels import memory
from explorer.records import Trace

QUICK = 0.2
"""Seconds. Most runs are answered by then, and a message that flashes by only disturbs."""
TICK = 0.5
"""Seconds between two looks at the place in the line."""
HEIGHT_OF_A_GRAPH = 560
"""Pixels, about: what the first visitor sees in its place while PyTorch starts."""


def wait() -> Trace | None:
    """The answer to what was asked; None when nothing was."""
    slot = st.empty()
    program = memory.asked()
    trace = memory.answer()
    if program is None or trace is not None:
        return trace
    ticket = run.submit(program, memory.session())
    trace = ticket.wait(QUICK)
    while trace is None:
        _say(slot.container(), _waiting_for())
        trace = ticket.wait(TICK)
    slot.empty()
    memory.keep(trace)
    return trace


def _say(place: DeltaGenerator, words: str) -> None:
    place.info(words, icon="spinner")
    if memory.shown() is None:
        place.skeleton(HEIGHT_OF_A_GRAPH)


def _waiting_for() -> str:
    """One sentence. Tells the three ways of waiting apart."""
    if run.layers(0) is None:
        return "Starting PyTorch… The first run takes a few seconds."
    ahead = run.position(memory.session())
    if ahead:
        return f"Waiting for a free worker… You are number {ahead} in the line."
    return "Running your program…"
