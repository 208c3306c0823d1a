"""What notes in the table say of PyTorch, asked of PyTorch."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor


def slope(z: Tensor, x: Tensor) -> list[float]:
    return torch.autograd.grad(z.sum(), x)[0].tolist()


def leaf(*values: float) -> Tensor:
    return torch.tensor(values, requires_grad=True)


def test_the_power_0_sends_0_also_at_0() -> None:
    x = leaf(0.0, 2.0)
    assert slope(x**0, x) == [0, 0]


def test_softplus_passes_g_on_above_its_threshold() -> None:
    x = leaf(30.0)
    assert F.softplus(x).item() == 30
    assert slope(F.softplus(x), x) == [1]


def test_a_product_with_a_0_multiplies_the_others() -> None:
    x = leaf(0.0, 2.0, 3.0)
    assert slope(x.prod(), x) == [6, 0, 0]
    assert slope(x.cumprod(0)[-1:], x) == [6, 0, 0]


def test_a_0_that_meets_an_infinite_slope_becomes_nan() -> None:
    x = leaf(0.0)
    (found,) = slope(torch.where(x > 0, x.sqrt(), x * 0), x)
    assert found != found


def test_the_remainder_has_slope_1_also_at_its_jumps() -> None:
    x = leaf(1.4)
    assert slope(x % 0.7, x) == [1]


def test_a_gradient_is_cast_back() -> None:
    x = leaf(1.0)
    (g,) = torch.autograd.grad(x.double().sum(), x)
    assert g.dtype == torch.float32


def test_ignored_targets_get_no_gradient_and_do_not_count() -> None:
    x = torch.zeros(3, 2, requires_grad=True)
    loss = F.nll_loss(x, torch.tensor([0, -100, 1]))
    (g,) = torch.autograd.grad(loss, x)
    assert g.tolist() == [[-0.5, 0], [0, 0], [0, -0.5]]


def test_normalisation_without_weights_counts_them_as_1_and_0() -> None:
    x = torch.randn(3, 4, requires_grad=True)
    bare = slope(F.layer_norm(x, (4,)) ** 3, x)
    ones = slope(F.layer_norm(x, (4,), torch.ones(4), torch.zeros(4)) ** 3, x)
    assert torch.allclose(torch.tensor(bare), torch.tensor(ones))


def test_the_second_bias_of_an_lstm_gets_the_same_as_the_first() -> None:
    lstm = torch.nn.LSTM(2, 3)
    lstm(torch.randn(4, 1, 2))[0].sum().backward()
    assert torch.equal(lstm.bias_ih_l0.grad, lstm.bias_hh_l0.grad)
