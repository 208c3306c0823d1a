"""The top line: what this is, and a link to what is on the page."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from explorer import share
from explorer.panels import memory

STYLE = Path(__file__).parent / "page.css"


def show() -> None:
    """Title, one sentence, and the link behind a button."""
    st.html(STYLE)
    with st.container(horizontal=True, vertical_alignment="center", key="header"):
        st.title("Autograd Explorer", anchor=False, width="content")
        with st.container(key="tagline"):
            st.caption("Run PyTorch code. See its graph, and every gradient on its way.")
        with st.popover("Share", icon=":material/link:", type="tertiary"):
            _link()


def _link() -> None:
    st.markdown("A link to the program that ran last, with its options. It opens without running.")
    try:
        packed = share.pack(memory.program())
    except share.ShareError as error:
        st.warning(str(error))
        return
    address = (st.context.url or "").partition("?")[0]
    st.code(f"{address}?c={packed}", language=None, wrap_lines=True)
