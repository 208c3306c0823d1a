"""Numbers and tensors as short texts for people; `canvas/src/numbers.ts` is its twin.

The rule, for both languages (`tests/canvas/numbers.json` holds cases that both must give):

    nan, inf, -inf      stand as these words
    -0                  is 0
    whole numbers       below a million in size stand exactly: 12345
    all others          have 4 significant digits, rounded half away from zero, no trailing zeros:
                        plain from 0.0001 to below 10000 (0.3333, -1.2, 1234), otherwise
                        scientific with an exponent of at least two digits (3.142e-05, 1.2e+06)
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Context, Decimal

from explorer.records import Number, TensorView

SIGNIFICANT = 4
"""Enough to check a chain rule by hand, few enough to fit a box."""

WHOLE_BELOW = 1_000_000
"""Whole numbers below this are shown exactly: counts and small sums should not be rounded."""

PLAIN_EXPONENTS = range(-4, SIGNIFICANT)
"""Powers of ten that are written out; beyond them zeros would have to be counted."""

LISTED = 4
"""A tensor of at most this many elements is shown by its elements."""

GLANCE = 16
"""Longest list, in characters, that a box of the graph shows instead of the norm."""

_ROUNDED = Context(prec=SIGNIFICANT, rounding=ROUND_HALF_UP)


def short(number: Number) -> str:
    """The number in at most 11 characters, by the rule above."""
    value = float(number)
    if not math.isfinite(value):
        return str(value)
    if value == int(value) and abs(value) < WHOLE_BELOW:
        return str(int(value))
    rounded = _ROUNDED.create_decimal(Decimal(value))
    digits = "".join(map(str, rounded.as_tuple().digits)).rstrip("0")
    sign = "-" if value < 0 else ""
    return sign + _placed(digits, rounded.adjusted())


def _placed(digits: str, exponent: int) -> str:
    """Significant digits with the point, or the exponent, put in its place."""
    if exponent not in PLAIN_EXPONENTS:
        point = "." if len(digits) > 1 else ""
        return f"{digits[0]}{point}{digits[1:]}e{exponent:+03d}"
    if exponent < 0:
        return "0." + "0" * (-exponent - 1) + digits
    whole, rest = digits[: exponent + 1].ljust(exponent + 1, "0"), digits[exponent + 1 :]
    return f"{whole}.{rest}" if rest else whole


def shape(sizes: tuple[int, ...]) -> str:
    """ "scalar" for no axes, "(5)" for one, "3×4" for more."""
    if len(sizes) < 2:
        return f"({sizes[0]})" if sizes else "scalar"
    return "×".join(map(str, sizes))


def summary(view: TensorView) -> str:
    """A tensor in a few words.

    A scalar as its number, up to 4 elements as a list nested by the shape, others as shape and
    2-norm: "3×4  ‖2.13‖". Only the shape where nothing else is known.
    """
    listed = _listed(view)
    if listed is not None:
        return listed
    return shape(view.shape) if view.norm is None else f"{shape(view.shape)}  {_norm(view)}"


def glance(view: TensorView) -> str:
    """The summary as short as a box needs it, without the shape, which the box already shows.

    The number or the list where it has at most 16 characters, else the norm; "…" if not even
    that is known.
    """
    listed = _listed(view)
    if listed is not None and len(listed) <= GLANCE:
        return listed
    return "…" if view.norm is None else _norm(view)


def shortened(text: str, most: int) -> str:
    """The text in at most so many characters; an ellipsis stands for the rest."""
    return text if len(text) <= most else text[: most - 1] + "…"


def _norm(view: TensorView) -> str:
    assert view.norm is not None
    return f"‖{short(view.norm)}‖"


def _listed(view: TensorView) -> str | None:
    """All elements as a nested list; None for tensors of many, none or unknown elements."""
    count = math.prod(view.shape)
    if not 0 < count <= LISTED or len(view.values) < count:
        return None
    texts = [short(value) for value in view.values[:count]]
    if view.imag is not None:
        texts = [_complex(*pair) for pair in zip(texts, map(short, view.imag), strict=False)]
    for size in reversed(view.shape):
        rows = range(0, len(texts), size)
        texts = ["[" + ", ".join(texts[row : row + size]) + "]" for row in rows]
    return texts[0]


def _complex(real: str, imaginary: str) -> str:
    """ "1+2j"; the sign stands between the parts."""
    return f"{real}{'' if imaginary.startswith('-') else '+'}{imaginary}j"
