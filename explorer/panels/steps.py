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
TWIN = "training_twin"
"""Widget: whether the program is compared with and without `zero_grad`."""

_OF_RUN = "training_run"
_COMPARED = "training_compared"


def begin(first: int) -> None:
    """A new run starts at this step, and nothing is compared until somebody asks."""
    state = st.session_state
    if STEP not in state or state.get(_OF_RUN) != memory.run():
        state[STEP] = first
    if state.get(_OF_RUN) != memory.run():
        state[TWIN], state[_OF_RUN] = False, memory.run()


def chosen() -> int:
    """The step that the reader chose."""
    return cast(int, st.session_state[STEP])


def compared() -> str | None:
    """What the comparison with a twin of this run's program gave; None before it ran."""
    of_run, known = st.session_state.get(_COMPARED, (None, None))
    return known if of_run == memory.run() else None


def keep_compared(text: str) -> None:
    """Stores it until the next run."""
    st.session_state[_COMPARED] = (memory.run(), text)
