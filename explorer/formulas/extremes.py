"""Rows: the largest, the smallest, the median: some elements are taken, the others are not."""

from __future__ import annotations

from typing import Any

from explorer.formulas.row import Corner, Formula, Proof, Word, X, normal, tied

AXES = {"d": "dim"}
SHARED = "Splits G evenly among all that are equal to the result."
ONE = "Sends all of G to the element that was taken, 0 to the others."


def _place(torch: Any, g: Any, i: Any, x: Any, d: Any) -> Any:
    """G at places `i` along an axis of zeros as large as `x`."""
    axis = d[0]
    if g.dim() < x.dim():
        g, i = g.unsqueeze(axis), i.unsqueeze(axis)
    return torch.zeros_like(x).scatter(axis, i, g)


PLACED = {
    "placed": Word("{0} at the places that were taken, 0 elsewhere", _place),
    "largest": Word("the largest of {0}", lambda _, x, d: x.amax(d)),
    "smallest": Word("the smallest of {0}", lambda _, x, d: x.amin(d)),
    "middle": Word("the median of {0}", lambda _, x, d: x.median(d[0]).values),
    "largest_of_all": Word("the largest of {0}", lambda _, x: x.max()),
    "smallest_of_all": Word("the smallest of {0}", lambda _, x: x.min()),
    "middle_of_all": Word("the median of {0}", lambda _, x: x.median()),
    "kth": Word("the k-th smallest of {0}", lambda _, x, d: x.kthvalue(2, d[0]).values),
}


def _taken(node: str, does: str, word: str, call: Any, **more: Any) -> Formula:
    """One element per row is taken, by an index that is saved."""
    return Formula(
        node,
        does,
        ONE,
        X,
        f"{word}(x, d)",
        ("placed(G, i, x, d)",),
        (Proof(call, (normal(3, 4),)),),
        saved=AXES | {"i": "indices"},
        words=PLACED,
        **more,
    )


def _extreme(node: str, does: str, forward: str, call: Any, **more: Any) -> Formula:
    """The result is one of the elements; ties share."""
    axes = ", d" if more.get("saved") else ""
    return Formula(
        node,
        does,
        SHARED,
        X,
        forward,
        (f"(along(G, x{axes}) / m if x == along(z, x{axes}) else 0)",),
        (Proof(call, (tied(3, 4),)),),
        where={"m": f"sum(1 if x == along(z, x{axes}) else 0{axes})"},
        words=PLACED,
        **more,
    )


TIE = Corner("Equal numbers share: 1 / m of G each.", ([2.0, 2.0, 1.0],), ([0.5, 0.5, 0.0],))
LOW_TIE = Corner("Equal numbers share: 1 / m of G each.", ([1.0, 1.0, 2.0],), ([0.5, 0.5, 0.0],))
TIES = Corner("Equal numbers share: 1 / m of G each.", ([[2.0, 2.0]],), ([[0.5, 0.5]],))
WINNER = Corner("Of equal numbers only one gets G.", ([[2.0, 2.0]],), ([[1.0, 0.0]],))

ROWS = (
    _taken(
        "MaxBackward0",
        "Takes the largest element along an axis.",
        "largest",
        lambda _, x: x.max(1).values,
        corners=(WINNER,),
    ),
    _taken(
        "MinBackward0",
        "Takes the smallest element along an axis.",
        "smallest",
        lambda _, x: x.min(1).values,
        corners=(WINNER,),
    ),
    _taken(
        "MedianBackward1",
        "Takes the median along an axis.",
        "middle",
        lambda _, x: x.median(1).values,
    ),
    _taken(
        "KthvalueBackward0",
        "Takes the k-th smallest element along an axis.",
        "kth",
        lambda _, x: x.kthvalue(2, 1).values,
    ),
    _extreme(
        "MaxBackward1",
        "Takes the largest of all elements.",
        "largest_of_all(x)",
        lambda _, x: x.max(),
        corners=(TIE,),
    ),
    _extreme(
        "MinBackward1",
        "Takes the smallest of all elements.",
        "smallest_of_all(x)",
        lambda _, x: x.min(),
        corners=(LOW_TIE,),
    ),
    _extreme(
        "MedianBackward0",
        "Takes the median of all elements.",
        "middle_of_all(x)",
        lambda _, x: x.median(),
    ),
    _extreme(
        "AmaxBackward0",
        "Takes the largest element along axes.",
        "largest(x, d)",
        lambda _, x: x.amax(1),
        saved=AXES,
        corners=(TIES,),
    ),
    _extreme(
        "AminBackward0",
        "Takes the smallest element along axes.",
        "smallest(x, d)",
        lambda _, x: x.amin(1),
        saved=AXES,
        corners=(TIES,),
    ),
)
