"""The stack of the Layers panel as the session has it, and the values of its widgets.

Widgets keep their keys while the stack changes: Streamlit remembers every key it ever saw. What
changed otherwise than by a widget is put into the widgets before they are drawn.
"""

from __future__ import annotations

from typing import Any, cast

import streamlit as st

from explorer import ready_made, stack
from explorer.stack import Stack

BUILD = "build"
"""Widget: whether the box of the Layers panel is open."""
_STACK = "stack"
_BEFORE = "stack_before"
_REVISION = "stack_revision"
_HELD = "stack_held"
_WRITTEN = "written"


def picked() -> Stack:
    """The stack of the Layers panel."""
    known = st.session_state.get(_STACK)
    return ready_made.READY_MADE[0].stack if known is None else stack.decode(known)


def pick(chosen: Stack, *, afresh: bool = False) -> None:
    """Keeps the stack. `afresh`: its widgets must take it over what they show."""
    if afresh:
        st.session_state[_BEFORE] = stack.encode(picked())
        st.session_state[_REVISION] = st.session_state.get(_REVISION, 0) + 1
    st.session_state[_STACK] = stack.encode(chosen)


def picked_before() -> Stack | None:
    """The stack before the last change that replaced rows; None when there is none."""
    known = st.session_state.get(_BEFORE)
    return None if known is None else stack.decode(known)


def key(*parts: object) -> str:
    """Key of a widget of the Layers panel; of a row's by the place of the row."""
    return "-".join(map(str, ("stack", *parts)))


def hold(name: str, value: Any) -> None:
    """The widget of this key is to show the value, unless the reader typed since the last change.

    A value that was refused stays where it was typed.
    """
    state, revision = st.session_state, st.session_state.get(_REVISION, 0)
    held: dict[str, int] = state.setdefault(_HELD, {})
    if name not in state or held.get(name) != revision:
        state[name] = value
    held[name] = revision


def written() -> str | None:
    """The text that the stack wrote last; None when the editor's text is not to follow it."""
    return cast("str | None", st.session_state.get(_WRITTEN))


def note_written(text: str | None) -> None:
    """The stack wrote this text; None: the editor's text goes its own way."""
    st.session_state[_WRITTEN] = text
