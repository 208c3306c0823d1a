"""The program: an example or the visitor's own, in the editor, with the options of a run."""

from __future__ import annotations

import streamlit as st

from explorer.canvas import mount_editor
from explorer.gallery import EXAMPLES, find
from explorer.panels import memory, options
from explorer.records import Trace

TITLES = {
    example.slug: f"{number}. {example.title}" for number, example in enumerate(EXAMPLES, start=1)
}


def show(before: Trace | None) -> None:
    """Asks for a run when the visitor does. `before` is the last answer: its failure marks a line.

    The editor comes first in time and second on the page: only after it is known whether the
    picker above it still names what the text is.
    """
    picker, editor = st.container(), st.container()
    with editor:
        failure = before.failure if before else None
        source = mount_editor(memory.text(), memory.revision(), failure, key="editor")
    if source is not None:
        memory.ask(source)
        memory.name_text(source)
    with picker:
        _pick()


def _pick() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        slug = st.selectbox(
            "Example",
            list(TITLES),
            index=None,
            format_func=TITLES.__getitem__,
            placeholder="Your program. Choose an example…",
            key=memory.EXAMPLE,
            on_change=_open,
        )
        options.show()
    example = find(slug or "")
    if example is not None:
        st.caption(example.caption)
    if note := memory.from_link():
        st.info(note, icon=":material/link:")


def _open() -> None:
    memory.open_example(st.session_state[memory.EXAMPLE] or "")
