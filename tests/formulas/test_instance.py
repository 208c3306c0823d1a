"""Formulas at one element, in plain Python, against the same formulas in PyTorch."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest
import torch

from explorer.formulas import ROWS
from explorer.formulas.instance import (
    Grid,
    Instance,
    Known,
    UnknownError,
    expanded,
    place,
    summed_to,
)
from explorer.formulas.row import Formula, Proof, X
from explorer.formulas.syntax import Tree, functions, parse
from explorer.formulas.values import value_of
from tests.formulas.in_torch import bench

pytestmark = pytest.mark.usefixtures("in_float64")

PLAIN = [
    (row, proof)
    for row in ROWS
    for proof in row.proofs
    if not row.words and not row.many and "Complex" not in row.node
]


def known(value: Any) -> Known:
    if isinstance(value, torch.Tensor):
        return Grid(tuple(value.shape), value.detach().double().flatten().tolist())
    return value if value is None or isinstance(value, tuple) else float(value)


@pytest.mark.parametrize(
    ("row", "proof"), PLAIN, ids=[f"{row.node}-{row.forward}" for row, _ in PLAIN]
)
def test_every_element_comes_out_as_in_pytorch(row: Formula, proof: Proof) -> None:
    inputs = [make(torch).requires_grad_() for make in proof.inputs]
    z = proof.call(torch, *inputs)
    table = bench(row, proof, inputs, z, torch.randn_like(z))
    names = {name: known(value) for name, value in table.names.items()}
    with torch.no_grad():
        for text in (row.forward, *row.backward[: len(inputs)]):
            theirs = table.work_out(text)
            part = Instance(row, names).part(parse(text))
            assert math.prod(part.shape) == theirs.numel()
            mine = [
                value_of(part.at(index)) for index in itertools.product(*map(range, part.shape))
            ]
            assert mine == pytest.approx(theirs.flatten().tolist(), rel=1e-9, abs=1e-12)


def instance(**names: Known) -> Instance:
    return Instance(Formula("F", "D.", "B.", X, "x", ("G",), ()), names)


def at(text: str, index: tuple[int, ...] = (), **names: Known) -> Tree:
    return instance(**names).part(parse(text)).at(index)


def test_a_matrix_product_becomes_the_terms_of_its_sum() -> None:
    x, y = Grid((2, 2), [1.0, 2.0, 3.0, 4.0]), Grid((2, 1), [5.0, 6.0])
    first, second = ("*", ("#", 3.0), ("#", 5.0)), ("*", ("#", 4.0), ("#", 6.0))
    assert at("X @ Y", (1, 0), X=x, Y=y) == ("sum", first, second)


def test_a_sum_over_an_axis_keeps_it_and_counts_from_the_end() -> None:
    x = Grid((2, 3), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    assert value_of(at("sum(x, d)", (1, 0), x=x, d=(-1,))) == 15
    assert value_of(at("mean(x)", (), x=x)) == 3.5


def test_what_broadcasting_repeated_is_summed() -> None:
    part = instance(G=Grid((2, 3), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0])).part("G")
    assert [value_of(summed_to(part, (3,)).at((n,))) for n in range(3)] == [5, 7, 9]
    assert [value_of(summed_to(part, (2, 1)).at((n, 0))) for n in range(2)] == [6, 15]
    assert value_of(summed_to(part, ()).at(())) == 21


def test_what_was_repeated_is_found_by_the_shapes() -> None:
    assert expanded((2,), (2, 2)) == [0]
    assert expanded((2, 1), (2, 3)) == [1]
    assert expanded((), (4,)) == [0]


def test_an_element_that_is_not_known_is_not_made_up() -> None:
    half = Grid((4,), [1.0, 2.0])
    assert at("2 * x", (1,), x=half) == ("*", 2, ("#", 2.0))
    with pytest.raises(UnknownError):
        at("2 * x", (2,), x=half)
    with pytest.raises(UnknownError):
        at("sum(x)", (), x=half)
    with pytest.raises(UnknownError):
        at("x + y", (), x=half)


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(UnknownError):
        instance(x=Grid((2,), [1.0, 2.0]), y=Grid((3,), [1.0, 2.0, 3.0])).part(parse("x + y"))
    with pytest.raises(UnknownError):
        instance(X=Grid((2, 3)), Y=Grid((2, 3))).part(parse("X @ Y"))


def test_a_sum_of_nothing_is_0() -> None:
    assert value_of(at("sum(x)", (), x=Grid((0, 3)))) == 0


def test_places_run_row_by_row() -> None:
    assert [place(n, (2, 3)) for n in range(6)] == list(itertools.product(range(2), range(3)))


def test_most_rows_are_worked_out_in_numbers() -> None:
    """The rest says in words what no single number shows."""
    worded = [row for row in ROWS if set(functions(parse(row.forward))) & set(row.words)]
    assert len(worded) < len(ROWS) / 2
