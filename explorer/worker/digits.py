"""Statistics in nine digits: as many as tell any two numbers of float32 apart.

A double written out has 17. Elements of tensors keep theirs; what is computed from many of them is
not known to more than nine.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

DIGITS = 9
HEAT_DIGITS = 6
"""Of a mean that becomes a colour."""

_LOWEST, _HIGHEST = -290, 290
"""Powers of ten between which numbers are rounded; others stay as they are."""

_POWERS = 10.0 ** np.arange(-_HIGHEST, DIGITS - _LOWEST)


def faithful(numbers: Matrix, digits: int = DIGITS) -> Matrix:
    """The numbers rounded to so many significant digits; zeros, NaN and infinities as they are."""
    with np.errstate(all="ignore"):
        exponents = np.floor(np.log10(np.abs(numbers)))
        rounded = (exponents >= _LOWEST) & (exponents <= _HIGHEST)
        places = np.where(rounded, exponents, 0).astype(np.intp)
        powers = _POWERS.take(_HIGHEST + digits - 1 - places)
        return np.where(rounded, np.rint(numbers * powers) / powers, numbers)


def faithful_number(number: float) -> float:
    """One number, likewise."""
    return float("%.9g" % number)  # noqa: UP031 - a third faster, and called for every scalar
