"""What one visitor's session remembers, with `wishes` and `picking`.

State holds JSON text, never records: Streamlit reloads modules, and an instance of a class from
before the reload is no instance of the class after it. Traces, which are large, stand on a shelf
that all sessions share; state has their names.

A run is *asked* first and *answered* later. A script that Streamlit stops between the two leaves
the question standing, and the next rerun answers it.
"""

from __future__ import annotations

import uuid
from typing import cast

import msgspec
import streamlit as st

from explorer import share, wire, writing
from explorer.check import check
from explorer.gallery import EXAMPLES, find
from explorer.panels import picking, shelf, wishes
from explorer.records import Failure, Program, Trace

EXAMPLE = "example"
"""Widget: slug of the example in the editor, or OWN_TEXT."""
OWN_TEXT = ""
_SESSION = "session"
_TEXT = "text"
_REVISION = "revision"
_ASKED = "asked"
_RUN = "run"
_ANSWER = "answer"
_FAILURE = "failure"
_LOOKED_AT = "looked_at"
_SHOWN = "shown"
_SHOWN_RUN = "shown_run"
_FROM_LINK = "from_link"
_HAS_RUNTIME = "has_runtime"


def begin(link: str | None, stack_link: str | None = None) -> None:
    """Opens a new session on the first example, or on the program or the layers of a link.

    What comes with a link is not run before its reader says so.
    """
    if _SESSION in st.session_state:
        return
    st.session_state[_SESSION] = uuid.uuid4().hex
    st.session_state[_RUN] = st.session_state[_REVISION] = 0
    st.session_state[_FROM_LINK] = None
    if link is not None:
        _open_link(link)
    elif stack_link is not None:
        _open_stack(stack_link)
    else:
        open_example(EXAMPLES[0].slug)


def has_runtime() -> bool:
    """Whether this session's page is known to have the code of its views."""
    return bool(st.session_state.get(_HAS_RUNTIME))


def see_runtime() -> None:
    """One of its views has spoken."""
    st.session_state[_HAS_RUNTIME] = True


def session() -> str:
    """A name for this session that says nothing about its visitor."""
    return cast(str, st.session_state[_SESSION])


def open_example(slug: str) -> None:
    """Puts an example into the editor, forgets the options of the program before, and asks."""
    known = find(slug)
    if known is not None:
        _put(Program(known.source), slug)
        ask(known.source)


def ask(source: str) -> None:
    """Asks for a run of `source` with the present options, also when it was asked before."""
    if source != st.session_state[_TEXT]:
        wishes.forget_pass()
    st.session_state[_TEXT] = source
    st.session_state[_FROM_LINK] = None
    st.session_state[_ASKED] = wire.encode(wishes.program(source)).decode()
    st.session_state[_RUN] += 1
    st.session_state[_LOOKED_AT] = wishes.detail()
    known = st.session_state.get(_ANSWER)
    if known is not None and known != st.session_state.get(_SHOWN):
        shelf.drop(known)
    st.session_state[_ANSWER] = st.session_state[_FAILURE] = None


def ask_for_pass(index: int) -> None:
    """Asks for the present program again, with one pass recorded in full."""
    wishes.want_pass(index)
    ask_again()


def ask_for_jacobian() -> None:
    """Asks for the present program again, with the Jacobians of its own passes."""
    wishes.want_jacobian()
    ask_again()


def start_from_element(place: int) -> None:
    """Asks again with a v that is 1 at this element of the root and 0 elsewhere."""
    wishes.want_element(place)
    ask_again()


def look_at(index: int | None) -> None:
    """The graph is to show this pass of the present run."""
    st.session_state[_LOOKED_AT] = index


def looked_at() -> int | None:
    """Index of the pass that the graph was last asked to show: the one recorded on demand, until
    another is picked; None while it may choose itself."""
    return cast("int | None", st.session_state.get(_LOOKED_AT))


def ask_again() -> None:
    """Asks for the text that ran last; for options that changed."""
    if st.session_state.get(_ASKED) is not None:
        ask(text())


def name_text(source: str) -> None:
    """Calls the text in the editor an example only while it is one, letter for letter."""
    known = find(example())
    if known is not None and known.source.strip() != source.strip():
        st.session_state[EXAMPLE] = OWN_TEXT


def example() -> str:
    """Slug of the example in the editor, or OWN_TEXT."""
    return cast(str, st.session_state.get(EXAMPLE, OWN_TEXT))


def text() -> str:
    """What the editor starts from: the text of the last run, example or link."""
    return cast(str, st.session_state[_TEXT])


def revision() -> int:
    """Grows when the editor must take `text()` over what the visitor typed."""
    return cast(int, st.session_state[_REVISION])


def run() -> int:
    """Which run was asked last; 0 before the first."""
    return cast(int, st.session_state[_RUN])


def asked() -> Program | None:
    """The program that was asked for last."""
    known = st.session_state.get(_ASKED)
    return None if known is None else wire.decode_program(known)


def program() -> Program:
    """What a link to the present state carries."""
    return wishes.program(text())


def answer() -> Trace | None:
    """What came of `asked()`; None while it has not run."""
    known = st.session_state.get(_ANSWER)
    return None if known is None else shelf.find(known)


def written(trace: Trace) -> bytes:
    """`answer()`, which is this Trace, as text."""
    return shelf.text(answer_name()) or wire.encode(trace)


def answer_name() -> str:
    """Where `answer()` stands on the shelf."""
    return f"{session()}/{run()}"


def failure() -> Failure | None:
    """The failure of `answer()`, which need not be decoded for it."""
    return msgspec.json.decode(st.session_state.get(_FAILURE) or "null", type=Failure | None)


def keep(trace: Trace, written: bytes | None = None) -> None:
    """Stores the answer, and keeps the last graph on the page when this one has none. `written`:
    the same as text, where there is one."""
    name = answer_name()
    shelf.keep(name, trace, written)
    st.session_state[_ANSWER] = name
    st.session_state[_FAILURE] = msgspec.json.encode(trace.failure).decode()
    if has_graph(trace):
        before = st.session_state.get(_SHOWN)
        st.session_state[_SHOWN], st.session_state[_SHOWN_RUN] = name, run()
        if before is not None and before != name:
            shelf.drop(before)


def shown() -> tuple[Trace, int] | None:
    """The last trace with a graph and the run that gave it."""
    known = st.session_state.get(_SHOWN)
    trace = None if known is None else shelf.find(known)
    return None if trace is None else (trace, st.session_state[_SHOWN_RUN])


def has_graph(trace: Trace) -> bool:
    """Whether there is anything to draw."""
    return any(one.node_count or one.nodes for one in trace.passes)


def from_link() -> str | None:
    """What to say about the link that opened this session, until the first run."""
    return cast("str | None", st.session_state[_FROM_LINK])


def write(source: str) -> None:
    """Puts the program of the stack into the editor and asks for it."""
    _put(Program(source), OWN_TEXT)
    ask(source)
    picking.note_written(source)


def rewrite(source: str, *, of_stack: bool) -> None:
    """The editor takes over a text that differs little, and it is run with the same options.

    `of_stack`: it is still what the stack wrote.
    """
    st.session_state[_REVISION] += 1
    ask(source)
    name_text(source)
    if of_stack:
        picking.note_written(source)


def _open_link(link: str) -> None:
    try:
        _put(share.unpack(link), OWN_TEXT)
    except share.ShareError as error:
        open_example(EXAMPLES[0].slug)
        st.session_state[_FROM_LINK] = str(error)
        return
    st.session_state[_FROM_LINK] = "This program came with a link. Read it, then press Run."


def _open_stack(link: str) -> None:
    try:
        given = share.unpack_stack(link)
    except share.ShareError as error:
        open_example(EXAMPLES[0].slug)
        st.session_state[_FROM_LINK] = str(error)
        return
    picking.pick(given)
    st.session_state[picking.BUILD] = True
    if not check(given).fits:
        open_example(EXAMPLES[0].slug)
        return
    text = writing.source(given)
    picking.note_written(text)
    _put(Program(text), OWN_TEXT)
    st.session_state[_FROM_LINK] = "These layers came with a link. Press Run to see their graph."


def _put(given: Program, slug: str) -> None:
    st.session_state[_TEXT] = given.source
    st.session_state[_REVISION] += 1
    st.session_state[EXAMPLE] = slug
    wishes.put(given)
