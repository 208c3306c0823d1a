"""Which step of a training is looked at, and what else the Training panel keeps between reruns.

Keys stay the same from run to run, and callbacks get no records: Streamlit keeps every key that a
widget ever had, with all that its callback was given, for as long as the session lasts.
"""

from __future__ import annotations

from typing import cast

import streamlit as st

from explorer.panels import memory

OPEN = "training"
"""Widget: whether the box of the Training panel is open."""
STEP = "training_step"
"""Widget: number of the step, from 0 as programs count them."""
SLIDER = "training_slider"
"""Widget: the same, to pull."""
TWIN = "training_twin"
"""Widget: whether the program is compared with and without `zero_grad`."""

_OPENED = "training_opened"
_OF_RUN = "training_run"
_OF_TEXT = "training_text"
_COMPARED = "training_compared"


def stay_open(label: str) -> None:
    """A box with another label is another box to Streamlit, and would be closed."""
    known, is_open = st.session_state.get(_OPENED, (label, False))
    if known != label:
        st.session_state[OPEN] = is_open


def opened(label: str, *, is_open: bool) -> None:
    """Remembers how the box stood."""
    st.session_state[_OPENED] = (label, is_open)


def begin(first: int) -> bool:
    """A new run starts at this step; another program is compared only when somebody asks.

    True with a new run: whatever else belongs to one begins again.
    """
    state = st.session_state
    new = state.get(_OF_RUN) != memory.run()
    if new:
        state[_OF_RUN] = memory.run()
        if state.get(_OF_TEXT) != memory.text():
            state[TWIN], state[_OF_TEXT] = False, memory.text()
    choose(first if new or STEP not in state else chosen())
    return new


def choose(step: int) -> None:
    """All widgets show this step."""
    st.session_state[STEP] = st.session_state[SLIDER] = step


def chosen() -> int:
    """The step that the reader chose."""
    return cast(int, st.session_state[STEP])


def pulled() -> int:
    """Where the slider stands."""
    return cast(int, st.session_state[SLIDER])


def compared() -> str | None:
    """What the comparison with a twin of this run's program gave; None before it ran."""
    of_run, known = st.session_state.get(_COMPARED, (None, None))
    return known if of_run == memory.run() else None


def keep_compared(text: str) -> None:
    """Stores it until the next run."""
    st.session_state[_COMPARED] = (memory.run(), text)
