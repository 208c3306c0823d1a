"""Numbers over steps as lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

HEIGHT = 220
"""Pixels."""


def show(title: str, lines: Mapping[str, Sequence[float | None]]) -> None:
    """One line per name; a missing number leaves a gap."""
    rows = [
        {"step": step, "value": value, "name": name}
        for name, values in lines.items()
        for step, value in enumerate(values)
    ]
    x = {"field": "step", "type": "quantitative", "axis": {"format": "d", "tickMinStep": 1}}
    legend = {"orient": "bottom", "columns": 2} if len(lines) > 1 else None
    encoding = {
        "x": x,
        "y": {"field": "value", "type": "quantitative", "title": None, "scale": {"zero": False}},
        "color": {
            "field": "name",
            "type": "nominal",
            "title": None,
            "legend": legend,
            "sort": None,
        },
    }
    # The lines are hidden from screen readers, which read the description and the tables below.
    mark = {"type": "line", "aria": False}
    spec = {"data": {"values": rows}, "description": title, "mark": mark, "encoding": encoding}
    st.vega_lite_chart(spec=spec, height=HEIGHT)
