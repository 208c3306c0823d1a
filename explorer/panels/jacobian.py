"""The whole Jacobian behind a small root, and the choice of v by a press on one of its rows."""

from __future__ import annotations

from math import prod

import streamlit as st

from explorer.canvas import mount_jacobian
from explorer.panels import memory
from explorer.pass_record import MOST_JACOBIAN_NODES, MOST_JACOBIAN_ROWS
from explorer.records import Pass
from explorer.sheet import roots

KEY = "jacobian"


def show() -> None:
    """Only where some pass starts from more than one number, and not from too many."""
    known = memory.shown()
    if known is not None and any(_has_rows(one) for one in known[0].passes):
        mount_jacobian(known[1], key=KEY, on_v=_choose, on_ask=memory.ask_for_jacobian)


def _has_rows(one: Pass) -> bool:
    if one.jacobians:
        return True
    if one.node_count > MOST_JACOBIAN_NODES:
        return False
    values = [root.value for root in roots(one) if root.value]
    return any(1 < prod(value.shape) <= MOST_JACOBIAN_ROWS for value in values)


def _choose() -> None:
    memory.start_from_element(int(st.session_state[KEY]["v"]))
