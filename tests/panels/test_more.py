"""What is printed, and what was left out, appears as plain text, and only where there is any."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from explorer import wire
from explorer.records import FORMAT, Program, Trace


def shown(trace: Trace) -> AppTest:
    def script(text: str) -> None:
        from explorer import wire
        from explorer.panels import more

        more.show(wire.decode(text))

    return AppTest.from_function(script, kwargs={"text": wire.encode(trace).decode()}).run()


def test_nothing_is_shown_where_there_is_nothing() -> None:
    page = shown(Trace(FORMAT, Program("")))
    assert not page.exception
    assert not page.code
    assert not page.expander


def test_printed_text_is_never_markup() -> None:
    text = "<b>bold</b> **bold** $x$ :red[x]\n"
    page = shown(Trace(FORMAT, Program(""), printed=text))
    assert page.code[0].value == text.rstrip()
    assert not page.markdown


def test_notes_are_never_markup() -> None:
    page = shown(Trace(FORMAT, Program(""), notes=("`w` is <i>cut</i>",)))
    assert page.text[0].value == "`w` is <i>cut</i>"
