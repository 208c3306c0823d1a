"""Rows: functions of one number, element by element."""

from __future__ import annotations

from typing import Any

from explorer.formulas.row import (
    Corner,
    Formula,
    Maker,
    Proof,
    Word,
    X,
    above,
    inside,
    normal,
    positive,
)

ANY = normal(3, 4)
INF, NAN = float("inf"), float("nan")


def _by(
    name: str,
    does: str,
    back: str,
    formulas: tuple[str, str],
    numbers: Maker = ANY,
    **more: Any,
) -> Formula:
    """The row of `torch.<name>`."""
    return Formula(
        more.pop("node", f"{name.capitalize()}Backward0"),
        does,
        back,
        X,
        formulas[0],
        (formulas[1],),
        (Proof(lambda torch, x: getattr(torch, name)(x), (numbers,)),),
        **more,
    )


def _step(name: str, does: str, forward: str, word: str = "") -> Formula:
    """A function of steps: its slope is 0 wherever it has one."""
    words = {name: Word(word, lambda torch, x: getattr(torch, name)(x))} if word else {}
    back = "Sends 0: between its jumps the function does not change."
    return _by(name, does, back, (forward, "0 * G"), words=words)


ROWS = (
    _by("exp", "Takes e to the power of x.", "Multiplies G by the result.", ("exp(x)", "z * G")),
    _by(
        "exp2",
        "Takes 2 to the power of x.",
        "Multiplies G by the result and ln 2.",
        ("2 ** x", "z * ln(2) * G"),
    ),
    _by(
        "expm1",
        "Takes e to the power of x, minus 1.",
        "Multiplies G by the result plus 1.",
        ("exp(x) - 1", "(z + 1) * G"),
    ),
    _by(
        "log",
        "Takes the natural logarithm.",
        "Divides G by x.",
        ("ln(x)", "G / x"),
        positive(3, 4),
        corners=(Corner("At x = 0 the slope is infinite.", ([0.0],), ([INF],), "x == 0"),),
    ),
    _by(
        "log2",
        "Takes the logarithm to base 2.",
        "Divides G by x and ln 2.",
        ("ln(x) / ln(2)", "G / (x * ln(2))"),
        positive(3, 4),
    ),
    _by(
        "log10",
        "Takes the logarithm to base 10.",
        "Divides G by x and ln 10.",
        ("ln(x) / ln(10)", "G / (x * ln(10))"),
        positive(3, 4),
    ),
    _by(
        "log1p",
        "Takes the logarithm of 1 + x.",
        "Divides G by 1 + x.",
        ("ln(1 + x)", "G / (1 + x)"),
        positive(3, 4),
        node="Log1PBackward0",
    ),
    _by(
        "sqrt",
        "Takes the square root.",
        "Divides G by twice the result.",
        ("sqrt(x)", "G / (2 * z)"),
        positive(3, 4),
        corners=(
            Corner("At x = 0 the slope is infinite.", ([0.0],), ([INF],), "x == 0"),
            Corner("Below 0 there is no root: NaN.", ([-1.0],), ([NAN],), "x < 0"),
        ),
    ),
    _by(
        "rsqrt",
        "Takes 1 divided by the square root.",
        "Multiplies G by −½ times the cube of the result.",
        ("1 / sqrt(x)", "-z ** 3 / 2 * G"),
        positive(3, 4),
    ),
    _by(
        "abs",
        "Takes the size, without the sign.",
        "Multiplies G by the sign of x.",
        ("abs(x)", "sign(x) * G"),
        normal(3, 4),
        corners=(Corner("At x = 0 the slope counts as 0.", ([0.0],), ([0.0],), "x == 0"),),
    ),
    _by("sin", "Takes the sine.", "Multiplies G by the cosine.", ("sin(x)", "cos(x) * G")),
    _by("cos", "Takes the cosine.", "Multiplies G by minus the sine.", ("cos(x)", "-sin(x) * G")),
    _by(
        "tan",
        "Takes the tangent.",
        "Multiplies G by 1 plus the square of the result.",
        ("tan(x)", "(1 + z ** 2) * G"),
    ),
    _by(
        "sinh",
        "Takes the hyperbolic sine.",
        "Multiplies G by the hyperbolic cosine.",
        ("sinh(x)", "cosh(x) * G"),
    ),
    _by(
        "cosh",
        "Takes the hyperbolic cosine.",
        "Multiplies G by the hyperbolic sine.",
        ("cosh(x)", "sinh(x) * G"),
    ),
    _by(
        "tanh",
        "Squeezes every number between −1 and 1.",
        "Multiplies G by 1 minus the square of the result: near 0 where the result is near ±1.",
        ("tanh(x)", "(1 - z ** 2) * G"),
    ),
    _by(
        "asin",
        "Takes the angle with this sine.",
        "Divides G by √(1 − x²).",
        ("asin(x)", "G / sqrt(1 - x ** 2)"),
        inside(3, 4),
    ),
    _by(
        "acos",
        "Takes the angle with this cosine.",
        "Divides −G by √(1 − x²).",
        ("acos(x)", "-G / sqrt(1 - x ** 2)"),
        inside(3, 4),
    ),
    _by(
        "atan",
        "Takes the angle with this tangent.",
        "Divides G by 1 + x².",
        ("atan(x)", "G / (1 + x ** 2)"),
    ),
    _by(
        "asinh",
        "Undoes the hyperbolic sine.",
        "Divides G by √(x² + 1).",
        ("asinh(x)", "G / sqrt(x ** 2 + 1)"),
    ),
    _by(
        "acosh",
        "Undoes the hyperbolic cosine.",
        "Divides G by √(x² − 1).",
        ("acosh(x)", "G / sqrt(x ** 2 - 1)"),
        above(1, 3, 4),
    ),
    _by(
        "atanh",
        "Undoes the hyperbolic tangent.",
        "Divides G by 1 − x².",
        ("atanh(x)", "G / (1 - x ** 2)"),
        inside(3, 4),
    ),
    _by(
        "erf",
        "Takes the error function, the integral of a bell curve.",
        "Multiplies G by the bell curve at x.",
        ("erf(x)", "2 / sqrt(pi) * exp(-x ** 2) * G"),
    ),
    _by(
        "erfc",
        "Takes 1 minus the error function.",
        "Multiplies G by minus the bell curve at x.",
        ("1 - erf(x)", "-2 / sqrt(pi) * exp(-x ** 2) * G"),
    ),
    _by(
        "lgamma",
        "Takes the logarithm of the gamma function.",
        "Multiplies G by the digamma function, its slope.",
        ("lngamma(x)", "digamma(x) * G"),
        positive(3, 4),
        words={
            "lngamma": Word("ln Γ({0})", lambda torch, x: torch.lgamma(x)),
            "digamma": Word("ψ({0})", lambda torch, x: torch.digamma(x)),
        },
    ),
    _by(
        "sign",
        "Takes the sign: −1, 0 or 1.",
        "Sends 0: away from 0 the sign does not change.",
        ("sign(x)", "0 * G"),
    ),
    _step("floor", "Rounds down.", "floor(x)"),
    _step("ceil", "Rounds up.", "-floor(-x)"),
    _step("round", "Rounds to the nearest whole number.", "round(x)", "round({0})"),
    _step("trunc", "Cuts off what stands behind the point.", "sign(x) * floor(abs(x))"),
    _by(
        "frac",
        "Keeps what stands behind the point.",
        "Hands G on, unchanged.",
        ("x - sign(x) * floor(abs(x))", "G"),
    ),
)
