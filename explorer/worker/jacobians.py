"""The whole Jacobian of a small root, one vector-Jacobian product per element of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch

from explorer.pass_record import MOST_JACOBIAN_NODES, MOST_JACOBIAN_ROWS
from explorer.records import Number, number

MOST_COLUMNS = 64
"""Elements of a leaf."""

MOST_CELLS = 2_048
"""Numbers of all Jacobians of one pass: what still can be read as a picture."""

Rows = tuple[tuple[Number, ...], ...]


def suits(root: torch.Tensor, leaves: Mapping[int, torch.Tensor], nodes: int) -> bool:
    """Whether there is a Jacobian to show: of more than one row, and small."""
    if (
        root.is_complex()
        or root.is_nested
        or not 1 < root.numel() <= MOST_JACOBIAN_ROWS
        or nodes > MOST_JACOBIAN_NODES
    ):
        return False
    columns = [leaf.numel() for leaf in leaves.values()]
    return (
        not any(leaf.is_complex() for leaf in leaves.values())
        and max(columns, default=0) <= MOST_COLUMNS
        and 0 < sum(columns) * root.numel() <= MOST_CELLS
    )


def of(root: torch.Tensor, leaves: Mapping[int, torch.Tensor]) -> dict[int, Rows]:
    """Leaf -> d root / d leaf, a row per element of the root, row-major; the graph is kept.

    A leaf that nothing is sent to is left out. Raises what PyTorch raises.
    """
    found: dict[int, list[tuple[Number, ...]]] = {}
    wanted = list(leaves.values())
    with _unnoticed():
        for v in _units(root):
            gradients = torch.autograd.grad(
                root, wanted, v, retain_graph=True, allow_unused=True, materialize_grads=True
            )
            for node, gradient in zip(leaves, gradients, strict=True):
                dense = gradient.to_dense() if gradient.layout != torch.strided else gradient
                numbers = dense.detach().double().flatten().tolist()
                found.setdefault(node, []).append(tuple(map(number, numbers)))
    return {node: tuple(rows) for node, rows in found.items()}


def _units(root: torch.Tensor) -> Iterator[torch.Tensor]:
    """One-hot vectors in the shape of the root."""
    for place in range(root.numel()):
        v = torch.zeros(root.numel(), dtype=root.dtype)
        v[place] = 1
        yield v.reshape(root.shape)


@contextmanager
def _unnoticed() -> Iterator[None]:
    """Random numbers that hooks draw meanwhile do not count."""
    state = torch.get_rng_state()
    try:
        yield
    finally:
        torch.set_rng_state(state)
