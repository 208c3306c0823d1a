"""What may be typed into a field, and how it is written."""

from __future__ import annotations

import pytest

from explorer.layers.field import Field, Value, arguments, parse_sides, parse_sizes, settings, side

KERNEL = side("kernel_size", 3, 15, 2)
PADDING = side("padding", 0, 15, 2, low=0, torch=0)
SCALE = side("scale_factor", 2, 8, 3, lengths=(1, 2, 3))


@pytest.mark.parametrize(
    ("text", "value"),
    [("3", 3), (" 3, 5 ", (3, 5)), ("(3, 5)", (3, 5)), ("3×5", (3, 5)), ("3x5", (3, 5)), ("3,", 3)],
)
def test_one_number_or_one_for_each_axis(text: str, value: Value) -> None:
    assert parse_sides(text, KERNEL) == value


@pytest.mark.parametrize(
    "text", ["", "0", "16", "3, 0", "3, 4, 5", "3.5", "-1", "three", "3 5", "٣"]
)
def test_anything_else_is_refused_with_what_is_allowed(text: str) -> None:
    assert parse_sides(text, KERNEL) is None
    assert KERNEL.allowed == "a whole number from 1 to 15, or 2 of them, one for each axis"


def test_0_is_allowed_where_the_range_begins_there() -> None:
    assert parse_sides("0, 2", PADDING) == (0, 2)


def test_some_fields_take_as_many_numbers_as_the_input_has_axes() -> None:
    assert [parse_sides(text, SCALE) for text in ("2", "2, 3", "2, 3, 4")] == [2, (2, 3), (2, 3, 4)]
    assert "1 or 2 or 3 of them" in SCALE.allowed


def test_with_one_axis_there_is_one_number() -> None:
    assert side("kernel_size", 3, 15, 1).kind == "count"


def test_pairs_are_written_as_tuples_and_defaults_not_at_all() -> None:
    fields = (KERNEL, PADDING)

    def written(**values: Value) -> list[str]:
        return arguments(fields, settings(fields, values))

    assert written() == ["kernel_size=3"]
    assert written(kernel_size=(3, 5), padding=(0, 2)) == ["kernel_size=(3, 5)", "padding=(0, 2)"]


@pytest.mark.parametrize("value", [True, 1.5, "3", (3,), (3, True), [3, 5], None])
def test_values_of_another_kind_are_refused(value: object) -> None:
    assert KERNEL.refusal(value)


def test_shapes_are_read_as_before() -> None:
    assert parse_sizes("8, 28, 28") == (8, 28, 28)
    assert parse_sizes("8") == (8,)
    assert parse_sizes("8, 0") is None
    assert parse_sizes("a") is None
    assert Field("shape", "sizes", (8,)).allowed.startswith("1 to 5 whole numbers")
