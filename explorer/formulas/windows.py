"""Rows: convolutions, pools, and what makes maps larger or smaller."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from explorer.formulas.row import Formula, Proof, Word, X, linear, nn, normal

Op = Callable[[Any, Any], Any]
SPREADS = "Spreads each G over its window by the same weights, adding where windows overlap."


def _conv(torch: Any, x: Any, w: Any, b: Any) -> Any:
    return nn(torch).conv2d(x, w, b, stride=2, padding=1)


def _windows(torch: Any, x: Any, w: Any, b: Any) -> Any:
    """The convolution as one product of matrices: windows as columns, filters as rows."""
    columns = nn(torch).unfold(x, 3, padding=1, stride=2)
    flat = w.reshape(w.shape[0], -1) @ columns + b[:, None]
    return flat.reshape(x.shape[0], w.shape[0], 3, 3)


def _back_to_windows(torch: Any, g: Any, w: Any) -> Any:
    columns = w.reshape(w.shape[0], -1).T @ g.flatten(2)
    return nn(torch).fold(columns, (6, 6), 3, padding=1, stride=2)


def _seen_by_filters(torch: Any, g: Any, x: Any) -> Any:
    columns = nn(torch).unfold(x, 3, padding=1, stride=2)
    return (g.flatten(2) @ columns.mT).sum(0).reshape(4, 3, 3, 3)


def _weighted(
    node: str, does: str, spelled: str, op: Op, *shape: int, back: str = SPREADS
) -> Formula:
    """Every result is a fixed weighted sum of inputs."""
    return Formula(
        node,
        does,
        back,
        X,
        "weighted(x)",
        ("spread(G)",),
        (Proof(op, (normal(*shape),)),),
        words={
            "weighted": Word(spelled, lambda torch, x: op(torch, x)),
            "spread": Word("{0} spread by the same weights", linear(op, *shape)),
        },
    )


def _largest(node: str, op: Callable[[Any, Any], Any], *shape: int) -> Formula:
    """The largest of each window; `op` also gives the indices."""

    def place(torch: Any, g: Any, i: Any) -> Any:
        axes = len(shape) - 2
        flat = torch.zeros(*shape[:2], torch.Size(shape[2:]).numel())
        flat = flat.scatter_add(2, i.flatten(-axes), g.flatten(-axes))
        return flat.reshape(shape)

    return Formula(
        node,
        "Takes the largest number of each window.",
        "Adds each G at the place of its window's largest number, 0 elsewhere.",
        X,
        "largest(x, i)",
        ("placed(G, i)",),
        (Proof(lambda torch, x: op(torch, x)[0], (normal(*shape),)),),
        saved={"i": "result1"},
        words={
            "largest": Word(
                "the largest of each window of {0}",
                lambda _, x, i: x.flatten(2).gather(2, i.flatten(2)).reshape(i.shape),
            ),
            "placed": Word("{0} added at the places of the largest", place),
        },
    )


def _up(axes: int, mode: str, **more: Any) -> Op:
    del axes
    return lambda torch, x: nn(torch).interpolate(x, scale_factor=2, mode=mode, **more)


def _pad(*sizes: int, mode: str) -> Op:
    return lambda torch, x: nn(torch).pad(x, sizes, mode=mode)


REPEATS = "Adds G up over the copies of each number."
MIRRORS = "Adds the G of the border to the numbers that it was copied from."

CONVOLVED = {"x": "input", "w": "weight", "b": "bias"}
BIAS = {
    "total": Word("Σ {0} per channel", lambda _, g: g.sum((0, 2, 3))),
    "each": Word("{0}", lambda _, b: b[:, None, None]),
}
NO_BIAS = "Without a bias b counts as 0."

ROWS = (
    Formula(
        "ConvolutionBackward0",
        "Slides filters over the input; each result is the product sum of a filter and a window.",
        "The input gets G through the transposed filters; a filter gets the windows it saw, each "
        "times its G; the bias gets the sum of G.",
        CONVOLVED,
        "conv(x, w) + each(b)",
        ("transposed(G, w)", "seen(G, x)", "total(G)"),
        (Proof(_conv, (normal(2, 3, 6, 6), normal(4, 3, 3, 3), normal(4))),),
        words={
            "conv": Word(
                "conv({0}, {1})", lambda torch, x, w: _windows(torch, x, w, torch.zeros(4))
            ),
            "transposed": Word("transposed conv({0}, {1})", _back_to_windows),
            "seen": Word("Σ {0} · windows of {1}", _seen_by_filters),
            **BIAS,
        },
        when={"transposed": 0},
        note=NO_BIAS,
    ),
    Formula(
        "ConvolutionBackward0",
        "Spreads each input over a window by the filters, adding where windows overlap: a "
        "convolution's backward, used forward.",
        "The input gets the convolution of G with the filters; a filter gets the windows of G, "
        "each times its input; the bias gets the sum of G.",
        CONVOLVED,
        "transposed(x, w) + each(b)",
        ("conv(G, w)", "seen(x, G)", "total(G)"),
        (
            Proof(
                lambda t, x, w, b: nn(t).conv_transpose2d(
                    x, w, b, stride=2, padding=1, output_padding=1
                ),
                (normal(2, 4, 3, 3), normal(4, 3, 3, 3), normal(3)),
            ),
        ),
        words={
            "transposed": Word("transposed conv({0}, {1})", _back_to_windows),
            "conv": Word(
                "conv({0}, {1})", lambda torch, g, w: _windows(torch, g, w, torch.zeros(4))
            ),
            "seen": Word("Σ {0} · windows of {1}", _seen_by_filters),
            **BIAS,
        },
        when={"transposed": 1},
        note=NO_BIAS,
    ),
    _largest(
        "MaxPool2DWithIndicesBackward0",
        lambda torch, x: nn(torch).max_pool2d(x, 3, 2, return_indices=True),
        1,
        2,
        7,
        7,
    ),
    _largest(
        "MaxPool3DWithIndicesBackward0",
        lambda torch, x: nn(torch).max_pool3d(x, 2, return_indices=True),
        1,
        2,
        4,
        4,
        4,
    ),
    _largest(
        "AdaptiveMaxPool2DBackward0",
        lambda torch, x: nn(torch).adaptive_max_pool2d(x, 2, return_indices=True),
        1,
        2,
        5,
        5,
    ),
    _largest(
        "AdaptiveMaxPool3DBackward0",
        lambda torch, x: nn(torch).adaptive_max_pool3d(x, 2, return_indices=True),
        1,
        1,
        3,
        3,
        3,
    ),
    _weighted(
        "AvgPool2DBackward0",
        "Takes the mean of each window.",
        "the mean of each window of {0}",
        lambda torch, x: nn(torch).avg_pool2d(x, 3, 2),
        1,
        2,
        5,
        5,
    ),
    _weighted(
        "AvgPool3DBackward0",
        "Takes the mean of each window.",
        "the mean of each window of {0}",
        lambda torch, x: nn(torch).avg_pool3d(x, 2),
        1,
        1,
        4,
        4,
        4,
    ),
    _weighted(
        "AdaptiveAvgPool2DBackward0",
        "Takes the mean of each cell of a grid of given size.",
        "the mean of each cell of {0}",
        lambda torch, x: nn(torch).adaptive_avg_pool2d(x, 2),
        1,
        2,
        5,
        5,
    ),
    _weighted(
        "AdaptiveAvgPool3DBackward0",
        "Takes the mean of each cell of a grid of given size.",
        "the mean of each cell of {0}",
        lambda torch, x: nn(torch).adaptive_avg_pool3d(x, 2),
        1,
        1,
        3,
        3,
        3,
    ),
    *(
        _weighted(
            f"UpsampleNearest{exact}{axes}DBackward0",
            "Makes a map larger by repeating numbers.",
            "{0} with repeated numbers",
            _up(axes, "nearest" if not exact else "nearest-exact"),
            1,
            2,
            *(2, 3, 2)[:axes],
            back=REPEATS,
        )
        for axes in (1, 2, 3)
        for exact in ("", "Exact")
    ),
    *(
        _weighted(
            f"Upsample{kind}{axes}DBackward0",
            "Makes a map larger by weighted means of neighbours.",
            "weighted means of neighbours in {0}",
            _up(axes, kind.lower()),
            1,
            2,
            *(3, 4, 2)[:axes],
        )
        for kind, axes in (("Linear", 1), ("Bilinear", 2), ("Bicubic", 2), ("Trilinear", 3))
    ),
    _weighted(
        "Im2ColBackward0",
        "Lays windows side by side as columns.",
        "windows of {0} as columns",
        lambda torch, x: nn(torch).unfold(x, 2),
        1,
        2,
        3,
        3,
        back="Puts the columns back as windows, adding where they overlap.",
    ),
    _weighted(
        "Col2ImBackward0",
        "Puts columns back as windows, adding where they overlap.",
        "columns of {0} as windows, added up",
        lambda torch, x: nn(torch).fold(x, (3, 3), 2),
        1,
        8,
        4,
        back="Lays the windows of G side by side as columns.",
    ),
    *(
        _weighted(
            f"{kind}Pad{axes}DBackward0",
            f"Continues a map beyond its border: {way}.",
            "{0} with a border",
            _pad(*(1, 1, 2, 1, 1, 2)[: 2 * axes], mode=mode),
            1,
            2,
            *(3, 4, 3)[:axes],
            back=MIRRORS,
        )
        for kind, mode, way in (
            ("Reflection", "reflect", "as in a mirror on the border"),
            ("Replication", "replicate", "with the number at the border"),
        )
        for axes in (1, 2, 3)
    ),
)
