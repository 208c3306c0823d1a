"""The same program with and without zero_grad, side by side."""

from __future__ import annotations

import streamlit as st
from msgspec.structs import replace

from explorer import run, wire
from explorer.numbers import short
from explorer.panels import curve, memory, steps
from explorer.records import Failure, Pass, Program, Trace
from explorer.training import Round, plain, rounds
from explorer.zeroing import twin

WITH, WITHOUT = "with zero_grad", "without"


def show(trace: Trace) -> None:
    """A button, and after it both runs. Shown where the program has, or could have, a zero_grad."""
    both = twin(trace.program.source)
    if both is None:
        return
    if not st.toggle("Compare with and without `zero_grad`", key=steps.TWIN):
        return
    with st.spinner("Running both…"):
        emptied, kept = (_rounds(trace.program, text) for text in (both.emptied, both.kept))
    for label, ran in ((WITH, emptied), (WITHOUT, kept)):
        if isinstance(ran, Failure):
            st.warning(f"{label}: {ran.message}")
    if not isinstance(emptied, Failure) and not isinstance(kept, Failure):
        _side_by_side(emptied, kept)


def _rounds(program: Program, source: str) -> tuple[Round, ...] | Failure:
    asked = wire.encode(replace(program, source=source, detail=None)).decode()
    trace = wire.decode(_ran(asked, memory.session()))
    return trace.failure or rounds(trace)


@st.cache_data(max_entries=8, show_spinner=False)
def _ran(asked: str, _session: str) -> str:
    """Both texts are asked for on behalf of one visitor, beside the run on the page. Kept without
    graphs: what is compared is small."""
    trace = run.run(wire.decode_program(asked), f"{_session}-twin")
    passes = tuple(
        Pass(one.index, one.how, one.root, full=False, value=one.value) for one in trace.passes
    )
    small = replace(trace, passes=passes, lines=(), leaves=(), printed="")
    return wire.encode(small).decode()


def _side_by_side(emptied: tuple[Round, ...], kept: tuple[Round, ...]) -> None:
    st.caption("Loss")
    losses = [[plain(one.loss) for one in side] for side in (emptied, kept)]
    curve.show("Loss of both over steps", dict(zip((WITH, WITHOUT), losses, strict=True)))
    st.caption("Loss, and 2-norm of each parameter's .grad when the optimizer used it")
    rows = [_row(one, other) for one, other in zip(emptied, kept, strict=False)]
    st.dataframe(rows, hide_index=True)


def _row(one: Round, other: Round) -> dict[str, str | int]:
    row: dict[str, str | int] = {"step": one.index}
    row |= {f"loss {WITH}": _short(one.loss), f"loss {WITHOUT}": _short(other.loss)}
    for mine, its in zip(one.moves, other.moves, strict=False):
        row[f"{mine.name}, {WITH}"] = _short(mine.gradient_norm)
        row[f"{its.name}, {WITHOUT}"] = _short(its.gradient_norm)
    return row


def _short(number: float | str | None) -> str:
    return "" if number is None else short(number)  # type: ignore[arg-type]
