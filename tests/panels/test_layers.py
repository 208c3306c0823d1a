"""The Layers panel: what a pick changes, what is refused, and what is written."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace
from streamlit.testing.v1 import AppTest

from explorer import share, stack
from explorer.check import check
from explorer.layers import LAYERS
from explorer.ready_made import READY_MADE
from explorer.stack import MOST_LAYERS, Piece, Stack
from explorer.writing import source


def script(link: str | None = None, typed: str | None = None) -> None:
    """The panel above the text of the editor and the stack as it stands."""
    import json

    import streamlit as st

    from explorer import stack
    from explorer.panels import layers, memory, picking

    memory.begin(None, link)
    if typed:
        memory.ask(typed)
    layers.show()
    facts = {"text": memory.text(), "stack": stack.encode(picking.picked())}
    st.text(json.dumps({**facts, "run": memory.run(), "note": memory.from_link()}))


def page(given: Stack | None = None, link: str | None = None) -> AppTest:
    """The panel, opened."""
    made = AppTest.from_function(script, default_timeout=30, kwargs={"link": link})
    made.session_state["build"] = True
    if given is not None:
        made.session_state["stack"] = stack.encode(given)
    return ran(made)


def ran(made: AppTest) -> AppTest:
    made.run()
    assert not made.exception
    return made


def facts(made: AppTest) -> dict[str, Any]:
    return json.loads(made.text[0].value)  # type: ignore[no-any-return]


def picked(made: AppTest) -> Stack:
    return stack.decode(facts(made)["stack"])


def press(made: AppTest, label: str) -> AppTest:
    next(button for button in made.button if button.label == label).click()
    return ran(made)


def choose(made: AppTest, label: str, value: object) -> AppTest:
    next(box for box in made.selectbox if box.label == label).set_value(value)
    return ran(made)


def number(made: AppTest, label: str, at: int = 0) -> Any:
    return [box for box in made.number_input if box.label == label][at]


def act(made: AppTest, at: int, what: str) -> AppTest:
    """Chooses from the menu of a row."""
    made.menu_button[at].click(what)
    return ran(made)


def shapes(made: AppTest) -> list[str]:
    return [one.value for one in made.caption if one.value.startswith("↓")]


def test_shapes_and_parameters_stand_between_the_layers() -> None:
    assert shapes(page()) == [
        "↓  4 × 4 · 12 parameters",
        "↓  4 × 4",
        "↓  4 × 1 · 5 parameters",
        "↓  4 × 1",
    ]
    assert any("**17 parameters**" in one.value for one in page().markdown)


def test_a_mismatch_is_said_at_its_layer_and_a_button_sets_what_fits() -> None:
    made = page()
    number(made, "out_features").set_value(7)
    ran(made)
    assert made.error[0].value == "The last axis of 4 × 7 has 7, but in_features is 4."
    assert shapes(made)[-1] == "↓  ?"
    assert next(b for b in made.button if b.label == "Write into the editor").disabled
    press(made, "Set in_features to 7")
    assert not made.error
    assert number(made, "in_features", 1).value == 7
    assert check(picked(made)).fits


def test_every_row_has_its_fields_with_their_ranges() -> None:
    names = list(LAYERS)
    for first in range(0, len(names), MOST_LAYERS):
        some = names[first : first + MOST_LAYERS]
        made = page(Stack(layers=tuple(map(Piece, some))))
        shown = {box.key: box for box in made.number_input}
        for at, name in enumerate(some):
            for one in LAYERS[name].fields:
                if one.kind in ("count", "number"):
                    box = shown[f"stack-{at}-{one.name}"]
                    assert (box.min, box.max, box.value) == (one.low, one.high, one.default)


def test_a_shape_that_cannot_be_is_refused_where_it_is_typed() -> None:
    made = page(Stack(layers=(Piece("ReLU"),), shape=(3, 4)))
    box = next(box for box in made.text_input if box.label == "shape")
    box.set_value("3, zero")
    ran(made)
    assert "whole numbers from 1 to 65,536, separated by commas" in made.error[0].value
    assert picked(made).shape == (3, 4)
    next(box for box in made.text_input if box.label == "shape").set_value("5×6")
    assert picked(ran(made)).shape == (5, 6)


def test_sessions_do_not_grow_with_their_edits() -> None:
    """Streamlit keeps each key that a widget ever had."""
    made = page()
    state = made.session_state._state._state
    sizes = []
    for _ in range(3):
        act(made, 0, "Duplicate")
        number(made, "out_features").set_value(7)
        ran(made)
        press(made, "Set in_features to 7")
        choose(made, "Start from", 3)
        choose(made, "Start from", 0)
        sizes.append((len(state._new_widget_state.widget_metadata), len(state.filtered_state)))
    assert sizes[1:] == sizes[:1] * 2


def test_widgets_follow_a_stack_that_changed_otherwise() -> None:
    made = page()
    number(made, "out_features").set_value(9)
    ran(made)
    act(made, 0, "Duplicate")
    assert [box.value for box in made.number_input if box.label == "out_features"] == [9, 9, 1]
    act(made, 0, "Remove")
    assert [box.value for box in made.number_input if box.label == "out_features"] == [9, 1]
    choose(made, "Start from", 3)
    assert [box.value for box in made.number_input if box.label == "out_channels"] == [4, 8]
    assert next(box for box in made.selectbox if box.label == "Data").value == "digits8"
    press(made, "Undo")
    assert [box.value for box in made.number_input if box.label == "out_features"] == [9, 1]


def test_a_new_layer_suits_what_comes_in() -> None:
    made = choose(page(), "Add a layer", "Linear")
    assert [piece.name for piece in picked(made).layers][-1] == "Linear"
    assert number(made, "in_features", 2).value == 1
    assert [one.value for one in made.error] == ["BCELoss takes probabilities from 0 to 1."]
    assert check(picked(press(made, "Make all of it fit"))).fits


def test_a_ready_made_stack_can_be_taken_and_undone() -> None:
    made = choose(page(), "Start from", 1)
    assert picked(made) == READY_MADE[1].stack
    assert any("**109,386 parameters**" in one.value for one in made.markdown)
    assert picked(press(made, "Undo")) == READY_MADE[0].stack


def test_what_is_written_is_the_program_of_the_stack_and_it_is_asked_to_run() -> None:
    made = press(page(), "Write into the editor")
    assert facts(made)["text"] == source(READY_MADE[0].stack)
    assert facts(made)["run"] == 2
    assert any("The editor holds this stack." in one.value for one in made.markdown)


def test_a_text_changed_by_hand_is_kept_or_rebuilt_as_the_visitor_likes() -> None:
    made = press(page(), "Write into the editor")
    made.kwargs = {"typed": "my = 1"}
    ran(made)
    made.kwargs = {}
    assert "changed by hand" in made.info[0].value
    press(made, "Keep the text")
    assert facts(made)["text"] == "my = 1"
    assert not made.info
    press(made, "Write into the editor")
    made.kwargs = {"typed": "my = 2"}
    ran(made)
    made.kwargs = {}
    press(made, "Rebuild from the stack")
    assert facts(made)["text"] == source(READY_MADE[0].stack)


def test_loss_optimizer_steps_and_style_reach_the_program() -> None:
    made = choose(page(), "Loss", "BCEWithLogitsLoss")
    assert made.warning[0].value == "BCEWithLogitsLoss has a Sigmoid of its own."
    made = choose(choose(made, "Optimizer", "Adam"), "Written as", "class")
    number(made, "steps").set_value(3)
    text = facts(press(ran(made), "Write into the editor"))["text"]
    for words in ("BCEWithLogitsLoss()", "torch.optim.Adam(", "class Network", "range(3)"):
        assert words in text


def test_without_an_optimizer_only_gradients_are_written() -> None:
    made = choose(page(), "Optimizer", "none: gradients only")
    text = facts(press(made, "Write into the editor"))["text"]
    assert "optim" not in text
    assert "loss.backward()" in text


@pytest.mark.parametrize("one", READY_MADE, ids=lambda one: one.title)
def test_a_link_restores_the_stack_and_its_program_without_running_it(one: Any) -> None:
    made = page(link=share.pack_stack(one.stack))
    assert picked(made) == one.stack
    assert facts(made)["text"] == source(one.stack)
    assert facts(made)["run"] == 0
    assert "came with a link" in facts(made)["note"]


def test_a_damaged_link_opens_the_first_example_and_says_so() -> None:
    made = page(link="nonsense")
    assert "damaged" in facts(made)["note"]
    assert picked(made) == READY_MADE[0].stack


def test_a_link_with_a_stack_that_does_not_fit_shows_where() -> None:
    broken = replace(READY_MADE[0].stack, layers=(Piece("Linear"),))
    made = page(link=share.pack_stack(broken))
    assert picked(made) == broken
    assert made.error
