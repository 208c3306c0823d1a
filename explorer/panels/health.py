"""How well gradients reach the parameters: one row per leaf, and what stops them on the way."""

from __future__ import annotations

import math
from collections import Counter

import streamlit as st

from explorer.health import EXPLODING, VANISHING, Health, Vital, health
from explorer.numbers import short
from explorer.records import Trace

CAPTION = (
    "In the order in which the gradients were complete, from the root's side on. ‖ ‖ is the 2-norm."
    f" Vanishing: less than {VANISHING:g} of the pass's largest gradient. Exploding: over"
    f" {EXPLODING:g} times the weight. An update of about a thousandth of the weight is usual."
)


def show(trace: Trace) -> None:
    """Of the last pass that is known in full, or of the one that was asked for."""
    found = health(trace)
    if found is None:
        st.caption("No backward pass has reached a leaf, so there is nothing to judge.")
        return
    st.text(_summary(found, _which(found.pass_index, trace)))
    for sentence in found.findings:
        st.text(sentence)
    st.dataframe([*map(_row, found.vitals)], hide_index=True)
    st.caption(CAPTION)


def _which(index: int, trace: Trace) -> str:
    """The pass, and why this one: the picture above may show another."""
    if len(trace.passes) == 1:
        return "The pass"
    if index == trace.program.detail:
        why = "which you chose to record in full"
    elif not all(one.full for one in trace.passes):
        why = "the last that is recorded in full"
    elif index + 1 == len(trace.passes):
        why = f"the last of {index + 1}"
    else:
        why = "the last that came to a leaf"
    return f"Pass {index + 1}, {why},"


def _summary(found: Health, which: str) -> str:
    count = len(found.vitals)
    reached = f"{which} reached {'1 leaf' if count == 1 else f'{count} leaves'}"
    verdicts = Counter(one.verdict for one in found.vitals if one.verdict)
    if verdicts:
        return f"{reached}: {', '.join(f'{n} {verdict}' for verdict, n in verdicts.items())}."
    return f"{reached}." if found.findings else f"{reached}; nothing stands out."


def _row(vital: Vital) -> dict[str, str]:
    elements = max(1, math.prod(vital.gradient.shape))
    return {
        "leaf": vital.name,
        "verdict": vital.verdict,
        "‖gradient‖": short(vital.norm),
        "÷ largest": _ratio(vital.of_largest),
        "÷ weight": _ratio(vital.of_weight),
        "update ÷ weight": _ratio(vital.update),
        "zeros": f"{short(100 * vital.gradient.zeros / elements)} %",
    }


def _ratio(ratio: float | None) -> str:
    return "" if ratio is None else short(ratio)
