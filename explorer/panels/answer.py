"""The run: asks the workers, says what it is waiting for, and keeps what they send."""

from __future__ import annotations

import time

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer import failures, run
from explorer.looping import training_loops
from explorer.panels import memory
from explorer.records import Trace
from explorer.turns import Ticket
from explorer.wire import failed

QUICK = 0.3
"""Seconds. Most runs are answered by then, and a message that flashes by only disturbs."""
TICK = 0.5
"""Seconds between two looks at how far it is."""
LAST_WORD = 3.0
"""Seconds for a program that was stopped to write down what it did."""
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
    trace = ticket.wait(QUICK) or _watch(ticket, _place(slot))
    slot.empty()
    memory.keep(trace, ticket.text)
    return trace


def _watch(ticket: Ticket, words: DeltaGenerator) -> Trace:
    """Says how far it is until there is an answer."""
    began = time.monotonic() - QUICK
    trace, steps = None, _steps_in_all()
    while trace is None:
        _say(words, time.monotonic() - began, steps)
        trace = ticket.wait(TICK)
    return trace


def _steps_in_all() -> int | None:
    """How many steps the program says it trains; None where its text does not tell."""
    program = memory.asked()
    loops = training_loops(program.source) if program else ()
    return loops[0].count if len(loops) == 1 and loops[0].alone else None


def _say(words: DeltaGenerator, seconds: float, steps: int | None) -> None:
    """One sentence; as a bar where it is known how much there is to do."""
    reached = run.reached(memory.session())
    if steps and 1 < reached <= steps:
        words.progress(reached / steps, f"Step {reached:,} of {steps:,} · {seconds:.1f} s")
    else:
        words.info(_waiting_for(seconds, reached), icon="spinner")


def _place(slot: DeltaGenerator) -> DeltaGenerator:
    """Where the words go that change, beside the button that ends the waiting."""
    with slot.container():
        with st.container(horizontal=True, vertical_alignment="center", key="waiting"):
            words = st.empty()
            st.button("Stop", key="stop", icon=":material/stop:", on_click=_stop)
        if memory.shown() is None:
            st.skeleton(HEIGHT_OF_A_GRAPH)
    return words


def _stop() -> None:
    """The press interrupts the script that waits, so the answer is given here.

    What the program has done so far is kept, if it says so soon.
    """
    program = memory.asked()
    trace = run.halt(memory.session(), LAST_WORD)
    if program is not None and memory.answer() is None:
        memory.keep(trace or failed(program, failures.stopped()))


def _waiting_for(seconds: float, steps: int) -> str:
    """One sentence. Tells the three ways of waiting apart."""
    if run.layers(0) is None:
        return "Starting PyTorch… The first run takes a few seconds."
    ahead = run.position(memory.session())
    if ahead:
        return f"Waiting for a free worker… You are number {ahead} in the line."
    trained = f", {steps:,} steps trained" if steps > 1 else ""
    return f"Running your program… {seconds:.1f} s{trained}"
