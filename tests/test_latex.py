"""Expressions as LaTeX."""

from __future__ import annotations

import pytest

from explorer.latex import latex, number

NUMBERS = {"a": "-2", "b": r"3 \cdot 10^{-8}", "c": "5"}


@pytest.mark.parametrize(
    ("expression", "symbols", "numbers"),
    [
        ("a * b + c", r"a \cdot b + c", r"-2 \cdot 3 \cdot 10^{-8} + 5"),
        ("a + b", "a + b", r"-2 + 3 \cdot 10^{-8}"),
        ("c - a", "c - a", r"5 - \left(-2\right)"),
        ("c - (a + b)", r"c - \left(a + b\right)", r"5 - \left(-2 + 3 \cdot 10^{-8}\right)"),
        ("(1 - c) * a", r"\left(1 - c\right) \cdot a", r"\left(1 - 5\right) \cdot \left(-2\right)"),
        ("a**2", "a^{2}", r"\left(-2\right)^{2}"),
        ("b**c", "b^{c}", r"\left(3 \cdot 10^{-8}\right)^{5}"),
        ("-a * c", r"-a \cdot c", r"-\left(-2\right) \cdot 5"),
        ("c - a * b", r"c - a \cdot b", r"5 - \left(-2 \cdot 3 \cdot 10^{-8}\right)"),
        ("(-a + b) * c", r"\left(-a + b\right) \cdot c", None),
        ("c / (sqrt(b) + a)", r"\frac{c}{\sqrt{b} + a}", None),
        ("max(a, c)", r"\max(a,\ c)", r"\max(-2,\ 5)"),
    ],
)
def test_it_keeps_its_meaning_in_symbols_and_with_numbers(
    expression: str, symbols: str, numbers: str | None
) -> None:
    assert latex(expression, str) == symbols
    if numbers is not None:
        assert latex(expression, NUMBERS.__getitem__) == numbers


@pytest.mark.parametrize(
    ("text", "tex"),
    [
        ("0.5", "0.5"),
        ("1e-08", "10^{-8}"),
        ("-1e-08", "-10^{-8}"),
        ("2.5e+10", r"2.5 \cdot 10^{10}"),
        ("nan", r"\text{nan}"),
        ("-inf", r"-\infty"),
    ],
)
def test_a_number_is_written_with_powers_of_ten(text: str, tex: str) -> None:
    assert number(text) == tex


def test_what_has_no_latex_is_refused() -> None:
    with pytest.raises(ValueError, match="no LaTeX"):
        latex("a if b else c", str)
