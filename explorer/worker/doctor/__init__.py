"""The error doctor: explains an exception by what the run has shown, in the program's own names."""

from __future__ import annotations

import re

from explorer.worker.doctor import (
    again,
    algebra,
    arguments,
    dtypes,
    functions,
    gradients,
    indices,
    inplace,
    layers,
    losses,
    modules,
    names,
    orders,
    regrouping,
    results,
    shapes,
    starting,
    usage,
    values,
)
from explorer.worker.doctor.row import Diagnosis, Row
from explorer.worker.doctor.scene import Scene

ROWS: tuple[Row, ...] = (
    *arguments.ROWS,
    *again.ROWS,
    *results.ROWS,
    *orders.ROWS,
    *usage.ROWS,
    *starting.ROWS,
    *inplace.ROWS,
    *shapes.ROWS,
    *layers.ROWS,
    *regrouping.ROWS,
    *losses.ROWS,
    *dtypes.ROWS,
    *indices.ROWS,
    *values.ROWS,
    *gradients.ROWS,
    *functions.ROWS,
    *algebra.ROWS,
    *names.ROWS,
    *modules.ROWS,
)
"""The first row whose words are found, and which has something to say, explains."""


def diagnose(words: str, scene: Scene) -> Diagnosis | None:
    """What "Type: message" means in this program; None where no row knows."""
    for row in ROWS:
        found = re.search(row.words, words)
        if found is not None and (diagnosis := row.explain(scene, found)) is not None:
            return diagnosis
    return None
