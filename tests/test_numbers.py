"""Short texts of numbers and tensors: the cases that Python and TypeScript share, and the rule."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.numbers import glance, shape, short, summary
from explorer.records import Number, TensorView

CASES = json.loads((Path(__file__).parent / "canvas" / "numbers.json").read_text("utf-8"))
FINITE = st.floats(allow_nan=False, allow_infinity=False)


def view(case: dict[str, Any]) -> TensorView:
    return TensorView(
        shape=tuple(case["shape"]),
        dtype="float32",
        values=tuple(case["values"]),
        imag=None if case["imag"] is None else tuple(case["imag"]),
        norm=case["norm"],
    )


@pytest.mark.parametrize(("number", "text"), CASES["short"])
def test_number_has_the_text_that_both_languages_agreed_on(number: Number, text: str) -> None:
    assert short(number) == text


@pytest.mark.parametrize("case", CASES["views"], ids=lambda case: case["summary"])
def test_tensor_has_the_texts_that_both_languages_agreed_on(case: dict[str, Any]) -> None:
    assert summary(view(case["view"])) == case["summary"]
    assert glance(view(case["view"])) == case["glance"]


@given(FINITE)
def test_text_reads_back_as_the_number_to_four_digits(number: float) -> None:
    text = short(number)
    assert len(text) <= 11
    assert text != "-0"
    if 1e-300 < abs(number) < 1e300:  # at the ends floats run out of digits or of range
        assert float(text) == pytest.approx(number, rel=5.001e-4)


@given(st.integers(min_value=-999_999, max_value=999_999))
def test_whole_numbers_below_a_million_are_exact(number: int) -> None:
    assert short(float(number)) == str(number)


def test_shape_of_a_vector_cannot_be_taken_for_a_number() -> None:
    assert [shape(()), shape((5,)), shape((3, 4))] == ["scalar", "(5)", "3×4"]


def test_infinite_floats_have_words_too() -> None:
    assert [short(math.inf), short(-math.inf), short(math.nan)] == ["inf", "-inf", "nan"]
