"""What usually helps where an operation made a number that is not finite."""

from __future__ import annotations

from collections.abc import Mapping

from explorer.records import Node

HINTS: Mapping[str, str] = {
    "Log": "log(0) is -inf and log of a negative number is NaN. Add a small number, or use a"
    " function that stays finite: log_softmax, logsumexp, log1p, BCEWithLogitsLoss.",
    "Sqrt": "The slope of sqrt at 0 is infinite. Add a small number under the root:"
    " torch.sqrt(x + 1e-12).",
    "Div": "Something was divided by 0, or by a number too small for its dtype. Add a small number"
    " below, or clamp it.",
    "Exp": "exp overflows float32 above 88.7. Subtract the maximum first, as softmax and logsumexp"
    " do.",
    "Pow": "A power overflowed, or a negative number has a fractional power, or 0 a negative one.",
    "Mul": "0 times infinity is NaN, and large factors overflow. Look for the infinite factor.",
    "Norm": "The slope of a norm at 0 may not exist. Add a small number inside.",
    "Where": "torch.where computes both branches, and 0 times an infinite slope is NaN. Make the"
    " branch that is not taken safe before: torch.sqrt(torch.where(ok, x, 1)).",
    "Softmax": "A row of -inf alone has no softmax: at least one place must stay unmasked.",
    "Acos": "It is NaN beyond -1 and 1, and its slope there is infinite. Clamp a little inside.",
    "Asin": "It is NaN beyond -1 and 1, and its slope there is infinite. Clamp a little inside.",
    "Std": "The slope of a standard deviation of 0 is infinite. Add a small number to the"
    " variance.",
}
"""Beginning of an operation's name -> what usually helps."""


def remedy(node: Node) -> str | None:
    """What helps against what this operation does; None where nothing is known."""
    op = node.op or ""
    return next((hint for name, hint in HINTS.items() if op.startswith(name)), None)
