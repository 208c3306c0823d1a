"""The floor for the page: Streamlit, `make_dot`, `st.graphviz_chart`, and nothing else.

    streamlit run benchmarks/bare_page.py

It runs the text in the server itself and shows torchviz's picture. The label of the loss is named,
because a label with an empty first line makes the browser's Graphviz keep the previous picture.
"""

from __future__ import annotations

from typing import Any

import streamlit as st
import torch
from torchviz import make_dot

torch.set_num_threads(1)
source = st.text_area("code", "import torch\nx = torch.ones(2, requires_grad=True)\nloss = x.sum()")
if st.button("Run"):
    names: dict[str, Any] = {"__name__": "page"}
    exec(source, names)
    named = dict(names["model"].named_parameters()) if "model" in names else {"x": names["x"]}
    names["loss"].backward(retain_graph=True)
    st.graphviz_chart(make_dot(names["loss"], params={**named, "loss": names["loss"]}))
