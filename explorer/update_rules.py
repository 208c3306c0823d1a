"""The table of update rules: what an optimizer does with one number, line by line.

Each line is an expression, which the page typesets in symbols and with numbers. A test walks the
table and compares what the expressions give with PyTorch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import sqrt

Numbers = Mapping[str, float]
"""Name in an expression -> value."""

UPDATE, AFTER = "update", "after"
"""Columns of an optimizer's table that every rule ends with."""


@dataclass(frozen=True)
class Line:
    """`name` becomes what `expression` gives."""

    name: str
    expression: str
    """Python over the parameter `theta`, its gradient `g`, settings, and earlier names."""
    column: str = ""
    """What the table calls it: "exp_avg"; empty for what stands between."""


@dataclass(frozen=True)
class UpdateRule:
    """One optimizer of `torch.optim`."""

    name: str
    state: Mapping[str, tuple[str, str]]
    """What it remembers -> its name in expressions, before and after the step."""
    lines: Callable[[Numbers, bool], list[Line]]
    """By settings, and whether something was remembered before: what is done, in order."""

    def known(
        self, theta: float, g: float, remembered: Numbers, settings: Numbers
    ) -> dict[str, float]:
        """What the lines start from, by its name; what is not remembered yet is 0."""
        old = {name: remembered.get(part, 0.0) for part, (name, _) in self.state.items()}
        return {**settings, **old, "theta": theta, "g": g}


SYMBOLS: dict[str, str] = {
    "theta": r"\theta",
    "g": "g",
    "n": "-g",
    "d": r"\tilde g",
    "b": "b",
    "b_old": r"b_{\text{old}}",
    "m": "m",
    "m_old": r"m_{\text{old}}",
    "m_hat": r"\hat m",
    "v": "v",
    "v_old": r"v_{\text{old}}",
    "v_hat": r"\hat v",
    "v_max": r"v_{\max}",
    "v_max_old": r"v_{\max,\text{old}}",
    "mean": r"\bar g",
    "mean_old": r"\bar g_{\text{old}}",
    "spread": r"v_{\text{c}}",
    "s": "s",
    "s_old": r"s_{\text{old}}",
    "t": "t",
    "t_old": r"t_{\text{old}}",
    "rate": r"\text{lr}_t",
    "lr": r"\text{lr}",
    "lr_decay": r"\eta",
    "momentum": r"\mu",
    "dampening": r"\tau",
    "weight_decay": r"\lambda",
    "beta1": r"\beta_1",
    "beta2": r"\beta_2",
    "alpha": r"\alpha",
    "eps": r"\epsilon",
    UPDATE: r"\Delta\theta",
    AFTER: r"\theta_{\text{new}}",
}
"""Name in an expression -> LaTeX."""


def _gradient(s: Numbers, *, decays: bool = True) -> tuple[list[Line], str]:
    """What is used in place of the gradient, and its name."""
    lines, name = [], "g"
    if s.get("maximize"):
        lines, name = [Line("n", "-g")], "n"
    if decays and s.get("weight_decay"):
        lines.append(Line("d", f"{name} + weight_decay * theta"))
        name = "d"
    return lines, name


def _end(update: str, theta: str = "theta") -> list[Line]:
    return [Line(UPDATE, update, UPDATE), Line(AFTER, f"{theta} + {UPDATE}", AFTER)]


def _sgd(s: Numbers, remembers: bool) -> list[Line]:
    lines, g = _gradient(s)
    if not s["momentum"]:
        return [*lines, *_end(f"-lr * {g}")]
    running = f"momentum * b_old + (1 - dampening) * {g}" if remembers else g
    lines.append(Line("b", running, "momentum_buffer"))
    return [*lines, *_end(f"-lr * ({g} + momentum * b)" if s["nesterov"] else "-lr * b")]


def _adam(s: Numbers, _: bool) -> list[Line]:
    apart = bool(s.get("decoupled_weight_decay"))
    lines, g = _gradient(s, decays=not apart)
    lines += [
        Line("t", "t_old + 1", "step"),
        Line("m", f"beta1 * m_old + (1 - beta1) * {g}", "exp_avg"),
        Line("v", f"beta2 * v_old + (1 - beta2) * {g}**2", "exp_avg_sq"),
    ]
    if s["amsgrad"]:
        lines.append(Line("v_max", "max(v_max_old, v)", "max_exp_avg_sq"))
    squares = "v_max" if s["amsgrad"] else "v"
    lines += [
        Line("m_hat", "m / (1 - beta1**t)"),
        Line("v_hat", f"{squares} / (1 - beta2**t)"),
    ]
    shrinks = " - lr * weight_decay * theta" if apart and s["weight_decay"] else ""
    return [*lines, *_end(f"-lr * m_hat / (sqrt(v_hat) + eps){shrinks}")]


def _rmsprop(s: Numbers, _: bool) -> list[Line]:
    lines, g = _gradient(s)
    lines += [
        Line("t", "t_old + 1", "step"),
        Line("v", f"alpha * v_old + (1 - alpha) * {g}**2", "square_avg"),
    ]
    spread = "v"
    if s["centered"]:
        lines.append(Line("mean", f"alpha * mean_old + (1 - alpha) * {g}", "grad_avg"))
        lines.append(Line("spread", "v - mean**2"))
        spread = "spread"
    scaled = f"{g} / (sqrt({spread}) + eps)"
    if not s["momentum"]:
        return [*lines, *_end(f"-lr * {scaled}")]
    lines.append(Line("b", f"momentum * b_old + {scaled}", "momentum_buffer"))
    return [*lines, *_end("-lr * b")]


def _adagrad(s: Numbers, _: bool) -> list[Line]:
    lines, g = _gradient(s)
    lines += [Line("t", "t_old + 1", "step"), Line("s", f"s_old + {g}**2", "sum")]
    rate = "lr"
    if s["lr_decay"]:
        lines.append(Line("rate", "lr / (1 + (t - 1) * lr_decay)"))
        rate = "rate"
    return [*lines, *_end(f"-{rate} * {g} / (sqrt(s) + eps)")]


_T = ("t_old", "t")
_BUFFER = ("b_old", "b")
_ADAM = {
    "step": _T,
    "exp_avg": ("m_old", "m"),
    "exp_avg_sq": ("v_old", "v"),
    "max_exp_avg_sq": ("v_max_old", "v_max"),
}
_RMSPROP = {
    "step": _T,
    "square_avg": ("v_old", "v"),
    "grad_avg": ("mean_old", "mean"),
    "momentum_buffer": _BUFFER,
}

UPDATE_RULES: dict[str, UpdateRule] = {
    rule.name: rule
    for rule in (
        UpdateRule("SGD", {"momentum_buffer": _BUFFER}, _sgd),
        UpdateRule("Adam", _ADAM, _adam),
        UpdateRule("AdamW", _ADAM, _adam),
        UpdateRule("RMSprop", _RMSPROP, _rmsprop),
        UpdateRule("Adagrad", {"step": _T, "sum": ("s_old", "s")}, _adagrad),
    )
}


def followed(lines: list[Line], known: Numbers) -> dict[str, float]:
    """Values of all names after the lines, from those that are known before."""
    values = dict(known)
    for line in lines:
        values[line.name] = _value(line.expression, values)
    return values


def _value(expression: str, values: Numbers) -> float:
    """Of an expression of this table; nobody else writes them."""
    scope = {"__builtins__": {}, "sqrt": sqrt, "max": max, **values}
    try:
        return float(eval(expression, scope))
    except (ArithmeticError, ValueError):
        return float("nan")
