"""The same program with and without zero_grad, side by side."""

from __future__ import annotations

import math

import msgspec
import streamlit as st
from msgspec.structs import replace
from streamlit.delta_generator import DeltaGenerator

from explorer import run
from explorer.numbers import glance, short
from explorer.panels import curve, memory, steps
from explorer.records import Moved, Number, Program, Record, TensorView, Trace
from explorer.training import Round, Share, accumulated, plain, rounds
from explorer.zeroing import twin

WITH, WITHOUT = "with zero_grad", "without"
FEW, TALLEST = 7, 280
"""Rows that stand on the page; pixels in which more of them scroll."""
TICK = 0.3
"""Seconds between two looks at how far it is."""


class Sum(Record, frozen=True):
    """One leaf at one step where nobody emptied its `.grad`, in short texts."""

    name: str
    old: str
    new: str
    used: str
    """Their sum, which the optimizer used."""
    emptied: str
    """What it would have used."""


class Compared(Record, frozen=True):
    """What both runs gave, as far as the page shows it."""

    emptied: tuple[Round, ...]
    kept: tuple[Round, ...]
    sums: tuple[tuple[Sum, ...], ...] = ()
    """By step; empty for a step that was kept as a summary."""
    complaints: tuple[str, ...] = ()


def show(trace: Trace, count: int, looked_at: int) -> None:
    """A switch, and after it both runs. Shown where the program has, or could have, a zero_grad.

    `count` is how many steps there are, `looked_at` the one that the page shows.
    """
    both = twin(trace.program.source)
    if both is None:
        return
    if not st.toggle("Compare with and without `zero_grad`", key=steps.TWIN):
        return
    known = steps.compared()
    if known is None:
        programs = {WITH: both.emptied, WITHOUT: both.kept}
        known = _run(trace.program, programs, count)
        steps.keep_compared(known)
    compared = msgspec.json.decode(known, type=Compared)
    if compared.complaints:
        st.warning("There is nothing to compare:", icon=":material/error:")
    for complaint in compared.complaints:
        st.text(complaint)  # It may have words of the program, which are no Markdown.
    if not compared.complaints:
        _curves(compared.emptied, compared.kept, looked_at)
        _sums(compared.sums[looked_at] if looked_at < len(compared.sums) else (), looked_at)
        _side_by_side(compared.emptied, compared.kept)


def _run(program: Program, sources: dict[str, str], count: int) -> str:
    """Both programs, one after the other, for one visitor beside the run on the page."""
    slot = st.empty()
    bar = _bar(slot)
    traces = []
    for done, (label, source) in enumerate(sources.items()):
        ticket = run.submit(replace(program, source=source), _session())
        while (trace := ticket.wait(TICK)) is None:
            reached = min(run.reached(_session()), count)
            share = (done + reached / max(1, count)) / len(sources)
            bar.progress(share, f"{label}: step {reached} of {count}")
        traces.append(trace)
    slot.empty()
    failures = zip(sources, (trace.failure for trace in traces), strict=True)
    complaints = tuple(f"{label}: {failure.message}" for label, failure in failures if failure)
    emptied, kept = (tuple(map(_slim, rounds(trace))) for trace in traces)
    sums = tuple(_added(*shares) for shares in zip(*map(_shares, traces), strict=False))
    return msgspec.json.encode(Compared(emptied, kept, sums, complaints)).decode()


def _shares(trace: Trace) -> list[tuple[Share, ...]]:
    """What each step's backward added, as far as its pass was kept in full."""
    return [
        accumulated(trace.passes[one.pass_index]) if one.pass_index is not None else ()
        for one in rounds(trace)
    ]


def _added(emptied: tuple[Share, ...], kept: tuple[Share, ...]) -> tuple[Sum, ...]:
    used = {share.name: _text(share.after) for share in emptied}
    return tuple(
        Sum(
            share.name,
            _text(share.before),
            _text(share.share),
            _text(share.after),
            used.get(share.name, ""),
        )
        for share in kept
    )


def _text(view: TensorView | None) -> str:
    return "None" if view is None else glance(view)


def _bar(slot: DeltaGenerator) -> DeltaGenerator:
    """Where it says how far it is, beside the button that ends it."""
    with slot.container(horizontal=True, vertical_alignment="center"):
        bar = st.empty()
        st.button("Stop", key="twin_stop", icon=":material/stop:", on_click=_stop)
    return bar


def _stop() -> None:
    """Ends the run, and turns the switch off, or it would begin again."""
    run.stop(_session())
    st.session_state[steps.TWIN] = False
    st.toast("The comparison was stopped.", icon=":material/stop:")


def _session() -> str:
    return f"{memory.session()}-twin"


def _slim(one: Round) -> Round:
    """The round without the tensors, which the comparison does not show."""
    moves = tuple(Moved(moved.name, moved.gradient_norm) for moved in one.moves)
    return replace(one, moves=moves)


def _curves(emptied: tuple[Round, ...], kept: tuple[Round, ...], at: int) -> None:
    """Loss, and the size of all gradients together, of both."""
    both = dict(zip((WITH, WITHOUT), (emptied, kept), strict=True))
    losses = {name: [plain(one.loss) for one in side] for name, side in both.items()}
    sizes = {name: [_size(one) for one in side] for name, side in both.items()}
    left, right = st.columns(2)
    for place, what, lines in ((left, "Loss", losses), (right, "2-norm of all .grad", sizes)):
        with place:
            log = curve.falls_far(lines)
            st.caption(f"{what}{', log scale' if log else ''}")
            curve.show(f"{what} of both over steps", lines, at=at, log=log)


def _size(one: Round) -> float | None:
    """2-norm of all gradients of a step as one vector."""
    norms = [plain(moved.gradient_norm) for moved in one.moves if moved.gradient_norm is not None]
    known = [norm for norm in norms if norm is not None]
    return math.hypot(*known) if known and len(known) == len(norms) else None


def _side_by_side(emptied: tuple[Round, ...], kept: tuple[Round, ...]) -> None:
    st.caption("Loss, and 2-norm of each parameter's .grad when the optimizer used it")
    rows = [_row(one, other) for one, other in zip(emptied, kept, strict=False)]
    st.dataframe(rows, hide_index=True, height=TALLEST if len(rows) > FEW else "content")


def _sums(sums: tuple[Sum, ...], step: int) -> None:
    """Where it is forgotten: the old gradient and the new one, added."""
    if not sums:
        st.caption(f"Step {step} was kept as a summary: pick it to see what added up.")
        return
    st.caption(f"Step {step} without zero_grad: what was left over, and what backward added")
    rows = [
        {
            "leaf": one.name,
            "old .grad": one.old,
            "+ new gradient": one.new,
            "= .grad used": one.used,
            "with zero_grad": one.emptied,
        }
        for one in sums
    ]
    st.dataframe(rows, hide_index=True)


def _row(one: Round, other: Round) -> dict[str, str | int]:
    row: dict[str, str | int] = {"step": one.index}
    row |= {f"loss {WITH}": _short(one.loss), f"loss {WITHOUT}": _short(other.loss)}
    for mine, its in zip(one.moves, other.moves, strict=False):
        row[f"{mine.name}, {WITH}"] = _short(mine.gradient_norm)
        row[f"{its.name}, {WITHOUT}"] = _short(its.gradient_norm)
    return row


def _short(number: Number | None) -> str:
    return "" if number is None else short(number)
