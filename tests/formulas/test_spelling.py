"""Formulas as lines of text: brackets exactly where they are needed, numbers as people read them."""

from __future__ import annotations

import pytest

from explorer.formulas.spelling import Speller
from explorer.formulas.syntax import Tree, parse
from explorer.formulas.values import size_of, value_of

LINES = {
    "G * y": "G · y",
    "-G * x / y ** 2": "-G · x / y²",
    "-(x + y)": "-(x + y)",
    "x - (y - z)": "x - (y - z)",
    "(x - y) - z": "x - y - z",
    "x + -y": "x + (-y)",
    "x / (y * z)": "x / (y · z)",
    "(x * y) ** 3": "(x · y)³",
    "n * x ** (n - 1)": "n · x^(n - 1)",
    "2 * (x - t) / N * G": "2 · (x - t) / N · G",
    "G if x > 0 else a * G": "G if x > 0 else a · G",
    "(1 if x == y else 0) * G": "(1 if x = y else 0) · G",
    "G if l <= x <= u else 0": "G if l ≤ x ≤ u else 0",
    "alpha * exp(-x)": "α · exp(-x)",
    "G @ T(X + Y)": "G @ (X + Y)ᵀ",
    "copies(G / N, x)": "G / N for each element",
    "along(z, x, d) + 1": "z + 1",
    "sum(x * y, d)": "sum(x · y)",
    "min(max(x, l), u) * G": "min(max(x, l), u) · G",
}


@pytest.mark.parametrize("written", LINES)
def test_a_formula_reads_as_it_should(written: str) -> None:
    assert Speller({}).spell(parse(written)) == LINES[written]


def number(value: float) -> Tree:
    return ("#", value)


def test_numbers_stand_in_brackets_where_their_sign_would_be_misread() -> None:
    spell = Speller({}).spell
    assert spell(("*", number(-2.0), number(-3.0))) == "-2 · (-3)"
    assert spell(("**", number(-2.0), 2)) == "(-2)²"
    assert spell(("-", number(1.0), number(-3.0))) == "1 - (-3)"
    assert spell(("neg", number(-3.0))) == "-(-3)"
    assert spell(("**", number(1.5e-5), 2)) == "(1.5e-05)²"


def test_a_long_sum_says_how_long() -> None:
    terms = [number(float(n)) for n in range(1, 7)]
    assert Speller({}).spell(("sum", *terms[:4])) == "1 + 2 + 3 + 4"
    assert Speller({}).spell(("sum", *terms)) == "1 + 2 + 3 + … (6 terms)"
    assert Speller({}).spell(("/", ("sum", *terms[:2]), 2)) == "(1 + 2) / 2"
    squares = [("**", ("-", one, number(1.0)), 2) for one in terms]
    assert Speller({}).spell(("sum", *squares)) == "(1 - 1)² + (2 - 1)² + … (6 terms)"
    long = [("*", one, ("*", number(2.0), ("*", one, one))) for one in terms]
    assert Speller({}).spell(("sum", *long)) == "1 · 2 · 1 · 1 + … (6 terms)"


def test_names_of_the_program_take_the_place_of_symbols() -> None:
    assert Speller({}, {"y": "model.0.weight"}).spell(parse("G * y")) == "G · model.0.weight"


def test_only_symbols_that_are_seen_count_as_seen() -> None:
    assert [*Speller({"placed": "{0} at i"}).visible(parse("placed(G, i, x)"))] == ["G"]
    assert [*Speller({}).visible(parse("copies(G, x) if a < b else 0"))] == ["a", "b", "G"]


@pytest.mark.parametrize("text", ["x.y", "x[0]", "f(x=1)", "'x'", "x and y", "lambda: 0", "None"])
def test_what_no_formula_needs_is_refused(text: str) -> None:
    with pytest.raises(SyntaxError):
        parse(text)


def test_arithmetic_goes_on_where_a_computers_does() -> None:
    value = lambda text: value_of(parse(text))  # noqa: E731
    assert value("1 / 0") == float("inf")
    assert value("-1 / 0") == float("-inf")
    assert value("ln(0)") == float("-inf")
    assert value("exp(1000)") == float("inf")
    assert value("0 ** (-1)") == float("inf")
    for nothing in ("0 / 0", "ln(-1)", "sqrt(-1)", "(-8) ** (1 / 3)", "asin(2)"):
        assert value(nothing) != value(nothing)


def test_rounding_grows_with_what_was_added_not_with_what_is_left() -> None:
    assert size_of(parse("1000 - 999")) == 1999
    assert size_of(parse("2 * (5 - 4)")) == 18
