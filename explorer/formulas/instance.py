"""A formula at one element: the same tree with a number in place of each symbol.

Sums and matrix products become the terms that they add. Nothing is looked up but what is needed,
so a tensor of which only the first elements are known may still serve. Twin of
`canvas/src/formulas/instance.ts`; the tests hold the two together.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from explorer.formulas.row import Formula
from explorer.formulas.syntax import POINTWISE, Tree, parse
from explorer.formulas.values import value_of

Shape = tuple[int, ...]
Index = tuple[int, ...]


class UnknownError(Exception):
    """A number that the record does not have, or words that stand for no arithmetic."""


@dataclass(frozen=True)
class Grid:
    """A tensor as far as it is known."""

    shape: Shape
    values: Sequence[float] = ()
    """The first elements, row by row; perhaps not all."""


Known = Grid | float | Shape | None
"""What a symbol may stand for: a tensor, a number, axes; None: all axes."""


@dataclass(frozen=True)
class Part:
    """A piece of a formula: its shape, and its tree at one element."""

    shape: Shape
    at: Callable[[Index], Tree]


OPERATORS = {"+", "-", "*", "/", "**", "neg", "if", "cmp"}


class Instance:
    """One row with what its symbols stand for."""

    def __init__(self, row: Formula, names: Mapping[str, Known]) -> None:
        self._row = row
        self._names = names

    def part(self, tree: Tree) -> Part:
        """The piece that a tree describes; raises UnknownError."""
        if isinstance(tree, str):
            return self._symbol(tree)
        if not isinstance(tree, tuple):
            return Part((), lambda _: tree)
        name = tree[0]
        if name == "cmp":
            return _comparison(tree, [self.part(part) for part in tree[1::2]])
        if name in OPERATORS or name in POINTWISE:
            return _pointwise(name, [self.part(part) for part in tree[1:]])
        if name in self._row.words or name not in PLACING:
            raise UnknownError(name)
        first = self.part(tree[1])
        return PLACING[name](first, *(self._argument(part) for part in tree[2:]))

    def _argument(self, tree: Tree) -> Part | Shape | None:
        """A further argument: a tensor, or the axes that a symbol names."""
        if isinstance(tree, str) and tree in self._names:
            known = self._names[tree]
            if known is None or isinstance(known, tuple):
                return known
        return self.part(tree)

    def _symbol(self, name: str) -> Part:
        if name == "pi":
            return Part((), lambda _: "pi")
        if name in self._row.where:
            part = self.part(parse(self._row.where[name]))
            return Part(part.shape, lambda index: ("#", value_of(part.at(index))))
        known = self._names.get(name)
        if isinstance(known, Grid):
            return Part(known.shape, lambda index: ("#", _element(known, index)))
        if isinstance(known, int | float):
            return Part((), lambda _: ("#", float(known)))
        raise UnknownError(name)


def place(flat: int, shape: Shape) -> Index:
    """The index of the `flat`-th element, row by row."""
    index: list[int] = []
    for size in reversed(shape):
        index.insert(0, flat % size)
        flat //= size
    return tuple(index)


def broadcast(shapes: Sequence[Shape]) -> Shape:
    """The common shape; raises UnknownError where there is none."""
    rank = max(map(len, shapes), default=0)
    padded = [(1,) * (rank - len(shape)) + shape for shape in shapes]
    for sizes in zip(*padded, strict=True):
        if len({size for size in sizes if size != 1}) > 1:
            raise UnknownError("shapes")
    return tuple(next((s for s in sizes if s != 1), 1) for sizes in zip(*padded, strict=True))


def expanded(shape: Sequence[int], full: Sequence[int]) -> list[int]:
    """Axes of `full` along which a tensor of `shape` was repeated."""
    lead = len(full) - len(shape)
    return [
        axis
        for axis, size in enumerate(full)
        if axis < lead or (shape[axis - lead] == 1 and size != 1)
    ]


def summed_to(part: Part, shape: Shape) -> Part:
    """The sum over what broadcasting had repeated."""
    if part.shape == shape:
        return part
    lead = len(part.shape) - len(shape)
    if lead < 0:
        raise UnknownError("shapes")
    wide = expanded(shape, part.shape)
    kept = tuple(1 if axis in wide else size for axis, size in enumerate(part.shape))
    if kept[lead:] != shape:
        raise UnknownError("shapes")
    return Part(shape, lambda index: _sum_at(part, wide, (0,) * lead + index))


def _flat(index: Index, shape: Shape) -> int:
    flat = 0
    for size, at in zip(shape, index, strict=True):
        flat = flat * size + at
    return flat


def _element(known: Grid, index: Index) -> float:
    flat = _flat(index, known.shape)
    if flat >= len(known.values):
        raise UnknownError("element")
    return known.values[flat]


def _aligned(index: Index, shape: Shape) -> Index:
    """The index into a tensor that is repeated to a larger shape."""
    own = index[len(index) - len(shape) :]
    return tuple(0 if size == 1 else at for size, at in zip(shape, own, strict=True))


def _pointwise(name: str, parts: Sequence[Part]) -> Part:
    shape = broadcast([part.shape for part in parts])
    return Part(
        shape, lambda index: (name, *(part.at(_aligned(index, part.shape)) for part in parts))
    )


def _comparison(tree: tuple[Tree, ...], parts: Sequence[Part]) -> Part:
    shape = broadcast([part.shape for part in parts])

    def at(index: Index) -> Tree:
        trees = [part.at(_aligned(index, part.shape)) for part in parts]
        signs = [*tree[2::2], ""]
        both = itertools.chain.from_iterable(zip(trees, signs, strict=True))
        return ("cmp", *list(both)[:-1])

    return Part(shape, at)


def _terms(part: Part, axes: Sequence[int], index: Index) -> list[Tree]:
    """The elements that differ from `index` along some axes only."""
    ranges = [range(n) if axis in axes else (index[axis],) for axis, n in enumerate(part.shape)]
    return [part.at(place) for place in itertools.product(*ranges)]


def _sum_at(part: Part, axes: Sequence[int], index: Index) -> Tree:
    return _joined("sum", _terms(part, axes, index))


def _joined(name: str, terms: Sequence[Tree]) -> Tree:
    """A sum or product; of nothing it is 0 or 1."""
    if not terms:
        return 0 if name == "sum" else 1
    return terms[0] if len(terms) == 1 else (name, *terms)


Arguments = Part | Shape | None


def _all(part: Part, axes: Arguments) -> tuple[list[int], Shape]:
    """The axes to reduce, counted from the front, and the shape that is left."""
    rank = len(part.shape)
    if axes is None:
        return list(range(rank)), ()
    assert isinstance(axes, tuple)
    chosen = [axis % rank for axis in axes] if rank else []
    return chosen, tuple(1 if axis in chosen else n for axis, n in enumerate(part.shape))


def _reduced(name: str) -> Callable[..., Part]:
    def make(part: Part, axes: Arguments = None) -> Part:
        chosen, shape = _all(part, axes)

        def at(index: Index) -> Tree:
            return _joined(name, _terms(part, chosen, index or (0,) * len(part.shape)))

        return Part(shape, at)

    return make


def _mean(part: Part, axes: Arguments = None) -> Part:
    total = _reduced("sum")(part, axes)
    count = _counted(part, axes)
    return Part(total.shape, lambda index: ("/", total.at(index), count.at(index)))


def _counted(part: Part, axes: Arguments = None) -> Part:
    chosen, _ = _all(part, axes)
    count = math.prod(part.shape[axis] for axis in chosen)
    return Part((), lambda _: ("#", float(count)))


def _copies(part: Part, like: Arguments, axes: Arguments = None) -> Part:
    """Each element repeated along the axes of `like` that were reduced."""
    assert isinstance(like, Part)
    missing = len(like.shape) - len(part.shape)
    dropped = set(_all(like, axes)[0]) if missing and isinstance(axes, tuple) else set()

    def at(index: Index) -> Tree:
        left = tuple(i for axis, i in enumerate(index) if axis not in dropped)
        return part.at(_aligned(left, part.shape))

    return Part(like.shape, at)


def _folded(part: Part, like: Arguments) -> Part:
    assert isinstance(like, Part)
    return summed_to(part, like.shape)


def _reshaped(part: Part, like: Arguments) -> Part:
    assert isinstance(like, Part)
    sizes = like.shape
    return Part(sizes, lambda index: part.at(place(_flat(index, sizes), part.shape)))


def _transposed(part: Part) -> Part:
    if len(part.shape) < 2:
        raise UnknownError("shapes")
    *front, rows, columns = part.shape
    return Part((*front, columns, rows), lambda i: part.at((*i[:-2], i[-1], i[-2])))


def _product(left: Part, right: Arguments) -> Part:
    """Of matrices, of batches of them, or of a matrix and a vector."""
    assert isinstance(right, Part)
    inner, vector = left.shape[-1], len(right.shape) == 1
    if len(left.shape) < 2 or inner != right.shape[0 if vector else -2]:
        raise UnknownError("shapes")
    tail = () if vector else (right.shape[-1],)

    def at(index: Index) -> Tree:
        row = index if vector else index[:-1]
        front = row[: len(right.shape) - 2]
        terms = [
            ("*", left.at((*row, k)), right.at((k,) if vector else (*front, k, index[-1])))
            for k in range(inner)
        ]
        return _joined("sum", terms)

    return Part((*left.shape[:-1], *tail), at)


PLACING: dict[str, Callable[..., Part]] = {
    "sum": _reduced("sum"),
    "prod": _reduced("prod"),
    "mean": _mean,
    "count": _counted,
    "copies": _copies,
    "repeated": _copies,
    "along": _copies,
    "fold": _folded,
    "reshape": _reshaped,
    "T": _transposed,
    "@": _product,
}
"""What looks at more than one element."""
