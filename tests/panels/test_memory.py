"""A session remembers what was asked and what was answered, as text."""

from __future__ import annotations

import json

from streamlit.testing.v1 import AppTest

from explorer import wire
from explorer.gallery import EXAMPLES
from explorer.records import FORMAT, Failure, Pass, Program, Trace


def session() -> AppTest:
    """A page that does one thing to its memory per run, as its first argument says."""

    def script(do: str = "", text: str = "") -> None:
        import json

        import streamlit as st

        from explorer import wire
        from explorer.panels import memory

        memory.begin(None)
        if do == "ask":
            memory.ask(text)
            memory.name_text(text)
        elif do == "keep":
            memory.keep(wire.decode(text))
        elif do == "open":
            memory.open_example(text)
        asked, answer, shown = memory.asked(), memory.answer(), memory.shown()
        facts = {
            "asked": asked and asked.source,
            "answered": answer is not None,
            "shown": shown and shown[1],
            "run": memory.run(),
            "revision": memory.revision(),
            "text": memory.text(),
            "example": memory.example(),
        }
        st.text(json.dumps(facts))

    return AppTest.from_function(script)


def after(page: AppTest, do: str = "", text: str = "") -> dict[str, object]:
    page.kwargs = {"do": do, "text": text}
    page.run()
    assert not page.exception
    facts: dict[str, object] = json.loads(page.text[0].value)
    return facts


def graph(source: str) -> str:
    passes = (Pass(0, "backward", "loss", node_count=3),)
    return wire.encode(Trace(FORMAT, Program(source), passes=passes)).decode()


def no_graph(source: str) -> str:
    return wire.encode(
        wire.failed(Program(source), Failure("syntax", "It is not Python."))
    ).decode()


def test_a_new_session_asks_for_the_first_example() -> None:
    facts = after(session())
    assert facts["asked"] == EXAMPLES[0].source
    assert not facts["answered"]
    assert facts["example"] == EXAMPLES[0].slug


def test_an_answer_is_kept_until_something_else_is_asked() -> None:
    page = session()
    assert after(page, "keep", graph("a"))["answered"]
    assert after(page)["answered"]
    assert not after(page, "ask", "b")["answered"]


def test_asking_the_same_again_is_a_new_run() -> None:
    page = session()
    source = EXAMPLES[0].source
    after(page, "keep", graph(source))
    facts = after(page, "ask", source)
    assert facts["run"] == 2
    assert not facts["answered"]


def test_an_answer_without_graph_leaves_the_last_graph() -> None:
    page = session()
    after(page, "keep", graph("a"))
    after(page, "ask", "def")
    facts = after(page, "keep", no_graph("def"))
    assert facts["run"] == 2
    assert facts["shown"] == 1


def test_running_ones_own_text_never_touches_the_editor() -> None:
    page = session()
    before = after(page)["revision"]
    facts = after(page, "ask", "x = 1")
    assert facts["revision"] == before
    assert facts["text"] == "x = 1"
    assert facts["example"] == ""


def test_an_example_run_unchanged_keeps_its_name() -> None:
    page = session()
    after(page)
    assert after(page, "ask", EXAMPLES[0].source + "\n")["example"] == EXAMPLES[0].slug


def test_opening_an_example_replaces_the_text() -> None:
    page = session()
    before = after(page, "ask", "x = 1")["revision"]
    facts = after(page, "open", EXAMPLES[3].slug)
    assert facts["revision"] == before + 1  # type: ignore[operator]
    assert facts["text"] == EXAMPLES[3].source
