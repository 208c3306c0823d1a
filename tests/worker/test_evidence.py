"""Changes that no version counts: what is shown is what the tensor held at that time."""

from __future__ import annotations

import sys

import pytest
import torch

from explorer.records import Program, TensorView, Trace
from explorer.worker.evidence import evidence_of, looked_at
from explorer.worker.execute import execute
from tests.worker.oracle import run_bare
from tests.worker.views import assert_describes

HEAD = "import torch\nfrom torch import nn\nimport numpy as np\n"


def recorded(source: str) -> Trace:
    trace = execute(Program(source=HEAD + source))
    assert trace.failure is None, trace.failure
    return trace


def shown(trace: Trace, name: str) -> list[TensorView]:
    return [line.names[name] for line in trace.lines if name in line.names]


UNCOUNTED = {
    "inference mode": """\
with torch.inference_mode():
    a = torch.ones({n})
    for i in range(3):
        a.add_(i)
        v = a
        keep.append(v.clone())
(w * 2).sum().backward()
""",
    "numpy": """\
a = np.ones({n}, dtype=np.float32)
for i in range(3):
    v = torch.from_numpy(a)
    a += 1
    t = v
    keep.append(v.clone())
(w * 2).sum().backward()
""",
    "numpy of a parameter": """\
for i in range(3):
    w.detach().numpy()[:] = i + 5
    v = w
    keep.append(v.detach().clone())
    (w * 2).sum().backward()
""",
    "running statistics": """\
bn = nn.BatchNorm1d({n})
for i in range(3):
    (bn(torch.randn(4, {n})) * w).sum().backward()
    v = bn.running_mean
    keep.append(v.clone())
""",
    "fused optimizer": """\
o = torch.optim.Adam([w], lr=0.1, fused=True)
for i in range(3):
    (w * w).sum().backward()
    o.step()
    v = w
    keep.append(v.detach().clone())
""",
    ".data inside a hook": """\
def step(p):
    p.data.add_(p.grad, alpha=-0.1)
    p.grad = None
w.register_post_accumulate_grad_hook(step)
for i in range(3):
    (w * w).sum().backward()
    v = w
    keep.append(v.detach().clone())
""",
}


@pytest.mark.parametrize("n", [3, 100, 20_000])
@pytest.mark.parametrize("way", UNCOUNTED)
def test_a_change_that_no_version_counts_is_seen(way: str, n: int) -> None:
    source = f"w = torch.ones({n}, requires_grad=True)\nkeep = []\n" + UNCOUNTED[way].format(n=n)
    trace, bare = recorded(source), run_bare(HEAD + source)
    assert bare.error is None
    views = shown(trace, "v")[-3:] if way != "numpy" else shown(trace, "t")
    for view, kept in zip(views, bare.namespace["keep"], strict=True):
        assert_describes(view, kept)


def test_a_leaf_has_the_value_of_each_pass_and_of_the_end() -> None:
    source = f"w = torch.ones(100, requires_grad=True)\nkeep = []\n{UNCOUNTED['fused optimizer']}".format(
        n=100
    )
    trace, bare = recorded(source), run_bare(HEAD + source)
    values = [next(n.value for n in one.nodes if n.kind == "leaf") for one in trace.passes]
    for view, kept in zip(
        values, [torch.ones(100), *bare.namespace["keep"]][: len(values)], strict=True
    ):
        assert_describes(view, kept)
    assert_describes(trace.leaves[0].value, bare.tensor("w"))


def test_the_last_of_many_visits_has_no_value_of_a_later_time() -> None:
    source = """\
w = torch.ones(3, requires_grad=True)
for i in range(60):
    p = w
    (w * w).sum().backward()
    w.grad = None
w.data.zero_()
"""
    assert all(view.values == (1.0, 1.0, 1.0) for view in shown(recorded(source), "p"))


def test_requires_grad_is_what_it_was_at_that_line() -> None:
    source = "x = torch.ones(2)\nx.requires_grad_()\ny = x\n(x * 2).sum().backward()\nx.requires_grad_(False)\nz = x\n"
    trace = recorded(source)
    asked = [shown(trace, name)[0].requires_grad for name in "xyz"]
    assert asked == [False, True, False]


def test_evidence_notices_one_element_of_all_that_is_looked_at() -> None:
    small, large = torch.zeros(8192), torch.zeros(100_000)
    before = evidence_of(small), evidence_of(large)
    small.numpy()[8191] = 1
    large.numpy()[:] = 1
    assert evidence_of(small) != before[0]
    assert evidence_of(large) != before[1]


def test_looking_leaves_a_tensor_as_it_is() -> None:
    tensor = torch.zeros(20_000)
    before = tensor._version
    evidence_of(tensor)
    tensor.resize_(3)
    assert (before, tensor.shape) == (0, (3,))


@pytest.mark.parametrize(
    "tensor",
    [
        torch.eye(3).to_sparse(),
        torch.empty(3, device="meta"),
        torch._efficientzerotensor((2,)),
        torch.ones(3).expand(9000, 3),
        torch.zeros(0, 3),
        torch.ones(2, dtype=torch.bfloat16),
        torch.tensor([1 + 2j]).conj(),
    ],
    ids=["sparse", "meta", "no memory", "expanded", "empty", "bfloat16", "conjugated"],
)
def test_odd_tensors_have_evidence(tensor: torch.Tensor) -> None:
    assert evidence_of(tensor) == evidence_of(tensor)


def test_a_result_that_numpy_writes_to_is_read_anew() -> None:
    source = "w = torch.ones(3, requires_grad=True)\nh = w * 2\nh.detach().numpy()[0] = 9\nk = h\nk.sum().backward()\n"
    (view,) = shown(recorded(source), "k")
    assert view.values == (9.0, 2.0, 2.0)


def test_at_the_end_of_the_stack_looking_ends_as_everything_does() -> None:
    tensor, limit = torch.ones(3), sys.getrecursionlimit()

    def dive() -> None:
        looked_at(tensor)
        dive()

    sys.setrecursionlimit(400)
    try:
        with pytest.raises(RecursionError):
            dive()
    finally:
        sys.setrecursionlimit(limit)
