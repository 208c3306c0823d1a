"""Rows: elements written or added into a tensor, by index or in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from explorer.formulas.row import Formula, Proof, Word, X, normal


def _written(
    node: str, does: str, back: str, op: Callable[..., Any], formulas: tuple[str, str], **more: Any
) -> Formula:
    """y is written into a copy of x."""
    return Formula(
        node,
        does,
        back,
        {"x": "self", "y": more.pop("source", "src")},
        "written(x, y)",
        formulas,
        (Proof(op, (normal(3, 4), normal(*more.pop("shape", (3, 1))))),),
        saved={"i": more.pop("index", "index")},
        words={
            "written": Word(more.pop("spelled", "{0} with {1} at i"), op),
            "zeroed": Word("{0} with 0 at i", lambda torch, g: op(torch, g, _zeros(torch, g, op))),
            "read": Word("{0} at i", more.pop("read")),
        },
        **more,
    )


def _zeros(torch: Any, g: Any, op: Callable[..., Any]) -> Any:
    """Zeros of the shape that `op` writes."""
    for shape in ((3, 1), (1, 4), (2, 4)):
        zeros = torch.zeros(shape)
        try:
            op(torch, g, zeros)
        except RuntimeError:
            continue
        return zeros
    raise ValueError("no shape fits")


def _at(torch: Any) -> Any:
    return torch.tensor([[0], [1], [2]])


def _row(torch: Any) -> Any:
    return torch.tensor([1])


def _set(_: Any, x: Any, w: Any) -> Any:
    result = x * 1
    result[1] = w
    return result


def _scale(_: Any, x: Any, w: Any) -> Any:
    result = x * 1
    result[1].mul_(w)
    return result


SCALED: dict[str, Any] = {
    "changed": _scale,
    "to_base": lambda torch, g, _, w: _scale(torch, g, w),
    "to_value": lambda _, g, x, __: g[1] * x[1],
}
"""What the words of CopySlices mean where f is `mul_`."""

ROWS = (
    _written(
        "ScatterBackward0",
        "Writes y into a copy of x.",
        "x gets G with 0 where it was overwritten; y gets G from there.",
        lambda torch, x, y: x.scatter(1, _at(torch), y),
        ("zeroed(G)", "read(G)"),
        read=lambda torch, g: g.gather(1, _at(torch)),
    ),
    _written(
        "ScatterAddBackward0",
        "Adds y into a copy of x.",
        "x gets G; y gets G from the places it was added to.",
        lambda torch, x, y: x.scatter_add(1, _at(torch), y),
        ("G", "read(G)"),
        spelled="{0} with {1} added at i",
        read=lambda torch, g: g.gather(1, _at(torch)),
    ),
    _written(
        "IndexAddBackward0",
        "Adds slices of y into a copy of x.",
        "x gets G; y gets G from the places it was added to.",
        lambda torch, x, y: x.index_add(0, _row(torch), y),
        ("G", "read(G)"),
        spelled="{0} with {1} added at i",
        read=lambda torch, g: g[_row(torch)],
        source="source",
        shape=(1, 4),
        when={"alpha": 1},
    ),
    _written(
        "IndexCopyBackward0",
        "Writes slices of y into a copy of x.",
        "x gets G with 0 where it was overwritten; y gets G from there.",
        lambda torch, x, y: x.index_copy(0, _row(torch), y),
        ("zeroed(G)", "read(G)"),
        read=lambda torch, g: g[_row(torch)],
        source="source",
        shape=(1, 4),
    ),
    _written(
        "IndexPutBackward0",
        "Writes y into x by index.",
        "x gets G with 0 where it was overwritten; y gets G from there.",
        lambda torch, x, y: x.index_put((_row(torch),), y),
        ("zeroed(G)", "read(G)"),
        read=lambda torch, g: g[_row(torch)],
        source="values",
        index="indices",
        shape=(1, 4),
        when={"accumulate": 0},
    ),
    Formula(
        "IndexFillBackward0",
        "Puts one number into slices of a copy of x.",
        "Lets G through where x was kept, blocks it elsewhere.",
        X,
        "filled(x)",
        ("zeroed(G)",),
        (Proof(lambda torch, x: x.index_fill(0, _row(torch), 7.0), (normal(3, 4),)),),
        words={
            "filled": Word(
                "{0} with a number at i", lambda torch, x: x.index_fill(0, _row(torch), 7.0)
            ),
            "zeroed": Word("{0} with 0 at i", lambda torch, g: g.index_fill(0, _row(torch), 0.0)),
        },
    ),
    Formula(
        "CopySlices",
        "Changes a part of x in place, by an operation f: an assignment, or any other.",
        "Outside the part x gets G; inside, what the backward of f sends, which after an "
        "assignment is 0 for x and G for w.",
        {"x": "base", "w": "value"},
        "changed(x, w)",
        ("to_base(G, x, w)", "to_value(G, x, w)"),
        (
            Proof(_set, (normal(3, 4), normal(4))),
            Proof(_scale, (normal(3, 4), normal(4)), words=SCALED),
        ),
        words={
            "changed": Word("{0} with f({0}, {1}) in the part", _set),
            "to_base": Word(
                "{0} with f's backward in the part", lambda t, g, *_: _set(t, g, t.zeros(4))
            ),
            "to_value": Word("f's backward of {0} in the part", lambda _, g, *__: g[1]),
        },
    ),
    Formula(
        "CopyBackwards",
        "Copies w over x.",
        "x was overwritten and gets 0; w gets G.",
        {"x": "self", "w": "src"},
        "w",
        ("0 * G", "G"),
        (Proof(lambda _, x, w: (x * 1).copy_(w), (normal(3, 4), normal(4))),),
        rearranges=True,
        broadcasts=True,
    ),
)
