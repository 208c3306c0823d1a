"""A choice of passes is offered only where some were kept as summaries."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from explorer import wire
from explorer.records import FORMAT, Pass, Program, Trace


def shown(*passes: Pass) -> AppTest:
    def script(text: str) -> None:
        from explorer import wire
        from explorer.panels import passes

        passes.show(wire.decode(text))

    trace = Trace(FORMAT, Program(""), passes=passes)
    return AppTest.from_function(script, kwargs={"text": wire.encode(trace).decode()}).run()


def test_full_passes_need_no_choice() -> None:
    assert not shown(Pass(0, "backward", "loss")).selectbox


def test_summaries_can_be_chosen_by_line_and_visit() -> None:
    page = shown(
        Pass(0, "backward", "loss", line=7, visit=1),
        Pass(1, "backward", "loss", line=7, visit=2, full=False),
    )
    (choice,) = page.selectbox
    assert choice.options == ["pass 1, line 7", "pass 2, line 7, visit 2"]
    assert choice.value is None
    assert "1 of 2" in choice.placeholder
