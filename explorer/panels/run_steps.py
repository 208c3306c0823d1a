"""How many steps the training takes: a number for each loop that trains, and a run with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import streamlit as st
from msgspec.structs import replace

from explorer.check import check
from explorer.edits import edited
from explorer.looping import training_loops
from explorer.panels import memory, picking
from explorer.records import Trace
from explorer.stack import MOST_STEPS
from explorer.writing import source

MOST_LOOPS = 3
"""With a number of their own; who compares more trainings writes a loop around them."""
FORM = "run_steps"
WIDTH = 180
"""Pixels: room for "Rounds, line 12"."""


class Count(NamedTuple):
    """A number that can be chosen."""

    label: str
    now: int


def key(place: int) -> str:
    """Of the field for the loop at this place."""
    return f"training_count_{place}"


def show(trace: Trace, done: int, *, new: bool) -> None:
    """The fields with a button. `done`: how many steps this run took; `new`: it just ended."""
    counts = [*_counts(trace.program.source, done)]
    if not counts:
        st.caption(
            "To choose the number of steps here, train in a loop that says it: "
            "`for step in range(20):`."
        )
        return
    for place, one in enumerate(counts):
        if new or key(place) not in st.session_state:
            st.session_state[key(place)] = one.now
    row = st.form(FORM, border=False)
    with row, st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        for place, one in enumerate(counts):
            most = max(MOST_STEPS, one.now)
            st.number_input(one.label, 1, most, key=key(place), width=WIDTH)
        st.form_submit_button(
            "Run",
            icon=":material/play_arrow:",
            on_click=_run,
            help="Writes the number into the program and runs it again from the beginning.",
        )
    wanted = counts[0].now
    if len(counts) == 1 and counts[0].label == STEPS and done < wanted:
        st.caption(f"The run ended after {done:,} of {wanted:,} steps.")


STEPS = f"Steps to run, 1 to {MOST_STEPS:,}"


def _counts(text: str, done: int) -> Iterator[Count]:
    """What can be counted in the present program."""
    if of_stack(text):
        yield Count(STEPS, picking.picked().steps)
        return
    loops = training_loops(text)[:MOST_LOOPS]
    for loop in loops:
        alone = len(loops) == 1 and loop.alone and done <= loop.count
        yield Count(STEPS if alone else f"Rounds, line {loop.line}", loop.count)


def of_stack(text: str) -> bool:
    """Whether the stack of the Layers panel, as it is, has written this text."""
    written = picking.written()
    if written is None or written.strip() != text.strip():
        return False
    stack = picking.picked()
    return check(stack).fits and source(stack).strip() == text.strip()


def _run() -> None:
    """The numbers go into the stack that wrote the text, or into the text."""
    text = memory.text()
    stays = picking.written() == text
    if of_stack(text):
        stack = replace(picking.picked(), steps=_wanted(0))
        picking.pick(stack, afresh=True)
        text = source(stack)
    else:
        loops = training_loops(text)[:MOST_LOOPS]
        text = edited(text, [loop.edit(_wanted(place)) for place, loop in enumerate(loops)])
    memory.rewrite(text, of_stack=stays)


def _wanted(place: int) -> int:
    return int(st.session_state[key(place)])
