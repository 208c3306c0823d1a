"""Training, step by step: loss and sizes as curves, and what the optimizer did at one step."""

from __future__ import annotations

import streamlit as st

from explorer.numbers import short, summary
from explorer.panels import curve, memory, steps, zero_grad
from explorer.panels.verbatim import verbatim
from explorer.records import Moved, TensorView, Trace
from explorer.training import Round, Share, accumulated, plain, rounds
from explorer.update_rules import UPDATE_RULES, UpdateRule

CURVES = {"gradient": "gradient_norm", "update": "update_norm", "parameter": "norm"}
"""What is drawn per parameter -> field of a move."""


def show(trace: Trace | None) -> None:
    """Only where something was trained. A closed box costs nothing."""
    found = rounds(trace) if trace else ()
    if found:
        _panel(len(found), memory.run(), memory.looked_at())


@st.fragment
def _panel(count: int, run: int, looked_at: int | None) -> None:
    """Reruns alone: looking at another step asks nothing of the program.

    A session keeps what this is given, so it is not given the Trace.
    """
    if (memory.run(), memory.looked_at()) != (run, looked_at):
        st.rerun()  # asked for in here: the whole page, graph included, must follow
    label = f"Training: {count} steps"
    box = st.expander(label, icon=":material/trending_down:", on_change="rerun", key=steps.OPEN)
    if not box.open:
        return
    trace = memory.answer()
    if trace is None:
        st.rerun()  # it left the shelf; the whole page asks again
    with box:
        _open(trace, rounds(trace))


def _open(trace: Trace, found: tuple[Round, ...]) -> None:
    steps.begin(_round_of(found, memory.looked_at()))
    if len(found) > 1:
        _curves(found)
    one = found[_choose(found)]
    _step(trace, one)
    zero_grad.show(trace, len(found), one.index)


def _curves(found: tuple[Round, ...]) -> None:
    losses = [plain(one.loss) for one in found]
    if any(loss is not None for loss in losses):
        st.caption("Loss")
        curve.show("Loss over steps", {"loss": losses})
    names = [moved.name for moved in found[0].moves]
    if not names:
        return
    what = st.segmented_control(
        "Size (2-norm) of each", list(CURVES), default="gradient", key="training_curve"
    )
    field = CURVES[what or "gradient"]
    sizes = {name: [_size(one, name, field) for one in found] for name in names}
    curve.show(f"2-norm of each parameter's {what or 'gradient'} over steps", sizes)


def _size(one: Round, name: str, field: str) -> float | None:
    moved = next((moved for moved in one.moves if moved.name == name), None)
    return None if moved is None else plain(getattr(moved, field))


def _choose(found: tuple[Round, ...]) -> int:
    """A step, from 0 as the program counts them."""
    if len(found) == 1:
        return 0
    last = len(found) - 1
    step = st.number_input(
        f"Step, 0 to {last}",
        0,
        last,
        key=steps.STEP,
        on_change=_look,
        help="The graph above moves to this step's backward pass.",
        width=160,
    )
    return int(step)


def _look() -> None:
    trace = memory.answer()
    if trace is not None:
        memory.look_at(rounds(trace)[steps.chosen()].pass_index)


def _round_of(found: tuple[Round, ...], index: int | None) -> int:
    """The step that a pass belongs to; the first one where it belongs to none."""
    return next((one.index for one in found if one.pass_index == index is not None), 0)


def _step(trace: Trace, one: Round) -> None:
    loss = "" if one.loss is None else f", loss {short(one.loss)}"
    st.markdown(f"**Step {one.index}{loss}**")
    known = trace.passes[one.pass_index] if one.pass_index is not None else None
    if known is not None and not known.full:
        _record(known.index)
        return
    if known is not None:
        _shares(accumulated(known))
    if one.moves:
        _optimizer(one)


def _record(index: int) -> None:
    st.caption("This step was kept as a summary: too many to keep them all.")
    st.button(
        "Record this step in full",
        key="record_step",
        on_click=memory.ask_for_pass,
        args=(index,),
    )


def _shares(shares: tuple[Share, ...]) -> None:
    """What backward added to each `.grad`; a forgotten zero_grad shows as a sum."""
    rows = [
        {
            "leaf": one.name,
            ".grad before": _text(one.before, "None"),
            "added by backward": _text(one.share),
            ".grad after": _text(one.after),
        }
        for one in shares
    ]
    st.caption("What backward added")
    st.dataframe(rows, hide_index=True)


def _optimizer(one: Round) -> None:
    rule = UPDATE_RULES.get(one.optimizer)
    st.caption(f"What {verbatim(one.optimizer)}.step did")
    st.dataframe([_row(moved) for moved in one.moves], hide_index=True)
    if rule is None:
        return
    with st.popover("Formulas, with the first number of each parameter"):
        st.latex(rule.formula)
        for name, formula in rule.state.items():
            if any(name in moved.state for moved in one.moves):
                st.latex(formula)
        for moved in one.moves:
            st.text(_arithmetic(rule, moved))


def _row(moved: Moved) -> dict[str, str]:
    state = {name: _text(view) for name, view in moved.state.items()}
    return {
        "parameter": moved.name,
        "before": _text(moved.before),
        "gradient": _text(moved.gradient, "None"),
        **state,
        "update": _text(moved.update, "none"),
        "after": _text(moved.after),
    }


def _arithmetic(rule: UpdateRule, moved: Moved) -> str:
    """The first element, computed by the formula beside what PyTorch made of it."""
    if moved.before is None or moved.gradient is None or moved.after is None:
        return f"{moved.name}: no gradient, so it stays as it is."
    state = {name: float(view.values[0]) for name, view in moved.state.items() if view.values}
    before, gradient = float(moved.before.values[0]), float(moved.gradient.values[0])
    after = rule.rule(before, gradient, state, moved.settings)
    memory_ = "".join(f", {name} {short(value)}" for name, value in state.items())
    return (
        f"{moved.name}: {short(before)} with gradient {short(gradient)}{memory_}"
        f" → {short(after)} (PyTorch: {short(moved.after.values[0])})"
    )


def _text(view: TensorView | None, missing: str = "") -> str:
    return missing if view is None else summary(view)
