"""The table of formulas: what each operation of autograd computes and what its backward sends.

A row is shown only because `tests/formulas` proves it against autograd. To add one, add it to its
family's file. Nothing here knows torch: whoever proves a row hands torch in.
"""

from __future__ import annotations

from functools import cache

from explorer.formulas import (
    activations,
    arithmetic,
    choices,
    cutting,
    elementwise,
    extremes,
    losses,
    matrices,
    mixtures,
    normalisation,
    picking,
    placing,
    rearranging,
    reductions,
    sequences,
    twice,
    windows,
)
from explorer.formulas.row import Formula

FAMILIES: dict[str, tuple[Formula, ...]] = {
    "Arithmetic": arithmetic.ROWS,
    "Mixtures": mixtures.ROWS,
    "Functions of one number": elementwise.ROWS,
    "Activations": activations.ROWS,
    "Choices": choices.ROWS,
    "Reductions": reductions.ROWS,
    "Extremes": extremes.ROWS,
    "Matrices": matrices.ROWS,
    "Rearranging": rearranging.ROWS,
    "Cutting and joining": cutting.ROWS,
    "Picking": picking.ROWS,
    "Placing": placing.ROWS,
    "Windows": windows.ROWS,
    "Normalisation": normalisation.ROWS,
    "Losses": losses.ROWS,
    "Sequences": sequences.ROWS,
    "Gradients of gradients": twice.ROWS,
}

ROWS: tuple[Formula, ...] = tuple(row for rows in FAMILIES.values() for row in rows)

FORMULAS: dict[str, tuple[Formula, ...]] = {}
"""Type name of a node -> its rows; the first that holds is the one to show."""
for _row in ROWS:
    FORMULAS[_row.node] = (*FORMULAS.get(_row.node, ()), _row)


@cache
def settings_of(node: str) -> frozenset[str]:
    """Names of what the rows of a node ask for among the things that it saved."""
    rows = FORMULAS.get(node, ())
    return frozenset(
        name for row in rows for name in (*row.when, *row.without, *row.saved.values())
    )
