"""Each row of the table of layers against the layer itself."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import nn

from explorer.layers import LAYERS, left_out
from explorer.layers.field import Field, Value
from explorer.layers.row import Row, Shape, ShapeError

FEW = pytest.mark.parametrize("name", LAYERS)


def extremes(field: Field) -> tuple[Value, ...]:
    match field.kind:
        case "count":
            return (int(field.low), int(field.high))
        case "number":
            return (float(field.low), float(field.high))
        case "flag":
            return (False, True)
        case "choice":
            return field.options
        case "sides":
            return (int(field.low), int(field.high), *pairs(field))
    return ((1,), (2, 3), (2, 3, 4))


def pairs(field: Field) -> Iterator[Value]:
    """Another number along each axis: rising, and falling."""
    low, high = int(field.low), int(field.high)
    for length in field.lengths:
        rising = tuple(min(high, low + n) for n in range(length))
        yield from (rising, rising[::-1])


def variants(row: Row) -> Iterator[dict[str, Value]]:
    """The defaults, and each field at each end of its range with the others at their defaults."""
    yield {}
    for field in row.fields:
        for value in extremes(field):
            yield {field.name: value}


def run(row: Row, values: dict[str, Value], x: Shape) -> tuple[Shape, int]:
    """Shape out and count of parameters, from PyTorch itself by the lines that the row writes."""
    torch.manual_seed(0)
    layer = eval(row.code(values), {"nn": nn})
    words = getattr(row.chosen(values), "num_embeddings", 1)
    data = torch.randint(0, words, x) if row.takes_indices else torch.randn(x)
    scope: dict[str, Any] = {"layer": layer, "x": data, "torch": torch}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # advice of torch, for example on odd groups
        exec("\n".join(row.call("layer", x, row.chosen(values))), scope)
    return tuple(scope["x"].shape), sum(p.numel() for p in layer.parameters())


def predicted(row: Row, values: dict[str, Value], x: Shape) -> tuple[Shape, int]:
    return row.flow(x, values), row.parameters(row.chosen(values))


@FEW
def test_a_row_runs_with_its_defaults_and_gives_the_shape_and_count_that_it_predicts(
    name: str,
) -> None:
    row = LAYERS[name]
    x = row.example(row.chosen({}))
    assert predicted(row, {}, x) == run(row, {}, x)


@FEW
def test_at_the_ends_of_its_ranges_a_row_predicts_the_run_or_refuses_as_torch_does(
    name: str,
) -> None:
    row = LAYERS[name]
    for values in variants(row):
        x = row.example(row.chosen(values))
        agree(row, values, x)


def agree(row: Row, values: dict[str, Value], x: Shape) -> bool:
    """Same shape and count, or both refuse. True when it ran.

    Torch refuses an empty result too, but for some transposed convolutions.
    """
    try:
        expected = predicted(row, values, x)
    except ShapeError:
        ran: Shape = (0,)
        with contextlib.suppress(RuntimeError, ValueError, AssertionError, IndexError):
            ran = run(row, values, x)[0]
        assert 0 in ran, (row.name, values, x)
        return False
    assert expected == run(row, values, x), (row.name, values, x)
    return True


@FEW
def test_every_field_at_both_ends_runs_for_some_input(name: str) -> None:
    """Only pairs that contradict each other may refuse: an axis beyond the example, groups."""
    row = LAYERS[name]
    may_refuse = {"groups", "num_groups", "nhead", "num_heads", "padding", "output_padding"}
    may_refuse |= {"dim", "start_dim", "end_dim", "min_val", "max_val", "lower", "upper"}
    may_refuse |= {
        "in2_features",
        "in1_features",
        "proj_size",
        "num_channels",
        "embed_dim",
        "d_model",
    }
    if name == "Fold":  # a window larger than the image that it makes
        may_refuse |= {"output_size", "kernel_size", "dilation"}
    for field in row.fields:
        if field.name in may_refuse:
            continue
        for value in extremes(field):
            values = {field.name: value}
            x = row.example(row.chosen(values))
            assert agree(row, values, x), (field.name, value)


@FEW
def test_a_wrong_feature_count_is_said_with_the_value_that_fits(name: str) -> None:
    row = LAYERS[name]
    if row.feature is None:
        return
    field, axis = row.feature
    x = list(row.example(row.chosen({})))
    x[axis] *= 3
    with pytest.raises(ShapeError) as caught:
        row.flow(tuple(x), {})
    assert caught.value.fit == {field: x[axis]}
    assert caught.value.fit[field] != row.chosen({}).__dict__[field]
    fitted = dict(caught.value.fit)
    for _ in range(3):  # a fit may ask for another: both inputs of Bilinear
        try:
            assert row.flow(tuple(x), fitted) == run(row, fitted, tuple(x))[0]
            return
        except ShapeError as misfit:
            fitted |= misfit.fit
    raise AssertionError(fitted)


def test_random_windows_are_counted_as_torch_counts_them() -> None:
    """Kernel, stride, padding, dilation, ceil_mode against each other, several hundred times."""
    draw = torch.Generator().manual_seed(1)

    def pick(low: int, high: int) -> int:
        return int(torch.randint(low, high + 1, (1,), generator=draw))

    ran = 0

    def numbers(low: int, high: int, axes: int) -> Value:
        """One for all axes, or one for each."""
        several = axes > 1 and pick(0, 1)
        return tuple(pick(low, high) for _ in range(axes)) if several else pick(low, high)

    one = ("Conv1d", "ConvTranspose1d", "MaxPool1d", "AvgPool1d", "LPPool1d")
    two = ("Conv2d", "ConvTranspose2d", "MaxPool2d", "AvgPool2d", "LPPool2d", "Unfold")
    for name in (*one, *two):
        row, axes = LAYERS[name], 1 if name in one else 2
        known = {field.name for field in row.fields}
        for _ in range(80):
            values: dict[str, Value] = {
                "kernel_size": numbers(1, 6, axes),
                "stride": numbers(1, 4, axes),
                "padding": numbers(0, 3, axes),
                "dilation": numbers(1, 3, axes),
                "ceil_mode": bool(pick(0, 1)),
                "output_padding": numbers(0, 2, axes),
            }
            values = {key: value for key, value in values.items() if key in known}
            x = list(row.example(row.chosen({})))
            x[2:] = [pick(1, 12) for _ in x[2:]]
            ran += agree(row, values, tuple(x))
    assert ran > 400


def test_fold_undoes_unfold() -> None:
    for values in ({}, {"stride": 2, "padding": 1}, {"kernel_size": 2, "stride": 2}):
        x = (2, 3, 8, 8)
        columns = LAYERS["Unfold"].flow(x, values)
        assert LAYERS["Fold"].flow(columns, {"output_size": 8, **values}) == x


def test_a_window_that_is_too_large_along_one_axis_is_repaired_there() -> None:
    row, x = LAYERS["Conv2d"], (1, 3, 4, 9)
    with pytest.raises(ShapeError, match="A window of 5 does not fit into 4") as caught:
        row.flow(x, {"kernel_size": (5, 7)})
    assert caught.value.fit == {"kernel_size": (4, 7)}
    assert agree(row, {"kernel_size": (4, 7)}, x)


def test_a_border_may_differ_on_every_side() -> None:
    row, values = LAYERS["ZeroPad2d"], {"padding": (1, 2, 3, 4)}
    assert row.code(values) == "nn.ZeroPad2d((1, 2, 3, 4))"
    assert row.flow((1, 1, 5, 5), values) == (1, 1, 12, 8)
    assert agree(row, values, (1, 1, 5, 5))


@pytest.mark.parametrize("name", ["RNNCell", "GRUCell", "LSTMCell"])
def test_a_cell_walks_over_time_where_there_is_time(name: str) -> None:
    assert agree(LAYERS[name], {}, (2, 5, 8))


def test_the_table_and_what_is_left_out_are_all_of_torch_nn() -> None:
    modules = {
        name
        for name in dir(nn)
        if isinstance(getattr(nn, name), type) and issubclass(getattr(nn, name), nn.Module)
    }
    losses = {name for name in modules if "Loss" in name}
    assert set(LAYERS) | set(left_out.LAYERS) == modules - losses
    assert not set(LAYERS) & set(left_out.LAYERS)
    assert all(left_out.LAYERS.values())


def test_every_field_is_an_argument_of_the_constructor_with_the_default_that_the_row_says() -> None:
    for row in LAYERS.values():
        layer = eval(row.code({}), {"nn": nn})
        assert type(layer).__name__ == row.name
        for field in row.fields:
            assert field.refusal(field.default) is None, (row.name, field.name)
