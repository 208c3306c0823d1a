"""Elements of tensors travel as bytes and arrive as the very numbers that they were."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.elements import WRITTEN, Elements, put_back, taken_out
from explorer.records import SHOWN, Number, TensorView, number

NUMBERS = {
    "float64": st.floats(),
    "float32": st.floats(width=32),
    "float16": st.floats(width=16),
    "int64": st.integers(-(1 << 63), (1 << 63) - 1).map(float),
}


@st.composite
def tensors(draw: st.DrawFn) -> TensorView:
    dtype = draw(st.sampled_from(sorted(NUMBERS)))
    shape = draw(st.sampled_from([(), (3,), (9,), (2, 6), (7, 11), (0,)]))
    elements = min(SHOWN, math.prod(shape)) if draw(st.booleans()) else 0
    values = draw(st.lists(NUMBERS[dtype], min_size=elements, max_size=elements))
    return TensorView(shape, dtype, values=tuple(map(number, values)))


def said(values: tuple[Number, ...]) -> list[str]:
    """With their signs: 0.0 equals -0.0."""
    return [*map(repr, values)]


@given(st.lists(tensors()))
def test_every_number_arrives_as_it_was(sent: list[TensorView]) -> None:
    came = put_back(*taken_out(sent))
    assert list(came) == sent
    assert [said(one.values) for one in came] == [said(one.values) for one in sent]


@given(st.lists(tensors()))
def test_only_many_real_numbers_travel_as_bytes(sent: list[TensorView]) -> None:
    rest, elements = taken_out(sent)
    for place, view in enumerate(sent):
        many = len(view.values) > WRITTEN and view.dtype != "int64"
        assert (place in elements.of) == many
        assert rest[place].values == (() if many else view.values)


def test_imaginary_parts_stay_beside_the_real_ones() -> None:
    view = TensorView((20,), "float32", values=(1.0,) * 20, imag=(2.0,) * 20)
    assert taken_out([view]) == ((view,), Elements())


@pytest.mark.parametrize(
    "elements",
    [
        {"of": (0,), "numbers": b"\0" * 36},
        {"of": (0,), "numbers": b"\0" * 44},
        {"of": (0,), "numbers": b""},
        {"of": (), "numbers": b"\0" * 40},
        {"of": (0, 0), "numbers": b"\0" * 80},
        {"of": (1, 0), "numbers": b"\0" * 120},
        {"of": (2,), "numbers": b"\0" * 40},
    ],
)
def test_elements_of_no_tensor_or_of_another_shape_are_refused(elements: dict[str, Any]) -> None:
    views = [TensorView((10,), "float32"), TensorView((10,), "float64")]
    with pytest.raises(ValueError, match="elements"):
        put_back(views, Elements(**elements))
