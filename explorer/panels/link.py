"""A link to the program that ran last, with its options."""

from __future__ import annotations

import streamlit as st

from explorer import share
from explorer.panels import memory


def show() -> None:
    """The link behind a button. Comes after `ask`, which learns what the program is."""
    with st.popover("Share", icon=":material/link:", type="tertiary"):
        st.markdown("A link to the program that ran last. It opens without running.")
        try:
            packed = share.pack(memory.program())
        except share.ShareError as error:
            st.warning(str(error))
            return
        address = (st.context.url or "").partition("?")[0]
        st.code(f"{address}?c={packed}", language=None, wrap_lines=True)
