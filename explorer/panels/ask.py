"""The program: an example or the visitor's own, in the editor, with the options of a run."""

from __future__ import annotations

import streamlit as st

from explorer.canvas import mount_editor
from explorer.gallery import EXAMPLES, find
from explorer.panels import layers, memory, options

TITLES = {
    example.slug: f"{number}. {example.title}" for number, example in enumerate(EXAMPLES, start=1)
}
OWN = {memory.OWN_TEXT: "Your own program"}
"""Stands in the list only while it is true: nobody can choose it, one becomes it by writing."""


def show() -> None:
    """Asks for a run when the visitor does.

    The editor comes first in time and second on the page: only after it is known whether the
    picker above it still names what the text is.
    """
    stack, picker, editor = st.container(), st.container(), st.container()
    with editor:
        source = mount_editor(memory.text(), memory.revision(), memory.failure(), key="editor")
    if source is not None:
        memory.see_runtime()
        memory.ask(source)
        memory.name_text(source)
    with stack:
        layers.show()
    with picker:
        _pick()


def _pick() -> None:
    titles = TITLES if memory.example() else OWN | TITLES
    with st.container(horizontal=True, vertical_alignment="bottom"):
        slug = st.selectbox(
            "Example",
            list(titles),
            format_func=titles.__getitem__,
            key=memory.EXAMPLE,
            on_change=_open,
        )
        options.show()
    example = find(slug)
    if example is not None:
        st.caption(example.caption)
    if note := memory.from_link():
        said, _, details = note.partition("\n")
        st.info(said, icon=":material/link:")
        if details:
            st.text(details)  # It may have words of a stranger, which are no Markdown.


def _open() -> None:
    memory.open_example(memory.example())
