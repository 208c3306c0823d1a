"""How a program is run: the seed, and where and with what an automatic backward starts."""

from __future__ import annotations

import streamlit as st

from explorer.panels import memory


def show() -> None:
    """The options behind a button; each change runs the program again."""
    with st.popover("Options", icon=":material/tune:"):
        st.number_input(
            "Seed",
            min_value=0,
            max_value=memory.LARGEST_SEED,
            key=memory.SEED,
            on_change=memory.ask_again,
            help="`torch.manual_seed` with this number comes before the first line. "
            "The same seed gives the same numbers, always.",
        )
        st.caption("For programs that never call `backward()`, the explorer does:")
        st.text_input(
            "From",
            key=memory.ROOT,
            on_change=memory.ask_again,
            placeholder="the last tensor made",
            help="Variable to start from, for example `loss`.",
        )
        st.text_input(
            "With v",
            key=memory.GRADIENT,
            on_change=memory.ask_again,
            placeholder="ones, as many as needed",
            help="When that variable is not a single number, backward multiplies the Jacobian by "
            "a vector v of its shape. Any expression: `torch.tensor([1., 0., 0.])`.",
        )
