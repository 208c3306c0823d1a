"""Numbers in formulas: taken from a real run, shown only where they give what PyTorch recorded."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from explorer.gallery import find
from explorer.look import Look
from explorer.records import Node, Pass, Program, TensorView, Trace
from explorer.worked import Bench, Numbers, bench_for
from explorer.worker.execute import execute

HEAD = "import torch\nimport torch.nn.functional as F\n"


def ran(body: str) -> Trace:
    trace = execute(Program(HEAD + body))
    assert trace.failure is None, trace.failure
    return trace


def benches(one: Pass, op: str) -> list[tuple[Node, Bench]]:
    look = Look(one)
    found = [(node, bench_for(look, node)) for node in one.nodes if node.op == op]
    return [(node, bench) for node, bench in found if bench is not None]


def sent(one: Pass, op: str) -> list[Numbers | None]:
    """What the first node of a kind sends, slot by slot."""
    (node, bench), *_ = benches(one, op)
    look = Look(one)
    step = look.steps[node.id]
    edges = [look.edges[edge.edge] for edge in step.sent]
    return [bench.backward(edge.slot, edge.gradient) for edge in edges]


def test_a_product_multiplies_what_came_in_by_the_other_factor() -> None:
    example = find("chain_rule")
    assert example is not None
    one = ran(example.source).passes[0]
    assert sent(one, "MulBackward0") == [Numbers("14 · 3", "42", "")]
    assert sent(one, "PowBackward0") == [Numbers("2 · 7 · 1", "14", "")]
    assert sent(one, "AddBackward0") == [Numbers("14", "14", "")] * 2


def test_forward_has_its_numbers_too() -> None:
    one = ran("x = torch.tensor(3.0, requires_grad=True)\n(x * 2 - 1).backward()").passes[0]
    (_, product), *_ = benches(one, "MulBackward0")
    (_, difference), *_ = benches(one, "SubBackward0")
    assert product.forward() == Numbers("3 · 2", "6", "")
    assert difference.forward() == Numbers("6 - 1", "5", "")


def test_short_vectors_stand_as_lists() -> None:
    one = ran("x = torch.tensor([1.0, -2.0], requires_grad=True)\n(x * x).sum().backward()").passes[
        0
    ]
    assert sent(one, "MulBackward0") == [Numbers("[1, 1] · [1, -2]", "[1, -2]", "")] * 2


def test_of_larger_tensors_one_element_is_worked_out() -> None:
    one = ran(
        "a = torch.arange(6.0).reshape(2, 3).requires_grad_()\n"
        "b = torch.ones(3, 2, requires_grad=True)\n(a @ b).sum().backward()"
    ).passes[0]
    left, right = sent(one, "MmBackward0")
    assert left == Numbers("1 · 1 + 1 · 1", "2", "[0, 0]")
    assert right == Numbers("0 · 1 + 3 · 1", "3", "[0, 0]")


def test_what_was_broadcast_is_summed() -> None:
    one = ran(
        "x = torch.tensor([[1.0], [2.0]])\nw = torch.tensor([3.0, 4.0], requires_grad=True)\n"
        "(x * w).sum().backward()"
    ).passes[0]
    assert sent(one, "MulBackward0") == [Numbers("1 · 1 + 1 · 2", "3", "[0]")]


def test_numbers_that_do_not_give_what_was_recorded_are_not_shown() -> None:
    example = find("chain_rule")
    assert example is not None
    one = ran(example.source).passes[0]
    (node, bench), *_ = benches(one, "MulBackward0")
    (edge,) = [Look(one).edges[sent.edge] for sent in Look(one).steps[node.id].sent]
    wrong = replace(edge.gradient, values=(42.01,))
    assert bench.backward(edge.slot, edge.gradient) is not None
    assert bench.backward(edge.slot, wrong) is None


def test_an_operand_that_changed_since_shows_no_numbers() -> None:
    """`h` is recorded as it was made; the product saw it after the change."""
    one = ran(
        "x = torch.tensor([2.0, 3.0], requires_grad=True)\nh = x * 1\nh.add_(1)\n"
        "(h * x).sum().backward()"
    ).passes[0]
    look = Look(one)
    for node, bench in benches(one, "MulBackward0"):
        for edge in (look.edges[sent.edge] for sent in look.steps[node.id].sent):
            numbers = bench.backward(edge.slot, edge.gradient)
            assert numbers is None or numbers.result in ("[2, 3]", "[3, 4]", "[5, 7]")


def test_a_setting_chooses_its_formula() -> None:
    one = ran(
        "x = torch.tensor([1.0, 2.0], requires_grad=True)\n"
        "(torch.add(x, x, alpha=3).pow(3) + F.gelu(x, approximate='tanh')).sum().backward()"
    ).passes[0]
    assert [b.row.forward for _, b in benches(one, "AddBackward0")] == ["x + y", "x + alpha * y"]
    assert [b.row.forward for _, b in benches(one, "PowBackward0")] == ["x ** n"]
    assert [b.row.when for _, b in benches(one, "GeluBackward0")] == [{"approximate": "tanh"}]


@pytest.mark.parametrize(
    "loss",
    [
        "F.binary_cross_entropy(x.sigmoid(), t, weight=torch.tensor([1.0, 2.0]))",
        "F.nll_loss(x[None], torch.tensor([1]), weight=torch.tensor([1.0, 2.0]))",
    ],
)
def test_a_setting_without_a_proof_has_no_formula(loss: str) -> None:
    one = ran(
        "x = torch.tensor([0.2, 0.7], requires_grad=True)\nt = torch.tensor([0.0, 1.0])\n"
        f"{loss}.backward()"
    ).passes[0]
    assert bench_for(Look(one), one.nodes[0]) is None


def test_complex_numbers_have_no_formula_for_real_ones() -> None:
    one = ran(
        "z = torch.tensor([1 + 2j], requires_grad=True)\n(z * z.conj()).abs().sum().backward()"
    ).passes[0]
    assert not benches(one, "MulBackward0")
    assert benches(one, "ConjBackward0")


def test_names_of_the_program_are_used_where_all_have_one_of_their_own() -> None:
    one = ran(
        "w = torch.tensor(2.0, requires_grad=True)\nx = torch.tensor(3.0)\n"
        "y = w * x\ny = y * y\n(y * torch.ones(2)).sum().backward()"
    ).passes[0]
    named = [bench for node, bench in benches(one, "MulBackward0") if node.line == 5]
    assert named[0].sends_here(0) == "G · x"
    assert named[0].sends(0) == "G · y"


def test_a_symbol_without_a_name_is_explained() -> None:
    one = ran("x = torch.ones(2, requires_grad=True)\n(x.exp() * x.sin()).sum().backward()").passes[
        0
    ]
    (_, bench), *_ = benches(one, "MulBackward0")
    assert bench.sends_here(0) is None
    assert bench.legend(0) == [("y", "result of SinBackward0")]


def test_infinities_and_nan_are_worked_out_as_pytorch_does() -> None:
    one = ran("x = torch.zeros((), requires_grad=True)\n(x.sqrt() * 0).backward()").passes[0]
    assert sent(one, "SqrtBackward0") == [Numbers("0 / (2 · 0)", "nan", "")]


def test_half_precision_has_room_for_its_rounding() -> None:
    one = ran(
        "x = torch.tensor([1.3, 2.7], dtype=torch.bfloat16, requires_grad=True)\n"
        "x.tanh().sum().backward()"
    ).passes[0]
    (numbers,) = sent(one, "TanhBackward0")
    assert numbers is not None


def test_a_graph_without_its_boxes_has_nothing_to_show() -> None:
    empty = TensorView(shape=(0,), dtype="float32")
    node = Node(id="n0", kind="op", label="MulBackward0", op="MulBackward0", value=empty)
    one = Pass(index=0, how="backward", root="y", nodes=(node,))
    bench = bench_for(Look(one), node)
    assert bench is not None
    assert bench.forward() is None
    assert bench.received is None
