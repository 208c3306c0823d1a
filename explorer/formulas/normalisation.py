"""Rows: softmax, and layers that move numbers to mean 0 and spread 1."""

from __future__ import annotations

from typing import Any

from explorer.formulas.row import Formula, Proof, Word, X, nn, normal

AXIS = {"d": "dim"}
INPUTS = {"x": "input", "gamma": "weight", "beta": "bias"}
SUMS = ("total(G * xhat)", "total(G)")
BACK = (
    "Removes from γ G its mean and its share along x̂, then divides by the spread; γ gets the sum "
    "of G x̂, β the sum of G."
)


def _spread(x: Any, *axes: int) -> Any:
    return (x.var(axes, unbiased=False, keepdim=True) + 1e-5).sqrt()


def _normalised(
    node: str,
    does: str,
    per: str,
    proof: Proof,
    over: tuple[Any, Any],
    beside: dict[str, Word],
) -> Formula:
    """`over` are the mean and the spread of x, with its axes kept."""
    return Formula(
        node,
        does,
        BACK,
        INPUTS,
        "wide(gamma) * xhat + wide(beta)",
        ("1 / sigma * (Ghat - mean_of(Ghat) - xhat * mean_of(Ghat * xhat))", *SUMS),
        (proof,),
        where={
            "xhat": "(x - mu) / sigma",
            "Ghat": "wide(gamma) * G",
            "mu": "mean_of(x)",
            "sigma": "spread(x)",
        },
        words={
            "mean_of": Word("mean({0})", lambda _, x: over[0](x)),
            "spread": Word("√(var({0}) + ε)", lambda _, x: over[1](x)),
            **beside,
        },
        note=f"{per} Without γ and β these count as 1 and 0.",
        when={"training": 1} if "Batch" in node else {},
    )


def _beside(view: tuple[int, ...], summed: tuple[int, ...]) -> dict[str, Word]:
    """γ and β beside x, and sums down to their shape."""
    return {
        "wide": Word("{0}", lambda _, w: w.reshape(view)),
        "total": Word("Σ {0}", lambda _, g: g.sum(summed)),
    }


def _grouped(x: Any, of: Any) -> Any:
    """`of` each sample and group of two channels, repeated to the shape of x."""
    groups = x.reshape(2, 2, -1)
    return of(groups).expand_as(groups).reshape(x.shape)


PER_CHANNEL = "Means and sums are taken per channel, over the batch and all places."
ROWS = (
    Formula(
        "SoftmaxBackward0",
        "Turns scores into shares that add up to 1.",
        "Takes from each G the mean of G weighted by the shares, then multiplies by the share.",
        X,
        "exp(x) / sum(exp(x), d)",
        ("z * (G - sum(G * z, d))",),
        (Proof(lambda _, x: x.softmax(1), (normal(3, 4),)),),
        saved=AXIS,
    ),
    Formula(
        "SafeSoftmaxBackward0",
        "Turns scores into shares that add up to 1; rows that are masked out get 0.",
        "Takes from each G the mean of G weighted by the shares, then multiplies by the share.",
        X,
        "exp(x) / sum(exp(x), d)",
        ("z * (G - sum(G * z, d))",),
        (Proof(lambda torch, x: torch.ops.aten._safe_softmax(x, 1), (normal(3, 4),)),),
        saved=AXIS,
    ),
    Formula(
        "LogSoftmaxBackward0",
        "Turns scores into logarithms of shares.",
        "Takes from each G the sum of G times the share.",
        X,
        "x - ln(sum(exp(x), d))",
        ("G - exp(z) * sum(G, d)",),
        (Proof(lambda _, x: x.log_softmax(1), (normal(3, 4),)),),
        saved=AXIS,
    ),
    _normalised(
        "NativeBatchNormBackward0",
        "Moves each channel of the batch to mean 0 and spread 1, then scales by γ and shifts by β.",
        PER_CHANNEL,
        Proof(
            lambda t, x, w, b: nn(t).batch_norm(x, None, None, w, b, True),
            (normal(3, 2, 4, 4), normal(2), normal(2)),
        ),
        (lambda x: x.mean((0, 2, 3), keepdim=True), lambda x: _spread(x, 0, 2, 3)),
        _beside((1, 2, 1, 1), (0, 2, 3)),
    ),
    Formula(
        "NativeBatchNormBackward0",
        "Moves each channel by the running mean and spread, then scales by γ and shifts by β.",
        "x gets γ G divided by the running spread; γ gets the sum of G x̂, β the sum of G.",
        INPUTS,
        "wide(gamma) * xhat + wide(beta)",
        ("wide(gamma) * G / wide(sigma)", *SUMS),
        (
            Proof(
                lambda t, x, w, b: nn(t).batch_norm(
                    x, t.tensor([0.3, -1.0]), t.tensor([1.7, 0.4]), w, b, False
                ),
                (normal(3, 2, 4, 4), normal(2), normal(2)),
            ),
        ),
        saved={"mu": "running_mean", "v": "running_var", "epsilon": "eps"},
        where={"xhat": "(x - wide(mu)) / wide(sigma)", "sigma": "sqrt(v + epsilon)"},
        words=_beside((1, 2, 1, 1), (0, 2, 3)),
        when={"training": 0},
        note=f"In eval mode: μ and v are the running mean and variance. {PER_CHANNEL}",
    ),
    _normalised(
        "NativeLayerNormBackward0",
        "Moves each row to mean 0 and spread 1, then scales by γ and shifts by β.",
        "Means are taken per row, the sums of γ and β over the rows.",
        Proof(
            lambda t, x, w, b: nn(t).layer_norm(x, (4,), w, b),
            (normal(3, 4), normal(4), normal(4)),
        ),
        (lambda x: x.mean(-1, keepdim=True), lambda x: _spread(x, -1)),
        _beside((1, 4), (0,)),
    ),
    _normalised(
        "NativeGroupNormBackward0",
        "Moves each group of channels to mean 0 and spread 1, then scales by γ and shifts by β.",
        "Means are taken per sample and group, the sums of γ and β per channel.",
        Proof(
            lambda t, x, w, b: nn(t).group_norm(x, 2, w, b),
            (normal(2, 4, 3, 3), normal(4), normal(4)),
        ),
        (
            lambda x: _grouped(x, lambda groups: groups.mean(-1, keepdim=True)),
            lambda x: _grouped(x, lambda groups: _spread(groups, -1)),
        ),
        _beside((1, 4, 1, 1), (0, 2, 3)),
    ),
)
