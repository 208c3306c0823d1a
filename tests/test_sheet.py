"""A pass that went into columns comes out of them as it was."""

from __future__ import annotations

import msgspec
import pytest

from explorer.columns import integers
from explorer.records import (
    Edge,
    EdgeColumns,
    Frame,
    FrameColumns,
    Node,
    NodeColumns,
    Saved,
    SavedColumns,
    Step,
)
from explorer.sheet import written_out
from explorer.worker.packing import packed
from tests.passes import rich, wide


def test_every_field_comes_back_as_it_went_in() -> None:
    assert written_out(wide()) == rich()


@pytest.mark.parametrize("record", [Node, Edge, Step, Frame, Saved])
def test_the_example_says_something_in_every_field_that_columns_carry(
    record: type[msgspec.Struct],
) -> None:
    """Whoever adds a field finds out here that columns must carry it."""
    ones = [one for part in rich().__struct_fields__ for one in _items(getattr(rich(), part))]
    ones += [saved for node in rich().nodes for saved in node.saved]
    for field in msgspec.structs.fields(record):
        if field.required:
            continue
        said = [getattr(one, field.name) for one in ones if isinstance(one, record)]
        assert any(one != field.default for one in said), field.name


def _items(part: object) -> tuple[object, ...]:
    return part if isinstance(part, tuple) else ()


@pytest.mark.parametrize(
    ("numbers", "size"),
    [
        ([], 0),
        ([0, 0, 0], 0),
        ([0, 1, 127], 3),
        ([-128, 0, 0], 3),
        ([0, 128, 0], 6),
        ([-129, 0, 0], 6),
        ([0, 1 << 15, 0], 12),
        ([-(1 << 31), (1 << 31) - 1, 0], 12),
    ],
)
def test_a_column_is_as_narrow_as_its_numbers_allow(numbers: list[int], size: int) -> None:
    column = packed(numbers)
    assert len(column) == size
    assert [*integers(column, len(numbers))] == numbers


@pytest.mark.parametrize("usual", [0, -1, 7])
def test_an_empty_column_has_its_usual_number_everywhere(usual: int) -> None:
    assert packed([usual] * 5, usual) == b""
    assert [*integers(b"", 5, usual)] == [usual] * 5


def test_columns_know_all_their_names() -> None:
    """Each group holds a column per fact of its record, but for what follows from the others."""
    assert {"tail", "head", "slot", "output", "kind", "gradient"} < {*EdgeColumns.__struct_fields__}
    assert {"line", "visit", "nodes"} < {*FrameColumns.__struct_fields__}
    missing = {*Node.__struct_fields__} - {*NodeColumns.__struct_fields__}
    assert missing == {"id", "columns", "saved"}
    missing = {*Saved.__struct_fields__} - {*SavedColumns.__struct_fields__}
    assert missing == {"bytes"}
