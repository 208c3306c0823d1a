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


def _over(x: Any, m: Any, p: Any, t: Any) -> Any:
    """max(0, m - right + other) to the power p; one row a sample, 0 at the right class."""
    rights = x.gather(1, t.unsqueeze(1))
    return (m - rights + x).clamp(min=0).scatter(1, t.unsqueeze(1), 0.0) ** p


def _margin(_: Any, x: Any, t: Any, m: Any, p: Any) -> Any:
    return _over(x, m, p, t).sum() / x.shape[1]


def _margin_slope(_: Any, x: Any, t: Any, m: Any, p: Any) -> Any:
    """Each class within the margin is pushed down, the right one up by the sum of that."""
    down = p * _over(x, m, p - 1, t) if float(p) > 1 else (_over(x, m, p, t) > 0).double()
    return down.scatter(1, t.unsqueeze(1), -down.sum(1, keepdim=True)) / x.shape[1]


MARGIN = {
    "margins": Word("Σ max(0, m − right class of {0} + each other)^p / classes", _margin),
    "pushed": Word("the slope of each margin of {0} / classes", _margin_slope),
}


def _labels(t: Any) -> Any:
    """The labels of one sample: all before the first -1."""
    return t[: int((t < 0).long().argmax())] if bool((t < 0).any()) else t


def _label_margins(torch: Any, x: Any, t: Any, push: bool) -> Any:
    """max(0, 1 - right + wrong) over all pairs of a right and a wrong class; or its slope."""
    total, slope = x.new_zeros(()), torch.zeros_like(x)
    for n, labels in enumerate(map(_labels, t)):
        wrong = [c for c in range(x.shape[1]) if c not in labels]
        for r in map(int, labels):
            for c in wrong:
                over = 1 - x[n, r] + x[n, c]
                if over > 0:
                    total = total + over
                    slope[n, r] -= 1
                    slope[n, c] += 1
    return (slope if push else total) / x.shape[1]


LABELS = {
    "margins": Word(
        "Σ max(0, 1 − right classes of {0} + wrong ones) / classes",
        lambda torch, x, t: _label_margins(torch, x, t, push=False),
    ),
    "pushed": Word(
        "(wrong within the margin − right) / classes, by {0}",
        lambda torch, x, t: _label_margins(torch, x, t, push=True),
    ),
}


def _margins(
    node: str, says: tuple[str, str], names: str, words: dict[str, Word], call: Any, **more: Any
) -> tuple[Formula, ...]:
    """The mean over samples and the sum."""
    return tuple(
        Formula(
            node,
            *says,
            {"x": "self"},
            f"margins({names}) / N" if how == "mean" else f"margins({names})",
            (f"pushed({names}) / N * G" if how == "mean" else f"pushed({names}) * G",),
            (Proof(lambda torch, x, how=how: call(torch, x, how), (normal(3, 4),)),),
            saved={"t": "target"} | more.get("saved", {}),
            words={**words, "samples": Word("number of samples", lambda _, x: x.shape[0])},
            where={"N": "samples(x)"} if how == "mean" else {},
            when={"reduction": REDUCTIONS[how]},
            without=more.get("without", ()),
        )
        for how in ("mean", "sum")
    )


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
    *_margins(
        "MultiMarginLossBackward0",
        (
            "Wants the right class to win over each other one by a margin.",
            "Pushes up the right class once for every class within the margin, and that one down.",
        ),
        "x, t, m, p",
        MARGIN,
        lambda torch, x, how: torch.nn.functional.multi_margin_loss(
            x, torch.tensor([0, 2, 1]), p=2, margin=0.7, reduction=how
        ),
        saved={"m": "margin", "p": "p"},
        without=("weight",),
    ),
    *_margins(
        "MultilabelMarginLossBackward0",
        (
            "Wants each right class to win over each wrong one by a margin of 1.",
            "Pushes up a right class for every wrong one within the margin, and that one down.",
        ),
        "x, t",
        LABELS,
        lambda torch, x, how: torch.nn.functional.multilabel_margin_loss(
            x, torch.tensor([[0, 2, -1, -1], [1, -1, 0, -1], [3, 0, 1, -1]]), reduction=how
        ),
    ),
)
