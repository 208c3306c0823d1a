"""How many places a sliding window has: the size formulas of convolutions and pools."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, floor
from types import SimpleNamespace

from explorer.layers.row import Shape, ShapeError, need

Rule = Callable[[int, int, int, int, int], int]
"""Length of an axis, kernel, stride, padding, dilation -> places."""

Side = int | tuple[int, ...]
"""One number for all axes, or one for each."""


def each(value: Side, axes: int) -> tuple[int, ...]:
    """The numbers axis by axis."""
    return value if isinstance(value, tuple) else (value,) * axes


def with_axis(value: Side, axis: int, new: int) -> Side:
    """The same setting with another number along one axis, or for all where one holds for all."""
    if not isinstance(value, tuple):
        return new
    return (*value[:axis], new, *value[axis + 1 :])


def slid(x: Shape, v: SimpleNamespace, rule: Rule) -> Shape:
    """Places along each axis of `x`; the settings' own numbers stand in what is raised."""
    axes = len(x)
    usual = {"padding": 0, "dilation": 1}
    names = ("kernel_size", "stride", "padding", "dilation")
    settings = [each(getattr(v, name, usual.get(name, 1)), axes) for name in names]
    found = []
    for axis, (n, *numbers) in enumerate(zip(x, *settings, strict=True)):
        try:
            found.append(rule(n, *numbers))
        except ShapeError as error:
            fit = {name: with_axis(getattr(v, name), axis, new) for name, new in error.fit.items()}  # type: ignore[arg-type]
            raise ShapeError(str(error), **fit) from error
    return tuple(found)


def reaches(v: SimpleNamespace, axes: int) -> tuple[int, ...]:
    """How far the window reaches along each axis."""
    pairs = zip(each(v.kernel_size, axes), each(getattr(v, "dilation", 1), axes), strict=True)
    return tuple(dilation * (kernel - 1) + 1 for kernel, dilation in pairs)


def places(n: int, kernel: int, stride: int, padding: int, dilation: int = 1) -> int:
    """Places of a window along an axis of `n`, as in the documentation of nn.Conv2d."""
    reach = dilation * (kernel - 1) + 1
    need(
        reach <= n + 2 * padding,
        f"A window of {reach} does not fit into {n + 2 * padding} "
        f"({n} and {padding} of padding on both sides).",
        **({"kernel_size": n + 2 * padding} if dilation == 1 else {"dilation": 1}),
    )
    return floor((n + 2 * padding - reach) / stride) + 1


def places_or_part(n: int, kernel: int, stride: int, padding: int, dilation: int = 1) -> int:
    """With `ceil_mode`: a last window may hang over the end, but must begin before it."""
    reach = dilation * (kernel - 1) + 1
    places_ = ceil((n + 2 * padding - reach) / stride) + 1
    return places_ - 1 if (places_ - 1) * stride >= n + padding else places_


def spread(n: int, kernel: int, stride: int, padding: int, dilation: int) -> int:
    """Length that a transposed convolution makes of an axis of `n`, without output padding."""
    return (n - 1) * stride - 2 * padding + dilation * (kernel - 1) + 1
