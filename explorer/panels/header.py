"""The top line: what this is. Also what the browser's tab says, and where the rest stands."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

HERE = Path(__file__).parent
NAME = "Autograd Explorer"


def show() -> DeltaGenerator:
    """Title and one sentence; returns the row, for what else belongs there."""
    st.set_page_config(NAME, HERE / "icon.svg", layout="wide")
    st.html(HERE / "page.css")
    row = st.container(horizontal=True, vertical_alignment="center", key="header")
    with row:
        st.title(NAME, anchor=False, width="content")
        with st.container(key="tagline"):
            st.caption("Run PyTorch code. See its graph, and every gradient on its way.")
    return row


def places() -> tuple[DeltaGenerator, DeltaGenerator, DeltaGenerator]:
    """Where the code, its graph, and what each line gave stand: `page.css` puts them side by side
    where there is room; otherwise they follow each other in this order."""
    with st.container(key="desk"):
        return st.container(key="code"), st.container(key="picture"), st.container(key="below")
