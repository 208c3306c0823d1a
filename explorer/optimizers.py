"""The table of optimizers: how each turns gradients into steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace

from explorer.layers.field import Field, Value, arguments, flag, literal, number, settings


def _rate(default: float) -> Field:
    """Always written: the one number that everybody turns."""
    return number("lr", default, 0.0, 100.0, torch=None)


DECAY = number("weight_decay", 0.0, 0.0, 10.0)
EPS = number("eps", 1e-8, 0.0, 1.0)
# PyTorch takes the two together, as `betas`.
BETAS = (
    number("beta1", 0.9, 0.0, 0.9999, written=False),
    number("beta2", 0.999, 0.0, 0.999999, written=False),
)


@dataclass(frozen=True)
class Optimizer:
    """An optimizer of `torch.optim`."""

    name: str
    says: str
    fields: tuple[Field, ...]

    def chosen(self, values: Mapping[str, Value]) -> SimpleNamespace:
        """All fields as attributes."""
        return settings(self.fields, values)

    def code(self, values: Mapping[str, Value]) -> str:
        """The call: `torch.optim.SGD(model.parameters(), lr=0.1)`."""
        chosen = self.chosen(values)
        texts = ["model.parameters()", *arguments(self.fields, chosen)]
        if BETAS[0] in self.fields and (chosen.beta1, chosen.beta2) != (0.9, 0.999):
            texts.insert(2, f"betas=({literal(chosen.beta1)}, {literal(chosen.beta2)})")
        return f"torch.optim.{self.name}({', '.join(texts)})"

    def refusal(self, values: Mapping[str, Value]) -> str | None:
        """Why these values cannot stand together; None when they can."""
        chosen = self.chosen(values)
        if getattr(chosen, "nesterov", False) and (chosen.momentum == 0 or chosen.dampening != 0):
            return "nesterov needs a momentum above 0 and a dampening of 0."
        return None


OPTIMIZERS: dict[str, Optimizer] = {
    optimizer.name: optimizer
    for optimizer in (
        Optimizer(
            "SGD",
            "A step against the gradient; with momentum, against its running sum.",
            (
                _rate(0.1),
                number("momentum", 0.0, 0.0, 0.9999),
                number("dampening", 0.0, 0.0, 1.0),
                DECAY,
                flag("nesterov", False),
            ),
        ),
        Optimizer(
            "Adam",
            "Running mean of gradients, divided by the root of that of their squares.",
            (_rate(0.01), *BETAS, EPS, DECAY, flag("amsgrad", False)),
        ),
        Optimizer(
            "AdamW",
            "Adam that shrinks the weights directly.",
            (
                _rate(0.01),
                *BETAS,
                EPS,
                number("weight_decay", 0.01, 0.0, 10.0),
                flag("amsgrad", False),
            ),
        ),
        Optimizer(
            "RMSprop",
            "Divides by the root of a running mean of squares.",
            (
                _rate(0.01),
                number("alpha", 0.99, 0.0, 0.9999),
                EPS,
                DECAY,
                number("momentum", 0.0, 0.0, 0.9999),
                flag("centered", False),
            ),
        ),
        Optimizer(
            "Adagrad",
            "Divides by the root of the sum of all squares so far.",
            (
                _rate(0.1),
                number("lr_decay", 0.0, 0.0, 1.0),
                DECAY,
                number("initial_accumulator_value", 0.0, 0.0, 10.0),
                number("eps", 1e-10, 0.0, 1.0),
            ),
        ),
    )
}
