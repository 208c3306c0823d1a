"""The table of losses: what each measures, and what kind of target it compares with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Literal

from explorer.layers.field import Field, Value, arguments, choice, count, flag, number, settings

TargetKind = Literal["class", "number", "share", "distribution", "count", "sign", "labels"]

AXIS_1, LAST_AXIS = "axis 1", "last axis"
REDUCTION = choice("reduction", ("mean", "sum"))
CLASSES = choice("classes", (AXIS_1, LAST_AXIS), written=False)


@dataclass(frozen=True)
class Loss:
    """A loss of `torch.nn` that takes an input and a target."""

    name: str
    says: str
    target: TargetKind
    fields: tuple[Field, ...] = (REDUCTION,)
    ranks: tuple[int, ...] = ()
    """Allowed numbers of axes of the output; empty: any."""

    def chosen(self, values: Mapping[str, Value]) -> SimpleNamespace:
        """All fields as attributes."""
        return settings(self.fields, values)

    def code(self, values: Mapping[str, Value]) -> str:
        """The constructor: `nn.MSELoss()`."""
        return f"nn.{self.name}({', '.join(arguments(self.fields, self.chosen(values)))})"


WORDS: dict[TargetKind, str] = {
    "class": "the number of the right class",
    "number": "numbers of the output's shape",
    "share": "0 or 1 for each output",
    "distribution": "probabilities that add up to 1",
    "count": "counts: 0, 1, 2, …",
    "sign": "−1 or 1 for each output",
    "labels": "the numbers of all right classes, then −1",
}
"""What a target is, for the page."""

LOSSES: dict[str, Loss] = {
    loss.name: loss
    for loss in (
        Loss("MSELoss", "Mean of squared differences.", "number"),
        Loss("L1Loss", "Mean of absolute differences; the gradient is −1 or 1.", "number"),
        Loss(
            "SmoothL1Loss",
            "Squared near 0, absolute further out.",
            "number",
            (REDUCTION, number("beta", 1.0, 0.0, 100.0)),
        ),
        Loss(
            "HuberLoss",
            "Squared near 0, absolute further out, without a change of scale.",
            "number",
            (REDUCTION, number("delta", 1.0, 0.01, 100.0)),
        ),
        Loss(
            "CrossEntropyLoss",
            "LogSoftmax and NLLLoss in one: takes scores as they are.",
            "class",
            (REDUCTION, number("label_smoothing", 0.0, 0.0, 1.0), CLASSES),
            ranks=(2, 3, 4, 5),
        ),
        Loss(
            "NLLLoss",
            "Minus the log-probability of the right class; goes with LogSoftmax.",
            "class",
            (REDUCTION, CLASSES),
            ranks=(2, 3, 4, 5),
        ),
        Loss(
            "BCEWithLogitsLoss",
            "Sigmoid and BCELoss in one: takes scores as they are.",
            "share",
        ),
        Loss("BCELoss", "Cross-entropy of yes or no; takes probabilities.", "share"),
        Loss(
            "KLDivLoss",
            "How far log-probabilities lie from a distribution.",
            "distribution",
            (choice("reduction", ("mean", "batchmean", "sum")),),
            ranks=(2, 3, 4, 5),
        ),
        Loss(
            "PoissonNLLLoss",
            "For counts; the output is the logarithm of the expected count.",
            "count",
            (flag("log_input", True), flag("full", False), REDUCTION),
        ),
        Loss(
            "HingeEmbeddingLoss",
            "Distances: small where the target is 1, beyond a margin where it is −1.",
            "sign",
            (number("margin", 1.0, 0.0, 100.0), REDUCTION),
        ),
        Loss("SoftMarginLoss", "log(1 + exp(−target · output)).", "sign"),
        Loss(
            "MultiMarginLoss",
            "The right class must win by a margin.",
            "class",
            (count("p", 1, 2, torch=1), number("margin", 1.0, 0.0, 100.0), REDUCTION),
            ranks=(2,),
        ),
        Loss(
            "MultiLabelMarginLoss",
            "Each right class must win over each wrong one.",
            "labels",
            ranks=(2,),
        ),
        Loss(
            "MultiLabelSoftMarginLoss",
            "Yes or no for each class, averaged.",
            "share",
            ranks=(2, 3, 4, 5),
        ),
    )
}
"""Name -> row, in the order in which the picker shows them."""
