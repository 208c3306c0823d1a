"""Matrices that have no inverse, derivatives of a kind that cannot be taken."""

from __future__ import annotations

import re

from explorer.worker.doctor.row import Diagnosis, Row
from explorer.worker.doctor.scene import Scene


def _singular(scene: Scene, _: re.Match[str]) -> Diagnosis:
    return Diagnosis(
        f"{scene.arg(0, start=True)} is singular: some of its rows follow from others, so it has no"
        " inverse.",
        "Add a small number to its diagonal, or use `torch.linalg.lstsq` or `pinv`.",
    )


def _not_positive(scene: Scene, _: re.Match[str]) -> Diagnosis:
    return Diagnosis(
        f"{scene.arg(0, start=True)} is not positive definite, so it has no Cholesky factor.",
        "Make it so: for example `A @ A.T` plus a small number on the diagonal.",
    )


def _not_finite(_: Scene, found: re.Match[str]) -> Diagnosis:
    return Diagnosis(
        f"Anomaly detection stopped backward: {found['op']} gave a gradient that is NaN.",
        "Leave `detect_anomaly` away to see the whole pass: the explorer names the first number"
        " that is not finite by itself.",
    )


def _not_scalar(*_: object) -> Diagnosis:
    return Diagnosis(
        "`torch.func.grad` differentiates functions that give one number, and this one gives a"
        " tensor with axes.",
        "End it with `.sum()` or `.mean()`, or use `torch.func.jacrev`.",
    )


ROWS = (
    Row(r"input matrix is singular|is singular, the inversion", _singular),
    Row(r"input is not positive-definite", _not_positive),
    Row(r"Function '(?P<op>\w+)' returned nan values", _not_finite),
    Row(r"Expected f\(\*args\) to return a scalar", _not_scalar),
)
