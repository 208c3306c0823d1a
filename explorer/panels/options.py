"""How a program is run: the seed, and where and with what an automatic backward starts."""

from __future__ import annotations

import streamlit as st

from explorer.panels import memory, wishes
from explorer.stack import LARGEST_SEED


def show() -> None:
    """The options behind a button; each change runs the program again."""
    with st.popover("Options", icon=":material/tune:"):
        st.number_input(
            "Seed",
            min_value=0,
            max_value=LARGEST_SEED,
            key=wishes.SEED,
            on_change=memory.ask_again,
            help="`torch.manual_seed` with this number comes before the first line. "
            "The same seed gives the same numbers, always.",
        )
        st.caption("For programs that never call `backward()`, the explorer does:")
        st.text_input(
            "From",
            key=wishes.ROOT,
            on_change=memory.ask_again,
            placeholder="the last tensor made",
            help="Variable to start from, for example `loss`.",
        )
        st.segmented_control(
            "With v",
            wishes.V_KINDS,
            key=wishes.V,
            required=True,
            on_change=memory.ask_again,
            help="When that variable is not a single number, backward multiplies the Jacobian by "
            "a vector v of its shape.",
        )
        _vector()


def _vector() -> None:
    """What v is, beyond ones."""
    match wishes.kind_of_v():
        case "one element":
            st.number_input(
                "Element",
                min_value=0,
                max_value=wishes.MOST_ELEMENTS,
                key=wishes.ELEMENT,
                persist_state="session",
                on_change=memory.ask_again,
                help="v is 1 at this element, counted row by row from 0, and 0 elsewhere: "
                "one row of the Jacobian.",
            )
        case "expression":
            st.text_input(
                "v =",
                key=wishes.GRADIENT,
                persist_state="session",
                on_change=memory.ask_again,
                placeholder="ones, as many as needed",
                help="Any expression: `torch.tensor([1., 0., 0.])`, `one_hot(1, 2)`.",
            )
