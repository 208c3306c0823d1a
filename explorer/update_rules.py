"""The table of update rules: what an optimizer does with one number, as formula and arithmetic.

The arithmetic starts from what the optimizer remembers *after* the step, so one row suffices to
follow one step. A test walks the table and compares with PyTorch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import sqrt

Settings = Mapping[str, float]
State = Mapping[str, float]
Rule = Callable[[float, float, State, Settings], float]
"""Parameter before, gradient, state after the step, settings -> parameter after."""


@dataclass(frozen=True)
class UpdateRule:
    """One optimizer of `torch.optim`."""

    name: str
    formula: str
    """LaTeX; θ is the parameter, g its gradient."""
    state: Mapping[str, str]
    """What the optimizer remembers -> its formula, LaTeX."""
    rule: Rule


def _decayed(before: float, gradient: float, s: Settings) -> float:
    return gradient + s.get("weight_decay", 0.0) * before


def _sgd(before: float, gradient: float, state: State, s: Settings) -> float:
    step = _decayed(before, gradient, s)
    if s["momentum"]:
        moving = state["momentum_buffer"]
        step = step + s["momentum"] * moving if s["nesterov"] else moving
    return before - s["lr"] * step


def _adam(before: float, _: float, state: State, s: Settings) -> float:
    first = state["exp_avg"] / (1.0 - float(s["beta1"] ** state["step"]))
    squares = state["max_exp_avg_sq"] if s["amsgrad"] else state["exp_avg_sq"]
    second = squares / (1.0 - float(s["beta2"] ** state["step"]))
    return before - s["lr"] * first / (sqrt(second) + s["eps"])


def _adamw(before: float, gradient: float, state: State, s: Settings) -> float:
    return _adam(before * (1 - s["lr"] * s["weight_decay"]), gradient, state, s)


def _rmsprop(before: float, gradient: float, state: State, s: Settings) -> float:
    if s["momentum"]:
        return before - s["lr"] * state["momentum_buffer"]
    spread = state["square_avg"] - (state["grad_avg"] ** 2 if s["centered"] else 0.0)
    return before - s["lr"] * _decayed(before, gradient, s) / (sqrt(spread) + s["eps"])


def _adagrad(before: float, gradient: float, state: State, s: Settings) -> float:
    rate = s["lr"] / (1 + (state["step"] - 1) * s["lr_decay"])
    return before - rate * _decayed(before, gradient, s) / (sqrt(state["sum"]) + s["eps"])


MOMENT_1 = r"m \leftarrow \beta_1 m + (1-\beta_1)\,g,\quad \hat m = m / (1-\beta_1^t)"
MOMENT_2 = r"v \leftarrow \beta_2 v + (1-\beta_2)\,g^2,\quad \hat v = v / (1-\beta_2^t)"
LARGEST = r"v_{\max} \leftarrow \max(v_{\max}, v),\ \text{used in place of } v"
ADAM_STATE = {"exp_avg": MOMENT_1, "exp_avg_sq": MOMENT_2, "max_exp_avg_sq": LARGEST}

UPDATE_RULES: dict[str, UpdateRule] = {
    rule.name: rule
    for rule in (
        UpdateRule(
            "SGD",
            r"\theta \leftarrow \theta - \text{lr} \cdot b"
            r"\qquad(\text{without momentum } b = g + \lambda\theta)",
            {"momentum_buffer": r"b \leftarrow \mu\,b + (1-\tau)(g + \lambda\theta)"},
            _sgd,
        ),
        UpdateRule(
            "Adam",
            r"\theta \leftarrow \theta - \text{lr} \cdot \hat m / (\sqrt{\hat v} + \epsilon)",
            ADAM_STATE,
            _adam,
        ),
        UpdateRule(
            "AdamW",
            r"\theta \leftarrow (1 - \text{lr}\,\lambda)\,\theta"
            r" - \text{lr} \cdot \hat m / (\sqrt{\hat v} + \epsilon)",
            ADAM_STATE,
            _adamw,
        ),
        UpdateRule(
            "RMSprop",
            r"\theta \leftarrow \theta - \text{lr} \cdot g / (\sqrt{v} + \epsilon)",
            {
                "square_avg": r"v \leftarrow \alpha\,v + (1-\alpha)\,g^2",
                "grad_avg": r"\bar g \leftarrow \alpha\,\bar g + (1-\alpha)\,g,"
                r"\ v - \bar g^2 \text{ in place of } v",
                "momentum_buffer": r"b \leftarrow \mu\,b + g / (\sqrt{v} + \epsilon),"
                r"\quad \theta \leftarrow \theta - \text{lr} \cdot b",
            },
            _rmsprop,
        ),
        UpdateRule(
            "Adagrad",
            r"\theta \leftarrow \theta - \text{lr} \cdot g / (\sqrt{s} + \epsilon)",
            {"sum": r"s \leftarrow s + g^2"},
            _adagrad,
        ),
    )
}
