"""The page, top to bottom: ask, run, show, explain."""

import streamlit as st

from explorer import run
from explorer.canvas import mount_runtime
from explorer.panels import (
    about,
    answer,
    ask,
    graph,
    header,
    layers,
    leaves,
    lines,
    memory,
    more,
    passes,
)

st.set_page_config("Autograd Explorer", "explorer/panels/icon.svg", layout="wide")
run.warm()
mount_runtime()
memory.begin(st.query_params.get("c"), st.query_params.get("s"))

header.show()
code, picture = st.columns([2, 3], gap="medium")
with code:
    layers.show()
    ask.show()
with picture:
    trace = answer.wait()
    graph.show(trace)
    passes.show(trace)
    leaves.show()
with code:
    lines.show(trace)
    more.show(trace)
about.show(trace)
