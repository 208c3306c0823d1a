"""Rows: elements taken by index or mask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from explorer.formulas.row import Formula, Proof, Word, X, linear, normal

ADDS_UP = "Adds G up at the places it was read from; a place read twice gets both."
READ = "{0} at i"
ADDED = "{0} added at i in zeros"
BAGS = [[0, 1], [1, 2]]
"""Rows of a table, bag by bag."""
ROWS_OF = {"i": "index"}

Op = Callable[[Any, Any], Any]


def _read(
    node: str, does: str, op: Op, *shape: int, saved: dict[str, str] | None = None
) -> Formula:
    """Elements are read, some perhaps twice."""
    return Formula(
        node,
        does,
        ADDS_UP,
        X,
        "read(x, i)",
        ("added(G, i)",),
        (Proof(op, (normal(*shape),)),),
        saved=saved or ROWS_OF,
        words={
            "read": Word(READ, lambda torch, x, _: op(torch, x)),
            "added": Word(ADDED, _without_last(linear(op, *shape))),
        },
    )


def _ordered(node: str, does: str, op: Op) -> Formula:
    """Elements are read along an axis in an order that is saved."""
    return Formula(
        node,
        does,
        "Sends each G back to the place that its element came from.",
        X,
        "read(x, i, d)",
        ("added(G, i, x, d)",),
        (Proof(op, (normal(3, 4),)),),
        saved={"i": "indices", "d": "dim"},
        words={
            "read": Word(READ, lambda _, x, i, d: x.gather(d[0], i)),
            "added": Word(ADDED, lambda torch, g, i, x, d: torch.zeros_like(x).scatter(d[0], i, g)),
        },
    )


def _without_last(back: Callable[..., Any]) -> Callable[..., Any]:
    return lambda torch, g, _: back(torch, g)


def _bagged(mode: int, does: str, back: str, bags: Word, shared: Word) -> Formula:
    """An embedding bag; modes as PyTorch numbers them."""
    name = ("sum", "mean", "max")[mode]
    return Formula(
        "EmbeddingBagBackward0",
        does,
        back,
        TABLE,
        "bags(W)",
        ("shared(G, i)",),
        (
            Proof(
                lambda t, w: t.nn.functional.embedding_bag(t.tensor(BAGS), w, mode=name),
                (normal(4, 3),),
            ),
        ),
        saved={"i": "result3"},
        words={"bags": bags, "shared": shared},
        when={"mode": mode, "scale_grad_by_freq": 0, "padding_idx": -1},
        without=("per_sample_weights",),
    )


def _spread(torch: Any, g: Any) -> Any:
    """Each G added in all rows of its bag."""
    rows = torch.tensor(BAGS).flatten()
    return torch.zeros(4, 3).index_add(0, rows, g.repeat_interleave(2, 0))


TABLE = {"W": "weight"}
LOOKED_UP = {
    "read": Word("rows i of {0}", lambda _, w, i: w[i]),
    "added": Word("{0} added in rows i", lambda torch, g, i: torch.zeros(4, 3).index_add(0, i, g)),
}

ROWS = (
    _read(
        "IndexBackward0",
        "Takes elements by index.",
        lambda torch, x: x[torch.tensor([0, 0, 2])],
        3,
        4,
        saved={"i": "indices"},
    ),
    _read(
        "IndexSelectBackward0",
        "Takes slices by index.",
        lambda torch, x: x.index_select(0, torch.tensor([0, 0, 2])),
        3,
        4,
    ),
    _read(
        "GatherBackward0",
        "Takes one element for each index, along an axis.",
        lambda torch, x: x.gather(1, torch.tensor([[0, 1], [1, 1], [3, 0]])),
        3,
        4,
    ),
    _read(
        "TakeBackward0",
        "Takes elements by their place in the flat tensor.",
        lambda torch, x: x.take(torch.tensor([0, 5, 5])),
        3,
        4,
    ),
    _read(
        "MaskedSelectBackward0",
        "Takes the elements where the mask is set.",
        lambda torch, x: x.masked_select(torch.eye(3, 4) > 0),
        3,
        4,
        saved={"i": "mask"},
    ),
    _ordered("SortBackward0", "Puts elements in order.", lambda _, x: x.sort(1).values),
    _ordered("TopkBackward0", "Takes the k largest.", lambda _, x: x.topk(2, 1).values),
    Formula(
        "EmbeddingBackward0",
        "Takes rows of a table by number.",
        "Adds G up in the rows that were read; a row read twice gets both, the others 0.",
        TABLE,
        "read(W, i)",
        ("added(G, i)",),
        (Proof(lambda t, w: t.nn.functional.embedding(t.tensor([1, 1, 2]), w), (normal(4, 3),)),),
        saved={"i": "indices"},
        words=LOOKED_UP,
        when={"scale_grad_by_freq": 0, "padding_idx": -1},
    ),
    Formula(
        "EmbeddingBackward0",
        "Takes rows of a table by number.",
        "Adds G up in the rows that were read, but for row p, the padding, which gets 0.",
        TABLE,
        "read(W, i)",
        ("without(added(G, i), p)",),
        (
            Proof(
                lambda t, w: t.nn.functional.embedding(t.tensor([1, 1, 2]), w, padding_idx=2),
                (normal(4, 3),),
            ),
        ),
        saved={"i": "indices", "p": "padding_idx"},
        words={
            **LOOKED_UP,
            "without": Word(
                "{0}, 0 in row p",
                lambda torch, g, p: g.index_fill(0, torch.tensor([int(p)]), 0.0),
            ),
        },
        when={"scale_grad_by_freq": 0},
    ),
    _bagged(
        0,
        "Takes rows of a table by number and adds up each bag.",
        "Every row read gets the G of its bag.",
        Word("the sum of rows i of {0}, bag by bag", lambda t, w: w[t.tensor(BAGS)].sum(1)),
        Word("{0} added in rows i", lambda t, g, _: _spread(t, g)),
    ),
    _bagged(
        1,
        "Takes rows of a table by number and averages each bag.",
        "Every row read gets the G of its bag, divided by the bag's size.",
        Word("the mean of rows i of {0}, bag by bag", lambda t, w: w[t.tensor(BAGS)].mean(1)),
        Word("{0} / bag size, added in rows i", lambda t, g, _: _spread(t, g / 2)),
    ),
    _bagged(
        2,
        "Takes rows of a table by number and the largest number of each column in a bag.",
        "Only the row that had the largest number gets the G of its column.",
        Word("the largest in rows i of {0}, bag by bag", lambda t, w: w[t.tensor(BAGS)].amax(1)),
        Word(
            "{0} added at the rows of the largest",
            lambda torch, g, i: torch.zeros(4, 3).scatter_add(0, i, g),
        ),
    ),
)
