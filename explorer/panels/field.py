"""One field of a row as a widget that refuses what cannot be, where it is typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from explorer.layers.field import Field, Value, parse_sides, parse_sizes
from explorer.panels import picking
from explorer.stack import Stack

Put = Callable[[Stack, Any], Stack]
"""The stack with a new value in it."""

WIDTH = 124
"""Pixels: two beside each other on a phone."""
FINEST = 10
"""One press of + or - changes a real number by a tenth of its usual value."""


def show(field: Field, value: Value, put: Put, *where: object) -> None:
    """The widget that fits the kind of the field; `where` tells it from others of that name."""
    key = picking.key(*where, field.name)
    args = (key, put)
    match field.kind:
        case "flag":
            picking.hold(key, bool(value))
            st.checkbox(field.name, key=key, on_change=_keep, args=args)
        case "choice":
            _choice(field, str(value), key, put)
        case "sizes" | "sides":
            _sizes(field, value, key, put)
        case _:
            _number(field, value, key, put)


def _number(field: Field, value: Any, key: str, put: Put) -> None:
    whole = field.kind == "count"
    kind: type[int] | type[float] = int if whole else float
    picking.hold(key, kind(value))
    st.number_input(
        field.name,
        min_value=kind(field.low),
        max_value=kind(field.high),
        step=kind(1) if whole else _press(field),
        format="%d" if whole else "%g",
        key=key,
        on_change=_keep,
        args=(key, put),
        width=WIDTH,
    )


def _press(field: Field) -> float:
    usual = abs(float(field.default)) if not isinstance(field.default, str | tuple) else 0.0
    return usual / FINEST or 0.1


def _choice(field: Field, value: str, key: str, put: Put) -> None:
    picking.hold(key, value)
    st.selectbox(
        field.name,
        field.options,
        key=key,
        on_change=_keep,
        args=(key, put),
        width=WIDTH,
    )


def _sizes(field: Field, value: Any, key: str, put: Put) -> None:
    picking.hold(key, ", ".join(map(str, value)) if isinstance(value, tuple) else str(value))
    typed = st.text_input(
        field.name,
        key=key,
        on_change=_keep_sizes,
        args=(key, field, put),
        width=WIDTH,
        help=f"{field.allowed[0].upper()}{field.allowed[1:]}",
    )
    if _parsed(field, typed) is None:
        st.error(f"{field.name} must be {field.allowed}.")


def _keep(key: str, put: Put) -> None:
    value = st.session_state[key]
    if value is not None:  # an emptied number field
        picking.pick(put(picking.picked(), value))


def _parsed(field: Field, typed: str) -> int | tuple[int, ...] | None:
    return parse_sizes(typed) if field.kind == "sizes" else parse_sides(typed, field)


def _keep_sizes(key: str, field: Field, put: Put) -> None:
    value = _parsed(field, st.session_state[key])
    if value is not None:
        picking.pick(put(picking.picked(), value))
