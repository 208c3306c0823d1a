"""The Layers panel: pick layers, loss and optimizer, and have them written into the editor."""

from __future__ import annotations

import streamlit as st

from explorer import share
from explorer.check import Checked, check, repaired
from explorer.panels import layer_rows, memory, picking, stack_ends
from explorer.ready_made import READY_MADE
from explorer.stack import Stack
from explorer.writing import as_class, source

BAR = "stack_bar"
"""Key that `page.css` knows."""


def show() -> None:
    """A closed box costs nothing; an open one reruns alone, until something is written."""
    _panel(memory.run())


@st.fragment
def _panel(run: int) -> None:
    if memory.run() != run:  # asked for in here: the whole page must follow
        st.rerun()
    box = st.expander(
        "Build from layers", icon=":material/layers:", on_change="rerun", key=picking.BUILD
    )
    if not box.open:
        return
    with box, st.container(gap="small"):
        stack = picking.picked()
        found = check(stack)
        _start(stack)
        with st.container(key=BAR, gap="small"):
            _bar(stack, found)
        stack_ends.data(stack)
        layer_rows.show(stack, found)
        stack_ends.goal(stack)
        if found.error:
            layer_rows.finding(found.error, "end")
        for number, one in enumerate(found.advice):
            layer_rows.finding(one, "advice", number, error=False)
        stack_ends.training(stack)
        if stack.style == "sequential" and as_class(stack):
            st.caption("nn.Sequential passes on one tensor; a layer here needs a class.")


def _start(stack: Stack) -> None:
    key = picking.key("ready_made")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Start from",
            range(len(READY_MADE)),
            index=None,
            format_func=lambda at: READY_MADE[at].title,
            placeholder="a ready-made stack…",
            key=key,
            on_change=_take,
            args=(key,),
        )
        if (before := picking.picked_before()) is not None:
            undo = picking.key("undo")
            st.button("Undo", key=undo, icon=":material/undo:", on_click=_back, args=(before,))
        _link(stack)
    for one in READY_MADE:
        if one.stack == stack:
            st.caption(one.says)


def _take(key: str) -> None:
    if (at := st.session_state[key]) is not None:
        picking.pick(READY_MADE[at].stack, afresh=True)
        st.session_state[key] = None


def _back(before: Stack) -> None:
    picking.pick(before, afresh=True)


def _bar(stack: Stack, found: Checked) -> None:
    """What it comes to, whether it fits, and the one road in."""
    text = source(stack) if found.fits else None
    # In one place, so that what stood there before is gone while a program runs.
    with st.empty():
        if _left():
            _parted()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        with st.empty():
            _state(text)
        count = len(stack.layers)
        layers = f"{count} {'layer' if count == 1 else 'layers'}"
        st.markdown(f"**{found.parameters:,} parameters** in {layers}", width="content")
    if not found.fits:
        st.caption(f":red[:material/error:] {_where(stack, found)}")
    if _needs_several(found) and check(fixed := repaired(stack)).fits:
        key = picking.key("repair")
        st.button("Make all of it fit", key=key, on_click=_back, args=(fixed,))


def _where(stack: Stack, found: Checked) -> str:
    """The place of the first error, whose words stand there."""
    wrong = (at for at, place in enumerate(found.places) if place.error)
    if (at := next(wrong, None)) is not None:
        return f"Layer {at + 1}, {stack.layers[at].name}, does not fit yet."
    if not stack.layers:
        return "There is no layer yet."
    return "The layers fit; what follows them does not yet."


def _needs_several(found: Checked) -> bool:
    """Whether the first repair, pressed by itself, would leave something to repair."""
    error = next((place.error for place in found.places if place.error), found.error)
    return error is not None and bool(error.fixes) and not check(error.fixes[0].stack).fits


def _link(stack: Stack) -> None:
    with st.popover("Link", icon=":material/link:", type="tertiary"):
        try:
            packed = share.pack_stack(stack)
        except share.ShareError as error:
            st.warning(str(error))
            return
        address = (st.context.url or "").partition("?")[0]
        st.code(f"{address}?s={packed}", language=None, wrap_lines=True)


def _left() -> bool:
    """Whether the text in the editor is no longer what the stack wrote."""
    written = picking.written()
    return written is not None and memory.text().strip() != written.strip()


def _state(text: str | None) -> None:
    """The one road in: what runs is the text in the editor."""
    if _left():
        _button("Rebuild from the stack", text)
    elif text is not None and text == picking.written():
        st.markdown(":green[:material/check:] The editor holds this stack.", width="content")
    else:
        _button("Write into the editor", text)


def _parted() -> None:
    with st.container(gap="small"):
        st.info(
            "The text in the editor was changed by hand since this stack wrote it.",
            icon=":material/edit:",
        )
        st.button("Keep the text", key="keep_text", on_click=_leave)


def _leave() -> None:
    picking.note_written(None)


def _button(label: str, text: str | None) -> None:
    st.button(
        label,
        key="write",
        type="primary",
        disabled=text is None,
        on_click=memory.write if text else None,
        args=(text,),
    )
