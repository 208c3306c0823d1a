"""The Training panel over real traces."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from streamlit.testing.v1 import AppTest

from explorer import run, stack, wire
from explorer.latex import number as latex_number
from explorer.numbers import short
from explorer.optimizers import OPTIMIZERS
from explorer.panels import update
from explorer.panels.update import Pressed
from explorer.ready_made import READY_MADE
from explorer.records import Program, Trace
from explorer.stack import Piece
from explorer.training import rounds
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
        trace = wire.decode(text)
        if memory.run() == 1:
            st.session_state["text"] = trace.program.source
        memory.keep(trace)
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


def step(made: AppTest) -> Any:
    return made.number_input(key="training_step")


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
    step(made).set_value(3)
    made.toggle[0].set_value(True)
    ran(made)
    made.session_state["run"] += 1
    made.session_state["looked_at"] = None
    ran(made)
    assert step(made).value == 0
    assert made.toggle[0].value is True, "the same program is still compared"
    made.session_state["run"] += 1
    made.session_state["text"] = "another = 1"
    ran(made)
    assert made.toggle[0].value is False


def test_the_tables_are_those_of_the_chosen_step() -> None:
    made = page(trained(optimizer=Piece("Adam")))
    assert made.expander[0].label == "Training: 5 steps"
    step(made).set_value(3)
    ran(made)
    assert any(one.value.startswith("**Step 3, loss 0.") for one in made.markdown)
    shares, optimizer = (table.value for table in made.dataframe)
    assert list(shares.columns) == [
        "leaf",
        "shape",
        ".grad before",
        "+ added by backward",
        "= .grad after",
    ]
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
    step(made).set_value(2)
    ran(made)
    assert made.text[-2].value == "2"
    step(made).set_value(0)
    ran(made)
    assert made.text[-2].value == "0"


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_each_number_of_the_table_has_its_formula_with_the_numbers_of_this_step(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    momentum = {"momentum": 0.9} if name in ("SGD", "RMSprop") else {}
    made = page(trained(optimizer=Piece(name, momentum)))
    step(made).set_value(2)
    ran(made)
    table = made.dataframe[-1].value
    parameters = list(table["parameter"])
    for column in [*table.columns][4:]:
        monkeypatch.setattr(update, "_pressed", lambda one, to=column: Pressed(one.moves[1], to))
        ran(made)
        assert any(f"{parameters[1]} · {column}, element " in one.value for one in made.text)
        result = made.latex[-1].value.split("&=")[-1]
        shown = rounds(trained(optimizer=Piece(name, momentum)))[2].moves[1]
        views = {**shown.state, "update": shown.update, "after": shown.after}
        element = made.number_input(key="update_element").value
        values = views[column].values  # type: ignore[union-attr]
        wanted = values[element if len(values) > 1 else 0]
        assert latex_number(short(wanted)) in result
        assert not made.warning


def test_the_formula_is_worked_out_for_the_element_that_is_chosen() -> None:
    trace = trained(optimizer=Piece("Adam"))
    made = page(trace)
    assert made.number_input(key="update_element").value == next(
        place for place, one in enumerate(rounds(trace)[0].moves[0].gradient.values) if one
    )
    made.number_input(key="update_element").set_value(3)
    ran(made)
    after = rounds(trace)[0].moves[0].after
    assert after is not None
    assert latex_number(short(after.values[3])) in made.latex[-1].value
    assert any("remembers nothing" in one.value for one in made.caption)


def test_a_parameter_without_a_gradient_says_so() -> None:
    text = TWO_W.replace("SGD([w]", "SGD([w, u]").replace(
        "w =", "u = torch.ones(2).requires_grad_(); w ="
    )
    made = page(execute(Program(text)))
    assert made.dataframe[-1].value["gradient"].tolist() == ["2", "None"]


HOSTILE = "![x](http://x.invalid/a.png) <b> $y$ :red[z]"


def test_names_of_the_program_are_text_and_no_markdown() -> None:
    text = (
        f"import torch\nname = {HOSTILE.replace('.', '-')!r}\nmodel = torch.nn.Module()\n"
        "model.register_parameter(name, torch.nn.Parameter(torch.ones(2)))\n"
        "w = list(model.parameters())[0]\nu = torch.nn.Parameter(torch.ones(1))\n"
        f"Own = type({HOSTILE!r}, (torch.optim.SGD,), {{}})\n"
        "optimizer = Own([u, w], lr=0.1)\nfor step in range(2):\n"
        "    (w * w).sum().backward()\n    optimizer.step()\n"
    )
    made = page(execute(Program(text)))
    assert any(HOSTILE in one.value for one in made.text)
    for kind in (made.markdown, made.caption, made.warning, made.latex):
        assert not any("x.invalid" in one.value for one in kind)


def test_words_of_an_error_in_the_comparison_are_text() -> None:
    text = TWO_W + f"if w.grad > 2:\n    raise ValueError({HOSTILE!r})\n"
    made = page(execute(Program(text)))
    made.toggle[0].set_value(True)
    ran(made)
    assert any(HOSTILE in one.value for one in made.text)
    assert not any("x.invalid" in one.value for one in made.warning)


def test_a_number_that_the_formula_does_not_give_is_told_apart() -> None:
    text = TWO_W.replace(
        "for step in range(3)",
        "optimizer.register_step_post_hook(lambda *_: w.data.add_(1))\nfor step in range(3)",
    )
    made = page(execute(Program(text)))
    assert any("beside the optimizer's rule" in one.value for one in made.warning)


def test_a_late_step_is_recorded_when_it_is_picked() -> None:
    made = page(trained(steps=60))
    step(made).set_value(55)
    ran(made)
    assert [one.value for one in made.text][-2:] == ["55", "55"]
    assert step(made).value == 55
    assert made.slider(key="training_slider").value == 55


def test_the_slider_and_the_field_show_the_same_step() -> None:
    made = page(trained())
    made.slider(key="training_slider").set_value(4)
    ran(made)
    assert step(made).value == 4
    assert made.text[-2].value == "4"


def run_steps(made: AppTest, count: int, loop: int = 0) -> AppTest:
    made.number_input(key=f"training_count_{loop}").set_value(count)
    next(one for one in made.button if one.label == "Run").click()
    return ran(made)


def asked(made: AppTest) -> str:
    return str(made.session_state["text"])


def test_the_number_of_steps_is_written_into_a_program_of_ones_own() -> None:
    made = page(execute(Program(TWO_W)))
    assert made.number_input(key="training_count_0").value == 3
    run_steps(made, 12)
    assert asked(made) == TWO_W.replace("range(3)", "range(12)")
    assert made.session_state["run"] == 2


def test_a_program_that_steps_once_without_a_loop_is_told_how_to_have_a_number() -> None:
    once = TWO_W.replace("for step in range(3)", "if True")
    made = page(execute(Program(once)))
    assert any("for step in range(20):" in one.value for one in made.caption)
    assert made.expander[0].label == "Training: 1 step"


def test_a_run_that_ended_early_says_how_far_it_came() -> None:
    made = page(execute(Program(TWO_W + "    if step == 1: raise ValueError\n")))
    assert any("ended after 2 of 3 steps" in one.value for one in made.caption)


def test_two_trainings_have_a_number_each() -> None:
    twice = TWO_W + TWO_W[TWO_W.index("for") :]
    made = page(execute(Program(twice)))
    made.number_input(key="training_count_0").set_value(1)
    run_steps(made, 12, loop=1)
    assert [line for line in asked(made).splitlines() if "range" in line] == [
        "for step in range(1):",
        "for step in range(12):",
    ]


def test_the_steps_of_a_stack_are_run_and_the_stack_follows() -> None:
    made = page(trained())
    text = source(XOR)
    made.session_state["text"] = made.session_state["written"] = text
    made.session_state["stack"] = stack.encode(XOR)
    ran(made)
    run_steps(made, 1)
    assert stack.decode(made.session_state["stack"]).steps == 1
    assert asked(made) == made.session_state["written"] == source(replace(XOR, steps=1))


def test_a_stack_that_was_changed_since_leaves_the_number_to_the_text() -> None:
    text = source(XOR)
    trace = execute(Program(text))
    for changed in (XOR.setting(0, {"out_features": 7}), XOR.setting(2, {"bias": False})):
        made = page(trace)
        made.session_state["text"] = made.session_state["written"] = text
        made.session_state["stack"] = stack.encode(changed)
        run_steps(ran(made), 9)
        assert asked(made) == made.session_state["written"]
        assert asked(made) == text.replace("range(5)", "range(9)")
        assert stack.decode(made.session_state["stack"]) == changed


def test_with_and_without_zero_grad_side_by_side() -> None:
    made = page(trained(steps=3))
    made.toggle[0].set_value(True)
    ran(made)
    table = made.dataframe[-1].value
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
    for at, sums in enumerate(SUMS):
        step(made).set_value(at)
        ran(made)
        assert list(made.dataframe[-2].value.iloc[0]) == ["w", *sums]


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
    step(made).set_value(2)
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
