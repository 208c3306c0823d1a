"""One thing that can be chosen about a layer, a loss or an optimizer, and what it may be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite
from types import SimpleNamespace
from typing import Literal, TypeGuard

Value = bool | int | float | str | tuple[int, ...]
Kind = Literal["count", "number", "flag", "choice", "sizes", "sides"]

LONGEST_SHAPE = 5
"""Axes in a field that holds a shape; convolutions over volumes need four without the batch."""
LARGEST_SIZE = 65_536
"""Along one axis: what flattening 32 channels of 28×28 gives still fits."""


@dataclass(frozen=True)
class Field:
    """A name with a range and a default."""

    name: str
    kind: Kind
    default: Value
    low: float = 0
    high: float = 0
    options: tuple[str, ...] = ()
    lengths: tuple[int, ...] = ()
    """How many numbers there may be instead of one that holds for all axes."""
    order: str = "one for each axis"
    """What they stand for."""
    torch: Value | None = None
    """PyTorch's own default; a value equal to it is not written. None: always written."""
    twin: str = ""
    """Name of the field that PyTorch takes the value from when it is not written."""
    named: bool = True
    """Written as `name=value`; False: by position."""
    written: bool = True
    """False: no argument of the constructor, but a choice about the call."""

    @property
    def allowed(self) -> str:
        """The range in words: "a whole number from 1 to 15"."""
        match self.kind:
            case "count":
                return f"a whole number from {self.low:,.0f} to {self.high:,.0f}"
            case "number":
                return f"a number from {self.low:g} to {self.high:g}"
            case "flag":
                return "True or False"
            case "choice":
                return "one of " + ", ".join(self.options)
            case "sides":
                many = " or ".join(map(str, self.lengths))
                one = f"a whole number from {self.low:.0f} to {self.high:.0f}"
                return f"{one}, or {many} of them, {self.order}"
        return f"1 to {LONGEST_SHAPE} whole numbers from 1 to {LARGEST_SIZE:,}, separated by commas"

    def refusal(self, value: object) -> str | None:
        """Why `value` cannot be, naming the allowed range; None when it can."""
        return None if self._takes(value) else f"{self.name} must be {self.allowed}."

    def _takes(self, value: object) -> bool:
        match self.kind:
            case "flag":
                return isinstance(value, bool)
            case "choice":
                return value in self.options
            case "sizes":
                return isinstance(value, tuple) and fits_as_shape(value)
            case "count":
                return self._in_range(value)
            case "sides":
                if isinstance(value, tuple) and len(value) in self.lengths:
                    return all(map(self._in_range, value))
                return self._in_range(value)
        if not isinstance(value, int | float) or isinstance(value, bool):
            return False
        return isfinite(value) and self.low <= value <= self.high

    def _in_range(self, value: object) -> bool:
        return whole(value) and self.low <= value <= self.high


def whole(value: object) -> TypeGuard[int]:
    """True and False are integers to Python, and not here."""
    return isinstance(value, int) and not isinstance(value, bool)


def fits_as_shape(value: tuple[object, ...]) -> bool:
    """Whether these are sizes that a tensor here may have."""
    sizes = all(whole(size) and 1 <= size <= LARGEST_SIZE for size in value)
    return 1 <= len(value) <= LONGEST_SHAPE and sizes


def parse_sizes(text: str) -> tuple[int, ...] | None:
    """ "8, 28, 28" as sizes; also "8×28×28" and "(8, 28)". None when that is no shape."""
    sizes = _whole_numbers(text)
    return sizes if fits_as_shape(sizes) else None


def parse_sides(text: str, field: Field) -> int | tuple[int, ...] | None:
    """ "3" as a number, "3, 5" as one for each axis; None when the field does not take it."""
    numbers = _whole_numbers(text)
    value = numbers[0] if len(numbers) == 1 else numbers
    return None if field.refusal(value) else value


def _whole_numbers(text: str) -> tuple[int, ...]:
    """ "8, 28", "8×28" and "(8, 28)"; nothing where anything else stands between."""
    words = text.strip().strip("()[]").replace("×", ",").replace("x", ",").split(",")
    words = [word.strip() for word in words if word.strip()]
    if not all(word.isascii() and word.isdigit() and len(word) < 9 for word in words):
        return ()
    return tuple(map(int, words))


def settings(fields: Iterable[Field], given: Mapping[str, Value]) -> SimpleNamespace:
    """All fields as attributes: what was given, else the default."""
    return SimpleNamespace(**{one.name: given.get(one.name, one.default) for one in fields})


def arguments(fields: Iterable[Field], chosen: SimpleNamespace) -> list[str]:
    """The arguments of a call, without those that only repeat PyTorch's defaults."""
    texts = []
    for one in fields:
        value = getattr(chosen, one.name)
        usual = getattr(chosen, one.twin) if one.twin else one.torch
        if not one.written or (value == usual and type(value) is type(usual)):
            continue
        text = literal(value)
        texts.append(f"{one.name}={text}" if one.named else text)
    return texts


def literal(value: Value) -> str:
    """The value as Python text, the way people write it."""
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, tuple) and len(value) == 1:
        return f"({value[0]},)"
    return repr(value)


def count(name: str, default: int, high: int, low: int = 1, **more: object) -> Field:
    """A whole number."""
    return Field(name, "count", default, low, high, **more)  # type: ignore[arg-type]


def side(name: str, default: int, high: int, axes: int, **more: object) -> Field:
    """A whole number for all axes, or one for each; with one axis there is nothing to choose."""
    if axes == 1:
        return count(name, default, high, **more)  # type: ignore[arg-type]
    low = more.pop("low", 1)
    more.setdefault("lengths", (axes,))
    return Field(name, "sides", default, low, high, **more)  # type: ignore[arg-type]


def size(name: str, default: int, high: int = 4096) -> Field:
    """A leading argument: how many features, channels, ... Written by position."""
    return Field(name, "count", default, 1, high, named=False)


def number(name: str, default: float, low: float, high: float, **more: object) -> Field:
    """A real number that PyTorch gives the same default, unless `torch` says otherwise."""
    more.setdefault("torch", default)
    return Field(name, "number", default, low, high, **more)  # type: ignore[arg-type]


def flag(name: str, default: bool, **more: object) -> Field:
    """Yes or no, with PyTorch's default."""
    more.setdefault("torch", default)
    return Field(name, "flag", default, **more)  # type: ignore[arg-type]


def choice(name: str, options: tuple[str, ...], **more: object) -> Field:
    """One of some words; the first is the default, PyTorch's as well."""
    more.setdefault("torch", options[0])
    return Field(name, "choice", options[0], options=options, **more)  # type: ignore[arg-type]


def axis(name: str, default: int, **more: object) -> Field:
    """An axis; negative ones count from the end."""
    return count(name, default, LONGEST_SHAPE - 1, -LONGEST_SHAPE, **more)


def sizes(name: str, default: tuple[int, ...]) -> Field:
    """A shape, written by position."""
    return Field(name, "sizes", default, named=False)
