"""What an optimizer did at one step: its table, and the formula of the number that was pressed."""

from __future__ import annotations

from collections.abc import Mapping
from math import isclose, isfinite
from typing import NamedTuple, cast

import streamlit as st

from explorer.latex import latex, names, number
from explorer.numbers import glance, shape, short
from explorer.records import Moved, TensorView
from explorer.training import Round
from explorer.update_rules import AFTER, SYMBOLS, UPDATE, UPDATE_RULES, Line, UpdateRule, followed

TABLE = "update_table"
"""Widget: the table, of which one cell can be chosen."""
ELEMENT = "update_element"
"""Widget: which element of the parameter is worked out."""
_OF = "update_of"
BEFORE, GRADIENT = "before", "gradient"
CLOSE, TINY = 1e-3, 1e-6
"""Float32 and rounding explain so much."""


class Pressed(NamedTuple):
    """What the reader wants to have explained."""

    moved: Moved
    column: str


def show(one: Round) -> None:
    """The table, and below it how one of its numbers came about."""
    # Names are a program's own, here and below, so they are no Markdown.
    st.text(f"What {one.optimizer}.step did")
    rows = [_row(moved) for moved in one.moves]
    st.dataframe(rows, hide_index=True, key=TABLE, on_select="rerun", selection_mode="single-cell")
    rule = UPDATE_RULES.get(one.optimizer)
    pressed = _pressed(one)
    if rule is not None:
        st.caption("Press a number in the table for its formula.")
    if pressed.moved.gradient is None:
        st.text(f"{pressed.moved.name} has no gradient, so the step left it as it was.")
    elif rule is None:
        st.text(f"The formulas of {one.optimizer} are not known here.")
    else:
        _explain(rule, pressed)


def _pressed(one: Round) -> Pressed:
    """The chosen cell; before there is one, what the first parameter became."""
    chosen = cast("Mapping[str, Mapping[str, list[tuple[int, str]]]]", st.session_state[TABLE])
    for place, column in chosen["selection"].get("cells", []):
        if place < len(one.moves):
            return Pressed(one.moves[place], column)
    return Pressed(next((moved for moved in one.moves if moved.gradient), one.moves[0]), AFTER)


def _row(moved: Moved) -> dict[str, str]:
    state = {name: _text(view) for name, view in moved.state.items()}
    return {
        "parameter": moved.name,
        "shape": "" if moved.before is None else shape(moved.before.shape),
        BEFORE: _text(moved.before),
        GRADIENT: _text(moved.gradient, "None"),
        **state,
        UPDATE: _text(moved.update, "none"),
        AFTER: _text(moved.after),
    }


def _text(view: TensorView | None, missing: str = "") -> str:
    return missing if view is None else glance(view)


def _explain(rule: UpdateRule, pressed: Pressed) -> None:
    """Formulas up to the pressed number, in symbols and with the numbers of one element."""
    moved, column = pressed
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            element = _element(moved)
            st.text(f"{moved.name} · {column}, element {element}")
        if column in (BEFORE, "parameter", "shape"):
            st.text("The value that the parameter had when the step began.")
        elif column == GRADIENT:
            st.text(
                "What .grad held: the sum of all backward passes since it was last emptied. "
                "The graph shows how it came about."
            )
        else:
            _lines(rule, moved, column, element)


def _element(moved: Moved) -> int:
    """Which number of the tensors; asked only where there are several that the record has."""
    count = len(moved.before.values) if moved.before else 1
    if count < 2:
        return 0
    if st.session_state.get(_OF) != moved.name or st.session_state.get(ELEMENT, 0) >= count:
        st.session_state[_OF], st.session_state[ELEMENT] = moved.name, _telling(moved)
    return int(
        st.number_input(
            f"Element, 0 to {count - 1}",
            0,
            count - 1,
            key=ELEMENT,
            width=160,
            help="Counted row by row. The record has the first 64 of each tensor.",
        )
    )


def _telling(moved: Moved) -> int:
    """The first element that has a gradient at all."""
    gradients = moved.gradient.values if moved.gradient else ()
    return next((place for place, one in enumerate(gradients) if one != 0), 0)


def _lines(rule: UpdateRule, moved: Moved, column: str, element: int) -> None:
    assert moved.before is not None and moved.gradient is not None
    lines = rule.lines(moved.settings, bool(moved.state_before))
    if column not in {line.column for line in lines}:
        st.text(f"{column} is kept by the optimizer; no formula here says how.")
        return
    old = {part: _at(view, element) for part, view in moved.state_before.items()}
    known = rule.known(
        _at(moved.before, element), _at(moved.gradient, element), old, moved.settings
    )
    ours = followed(lines, known)
    theirs = _recorded(moved, element)
    last = [line.column for line in lines].index(column)
    for line in _needed(lines[: last + 1]):
        _line(line, {**ours, **_named(lines, theirs)})
    wanted = theirs.get(column)
    if wanted is not None and not _agree(ours[lines[last].name], wanted):
        st.warning(
            f"By the formula it would be {short(ours[lines[last].name])}; PyTorch has "
            f"{short(wanted)}. Something beside the optimizer's rule had part in this step."
        )
    if not moved.state_before and moved.state:
        st.caption("Before the first step the optimizer remembers nothing: its old values are 0.")


def _needed(lines: list[Line]) -> list[Line]:
    """The last line, after those whose values it takes, directly or by way of others."""
    wanted, found = {lines[-1].name}, []
    for line in reversed(lines):
        if line.name in wanted:
            found.append(line)
            wanted |= set(names(line.expression))
    return found[::-1]


def _line(line: Line, values: Mapping[str, float]) -> None:
    """The formula in symbols, with numbers, and what it gives: one below the other."""
    symbol = SYMBOLS[line.name]
    if line.column not in ("", UPDATE, AFTER):
        symbol = rf"\underset{{\text{{{_plain(line.column)}}}}}{{{symbol}}}"
    result = number(short(values[line.name]))
    rows = [
        latex(line.expression, SYMBOLS.__getitem__),
        latex(line.expression, lambda name: number(short(values[name]))),
    ]
    if rows[-1] != result:
        rows.append(rf"\mathbf{{{result}}}")
    sides = "".join(rf" &= {row} \\" for row in rows)
    st.latex(rf"\begin{{aligned}} {symbol}{sides} \end{{aligned}}")


def _plain(name: str) -> str:
    """A name of ours as text inside LaTeX."""
    return name.replace("_", r"\_")


def _recorded(moved: Moved, element: int) -> dict[str, float]:
    """PyTorch's own numbers after the step, by column."""
    views = {**moved.state, UPDATE: moved.update, AFTER: moved.after}
    return {name: _at(view, element) for name, view in views.items() if view is not None}


def _named(lines: list[Line], theirs: Mapping[str, float]) -> dict[str, float]:
    """PyTorch's numbers by the names of the formulas."""
    return {line.name: theirs[line.column] for line in lines if line.column in theirs}


def _at(view: TensorView, element: int) -> float:
    """One element; of a single number, which all elements share, that."""
    return float(view.values[element if len(view.values) > 1 else 0]) if view.values else 0.0


def _agree(ours: float, theirs: float) -> bool:
    if not (isfinite(ours) and isfinite(theirs)):
        return str(ours) == str(theirs) or isfinite(ours) == isfinite(theirs)
    return isclose(ours, theirs, rel_tol=CLOSE, abs_tol=TINY)
