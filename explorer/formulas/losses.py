"""Rows: losses, each with its ways of reducing to one number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from explorer.formulas.row import Formula, Maker, Proof, Word, normal

XT = {"x": "self", "t": "target"}
REDUCTIONS = {"none": 0, "mean": 1, "sum": 2}
"""Name in Python -> number that the node saves."""


def _reduced(
    node: str,
    says: tuple[str, str],
    each: str,
    slopes: tuple[str, ...],
    numbers: tuple[Maker, ...],
    call: Callable[..., Any],
    **more: Any,
) -> tuple[Formula, ...]:
    """A loss element by element, its mean and its sum. `slopes` are those of `each`."""
    return tuple(
        Formula(
            node,
            *_said(says, name),
            more.get("inputs", XT),
            {"none": each, "mean": f"sum({each}) / N", "sum": f"sum({each})"}[name],
            tuple(f"({slope}){' / N' if name == 'mean' else ''} * G" for slope in slopes),
            (Proof(_how(call, name), numbers),),
            when={"reduction": number},
            where={"N": "count(x)"} if name == "mean" else {},
            saved=more.get("saved", {}),
            without=more.get("without", ()),
        )
        for name, number in REDUCTIONS.items()
    )


def _how(call: Callable[..., Any], name: str) -> Callable[..., Any]:
    return lambda torch, *inputs: call(torch.nn.functional, *inputs, reduction=name)


def _said(says: tuple[str, str], name: str) -> tuple[str, str]:
    """The two sentences of a loss with its reduction."""
    does = says[0] + {"none": "", "mean": " Then the mean.", "sum": " Then the sum."}[name]
    return does, says[1] + (" Divided by N, the number of elements." if name == "mean" else "")


def _margin(node: str, does: str, back: str, words: dict[str, Word], call: Any) -> Formula:
    return Formula(
        node,
        does,
        back,
        {"x": "self"},
        "margin(x)",
        ("pushed(x) * G",),
        (Proof(call, (normal(3, 4),)),),
        words=words,
        when={"reduction": 1},
    )


def _multi_margin(_: Any, x: Any) -> Any:
    """Row by row, the mean over classes of max(0, 1 - right + other)."""
    rights = x.gather(1, CLASSES(x))
    other = (1 - rights + x).clamp(min=0).scatter(1, CLASSES(x), 0.0)
    return other.sum() / x.numel()


def _multi_margin_slope(_: Any, x: Any) -> Any:
    over = (1 - x.gather(1, CLASSES(x)) + x > 0).double().scatter(1, CLASSES(x), 0.0)
    return over.scatter(1, CLASSES(x), -over.sum(1, keepdim=True)) / x.numel()


def CLASSES(x: Any) -> Any:  # noqa: N802 - a constant that needs a tensor to be made
    """The right class of each row in the proofs: 0, 2, 1."""
    return x.new_tensor([[0], [2], [1]]).long()


def _picked(_: Any, x: Any, t: Any) -> Any:
    return x.gather(1, t.unsqueeze(1)).squeeze(1)


def _placed(torch: Any, g: Any, x: Any, t: Any) -> Any:
    return torch.zeros_like(x).scatter(1, t.unsqueeze(1), g.expand(t.shape).unsqueeze(1))


NLL = {
    "right": Word("{0} of the right class", _picked),
    "placed": Word("{0} at the right class, 0 elsewhere", _placed),
}


def _nll(node: str, shape: tuple[int, ...], target: tuple[int, ...]) -> tuple[Formula, ...]:
    """Three rows of a negative log-likelihood without weights."""

    def call(how: str) -> Any:
        return lambda torch, x: torch.nn.functional.nll_loss(
            x, torch.arange(torch.Size(target).numel()).reshape(target) % 3, reduction=how
        )

    formulas = {
        "none": ("-right(x, t)", "placed(-G, x, t)"),
        "mean": ("-sum(right(x, t)) / W", "placed(-G / W, x, t)"),
        "sum": ("-sum(right(x, t))", "placed(-G, x, t)"),
    }
    ends = {"none": "", "mean": ", averaged over W targets", "sum": ", summed"}
    return tuple(
        Formula(
            node,
            f"Takes minus the log-probability of the right class{ends[name]}.",
            "Only the right class gets a gradient; targets that are ignored get none.",
            {"x": "self"},
            formulas[name][0],
            (formulas[name][1],),
            (Proof(call(name), (normal(*shape),)),),
            saved={"t": "target"} | ({"W": "total_weight"} if name == "mean" else {}),
            words=NLL,
            when={"reduction": REDUCTIONS[name]},
            without=("weight",),
        )
        for name in REDUCTIONS
    )


DISTANCE = (normal(3, 4), normal(3, 4))

ROWS = (
    *_reduced(
        "MseLossBackward0",
        ("Squares the differences to the target.", "Sends twice the difference times G."),
        "(x - t) ** 2",
        ("2 * (x - t)", "-2 * (x - t)"),
        DISTANCE,
        lambda nn, x, t, **how: nn.mse_loss(x, t, **how),
    ),
    *_reduced(
        "SmoothL1LossBackward0",
        (
            "Squares small differences, takes large ones as they are.",
            "Sends the difference divided by β, cut off at −1 and 1, times G.",
        ),
        "(x - t) ** 2 / (2 * beta) if abs(x - t) < beta else abs(x - t) - beta / 2",
        ("min(max((x - t) / beta, -1), 1)", "-min(max((x - t) / beta, -1), 1)"),
        DISTANCE,
        lambda nn, x, t, **how: nn.smooth_l1_loss(x, t, beta=0.7, **how),
        saved={"beta": "beta"},
    ),
    *_reduced(
        "HuberLossBackward0",
        (
            "Squares small differences, takes large ones times δ.",
            "Sends the difference, cut off at −δ and δ, times G.",
        ),
        "(x - t) ** 2 / 2 if abs(x - t) < delta else delta * (abs(x - t) - delta / 2)",
        ("min(max(x - t, -delta), delta)", "-min(max(x - t, -delta), delta)"),
        DISTANCE,
        lambda nn, x, t, **how: nn.huber_loss(x, t, delta=0.7, **how),
        saved={"delta": "delta"},
    ),
    *_reduced(
        "BinaryCrossEntropyBackward0",
        (
            "Takes minus the log-probability of yes or no.",
            "Sends the difference to the target, divided by x (1 − x), times G.",
        ),
        "-(t * ln(x) + (1 - t) * ln(1 - x))",
        ("(x - t) / (x * (1 - x))", "ln(1 - x) - ln(x)"),
        (lambda torch: torch.rand(3, 4) * 0.8 + 0.1, lambda torch: torch.rand(3, 4)),
        lambda nn, x, t, **how: nn.binary_cross_entropy(x, t, **how),
        without=("weight",),
    ),
    *_reduced(
        "BinaryCrossEntropyWithLogitsBackward0",
        (
            "Takes minus the log-probability of yes or no, from scores.",
            "Sends the sigmoid minus the target, times G: the steep parts cancel.",
        ),
        "ln(1 + exp(-x)) + (1 - t) * x",
        ("sigmoid(x) - t", "-x"),
        (normal(3, 4), lambda torch: torch.rand(3, 4)),
        lambda nn, x, t, **how: nn.binary_cross_entropy_with_logits(x, t, **how),
        without=("weight", "pos_weight"),
    ),
    *_nll("NllLossBackward0", (4, 3), (4,)),
    *_nll("NllLoss2DBackward0", (2, 3, 2, 2), (2, 2, 2)),
    *_reduced(
        "SoftMarginLossBackward0",
        (
            "Takes ln(1 + exp(−t x)): small where x has the sign of t.",
            "Sends −t times the sigmoid of −t x, times G.",
        ),
        "ln(1 + exp(-t * x))",
        ("-t * sigmoid(-t * x)",),
        (normal(3, 4),),
        lambda nn, x, **how: nn.soft_margin_loss(x, (x.detach() * 7).sin().sign(), **how),
        inputs={"x": "self"},
        saved={"t": "target"},
    ),
    _margin(
        "MultiMarginLossBackward0",
        "Wants the right class to win over each other one by a margin of 1.",
        "Pushes up the right class once for every class within the margin, and that class down.",
        {
            "margin": Word("mean of max(0, 1 − right class of {0} + each other)", _multi_margin),
            "pushed": Word("(±1 or 0) / N by the margins of {0}", _multi_margin_slope),
        },
        lambda torch, x: torch.nn.functional.multi_margin_loss(x, CLASSES(x).squeeze(1)),
    ),
    _margin(
        "MultilabelMarginLossBackward0",
        "Wants each right class to win over each wrong one by a margin of 1.",
        "Pushes up a right class for every wrong one within the margin, and that one down.",
        {
            # One right class in each row: the same as the margin of several classes.
            "margin": Word("mean of max(0, 1 − right classes of {0} + wrong ones)", _multi_margin),
            "pushed": Word("(±1 or 0) / N by the margins of {0}", _multi_margin_slope),
        },
        lambda torch, x: torch.nn.functional.multilabel_margin_loss(
            x, torch.cat([CLASSES(x), -torch.ones(3, 3).long()], 1)
        ),
    ),
)
