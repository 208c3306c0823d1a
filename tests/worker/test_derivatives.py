"""What PyTorch's derivatives.yaml says, for operations that have no formula here."""

from __future__ import annotations

import torch

from explorer.formulas import FORMULAS
from explorer.records import Program
from explorer.worker import derivatives
from explorer.worker.execute import execute


def test_an_operation_without_a_formula_has_pytorchs_own_words() -> None:
    source = "import torch\nx = torch.ones(4, requires_grad=True)\ntorch.fft.fft(x).abs().sum().backward()\n"
    (words,) = execute(Program(source)).derivatives.items()
    assert words[0] == "FftR2CBackward0"
    assert words[1]["self"].startswith("fft_r2c_backward(grad")


def test_operations_with_a_formula_need_none() -> None:
    source = "import torch\nx = torch.ones(4, requires_grad=True)\n(x * 2).sum().backward()\n"
    assert execute(Program(source)).derivatives == {}


def test_names_and_running_numbers_are_those_of_the_nodes() -> None:
    """Rows of the table name PyTorch's nodes and arguments; the file must know both."""
    assert len(derivatives.text()) > 100_000
    for kind, rows in FORMULAS.items():
        if kind in ("CopySlices", "CopyBackwards"):
            assert derivatives.entry(kind) == {}
            continue
        names = {name.strip() for key in derivatives.entry(kind) for name in key.split(",")}
        assert set(rows[0].inputs.values()) <= names, kind


def test_a_kind_that_does_not_exist_has_no_entry() -> None:
    assert derivatives.entry("NoSuchBackward7") == {}


def test_the_file_belongs_to_the_torch_that_runs() -> None:
    source = "import torch\nx = torch.ones(2, requires_grad=True)\ntorch.cdist(x[None], x[None]).sum().backward()\n"
    trace = execute(Program(source))
    assert trace.versions["torch"] == str(torch.__version__)
    assert set(trace.derivatives) == {"CdistBackward0"}
