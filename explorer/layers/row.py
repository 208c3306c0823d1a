"""One row of the table of layers: what it writes, what it expects, what comes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace

from explorer.layers.field import Field, Value, arguments, settings

Shape = tuple[int, ...]
"""Sizes with the batch in front."""
Chosen = SimpleNamespace
"""The fields of one layer as attributes."""

VECTORS = "batch × features"
ANY = "any shape"
GRID = {
    1: "batch × channels × length",
    2: "batch × channels × height × width",
    3: "batch × channels × depth × height × width",
}
STEPS = "batch × time × features"


class ShapeError(ValueError):
    """What comes in does not suit the layer; `fit` holds values with which it would."""

    def __init__(self, message: str, **fit: Value) -> None:
        super().__init__(message)
        self.fit = fit


def _none(_: Chosen) -> int:
    return 0


def _plain(name: str, _: Shape, __: Chosen) -> tuple[str, ...]:
    return (f"x = {name}(x)",)


@dataclass(frozen=True)
class Row:
    """A layer that can be picked. `shape`, `example` and `parameters` are formulas, not runs."""

    name: str
    """In `torch.nn`."""
    family: str
    says: str
    """One line: what it does."""
    expects: str
    """Axes of what comes in."""
    fields: tuple[Field, ...]
    example: Callable[[Chosen], Shape]
    """A shape that suits these choices."""
    shape: Callable[[Shape, Chosen], Shape]
    """What comes out; raises ShapeError. Ranks and the feature count have been checked before."""
    parameters: Callable[[Chosen], int] = _none
    """Count of learnable numbers."""
    ranks: tuple[int, ...] = ()
    """Allowed numbers of axes; empty: any."""
    feature: tuple[str, int] | None = None
    """A field and the axis whose size it must equal."""
    fixed: tuple[str, ...] = ()
    """Arguments that are always written."""
    short: str = ""
    """Stem of the attribute in a class: `self.conv1`."""
    call: Callable[[str, Shape, Chosen], tuple[str, ...]] = _plain
    """Lines of `forward` that take `x` through the layer of that name."""
    chains: bool = True
    """Whether nn.Sequential can hold it: one tensor in, one tensor out."""
    takes_indices: bool = False
    """True: whole numbers come in. False: any other."""

    def chosen(self, values: Mapping[str, Value]) -> Chosen:
        """All fields as attributes."""
        return settings(self.fields, values)

    def code(self, values: Mapping[str, Value]) -> str:
        """The constructor: `nn.Linear(2, 4)`."""
        written = arguments(self.fields, self.chosen(values))
        return f"nn.{self.name}({', '.join([*written, *self.fixed])})"

    def flow(self, x: Shape, values: Mapping[str, Value]) -> Shape:
        """The shape that comes out for `x`; raises ShapeError."""
        chosen = self.chosen(values)
        if self.ranks and len(x) not in self.ranks:
            raise ShapeError(f"{self.name} expects {self.expects}, but {show(x)} comes in.")
        if self.feature:
            self._check_feature(x, chosen, *self.feature)
        out = self.shape(x, chosen)
        if any(size < 1 for size in out):
            raise ShapeError(f"Nothing would be left of {show(x)}.")
        return out

    def _check_feature(self, x: Shape, chosen: Chosen, name: str, axis: int) -> None:
        here, wanted = x[axis], getattr(chosen, name)
        if here != wanted:
            place = "The last axis" if axis == -1 else f"Axis {axis}"
            raise ShapeError(
                f"{place} of {show(x)} has {here}, but {name} is {wanted}.",
                **{name: here},
            )

    @property
    def stem(self) -> str:
        """What its attribute is called in a class, before the number."""
        return self.short or self.name.lower()


def show(shape: Shape) -> str:
    """ "4 × 8"."""
    return " × ".join(map(str, shape))


def same(x: Shape, _: Chosen) -> Shape:
    """The formula of all layers that keep the shape."""
    return x


def need(condition: bool, message: str, **fit: Value) -> None:
    """Raises ShapeError unless the condition holds."""
    if not condition:
        raise ShapeError(message, **fit)


def need_axis(x: Shape, name: str, axis: int) -> None:
    """Raises ShapeError when `x` has no such axis."""
    need(
        -len(x) <= axis < len(x),
        f"{name} is {axis}, but {show(x)} has the axes {-len(x)} to {len(x) - 1}.",
        **{name: -1},
    )
