"""What finite differences say of one leaf's gradient."""

from __future__ import annotations

from typing import Literal

from explorer.tensor_view import Count, Number, Record, Shape

MOST_CHECKED = 5_000
"""Nodes of the largest graph whose gradients are checked: others are not recorded node by node."""

Verdict = Literal["agrees", "differs", "kink", "unchecked"]


class Check(Record, frozen=True):
    """One leaf of the first pass, its gradient beside slopes measured by running the program again
    with one element of the leaf changed a little."""

    leaf: str
    shape: Shape
    dtype: str
    verdict: Verdict
    """ "kink": the slopes to both sides differ, and autograd's lies between them."""
    elements: Count = 0
    """Elements that were changed, one by one; all of them where there are few."""
    at: Shape | None = None
    """Index of the element with the largest difference."""
    gradient: Number | None = None
    """There: what autograd computed."""
    slope: Number | None = None
    """There: (f(w + h) - f(w - h)) / 2h, with f the root, or v · root."""
    why: str | None = None
    """What a reader should know: why it was not checked, which line cut the graph."""
