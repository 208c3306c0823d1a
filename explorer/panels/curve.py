"""Numbers over steps as lines, with the chosen step marked; a press on a curve chooses one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import streamlit as st

HEIGHT = 200
"""Pixels of a chart without its legend."""
LEGEND_ROW = 18
"""Pixels; a legend stands below the lines and would otherwise take their room."""
MOST_NAMES = 24
"""In a legend; a deep network has more parameters than anybody tells apart by colour."""
FAR = 100
"""So many times larger than its least number, a line is drawn on a log scale."""
CHOICE = "chosen"
"""Name of the chart's selection."""

Lines = Mapping[str, Sequence[float | None]]
Press = Callable[[], None]


def show(
    title: str,
    lines: Lines,
    *,
    at: int | None = None,
    log: bool = False,
    key: str | None = None,
    choose: Press | None = None,
) -> None:
    """One line per name; a missing number leaves a gap. `log`: only numbers above 0 are drawn.

    `at` is marked. With `choose`, which needs `key`, a press calls it; `pressed(key)` says where.
    """
    spec = _spec(title, lines, at, log=log, choosable=choose is not None)
    height = HEIGHT + LEGEND_ROW * _legend_rows(lines)
    if choose is None:
        st.vega_lite_chart(spec=spec, height=height)
    else:
        st.vega_lite_chart(
            spec=spec, height=height, key=key, on_select=choose, selection_mode=CHOICE
        )


def falls_far(lines: Lines) -> bool:
    """Whether the numbers are all above 0 and so far apart that only a log scale shows them."""
    known = [value for values in lines.values() for value in values if value is not None]
    return bool(known) and min(known) > 0 and max(known) / min(known) > FAR


def pressed(key: str) -> int | None:
    """The step at which the chart of this key was pressed; None when the choice was taken back."""
    chosen = st.session_state[key]["selection"].get(CHOICE) or []
    return int(chosen[0]["step"]) if chosen and "step" in chosen[0] else None


def _legend_rows(lines: Lines) -> int:
    return (min(len(lines), MOST_NAMES) + 1) // 2 if len(lines) > 1 else 0


def _rows(lines: Lines, *, log: bool) -> Iterator[dict[str, Any]]:
    for name, values in lines.items():
        for step, value in enumerate(values):
            drawn = None if value is None or (log and value <= 0) else value
            yield {"step": step, "value": drawn, "name": name}


def _spec(
    title: str, lines: Lines, at: int | None, *, log: bool, choosable: bool
) -> dict[str, Any]:
    scale: dict[str, Any] = {"type": "log"} if log else {"zero": False}
    ticks = {"format": "~g", "tickCount": 4} if log else {"tickCount": 5}
    legend = {
        "orient": "bottom",
        "columns": 2,
        "symbolType": "stroke",
        "symbolLimit": MOST_NAMES,
        "labelLimit": 140,
    }
    last = max((len(values) for values in lines.values()), default=1) - 1
    encoding = {
        "x": {
            "field": "step",
            "type": "quantitative",
            "scale": {"domain": [0, max(1, last)], "nice": False},
            "axis": {"format": "d", "tickMinStep": 1, "title": None},
        },
        "y": {
            "field": "value",
            "type": "quantitative",
            "title": None,
            "scale": scale,
            "axis": ticks,
        },
        "color": {
            "field": "name",
            "type": "nominal",
            "title": None,
            "legend": legend if len(lines) > 1 else None,
            "sort": None,
        },
    }
    # The lines are hidden from screen readers, which read the description and the tables below.
    layers: list[dict[str, Any]] = [
        {"mark": {"type": "line", "aria": False}, "encoding": encoding},
    ]
    if choosable:
        select = {"type": "point", "nearest": True, "encodings": ["x"], "on": "click"}
        points = {"type": "point", "opacity": 0, "size": 80, "aria": False}
        layers.append(
            {
                "params": [{"name": CHOICE, "select": select}],
                "mark": points,
                "encoding": encoding,
            }
        )
    if at is not None:
        layers.append(_marker(at))
    return {
        "data": {"values": list(_rows(lines, log=log))},
        "description": title,
        "layer": layers,
    }


def _marker(at: int) -> dict[str, Any]:
    return {
        "data": {"values": [{"step": at}]},
        "mark": {"type": "rule", "strokeDash": [4, 3], "strokeWidth": 1.5, "aria": False},
        "encoding": {
            "x": {"field": "step", "type": "quantitative"},
            "color": {"value": "#d9480f"},
        },
    }
