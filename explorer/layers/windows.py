"""How many places a sliding window has: the size formulas of convolutions and pools."""

from __future__ import annotations

from math import ceil, floor

from explorer.layers.row import Shape, need


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


def spread(x: Shape, kernel: int, stride: int, padding: int, dilation: int, extra: int) -> Shape:
    """Sizes that a transposed convolution makes of the sizes `x`."""
    return tuple((n - 1) * stride - 2 * padding + dilation * (kernel - 1) + extra + 1 for n in x)
