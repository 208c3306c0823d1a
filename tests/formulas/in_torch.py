"""Formulas worked out by PyTorch, with the numbers that a node itself has saved."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping
from typing import Any

import torch

from explorer.formulas.row import Formula, Proof
from explorer.formulas.syntax import Tree, parse

Axes = tuple[int, ...]


def tensor(value: Any) -> Any:
    return torch.as_tensor(value, dtype=torch.float64) if isinstance(value, int | float) else value


def _sum(x: torch.Tensor, axes: Axes | None = None) -> torch.Tensor:
    return x.sum() if axes is None else x.sum(axes, keepdim=True)


def _prod(x: torch.Tensor, axes: Axes | None = None) -> torch.Tensor:
    return x.prod() if axes is None else x.prod(axes[0], keepdim=True)


def _count(x: torch.Tensor, axes: Axes | None = None) -> torch.Tensor:
    sizes = x.shape if axes is None else [x.shape[axis] for axis in axes]
    return tensor(float(math.prod(sizes)))


def _copies(g: torch.Tensor, x: torch.Tensor, axes: Axes | None = None) -> torch.Tensor:
    if axes is not None and g.dim() < x.dim():
        for axis in sorted(axis % x.dim() for axis in axes):
            g = g.unsqueeze(axis)
    return g.expand_as(x)


OPERATORS = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
    "@": operator.matmul,
    "neg": operator.neg,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
BELL = torch.distributions.Normal(0.0, 1.0)
FUNCTIONS = {
    **{
        name: getattr(torch, name)
        for name in [
            "exp",
            "sqrt",
            "abs",
            "sign",
            "floor",
            "sin",
            "cos",
            "tan",
            "sinh",
            "cosh",
            "tanh",
            "asin",
            "acos",
            "atan",
        ]
    },
    **{name: getattr(torch, name) for name in ["asinh", "acosh", "atanh", "sigmoid", "erf"]},
    "ln": torch.log,
    "Phi": lambda x: BELL.cdf(x),
    "phi": lambda x: BELL.log_prob(x).exp(),
    "max": lambda x, y: torch.maximum(*torch.broadcast_tensors(x, y)),
    "min": lambda x, y: torch.minimum(*torch.broadcast_tensors(x, y)),
    "sum": _sum,
    "mean": lambda x, axes=None: _sum(x, axes) / _count(x, axes),
    "prod": _prod,
    "count": _count,
    "copies": _copies,
    "repeated": _copies,
    "along": _copies,
    "fold": lambda g, x: g.sum_to_size(x.shape),
    "reshape": lambda g, x: g.reshape(x.shape),
    "T": lambda x: x.mT,
}


class Bench:
    """One row with everything that its symbols stand for."""

    def __init__(self, row: Formula, proof: Proof, names: Mapping[str, Any]) -> None:
        self._row = row
        self._words = {name: word.call for name, word in row.words.items()} | dict(proof.words)
        self.names = dict(names)

    def work_out(self, text: str) -> Any:
        return self._value(parse(text))

    def _value(self, tree: Tree) -> Any:
        if isinstance(tree, str):
            return self._named(tree)
        if not isinstance(tree, tuple):
            return tensor(tree)
        if tree[0] == "cmp":
            return self._compared(tree)
        if tree[0] == "if":
            test, body, orelse = map(self._value, tree[1:])
            return torch.where(test, body, orelse)
        parts = list(map(self._value, tree[1:]))
        if tree[0] in self._words:
            return self._words[tree[0]](torch, *parts)
        return (OPERATORS | FUNCTIONS)[tree[0]](*parts)

    def _named(self, name: str) -> Any:
        if name == "pi":
            return tensor(math.pi)
        if name in self._row.where and name not in self.names:
            self.names[name] = self.work_out(self._row.where[name])
        return tensor(self.names[name])

    def _compared(self, tree: Tree) -> Any:
        assert isinstance(tree, tuple)
        values = list(map(self._value, tree[1::2]))
        holds = [
            OPERATORS[op](left, right)
            for op, left, right in zip(tree[2::2], values, values[1:], strict=False)
        ]
        return torch.stack(torch.broadcast_tensors(*holds)).all(0)


def saved(node: Any, name: str) -> Any:
    """What a node saved: axes as a tuple that counts from the front or the end."""
    value = getattr(node, f"_saved_{name}")
    if name == "dim":
        value = (value,) if isinstance(value, int) else value
        return (
            None if not value else tuple(axis - 2**64 if axis >= 2**63 else axis for axis in value)
        )
    if isinstance(value, int) and value >= 2**63:
        return value - 2**64
    if isinstance(value, tuple) and len(value) == 1:
        (value,) = value  # the one index of x[i]
    return value


def bench(
    row: Formula, proof: Proof, inputs: list[torch.Tensor], z: torch.Tensor, g: torch.Tensor
) -> Bench:
    """Symbols bound to inputs, or to what the node that made `z` has saved."""
    node = z.grad_fn
    names: dict[str, Any] = {"z": z.detach(), "G": g, **proof.given}
    symbols = ["x"] if row.many else list(row.inputs)
    values: list[Any] = [inputs] if row.many else list(inputs)
    names |= dict(zip(symbols, values, strict=False))
    for symbol in symbols[len(values) :]:
        names[symbol] = saved(node, row.inputs[symbol])
    for symbol, name in row.saved.items():
        if symbol not in names:
            names[symbol] = saved(node, name)
    return Bench(row, proof, names)
