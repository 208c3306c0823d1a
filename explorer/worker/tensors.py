"""The tensors of a large pass: each once, most as rows of statistics."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from operator import attrgetter

import numpy as np

from explorer.columns import MEASURED, NONE, RULES
from explorer.records import TensorColumns, TensorView
from explorer.worker.digits import Matrix
from explorer.worker.measurements import Found
from explorer.worker.meta import Meta
from explorer.worker.packing import Whole, packed
from explorer.worker.rows import Rows
from explorer.worker.views import Single, view_of_number

MOST_IN_FULL = 3 << 20
"""Bytes of JSON, about, of the tensors that are kept with their numbers."""

_BARE, _NUMBER = 200, 12
"""Bytes of JSON of a tensor without its numbers, and of one number."""

ENDS, GRADIENTS, RESULTS = range(3)
"""Whose numbers are kept first: those of leaves and of other boxes that no operation made, those of
gradients, those of forward results."""

_MEASURED = attrgetter(*MEASURED)


class Tensors:
    """Takes tickets, and parts what is there under them."""

    def __init__(
        self,
        found: Callable[[], Sequence[Found | Meta]],
        view: Callable[[int], TensorView],
        most: int | None = None,
    ) -> None:
        """They tell what is there under all tickets, and of one as a view; `most`: bytes that those
        with their numbers may take, where not `MOST_IN_FULL`."""
        self._most = MOST_IN_FULL if most is None else most
        self._found = found
        self._view = view
        self._added: list[tuple[Whole, int]] = []

    def add(self, rank: int, *columns: Whole) -> None:
        """Columns of tickets; the lower the rank, the sooner their numbers are kept."""
        self._added += ((tickets[tickets != NONE], rank) for tickets in columns)

    def parted(
        self, word: Callable[[str], int], shape: Callable[[tuple[int, ...]], int]
    ) -> tuple[tuple[TensorView, ...], TensorColumns, Callable[[Whole], Whole]]:
        """Those in full, those of which statistics say enough, and the place of each ticket.

        `word` and `shape` give places to the words and shapes of statistics.
        """
        tickets, ranks = self._each_once()
        table = _Table(len(tickets))
        found = self._found()
        table.fill([found[ticket] for ticket in tickets.tolist()])
        whole = table.whole(ranks, self._most)
        others = np.ones(len(tickets), np.bool_)
        others[whole] = False
        rest = np.flatnonzero(others)
        views = tuple(self._view(ticket) for ticket in tickets[whole].tolist())
        moved = np.full(len(tickets) + 1, NONE)
        moved[np.concatenate((whole, rest))] = np.arange(len(tickets))
        order = np.argsort(tickets)

        def place(asked: Whole) -> Whole:
            at = np.searchsorted(tickets, np.maximum(asked, 0), sorter=order)
            nearest = order[np.minimum(at, len(order) - 1)] if len(order) else at
            return np.where(asked == NONE, NONE, moved[nearest])

        return views, table.columns(rest, word, shape), place

    def _each_once(self) -> tuple[Whole, Whole]:
        """Tickets in the order of their first sight, and the lowest rank of each."""
        every = np.concatenate([tickets for tickets, _ in self._added])
        ranks = np.repeat([rank for _, rank in self._added], [len(one) for one, _ in self._added])
        tickets, firsts, places = np.unique(every, return_index=True, return_inverse=True)
        lowest = np.full(len(tickets), RESULTS)
        np.minimum.at(lowest, places, ranks)
        order = np.argsort(firsts)
        return tickets[order], lowest[order]


class _Table:
    """What there is of each tensor, by its place."""

    def __init__(self, count: int) -> None:
        self._measured = np.zeros((len(MEASURED), count))
        self._counts = np.zeros((2, count), np.int64)
        """Zeros and elements that are not finite."""
        self._metas: list[Meta | None] = [None] * count
        """None of those that statistics cannot tell of."""
        self._sizes = np.zeros(count, np.int64)
        """Numbers that are kept of those with more than one element."""

    def fill(self, found: Sequence[Found | Meta]) -> None:
        """Says what there is at each place."""
        rows: dict[Rows, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        places: list[int] = []
        numbers: list[float] = []
        for at, one in enumerate(found):
            if isinstance(one, TensorView):
                self._put_view(at, one)
            elif isinstance(one, Single):
                if type(one.number) is float:
                    self._metas[at] = one.meta
                    places.append(at)
                    numbers.append(one.number)
                else:
                    self._put_view(at, view_of_number(*one))
            elif not isinstance(one, Meta):
                those, which = rows[one[0]]
                those.append(at)
                which.append(one[1])
        for group, places_and_rows in rows.items():
            self._put_rows(group, *places_and_rows)
        self._put_numbers(places, np.array(numbers))

    def _put_rows(self, group: Rows, places: list[int], rows: list[int]) -> None:
        for at in places:
            self._metas[at] = group.meta
        self._measured[:, places] = np.stack(group.measured)[:, rows]
        self._counts[:, places] = np.stack((group.zeros, group.nonfinite))[:, rows]
        self._sizes[places] = group.width if group.is_listed else 0

    def _put_numbers(self, places: list[int], numbers: Matrix) -> None:
        """Tensors of one element."""
        wild = ~np.isfinite(numbers)
        self._measured[:, places] = numbers
        self._measured[MEASURED.index("std"), places] = np.where(wild, np.nan, 0.0)
        self._measured[MEASURED.index("norm"), places] = np.abs(numbers)
        self._counts[:, places] = numbers == 0, wild

    def _put_view(self, at: int, view: TensorView) -> None:
        measured = _MEASURED(view)
        if None in measured or view.imag is not None or view.truncated:
            return
        self._metas[at] = Meta(view.shape, view.dtype, view.requires_grad)
        self._measured[:, at] = [*map(float, measured)]
        self._counts[:, at] = view.zeros, view.nonfinite
        if len(view.values) > 1:
            self._sizes[at] = len(view.values) + sum(map(len, view.heat or ()))

    def whole(self, ranks: Whole, most: int) -> Whole:
        """Places of those that are kept with their numbers."""
        irregular = [at for at, meta in enumerate(self._metas) if meta is None]
        listed = np.flatnonzero(self._sizes)
        listed = listed[np.argsort(ranks[listed], kind="stable")]
        bytes_ = np.cumsum(_BARE + _NUMBER * self._sizes[listed])
        return np.concatenate((np.array(irregular, np.int64), listed[bytes_ <= most]))

    def columns(
        self, rest: Whole, word: Callable[[str], int], shape: Callable[[tuple[int, ...]], int]
    ) -> TensorColumns:
        """Statistics of the others."""
        metas = [meta for at in rest.tolist() if (meta := self._metas[at]) is not None]
        each = {
            one: (shape(one.shape), word(one.dtype), int(one.requires_grad))
            for one in dict.fromkeys(metas)
        }
        said = np.array([each[one] for one in metas], np.int64).reshape(-1, 3).T
        named = (*said, *self._counts[:, rest])
        integers = {
            name: packed(numbers) for name, numbers in zip(RULES["statistics"], named, strict=True)
        }
        low, *others = self._measured[:, rest]
        many = np.array([math.prod(one.shape) != 1 for one in metas], np.bool_)
        kept = (low, *(column[many] for column in others))
        floats = (column.astype("<f8").tobytes() for column in kept)
        return TensorColumns(len(rest), **integers, **dict(zip(MEASURED, floats, strict=True)))
