"""What touched the gradients stands in a table: events in order, `.grad` before and after."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from explorer import wire
from explorer.records import FORMAT, Event, GradChange, Program, Step, Trace
from tests.passes import product, scalar


def shown(trace: Trace) -> AppTest:
    def script(text: str) -> None:
        from explorer import wire
        from explorer.panels import timeline

        timeline.show(wire.decode(text))

    return AppTest.from_function(script, kwargs={"text": wire.encode(trace).decode()}).run()


def test_events_stand_in_order_with_what_they_made_of_each_grad() -> None:
    events = (
        Event(0, "backward", 4, 1, "loss.backward()", 0, grads=(GradChange("w", None, 3.0),)),
        Event(1, "step", 5, 1, "SGD.step"),
        Event(2, "zero_grad", 3, 2, "optimizer.zero_grad()", grads=(GradChange("w", 3.0, 0.0),)),
        Event(3, "grad", None, None, "torch.autograd.grad(y, w)", 1),
    )
    table = shown(Trace(FORMAT, Program(""), events=events)).dataframe[0].value
    assert table.to_numpy().tolist() == [
        [1, "4", "loss.backward()", "None → 3"],
        [2, "5", "SGD.step", ""],
        [3, "3 ×2", "optimizer.zero_grad()", "3 → 0"],
        [4, "explorer", "torch.autograd.grad(y, w) (.grad stays)", ""],
    ]
    assert [*table.columns] == ["#", "line", "what", "w.grad"]


def test_of_a_pass_that_is_known_in_full_the_share_is_told() -> None:
    one = product(steps=(Step(0, "n1", (scalar(3),), (), before=scalar(1), total=scalar(4)),))
    event = Event(0, "backward", 4, 1, "y.backward()", 0, grads=(GradChange("w", 1.0, 4.0),))
    table = shown(Trace(FORMAT, Program(""), passes=(one,), events=(event,))).dataframe[0].value
    assert table["w.grad"].tolist() == ["1 + 3 = 4"]
