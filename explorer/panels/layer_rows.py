"""The layers of the stack, from input to output, with the shapes between them."""

from __future__ import annotations

from typing import Any

import streamlit as st

from explorer.check import Checked, Finding, Fix, Place, fitted
from explorer.datasets import DATASETS
from explorer.layers import LAYERS
from explorer.layers.field import Field
from explorer.layers.row import Row
from explorer.layers.row import show as shape_text
from explorer.panels import field, picking
from explorer.stack import MOST_LAYERS, Piece, Stack

FEW = 2
"""Fields beside the name, where PyTorch needs none of them."""
ADD = "add"
UP, DOWN, COPY, REMOVE = "Move up", "Move down", "Duplicate", "Remove"


def show(stack: Stack, found: Checked) -> None:
    """All rows, then a picker for one more."""
    with st.container(gap="xsmall"):
        st.caption(f"x  {shape_text(stack.input_shape)}")
        for at, place in enumerate(found.places):
            with st.container(border=True, gap="xsmall", key=f"stack_row_{at}"):
                _row(stack, at, place)
            st.caption(_flow(place))
    if len(stack.layers) < MOST_LAYERS:
        _add()
    else:
        st.caption(f"{MOST_LAYERS} layers are as many as this page draws.")


def finding(one: Finding, *where: object, error: bool = True) -> None:
    """What does not fit, and a button for each repair."""
    if error:
        st.error(one.message, icon=":material/error:")
    else:
        st.warning(one.message, icon=":material/lightbulb:")
    with st.container(horizontal=True):
        for number, fix in enumerate(one.fixes):
            key = picking.key(*where, "fix", number)
            st.button(fix.label, key=key, on_click=_repair, args=(fix,))


def _repair(fix: Fix) -> None:
    picking.pick(fix.stack, afresh=True)


def _flow(place: Place) -> str:
    shape = "?" if place.after is None else shape_text(place.after)
    count = f" · {place.parameters:,} parameters" if place.parameters else ""
    return f"↓  {shape}{count}"


def _row(stack: Stack, at: int, place: Place) -> None:
    row, piece = stack.rows[at], stack.layers[at]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        key = picking.key(at, "act")
        st.menu_button(
            f"**{at + 1}. {row.name}**",
            _acts(stack, at),
            key=key,
            help=f"{row.says}  \nExpects {row.expects}.",
            type="tertiary",
            on_click=_act,
            args=(key, at),
        )
        _fields(row, piece, at)
    if place.error:
        finding(place.error, at)


def _acts(stack: Stack, at: int) -> list[str]:
    """What can be done with this row."""
    possible = {
        UP: at > 0,
        DOWN: at < len(stack.layers) - 1,
        COPY: len(stack.layers) < MOST_LAYERS,
        REMOVE: True,
    }
    return [name for name, can in possible.items() if can]


def _act(key: str, at: int) -> None:
    stack = picking.picked()
    changed = {
        UP: lambda: stack.moving(at, -1),
        DOWN: lambda: stack.moving(at, 1),
        COPY: lambda: stack.adding(stack.layers[at], at + 1),
        REMOVE: lambda: stack.without(at),
    }
    picking.pick(changed[st.session_state[key]](), afresh=True)


def _fields(row: Row, piece: Piece, at: int) -> None:
    needed = [one for one in row.fields if one.torch is None and not one.twin and one.written]
    shown = needed or list(row.fields[:FEW])
    others = [one for one in row.fields if one not in shown]
    for one in shown:
        _field(one, row, piece, at)
    if others:
        changed = sum(getattr(row.chosen(piece.values), o.name) != o.default for o in others)
        with st.popover(f"More ({changed} set)" if changed else "More", type="tertiary"):
            for one in others:
                _field(one, row, piece, at)


def _field(one: Field, row: Row, piece: Piece, at: int) -> None:
    def put(stack: Stack, value: Any) -> Stack:
        return stack.setting(at, {one.name: value})

    field.show(one, getattr(row.chosen(piece.values), one.name), put, at)


def _add() -> None:
    key = picking.key(ADD)
    st.selectbox(
        "Add a layer",
        list(LAYERS),
        index=None,
        format_func=_title,
        placeholder="Type a name, or choose…",
        key=key,
        on_change=_append,
        args=(key,),
    )


def _title(name: str) -> str:
    return f"{name} · {LAYERS[name].family}"


def _append(key: str) -> None:
    name = st.session_state[key]
    if name is None:
        return
    stack, row = picking.picked(), LAYERS[name]
    first = Piece(name)
    if not stack.layers and row.takes_indices and (words := DATASETS[stack.data].words):
        first = Piece(name, {"num_embeddings": words})
    picking.pick(fitted(stack, first), afresh=True)
    st.session_state[key] = None
