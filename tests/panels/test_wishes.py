"""What is wished for beside the text becomes a Program, and a Program becomes those wishes again."""

from __future__ import annotations

import json

import pytest
from streamlit.testing.v1 import AppTest

from explorer import wire
from explorer.records import Program


def there_and_back(given: Program) -> Program:
    def script(text: str) -> None:
        import streamlit as st

        from explorer import wire
        from explorer.panels import wishes

        given = wire.decode_program(text)
        wishes.put(given)
        st.text(wire.encode(wishes.program(given.source)).decode())

    page = AppTest.from_function(script, kwargs={"text": wire.encode(given).decode()})
    page.run()
    assert not page.exception
    return wire.decode_program(json.dumps(json.loads(page.text[0].value)))


@pytest.mark.parametrize(
    "given",
    [
        Program("y = x"),
        Program("y = x", seed=7, root="y", detail=3, jacobian=True),
        Program("y = x", gradient="one_hot(12)"),
        Program("y = x", gradient="torch.tensor([1., 2.])"),
        Program("y = x", gradient="one_hot(1, 2)"),
    ],
)
def test_a_program_becomes_wishes_and_a_program_again(given: Program) -> None:
    assert there_and_back(given) == given


def test_a_seed_beyond_the_widget_is_brought_into_its_range() -> None:
    assert there_and_back(Program("", seed=-5)).seed == 0
