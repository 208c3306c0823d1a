"""Statistics of the tensors of a large pass, read from columns."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from functools import cached_property
from itertools import accumulate

from explorer.columns import MEASURED, RULES, Columns, Floats, Integers, floats
from explorer.records import TensorView, number

GROUP = "statistics"


class Measured:
    """Whatever is asked raises ValueError where the columns are wrong."""

    def __init__(self, columns: Columns, rows: Callable[[str], Integers]) -> None:
        """`rows` reads and checks one column of integers."""
        self._columns = columns
        self._rows = rows
        self._is_one = [math.prod(sizes) == 1 for sizes in columns.shapes]
        """Whether tensors of each shape have one element."""

    def check(self) -> None:
        """Whether each column of measurements has the rows that it must have."""
        columns, is_one = self._columns.statistics, self._is_one
        floats(columns.low, columns.count)  # First: it has bytes for each row that is made next.
        shapes = Counter(self._rows("shape")).items()
        many = sum(count for shape, count in shapes if not is_one[shape])
        for name in MEASURED[1:]:
            floats(getattr(columns, name), many)

    def view(self, row: int) -> TensorView:
        """What is known of the tensor in a row."""
        shape, dtype, grad, zeros, wild = (column[row] for column in self._integers)
        sizes, alone = self._columns.shapes[shape], self._is_one[shape]
        lowest, *others = self._floats
        if alone:
            measured = of_one(lowest[row])
        else:
            place = self._places[row]
            measured = (lowest[row], *(column[place] for column in others))
        low, high, mean, std, norm = map(number, measured)
        return TensorView(
            shape=sizes,
            dtype=self._columns.words[dtype],
            requires_grad=bool(grad),
            values=(low,) if alone else (),
            low=low,
            high=high,
            mean=mean,
            std=std,
            norm=norm,
            zeros=zeros,
            nonfinite=wild,
        )

    @cached_property
    def _integers(self) -> list[Integers]:
        return [self._rows(name) for name in RULES[GROUP]]

    @cached_property
    def _places(self) -> list[int]:
        """Row -> that in the columns where tensors of one element have none."""
        rows = self._rows("shape")
        return [*accumulate((not self._is_one[shape] for shape in rows), initial=0)]

    @cached_property
    def _floats(self) -> list[Floats]:
        columns = self._columns.statistics
        low = floats(columns.low, columns.count)
        many = self._places[-1]
        return [low, *(floats(getattr(columns, name), many) for name in MEASURED[1:])]


def of_one(element: float) -> tuple[float, ...]:
    """The measurements of a tensor of one element."""
    return element, element, element, 0.0 if math.isfinite(element) else math.nan, abs(element)
