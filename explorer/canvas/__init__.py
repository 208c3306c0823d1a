"""Mounts the canvas's views as Streamlit components; the browser does everything else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import cast

import msgspec
import streamlit as st
from msgspec.structs import replace

from explorer import wire
from explorer.records import Failure, Trace

_BUILD = Path(__file__).parent / "build"


def _inline(name: str) -> str:
    """A bundle as text. The newline inside tells Streamlit that it is not a path."""
    return "/* bundle */\n" + (_BUILD / name).read_text("utf-8")


# The runtime (Graphviz included) never changes, so it crosses the network once per page; the views
# are shims of a few hundred bytes, because Streamlit sends a component's code with all of its data.
_runtime = st.components.v2.component("explorer_runtime", js=_inline("runtime.js"))
_SHIM = _inline("shim.js")
_PLACE = '<div class="ax-place"></div>'
_editor = st.components.v2.component("explorer_editor", html=_PLACE, js=_SHIM)
_graph = st.components.v2.component("explorer_graph", html=_PLACE, js=_SHIM)
_lines = st.components.v2.component("explorer_lines", html=_PLACE, js=_SHIM)
_jacobian = st.components.v2.component("explorer_jacobian", html=_PLACE, js=_SHIM)
_leaves = st.components.v2.component("explorer_leaves", html=_PLACE, js=_SHIM)


def mount_runtime(*, there: bool) -> None:
    """Brings the code of all views to the page, before any view.

    Once it has run there the page keeps it, and `there` leaves it out: to compare 1.5 MB with what
    the browser has takes more of a rerun than most of what changed.
    """
    # An empty component would still take the gap between two elements.
    st.html("<style>.st-key-explorer_runtime{display:none}</style>")
    if there:
        st.empty()
    else:
        _runtime(key="explorer_runtime")


def mount_editor(source: str, revision: int, failure: Failure | None, *, key: str) -> str | None:
    """The code editor; returns the text when the reader asked for a run in this rerun, else None.

    The reader's unsaved text stays until `revision` changes; then `source` replaces it. The failure
    of the newest Trace that `mount_graph` shows appears by itself, without another rerun.
    """
    written = msgspec.Raw(wire.written_out(failure))
    order = {"source": source, "revision": revision, "failure": written}
    result = _editor(key=key, data=msgspec.json.encode(order), on_run_change=_heard)
    return cast("str | None", result.get("run"))


def mount_graph(text: bytes, run: int, *, key: str, pass_index: int | None = None) -> None:
    """The graph of a Trace with its replay; `text` is what `wire.encode` writes of it.

    `run` must grow with each run that the reader asked for.

    The graph moves to pass `pass_index` when that changes; the reader may then choose another.
    """
    _graph(key=key, data=wire.payload(text, run, pass_index))


def mount_lines(trace: Trace, run: int, *, key: str) -> None:
    """The table of what each line gave."""
    _lines(key=key, data=_payload(replace(trace, passes=(), leaves=(), events=()), run))


def mount_leaves(trace: Trace, run: int, *, key: str) -> None:
    """The table of all leaves; its `.grad` follows the replay of a graph with the same `run`."""
    _leaves(key=key, data=_payload(replace(trace, passes=(), lines=(), events=()), run))


def mount_jacobian(
    run: int, *, key: str, on_v: Callable[[], None], on_ask: Callable[[], None]
) -> None:
    """The Jacobians of the pass that the graph of `run` shows; nothing where it has none.

    `st.session_state[key]["v"]` has the element that the reader chose when `on_v` is called.
    """
    data = msgspec.json.encode({"run": run})
    _jacobian(key=key, data=data, on_v_change=on_v, on_ask_change=on_ask)


def _payload(trace: Trace, run: int) -> bytes:
    return wire.payload(wire.encode(trace), run)


def _heard() -> None:
    """Streamlit reports an event only to those who listen."""
