"""Every row of the table of formulas against autograd, on random numbers in float64."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch

from explorer.formulas import FORMULAS, ROWS
from explorer.formulas.row import Corner, Formula, Proof
from explorer.formulas.syntax import FUNCTIONS, functions, parse, symbols
from tests.formulas.in_torch import bench, saved

pytestmark = pytest.mark.usefixtures("in_float64")

TRIALS = 5
PROOFS = [(row, proof) for row in ROWS for proof in row.proofs]
each_proof = pytest.mark.parametrize(
    ("row", "proof"), PROOFS, ids=[f"{row.node}-{row.forward}" for row, _ in PROOFS]
)
each_row = pytest.mark.parametrize("row", ROWS, ids=[f"{r.node}-{r.forward}" for r in ROWS])


def close(mine: torch.Tensor, torchs: torch.Tensor, within: float) -> None:
    mine, torchs = mine.detach(), torchs.detach()
    size = max(1.0, float(torchs.abs().max()) if torchs.numel() else 1.0)
    assert float((mine - torchs).abs().max()) <= within * size, (mine, torchs)


def run(proof: Proof) -> tuple[list[torch.Tensor], torch.Tensor]:
    inputs = [make(torch).requires_grad_() for make in proof.inputs]
    return inputs, proof.call(torch, *inputs)


@each_proof
def test_a_proof_makes_the_node_in_the_setting_of_its_row(row: Formula, proof: Proof) -> None:
    _, z = run(proof)
    node: Any = z.grad_fn
    assert type(node).__name__ == row.node
    for name, value in row.when.items():
        assert saved(node, name) == value
    for name in row.without:
        assert getattr(node, f"_saved_{name}") is None


@each_proof
def test_the_forward_formula_gives_what_the_operation_gives(row: Formula, proof: Proof) -> None:
    for _ in range(TRIALS):
        inputs, z = run(proof)
        with torch.no_grad():
            mine = bench(row, proof, inputs, z, torch.ones_like(z)).work_out(row.forward)
        close(mine.expand_as(z) if mine.dim() < z.dim() else mine.reshape(z.shape), z, proof.within)


@each_proof
def test_the_backward_formulas_give_what_autograd_gives(row: Formula, proof: Proof) -> None:
    for _ in range(TRIALS):
        inputs, z = run(proof)
        g = torch.randn_like(z)
        theirs = torch.autograd.grad(z, inputs, g, retain_graph=True)
        table = bench(row, proof, inputs, z, g)
        for place, (mine, one) in enumerate(zip(worked(row, table, inputs), theirs, strict=True)):
            if row.broadcasts:
                mine = mine.sum_to_size(one.shape)
            assert mine.shape == one.shape, place
            close(mine, one, proof.within)


def worked(row: Formula, table: Any, inputs: list[torch.Tensor]) -> Iterator[torch.Tensor]:
    with torch.no_grad():
        for place in range(len(inputs)):
            if row.many:
                table.names["k"] = place
            yield table.work_out(row.backward[0 if row.many else place])


@each_proof
def test_inputs_have_pytorchs_names_in_the_order_of_the_slots(row: Formula, proof: Proof) -> None:
    """What the node saved under the name of an input is that input."""
    inputs, z = run(proof)
    node: Any = z.grad_fn
    assert len(row.backward) == len(row.inputs)
    if not row.many:
        assert len(inputs) <= len(row.inputs) <= max(len(node.next_functions), len(inputs))
    for value, name in zip(inputs, row.inputs.values(), strict=False):
        kept = getattr(node, f"_saved_{name}", None)
        if isinstance(kept, torch.Tensor) and kept.is_leaf:
            assert kept.data_ptr() == value.data_ptr()


CORNERS = [(row, corner) for row in ROWS for corner in row.corners]


@pytest.mark.parametrize(
    ("row", "corner"), CORNERS, ids=[f"{row.node}-{corner.says}" for row, corner in CORNERS]
)
def test_a_corner_is_as_it_says(row: Formula, corner: Corner) -> None:
    inputs = [torch.tensor(point, requires_grad=True) for point in corner.points]
    z = row.proofs[0].call(torch, *inputs)
    slopes = torch.autograd.grad(z, inputs, torch.ones_like(z), retain_graph=True)
    for slope, expected in zip(slopes, corner.slopes, strict=True):
        assert torch.equal(torch.nan_to_num(slope), torch.nan_to_num(torch.tensor(expected)))
    if corner.at is not None:
        table = bench(row, row.proofs[0], inputs, z, torch.ones_like(z))
        assert bool(table.work_out(corner.at).all())


@each_row
def test_a_row_uses_no_symbol_and_no_function_that_it_does_not_name(row: Formula) -> None:
    named = {"G", "z", "k", "pi", *row.inputs, *row.saved, *row.where}
    operators = {"+", "-", "*", "/", "**", "@", "neg", "if", "cmp"}
    texts = [row.forward, *row.backward, *row.where.values()]
    texts += [corner.at for corner in row.corners if corner.at]
    for tree in map(parse, texts):
        assert set(symbols(tree)) <= named
        assert set(functions(tree)) <= {*FUNCTIONS, *row.words, *operators}


@each_row
def test_a_row_says_both_ways_in_a_sentence(row: Formula) -> None:
    for text in (row.does, row.back, row.note, *(corner.says for corner in row.corners)):
        assert not text or text.endswith(".")
        assert not text or text[0].isupper() or text.split()[0] in {*row.inputs, "γ", "x", "c", "g"}


def test_of_several_rows_for_a_node_only_the_last_holds_without_a_setting() -> None:
    for rows in FORMULAS.values():
        assert all(row.when or row.without for row in rows[:-1])


def test_settings_that_rows_ask_for_are_saved_by_their_nodes() -> None:
    for row in ROWS:
        _, z = run(row.proofs[0])
        for name in (*row.when, *row.without, *row.saved.values()):
            if not name.startswith("slot "):
                assert hasattr(z.grad_fn, f"_saved_{name}"), (row.node, name)
                saved(z.grad_fn, name)


def test_how_many_formulas_are_proven(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        counts = f"{len(ROWS)} formulas of {len(FORMULAS)} operations, {len(CORNERS)} corners"
        print(f"{counts}: proven")  # noqa: T201
    assert len(ROWS) >= 250
