"""The value of a tree of numbers, and how far rounding may have moved it.

As computers calculate: a division by 0 gives an infinity or NaN, and nothing is raised.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from explorer.formulas.syntax import Tree

NAN, INF = math.nan, math.inf


def value_of(tree: Tree) -> float:
    """What a tree without symbols comes to; a comparison is 1 or 0."""
    if tree == "pi":
        return math.pi
    if not isinstance(tree, tuple):
        return float(tree)
    name = tree[0]
    if name == "#":
        return float(tree[1])
    if name == "if":
        return value_of(tree[2] if value_of(tree[1]) else tree[3])
    if name == "cmp":
        return float(_holds(tree))
    return CALCULATIONS[name](*map(value_of, tree[1:]))


def size_of(tree: Tree) -> float:
    """The size of the numbers that were added on the way: what rounding errors grow with."""
    if not isinstance(tree, tuple):
        return abs(value_of(tree))
    name = tree[0]
    if name in ("+", "-", "sum"):
        return sum(map(size_of, tree[1:]))
    if name in ("*", "prod"):
        return math.prod(map(size_of, tree[1:]))
    if name == "/":
        return _divided(size_of(tree[1]), abs(value_of(tree[2])))
    if name == "neg":
        return size_of(tree[1])
    if name == "if":
        return size_of(tree[2] if value_of(tree[1]) else tree[3])
    return abs(value_of(tree))


def _holds(tree: tuple[Any, ...]) -> bool:
    values = [value_of(part) for part in tree[1::2]]
    return all(
        COMPARISONS[sign](left, right)
        for sign, left, right in zip(tree[2::2], values, values[1:], strict=False)
    )


def _divided(a: float, b: float) -> float:
    if b != 0:
        return a / b
    if a == 0 or math.isnan(a):
        return NAN
    return math.copysign(INF, a) * math.copysign(1, b)


def _power(base: float, exponent: float) -> float:
    try:
        result = base**exponent
    except ZeroDivisionError:
        odd = exponent % 2 == 1
        return math.copysign(INF, base) if odd else INF
    except OverflowError:
        return INF if base > 0 or exponent % 2 == 0 else -INF
    return NAN if isinstance(result, complex) else float(result)


def _safe(function: Callable[[float], float], over: float = NAN) -> Callable[[float], float]:
    """`over` stands for results too large."""

    def safe(x: float) -> float:
        try:
            return function(x)
        except ValueError:
            return NAN
        except OverflowError:
            return math.copysign(over, x) if function is math.sinh else over

    return safe


def _logarithm(x: float) -> float:
    return -INF if x == 0 else _safe(math.log)(x)


def _sign(x: float) -> float:
    return NAN if math.isnan(x) else float((x > 0) - (x < 0))


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0


def _error_function_share(x: float) -> float:
    return (1 + math.erf(x / math.sqrt(2))) / 2


def _bell(x: float) -> float:
    return math.exp(-x * x / 2) / math.sqrt(2 * math.pi)


def _inverse_tanh(x: float) -> float:
    return math.copysign(INF, x) if abs(x) == 1 else _safe(math.atanh)(x)


def _one_of(choose: Callable[[float, float], float]) -> Callable[[float, float], float]:
    return lambda a, b: NAN if math.isnan(a) or math.isnan(b) else choose(a, b)


COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}

CALCULATIONS: dict[str, Callable[..., float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _divided,
    "**": _power,
    "neg": lambda a: -a,
    "sum": lambda *terms: sum(terms),
    "prod": lambda *factors: math.prod(factors),
    "max": _one_of(max),
    "min": _one_of(min),
    "exp": _safe(math.exp, INF),
    "ln": _logarithm,
    "sqrt": _safe(math.sqrt),
    "abs": abs,
    "sign": _sign,
    "floor": lambda a: float(math.floor(a)) if math.isfinite(a) else a,
    "sin": _safe(math.sin),
    "cos": _safe(math.cos),
    "tan": _safe(math.tan),
    "sinh": _safe(math.sinh, INF),
    "cosh": _safe(math.cosh, INF),
    "tanh": math.tanh,
    "asin": _safe(math.asin),
    "acos": _safe(math.acos),
    "atan": math.atan,
    "asinh": math.asinh,
    "acosh": _safe(math.acosh),
    "atanh": _inverse_tanh,
    "sigmoid": _sigmoid,
    "Phi": _error_function_share,
    "phi": _bell,
    "erf": math.erf,
}
