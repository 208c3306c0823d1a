"""What is printed and what touched the gradients appears as plain text, and only where there is any."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from explorer import wire
from explorer.records import FORMAT, Event, Program, Trace
from explorer.worker.execute import execute


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


def test_events_stand_in_order_in_words() -> None:
    events = (
        Event(0, "backward", 4, 1, "loss.backward()", 0),
        Event(1, "step", 5, 1, "SGD.step"),
        Event(2, "zero_grad", 3, 2, "optimizer.zero_grad()"),
        Event(3, "backward", None, None, "from loss", 1),
    )
    rows = shown(Trace(FORMAT, Program(""), events=events)).code[0].value.splitlines()
    assert [row.split() for row in rows] == [
        ["1", "line", "4", "loss.backward()", "adds", "to", ".grad"],
        ["2", "line", "5", "SGD.step", "moves", "parameters"],
        ["3", "line", "3,", "visit", "2", "optimizer.zero_grad()", "empties", ".grad"],
        ["4", "explorer", "from", "loss", "adds", "to", ".grad"],
    ]


def test_a_backward_says_what_it_added_to_each_leaf() -> None:
    trace = execute(
        Program(
            "import torch\nw = torch.tensor(3.0, requires_grad=True)\n"
            "for n in (2, 5):\n    (w * n).backward()\n"
        )
    )
    rows = shown(trace).code[0].value.splitlines()
    assert [row.split(".grad  ")[-1] for row in rows[1::2]] == ["None + 2 → 2", "2 + 5 → 7"]


def test_printed_text_is_never_markup() -> None:
    text = "<b>bold</b> **bold** $x$ :red[x]\n"
    page = shown(Trace(FORMAT, Program(""), printed=text))
    assert page.code[0].value == text.rstrip()
    assert not page.markdown


def test_notes_are_never_markup() -> None:
    page = shown(Trace(FORMAT, Program(""), notes=("`w` is <i>cut</i>",)))
    assert page.text[0].value == "`w` is <i>cut</i>"
