"""The floor for a press on this server: Streamlit, one button, one line of text.

streamlit run benchmarks/button_page.py
"""

import streamlit as st

st.session_state.pressed = st.session_state.get("pressed", 0) + st.button("Run")
st.text(f"Pressed {st.session_state.pressed} times.")
