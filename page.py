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
    leaves,
    lines,
    link,
    memory,
    more,
    passes,
    training,
)

run.warm()
memory.begin(st.query_params.get("c"), st.query_params.get("s"))
top = header.show()
mount_runtime(there=memory.has_runtime())
code, picture, below = header.places()
with code:
    ask.show()
with top:
    link.show()
with picture:
    trace = answer.wait()
    graph.show(trace)
    passes.show(trace)
    leaves.show(trace)
    training.show(trace)
with below:
    lines.show(trace)
    more.show(trace)
about.show(trace)
