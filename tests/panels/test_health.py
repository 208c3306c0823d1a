"""The health of a pass stands in a table, one row per leaf, with sentences above it."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from explorer import wire
from explorer.records import Program, Trace
from explorer.worker.execute import execute


def shown(source: str, detail: int | None = None) -> AppTest:
    def script(text: str) -> None:
        from explorer import wire
        from explorer.panels import health

        health.show(wire.decode(text))

    trace: Trace = execute(Program("import torch\n" + source, detail=detail))
    return AppTest.from_function(script, kwargs={"text": wire.encode(trace).decode()}).run()


def test_each_leaf_has_a_row() -> None:
    page = shown("w = torch.tensor([0.003, 0.004], requires_grad=True)\nw.sum().backward()\n")
    (row,) = page.dataframe[0].value.to_dict("records")
    assert row == {
        "leaf": "w",
        "verdict": "exploding",
        "‖gradient‖": "1.414",
        "÷ largest": "1",
        "÷ weight": "282.8",
        "update ÷ weight": "",
        "zeros": "0 %",
    }


def test_what_stops_gradients_is_said_above() -> None:
    page = shown("w = torch.tensor([-1.0], requires_grad=True)\nw.relu().sum().backward()\n")
    assert page.text[0].value == "The pass reached 1 leaf: 1 exactly 0."
    assert "is dead" in page.text[1].value
    assert page.dataframe[0].value["verdict"][0] == "exactly 0"


def test_where_nothing_stands_out_the_page_says_so() -> None:
    page = shown("w = torch.tensor(2.0, requires_grad=True)\n(w * w).backward()\n")
    assert page.text[0].value == "The pass reached 1 leaf; nothing stands out."


LOOP = """
w = torch.tensor(2.0, requires_grad=True)
for _ in range({}):
    (w * w).backward()
"""


def test_of_several_passes_the_page_says_which_is_judged_and_why() -> None:
    page = shown(LOOP.format(2))
    assert page.text[0].value.startswith("Pass 2, the last of 2, reached 1 leaf")
    page = shown(LOOP.format(100))
    assert page.text[0].value.startswith("Pass 40, the last that is recorded in full, reached 1")
    page = shown(LOOP.format(100), detail=49)
    assert page.text[0].value.startswith("Pass 50, which you chose to record in full, reached 1")


def test_without_a_pass_nothing_is_judged() -> None:
    page = shown("x = torch.ones(1)\n")
    assert not page.dataframe
    assert "nothing to judge" in page.caption[0].value
