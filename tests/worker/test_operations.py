"""PyTorch's own operations, recorded and bare: a sample of each family.

`python -m benchmarks.op_walk` walks all of them.
"""

from __future__ import annotations

import pytest
from msgspec import structs

from explorer.records import Program
from explorer.worker.execute import execute
from tests.worker.agreement import assert_same_passes
from tests.worker.operations import DTYPES, Case, Kind, cases, names
from tests.worker.oracle import run_hooked
from tests.worker.verdict import verdict_on

FAMILIES: dict[str, tuple[Kind, str]] = {
    "several outputs": (
        "op",
        "split unbind max.reduction_with_dim topk sort linalg.slogdet var_mean",
    ),
    "views": (
        "op",
        "view expand T transpose diagonal as_strided unfold select view_as_complex imag",
    ),
    "linear algebra": (
        "op",
        "matmul bmm einsum linalg.svd linalg.eigh linalg.qr linalg.solve"
        " linalg.cholesky linalg.norm",
    ),
    "indexing": (
        "op",
        "gather scatter_add index_put index_add where take __getitem__ nn.functional.embedding",
    ),
    "element by element": (
        "op",
        "mul div.no_rounding_mode pow clamp abs sgn atan2",
    ),
    "reductions": ("op", "sum mean prod cumsum logsumexp norm amax std median "),
    "normalisation": (
        "op",
        "nn.functional.batch_norm nn.functional.layer_norm nn.functional.normalize softmax",
    ),
    "losses": (
        "op",
        "nn.functional.cross_entropy nn.functional.mse_loss"
        " nn.functional.binary_cross_entropy nn.functional.ctc_loss",
    ),
    "convolution and pooling": (
        "op",
        "nn.functional.conv2d nn.functional.conv_transpose2d"
        " nn.functional.max_pool2d nn.functional.interpolate.bilinear"
        " nn.functional.pad.reflect nn.functional.grid_sample",
    ),
    "random": ("op", "nn.functional.dropout nn.functional.rrelu bernoulli normal"),
    "attention": ("op", "nn.functional.scaled_dot_product_attention"),
    "spectra": ("op", "fft.fft stft"),
    "sparse": ("op", "to_sparse sparse.mm.reduce sparse.sampled_addmm"),
    "lists of tensors": ("foreach", "_foreach_add _foreach_mul _foreach_norm"),
    "modules": (
        "module",
        "nn.LSTM nn.GRU nn.RNNCell nn.LSTMCell nn.Conv2d nn.BatchNorm2d nn.MultiheadAttention"
        " nn.TransformerEncoderLayer nn.L1Loss nn.Embedding nn.CrossEntropyLoss nn.Bilinear nn.PReLU",
    ),
}
CHOSEN = [(kind, name) for kind, listed in FAMILIES.values() for name in listed.split()]

TWICE = [
    "nn.L1Loss",
    "softmax",
    "linalg.eigh",
    "norm",
    "nn.functional.cross_entropy",
    "nn.LSTMCell",
]
"""Operations whose gradients are differentiated once more."""


def verdicts(kind: Kind, name: str, order: int) -> set[tuple[str, str]]:
    """What is said about the first sample of an operation, in each dtype and in place."""
    judged = [case for case in cases(kind, name, samples=1) if case.order == order]
    assert judged
    return set(map(verdict_on, judged))


@pytest.mark.filterwarnings("ignore")  # PyTorch's samples use its beta features
@pytest.mark.parametrize(("kind", "name"), CHOSEN, ids=[name for _, name in CHOSEN])
def test_an_operation_is_recorded_as_plain_pytorch_runs_it(kind: Kind, name: str) -> None:
    said = verdicts(kind, name, order=1)
    if name == "abs":
        said -= {("refused", "RuntimeError: In-place abs is not supported for complex tensors.")}
    assert said == {("equal", "")}


@pytest.mark.parametrize("name", TWICE)
def test_gradients_of_gradients_are_recorded_too(name: str) -> None:
    kind = next(kind for kind, one in CHOSEN if one == name)
    assert verdicts(kind, name, order=2) == {("equal", "")}


def test_the_sample_names_operations_that_there_are() -> None:
    assert len(CHOSEN) == len(set(CHOSEN))
    assert all(name in names(kind) for kind, name in CHOSEN)


@pytest.mark.parametrize("what", ["received", "sent", "total", "order"])
def test_the_comparison_sees_a_wrong_number(what: str) -> None:
    source = Case("op", "mul", DTYPES[0]).source
    trace, plain = execute(Program(source=source)), run_hooked(source)
    assert_same_passes(trace, plain)
    (one,) = trace.passes
    steps = list(one.steps)
    at = next(at for at, step in enumerate(steps) if what != "total" or step.total is not None)
    view = steps[at].received[0]
    other = structs.replace(view, norm=(view.norm or 0.0) * 1.01 + 1e-6)
    if what == "received":
        steps[at] = structs.replace(steps[at], received=(other, *steps[at].received[1:]))
    elif what == "sent":
        first, *rest = steps[at].sent
        steps[at] = structs.replace(steps[at], sent=(structs.replace(first, gradient=other), *rest))
    elif what == "total":
        steps[at] = structs.replace(steps[at], total=other)
    else:
        steps[0], steps[1] = steps[1], steps[0]
    forged = structs.replace(trace, passes=(structs.replace(one, steps=tuple(steps)),))
    with pytest.raises(AssertionError):
        assert_same_passes(forged, plain)
