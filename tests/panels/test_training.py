"""The Training panel over real traces."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from streamlit.testing.v1 import AppTest

from explorer import run, wire
from explorer.ready_made import READY_MADE
from explorer.records import Program, Trace
from explorer.stack import Piece
from explorer.worker.execute import execute
from explorer.writing import source

XOR = READY_MADE[0].stack


def script(text: str) -> None:
    import json

    import streamlit as st

    from explorer import wire
    from explorer.panels import memory, training

    memory.begin(None)
    if memory.answer() is None:
        memory.keep(wire.decode(text))
    training.show(memory.answer())
    asked = memory.asked()
    st.text(json.dumps(memory.looked_at()))
    st.text(json.dumps(asked and asked.detail))


def page(trace: Trace, *, box: str = "open") -> AppTest:
    made = AppTest.from_function(
        script, default_timeout=60, kwargs={"text": wire.encode(trace).decode()}
    )
    made.session_state["training"] = box == "open"
    return ran(made)


def ran(made: AppTest) -> AppTest:
    made.run()
    assert not made.exception
    return made


def trained(**changes: Any) -> Trace:
    return execute(Program(source(replace(XOR, **changes))))


def test_a_program_without_steps_has_no_panel() -> None:
    text = "import torch\nx = torch.ones(2, requires_grad=True)\nx.sum().backward()\n"
    assert not page(execute(Program(text))).expander


def test_a_closed_box_has_nothing_inside() -> None:
    made = page(trained(), box="closed")
    assert made.expander[0].label == "Training: 5 steps"
    assert not made.expander[0].children


def test_sessions_do_not_grow_with_their_runs() -> None:
    """Streamlit keeps each key that a widget ever had, with its callback's arguments."""
    made = page(trained())
    state = made.session_state._state._state
    keys = set(state._new_widget_state.widget_metadata)
    for _ in range(3):
        made.session_state["run"] += 1
        ran(made)
    known = state._new_widget_state.widget_metadata
    assert set(known) == keys
    assert not [one for one in known.values() if one.callback_args]


def test_a_new_run_begins_with_its_first_step() -> None:
    made = page(trained())
    made.number_input[0].set_value(3)
    made.toggle[0].set_value(True)
    ran(made)
    made.session_state["run"] += 1
    made.session_state["looked_at"] = None
    ran(made)
    assert made.number_input[0].value == 0
    assert made.toggle[0].value is False


def test_the_tables_are_those_of_the_chosen_step() -> None:
    made = page(trained(optimizer=Piece("Adam")))
    assert made.expander[0].label == "Training: 5 steps"
    made.number_input[0].set_value(3)
    ran(made)
    assert any(one.value.startswith("**Step 3, loss 0.") for one in made.markdown)
    shares, optimizer = (table.value for table in made.dataframe)
    assert list(shares.columns) == ["leaf", ".grad before", "added by backward", ".grad after"]
    assert list(optimizer["parameter"]) == [
        "model.0.weight",
        "model.0.bias",
        "model.2.weight",
        "model.2.bias",
    ]
    assert {"step", "exp_avg", "exp_avg_sq", "update", "after"} <= set(optimizer.columns)


def test_the_graph_follows_the_step_only_after_one_was_picked() -> None:
    made = page(trained())
    assert made.text[-2].value == "null"
    made.number_input[0].set_value(2)
    ran(made)
    assert made.text[-2].value == "2"
    made.number_input[0].set_value(0)
    ran(made)
    assert made.text[-2].value == "0"


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad"])
def test_the_arithmetic_of_the_first_number_agrees_with_pytorch(name: str) -> None:
    made = page(trained(optimizer=Piece(name)))
    lines = [one.value for one in made.text if "PyTorch" in one.value]
    assert len(lines) == 4
    for line in lines:
        ours, _, theirs = line.partition("→ ")[2].partition(" (PyTorch: ")
        assert ours == theirs.removesuffix(")")


def test_a_late_step_is_recorded_on_demand() -> None:
    made = page(trained(steps=60))
    made.number_input[0].set_value(55)
    ran(made)
    assert made.text[-2].value == "55"
    assert not made.dataframe
    next(one for one in made.button if one.label == "Record this step in full").click()
    ran(made)
    assert [one.value for one in made.text][-2:] == ["55", "55"]
    assert made.number_input[0].value == 55


def test_with_and_without_zero_grad_side_by_side() -> None:
    made = page(trained(steps=3))
    made.toggle[0].set_value(True)
    ran(made)
    table = made.dataframe[-2].value
    assert list(table["step"]) == [0, 1, 2]
    first, second = table.iloc[0], table.iloc[1]
    one, other = "model.0.weight, with zero_grad", "model.0.weight, without"
    assert first[one] == first[other]
    assert float(second[other]) > float(second[one])


TWO_W = """\
import torch
w = torch.tensor(1.0, requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.1)
for step in range(3):
    optimizer.zero_grad()
    (2 * w).backward()
    optimizer.step()
"""
SUMS = (["None", "2", "2", "2"], ["2", "2", "4", "2"], ["4", "2", "6", "2"])
"""By step: the old gradient, the new one, their sum, and the gradient with zero_grad."""


def test_where_zero_grad_is_forgotten_the_old_and_the_new_gradient_are_added() -> None:
    made = page(execute(Program(TWO_W)))
    made.toggle[0].set_value(True)
    ran(made)
    for step, sums in enumerate(SUMS):
        made.number_input[0].set_value(step)
        ran(made)
        assert list(made.dataframe[-1].value.iloc[0]) == ["w", *sums]


def test_the_comparison_runs_once_per_run(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    submit = run.submit

    def counted(program: Program, session: str) -> object:
        asked.append(program.source)
        return submit(program, session)

    monkeypatch.setattr(run, "submit", counted)
    made = page(execute(Program(TWO_W)))
    made.toggle[0].set_value(True)
    ran(made)
    made.number_input[0].set_value(2)
    ran(made)
    assert asked == [TWO_W, TWO_W.replace("optimizer.zero_grad()", "pass")]


def test_updates_by_hand_have_a_loss_and_no_table_of_an_optimizer() -> None:
    text = (
        "import torch\nw = torch.tensor(1.0, requires_grad=True)\nfor i in range(3):\n"
        "    loss = w**2\n    loss.backward()\n    with torch.no_grad():\n"
        "        w -= 0.1 * w.grad\n    w.grad = None\n"
    )
    made = page(execute(Program(text)))
    assert made.expander[0].label == "Training: 3 steps"
    assert len(made.dataframe) == 1
