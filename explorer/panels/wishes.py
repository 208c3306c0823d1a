"""How a run is wished for beside its text: seed, root, v, and what to record in full.

These are widgets of the page, and a Program's fields beside `source`.
"""

from __future__ import annotations

import re
from typing import cast

import streamlit as st

from explorer.records import Program
from explorer.stack import LARGEST_SEED

SEED = "seed"
"""Widget."""
ROOT = "root"
"""Widget: variable, or an empty text."""
GRADIENT = "gradient"
"""Widget: expression for v, or an empty text."""
V = "v"
"""Widget: how v is said, a key of V_KINDS."""
V_KINDS = ("ones", "one element", "expression")
ELEMENT = "element"
"""Widget: the element of the root that is 1 in v, row-major."""
DETAIL = "detail"
"""Widget: index of the pass to record in full, or None."""
_JACOBIAN = "whole_jacobian"

_ONE_HOT = re.compile(r"one_hot\((\d{1,9})\)")

MOST_ELEMENTS = 10**9


def put(given: Program) -> None:
    """The widgets take what a program says."""
    st.session_state[SEED] = min(max(given.seed, 0), LARGEST_SEED)
    st.session_state[ROOT] = given.root or ""
    _put_vector(given.gradient or "")
    st.session_state[DETAIL] = given.detail
    st.session_state[_JACOBIAN] = given.jacobian


def _put_vector(gradient: str) -> None:
    one_hot = _ONE_HOT.fullmatch(gradient)
    st.session_state[V] = V_KINDS[1] if one_hot else V_KINDS[2] if gradient else V_KINDS[0]
    st.session_state[ELEMENT] = int(one_hot[1]) if one_hot else 0
    st.session_state[GRADIENT] = "" if one_hot else gradient


def kind_of_v() -> str:
    """One of V_KINDS."""
    return str(st.session_state.get(V, V_KINDS[0]))


def detail() -> int | None:
    """Index of the pass to record in full."""
    return cast("int | None", st.session_state.get(DETAIL))


def want_pass(index: int) -> None:
    """The next run records this pass in full."""
    st.session_state[DETAIL] = index


def want_jacobian() -> None:
    """The next run computes the Jacobians of the program's own passes."""
    st.session_state[_JACOBIAN] = True


def want_element(place: int) -> None:
    """The next run has a v that is 1 at this element of the root and 0 elsewhere."""
    st.session_state[V] = V_KINDS[1]
    st.session_state[ELEMENT] = place


def forget_pass() -> None:
    """Another text has other passes."""
    st.session_state[DETAIL] = None
    st.session_state[_JACOBIAN] = False


def program(source: str) -> Program:
    """Streamlit forgets a widget that a rerun did not draw, hence the defaults."""
    state = st.session_state
    return Program(
        source=source,
        seed=int(state.get(SEED) or 0),
        root=str(state.get(ROOT, "")).strip() or None,
        gradient=_vector(),
        detail=state.get(DETAIL),
        jacobian=bool(state.get(_JACOBIAN)),
    )


def _vector() -> str | None:
    """The expression for v; None for ones."""
    state = st.session_state
    match kind_of_v():
        case "one element":
            return f"one_hot({int(state.get(ELEMENT) or 0)})"
        case "expression":
            return str(state.get(GRADIENT, "")).strip() or None
    return None
