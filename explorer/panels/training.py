"""Training, step by step: loss and sizes as curves, and what the optimizer did at one step."""

from __future__ import annotations

import streamlit as st

from explorer.numbers import glance, shape, short
from explorer.panels import curve, memory, run_steps, steps, update, zero_grad
from explorer.records import TensorView, Trace
from explorer.training import Round, Share, accumulated, plain, rounds

CURVES = {"gradient": "gradient_norm", "update": "update_norm", "parameter": "norm"}
"""What is drawn per parameter -> field of a move."""
LOSS, SIZES = "training_loss", "training_sizes"
"""Widgets: charts that can be pressed."""


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
    label = f"Training: {count:,} {'step' if count == 1 else 'steps'}"
    steps.stay_open(label)
    box = st.expander(label, icon=":material/trending_down:", on_change="rerun", key=steps.OPEN)
    steps.opened(label, is_open=bool(box.open))
    if not box.open:
        return
    trace = memory.answer()
    if trace is None:
        st.rerun()  # it left the shelf; the whole page asks again
    with box:
        _open(trace, rounds(trace))


def _open(trace: Trace, found: tuple[Round, ...]) -> None:
    new = steps.begin(_round_of(found, memory.looked_at()))
    run_steps.show(trace, len(found), new=new)
    if len(found) > 1:
        _curves(found)
        _choose(len(found) - 1)
    one = found[steps.chosen()]
    _step(trace, one)
    zero_grad.show(trace, len(found), one.index)


def _curves(found: tuple[Round, ...]) -> None:
    """The loss beside the sizes; on a phone below each other."""
    losses = [plain(one.loss) for one in found]
    names = [moved.name for moved in found[0].moves]
    told = any(loss is not None for loss in losses)
    places = iter(st.columns(2) if told and names else [st.container()])
    if told:
        with next(places):
            log = curve.falls_far({"loss": losses})
            scale = ", log scale" if log else ""
            st.caption(f"Loss{scale}. Press a curve to choose a step.")
            _curve("Loss over steps", {"loss": losses}, LOSS, log=log)
    if names:
        with next(places):
            _sizes(found, names)


def _sizes(found: tuple[Round, ...], names: list[str]) -> None:
    what = st.segmented_control(
        "2-norm of each parameter's …, log scale",
        list(CURVES),
        default="gradient",
        required=True,
        key="training_curve",
    )
    sizes = {name: [_size(one, name, CURVES[what]) for one in found] for name in names}
    log = any(size for row in sizes.values() for size in row)
    _curve(f"2-norm of each parameter's {what} over steps", sizes, SIZES, log=log)
    if log and any(0.0 in row for row in sizes.values()):
        st.caption("0 has no place on a log scale: it leaves a gap.")


def _curve(
    title: str, lines: dict[str, list[float | None]], key: str, *, log: bool = False
) -> None:
    press = {LOSS: _press_loss, SIZES: _press_sizes}[key]
    curve.show(title, lines, at=steps.chosen(), log=log, key=key, choose=press)


def _press_loss() -> None:
    _look(curve.pressed(LOSS))


def _press_sizes() -> None:
    _look(curve.pressed(SIZES))


def _size(one: Round, name: str, field: str) -> float | None:
    moved = next((moved for moved in one.moves if moved.name == name), None)
    return None if moved is None else plain(getattr(moved, field))


def _choose(last: int) -> None:
    """A step, from 0 as the program counts them: to pull, and to type."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.number_input(
            f"Step, 0 to {last}",
            0,
            last,
            key=steps.STEP,
            on_change=_type,
            help="The graph above moves to this step's backward pass. A step that was kept as a "
            "summary is recorded in full then: the program runs again, with the same seed.",
            width=160,
        )
        st.slider(
            "Pull to a step",
            0,
            last,
            key=steps.SLIDER,
            on_change=_pull,
            label_visibility="collapsed",
        )


def _type() -> None:
    _look(steps.chosen())


def _pull() -> None:
    _look(steps.pulled())


def _look(step: int | None) -> None:
    """The graph moves there; where the step was not kept in full, the program runs again."""
    trace = memory.answer()
    if trace is None or step is None:
        return
    found = rounds(trace)
    one = found[min(step, len(found) - 1)]
    steps.choose(one.index)
    known = trace.passes[one.pass_index] if one.pass_index is not None else None
    if known is not None and not known.full:
        memory.ask_for_pass(known.index)
    else:
        memory.look_at(one.pass_index)


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
    if one.moves and any(moved.before for moved in one.moves):
        update.show(one)
    elif one.moves:
        st.caption("The parameters are too large to keep: only their norms are known.")


def _record(index: int) -> None:
    """Where another pass than this one was last recorded on demand."""
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
            "shape": "" if one.after is None else shape(one.after.shape),
            ".grad before": _text(one.before, "None"),
            "+ added by backward": _text(one.share),
            "= .grad after": _text(one.after),
        }
        for one in shares
    ]
    st.caption("What backward added")
    st.dataframe(rows, hide_index=True)


def _text(view: TensorView | None, missing: str = "") -> str:
    return missing if view is None else glance(view)
