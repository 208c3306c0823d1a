"""Every number of a TensorView, at every size and for every kind of tensor."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from explorer.records import TensorView
from explorer.worker import large
from explorer.worker.heat import BLOCKS
from explorer.worker.large import PART, ROW
from explorer.worker.snapshots import SMALL, Snapshots
from tests.worker.views import assert_describes, close

SHAPES = [(), (1,), (2,), (4, 4), (64,), (65,), (9, 9), (3, 5, 7), (33, 40), (100, 81), (8192,), (8193,), (130, 70), (2, 3, 50, 40), (17, 1000), (300, 400)]  # fmt: skip
DTYPES = [torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.uint8, torch.bool, torch.complex64]  # fmt: skip


def made(shape: tuple[int, ...], dtype: torch.dtype) -> torch.Tensor:
    torch.manual_seed(len(shape))
    if dtype.is_floating_point or dtype.is_complex:
        tensor = torch.randn(shape, dtype=torch.complex64 if dtype.is_complex else torch.float32)
        return (tensor * (torch.rand(shape) > 0.2)).to(dtype)
    return torch.randint(0, 3, shape).to(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES)
def test_views_describe_tensors(shape: tuple[int, ...], dtype: torch.dtype) -> None:
    tensor = made(shape, dtype)
    snapshots = Snapshots()
    assert_describes(snapshots.view(snapshots.of(tensor)), tensor)
    assert_describes(snapshots.view(snapshots.gradient(tensor)), tensor)


@pytest.mark.parametrize("dtype", [torch.float32, torch.complex64])
@pytest.mark.parametrize("shape", [(), (3,), (9, 9), (120, 90)])
def test_zeros_without_memory_are_zeros(shape: tuple[int, ...], dtype: torch.dtype) -> None:
    zeros = torch._efficientzerotensor(shape, dtype=dtype)
    snapshots = Snapshots()
    assert_describes(snapshots.view(snapshots.of(zeros)), zeros)
    assert_describes(snapshots.view(snapshots.gradient(zeros)), zeros)


@pytest.mark.parametrize("shape", [(2,), (9, 9), (120, 90)])
def test_strided_tensors_are_read_in_their_own_order(shape: tuple[int, ...]) -> None:
    tensor = torch.arange(float(torch.Size(shape).numel() * 2)).reshape(2, *shape)
    snapshots = Snapshots()
    for view in (
        tensor[1],
        tensor.transpose(0, -1),
        tensor[..., ::2],
        tensor[:1].expand(3, *shape),
    ):
        assert_describes(snapshots.view(snapshots.of(view)), view)


@pytest.mark.parametrize("size", [1, 2, 64, 100, 9000])
@pytest.mark.parametrize("wild", [float("nan"), float("inf"), float("-inf")])
def test_wild_numbers_are_told_loudly(size: int, wild: float) -> None:
    tensor = torch.ones(size)
    tensor[0] = wild
    view = Snapshots().view(None) or (snapshots := Snapshots()).view(snapshots.of(tensor))
    assert view is not None
    assert view.values[0] == str(wild)
    assert view.nonfinite == 1
    assert isinstance(view.norm, str)


@pytest.mark.parametrize("size", [1, 2, 100, 20_000])
@pytest.mark.parametrize("scale", [1e-30, 1e-20, 1e25, 1e38])
def test_norms_hold_where_float32_squares_do_not(size: int, scale: float) -> None:
    tensor = torch.full((size,), scale)
    snapshots = Snapshots()
    view = snapshots.view(snapshots.of(tensor))
    assert view is not None
    assert close(view.norm, tensor.double().norm().item())
    assert view.std == 0.0


@pytest.mark.parametrize("shape", [(), (0,), (0, 3), (3, 0)])
def test_empty_tensors_have_a_shape_and_no_extremes(shape: tuple[int, ...]) -> None:
    tensor = torch.zeros(shape)
    snapshots = Snapshots()
    view = snapshots.view(snapshots.of(tensor))
    assert view is not None
    assert view.shape == shape
    assert (view.low is None) == (0 in shape)
    assert view.norm == 0.0


@pytest.mark.parametrize("shape", [(9, 9), (16, 16), (33, 17), (40, 3), (2, 50, 30), (200, 100), (130, 790), (5000, 2), (3, PART + 7), (PART, 5), (3, 400, 500), (40, 50_257), (31, 27 * ROW), (700, 17, 71)])  # fmt: skip
def test_heat_maps_are_means_of_blocks(shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    tensor = torch.randn(shape)
    snapshots = Snapshots()
    for one in (tensor, tensor.mT):
        view = snapshots.view(snapshots.gradient(one))
        assert_describes(view, one)
        assert view is not None
        assert_means(view, one.reshape(-1, one.shape[-1]))


def assert_means(view: TensorView, matrix: torch.Tensor) -> None:
    """The heat map is the mean over blocks of a matrix."""
    assert view.heat is not None
    rows, columns = (min(BLOCKS, size) for size in matrix.shape)
    assert (len(view.heat), len(view.heat[0])) == (rows, columns)
    for i in range(rows):
        for j in range(columns):
            down = slice(matrix.shape[0] * i // rows, matrix.shape[0] * (i + 1) // rows)
            across = slice(matrix.shape[1] * j // columns, matrix.shape[1] * (j + 1) // columns)
            assert view.heat[i][j] == pytest.approx(matrix[down, across].mean().item(), abs=1e-5)


def test_heat_maps_keep_wild_numbers_in_their_block() -> None:
    for size in (32, 320):
        tensor = torch.ones(size, size)
        tensor[0, 0] = float("nan")
        snapshots = Snapshots()
        view = snapshots.view(snapshots.of(tensor))
        assert view is not None
        assert view.heat is not None
        assert view.heat[0][0] == "nan"
        assert view.heat[0][1] == 1.0
        assert view.heat[15][15] == 1.0


def test_zeros_of_very_large_tensors_are_counted() -> None:
    tensor = torch.ones(512, 300, 3, 3)
    tensor[:, :, 1, 1] = 0
    snapshots = Snapshots()
    view = snapshots.view(snapshots.of(tensor))
    assert view is not None
    assert view.zeros == tensor.numel() / 9


@pytest.mark.parametrize("size", [PART - 1, PART, PART + 1, 3 * PART + ROW + 5])
@pytest.mark.parametrize("wild", [0.0, float("nan"), float("inf")])
def test_statistics_over_several_parts_are_those_of_the_whole(size: int, wild: float) -> None:
    torch.manual_seed(0)
    tensor = torch.randn(size)
    tensor[-1] = wild
    snapshots = Snapshots()
    assert_describes(snapshots.view(snapshots.of(tensor)), tensor)


def test_overlapping_windows_into_memory_are_read_as_they_are() -> None:
    windows = torch.arange(10_007.0).as_strided((5000, 2, 2), (2, 1, 5))
    snapshots = Snapshots()
    assert_describes(snapshots.view(snapshots.of(windows)), windows)


def test_a_large_tensor_is_measured_once_with_all_that_look_at_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    measured: list[int] = []
    true = large.measure

    def measure(flat: torch.Tensor, sums: Any) -> large.Measured:
        measured.append(flat.numel())
        return true(flat, sums)

    monkeypatch.setattr(large, "measure", measure)
    weight = torch.randn(300, 200, requires_grad=True)
    snapshots = Snapshots()
    for tensor in (weight.T, weight, weight.view(-1), weight[:150]):
        assert_describes(snapshots.view(snapshots.of(tensor)), tensor)
    assert measured == [60_000, 30_000]
    with torch.no_grad():
        weight += 1
    assert_describes(snapshots.view(snapshots.of(weight.T)), weight.T)


def test_a_tensor_is_measured_once_until_it_changes() -> None:
    snapshots = Snapshots()
    tensor = torch.ones(3)
    first = snapshots.of(tensor)
    assert snapshots.of(tensor) == first
    tensor += 1
    assert snapshots.of(tensor) != first


def test_a_new_tensor_in_the_place_of_an_old_one_is_not_taken_for_it() -> None:
    snapshots = Snapshots()
    for number in range(2000):
        view = snapshots.view(snapshots.of(torch.full((2,), float(number))))
        assert view is not None
        assert view.values == (number, number)


def test_a_gradient_changed_before_it_was_read_is_not_shown_wrong() -> None:
    snapshots = Snapshots()
    gradient = torch.ones(100)
    ticket = snapshots.gradient(gradient)
    gradient.zero_()
    view = snapshots.view(ticket)
    assert view is not None
    assert view.truncated
    assert snapshots.changed == 1


def test_large_gradients_that_are_views_of_each_other_are_measured_once() -> None:
    snapshots = Snapshots()
    tensor = torch.randn(128, SMALL // 64)
    ticket = snapshots.gradient(tensor)
    for view in (tensor.T, tensor.reshape(-1), tensor.reshape(2, 64, -1).transpose(0, 2)):
        other = snapshots.rearranged(view, tensor, ticket)
        assert other is not None
        assert_describes(snapshots.view(other), view)
    assert snapshots.rearranged(tensor[:64], tensor, ticket) is None
    assert snapshots.rearranged(tensor.clone(), tensor, ticket) is None


@pytest.mark.parametrize(
    "tensor",
    [
        torch.ones(3, device="meta"),
        torch.ones(20_000, device="meta"),
        torch.sparse_coo_tensor([[0, 2]], [1.0, 2.0], (4,), check_invariants=True),
        torch.ones(2, dtype=torch.complex64).conj(),
    ],
    ids=["meta", "large meta", "sparse", "conjugate"],
)
def test_odd_tensors_have_at_least_a_shape(tensor: torch.Tensor) -> None:
    snapshots = Snapshots()
    view = snapshots.view(snapshots.of(tensor))
    assert view is not None
    assert view.shape == tuple(tensor.shape)


@pytest.mark.parametrize("value", [44.33433532714844, 0.1, 3.3333, 1e-7])
@pytest.mark.parametrize("size", [8_193, 10_000, 300_000])
def test_the_norm_of_many_equal_numbers_is_not_rounded_away(size: int, value: float) -> None:
    """All squares round alike, and errors that would cancel add up."""
    tensor, snapshots = torch.full((size,), value), Snapshots()
    assert_describes(snapshots.view(snapshots.of(tensor)), tensor)


@pytest.mark.parametrize("size", [1, 3, 100, 10_000])
def test_the_deviation_of_infinities_is_no_number(size: int) -> None:
    tensor, snapshots = torch.full((size,), float("inf")), Snapshots()
    view = snapshots.view(snapshots.of(tensor))
    assert view is not None
    assert (view.std, view.mean) == ("nan", "inf")


@pytest.mark.parametrize("many", [1, 10])
@pytest.mark.parametrize("size", [10, 100])
@pytest.mark.parametrize("scale", [1e200, 1e-200, 1.0])
def test_statistics_of_small_tensors_hold_for_numbers_of_any_size(
    many: int, size: int, scale: float
) -> None:
    snapshots = Snapshots()
    tensors = [torch.full((size,), scale, dtype=torch.float64) * (1 + at) for at in range(many)]
    for tensor, ticket in [(one, snapshots.of(one)) for one in tensors]:
        view = snapshots.view(ticket)
        first = float(tensor[0])
        assert (view.mean, view.norm) == pytest.approx((first, first * size**0.5))
        assert (view.std, view.nonfinite, view.zeros) == (0.0, 0, 0)


@pytest.mark.parametrize("size", [10, 100])
def test_the_deviation_of_numbers_that_are_close_together_is_right(size: int) -> None:
    snapshots = Snapshots()
    around = [torch.arange(size, dtype=torch.float64) + middle for middle in (0, 1e9, -3e12)]
    exact = torch.arange(size, dtype=torch.float64).std(correction=0).item()
    for ticket in [snapshots.of(one * sign) for one in around for sign in (1, -1)]:
        assert snapshots.view(ticket).std == pytest.approx(exact, rel=1e-6)


def test_an_expanded_tensor_is_measured_like_a_copy_of_it() -> None:
    snapshots = Snapshots()
    for number in (0.1, 1 / 3, 5.1):
        wide = torch.tensor(number).expand(100, 100)
        view, copied = (snapshots.view(snapshots.of(one)) for one in (wide, wide.clone()))
        assert view == copied
        assert view.norm == pytest.approx(wide.double().norm().item(), rel=1e-6)
