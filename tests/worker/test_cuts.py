"""Where a program takes values out of autograd, the picture says so, with the line."""

from __future__ import annotations

import pytest

from explorer.records import Node, Pass, Program
from explorer.worker.execute import execute

HEAD = "import torch\nfrom torch import nn\nw = torch.tensor(2.0, requires_grad=True)\n"


def first_pass(source: str) -> Pass:
    trace = execute(Program(source=HEAD + source))
    assert trace.failure is None, trace.failure
    return trace.passes[0]


def cuts(one: Pass) -> list[Node]:
    return [node for node in one.nodes if node.kind == "cut"]


def ways(one: Pass) -> set[tuple[str, str]]:
    """Names of the ends of all edges of kind "cut"."""
    title = {node.id: node.label if node.kind == "cut" else node.name for node in one.nodes}
    return {(title[e.tail], title[e.head]) for e in one.edges if e.kind == "cut"}


@pytest.mark.parametrize(
    ("made", "how", "label"),
    [
        ("w.detach()", "detach", "detach()"),
        ("torch.detach(w)", "detach", "detach()"),
        ("w.data", "data", ".data"),
        ("torch.tensor(w)", "new tensor", "torch.tensor(…)"),
        ("torch.as_tensor([w, 1.0])", "new tensor", "torch.as_tensor(…)"),
        ("w.new_tensor(3.0) + w.detach()", "detach", "detach()"),
        ("(w > 1).float()", "integer", "gt()"),
        ("w.long()", "integer", "long()"),
        ("w.item()", "number", ".item()"),
        ("float(w)", "number", ".item()"),
    ],
)
def test_a_cut_is_drawn_from_what_enters_the_graph_to_what_it_was_cut_from(
    made: str, how: str, label: str
) -> None:
    one = first_pass(f"k = {made}\nloss = (w * k).sum()\nloss.backward()\n")
    (cut,) = cuts(one)
    assert (cut.cut, cut.label, cut.name, cut.line) == (how, label, "w", 4)
    (entering, source) = (edge for edge in one.edges if edge.kind == "cut")
    assert entering.head == source.tail == cut.id
    kinds = {node.id: node.kind for node in one.nodes}
    assert kinds[entering.tail] in ("input", "constant")
    assert kinds[source.head] == "leaf"
    assert all(edge.gradient is None for edge in (entering, source))


@pytest.mark.parametrize("manager", ["no_grad", "inference_mode"])
def test_a_line_under_a_manager_that_records_nothing_is_a_cut(manager: str) -> None:
    source = f"with torch.{manager}():\n    k = (w * 3).clone()\nloss = w * w * torch.tensor(k)\n"
    if manager == "no_grad":
        source = source.replace("torch.tensor(k)", "k")
    (cut,) = cuts(first_pass(source + "loss.backward()\n"))
    assert (cut.cut, cut.label, cut.line) == (manager, manager, 5)


def test_a_cut_passes_on_to_what_is_computed_from_it() -> None:
    one = first_pass("h = w * 3\na = h.detach()\nb = a * 2\nc = b + 1\n(h * c).backward()\n")
    assert ways(one) == {("c", "detach()"), ("detach()", "h")}
    assert [cut.name for cut in cuts(one)] == ["h"]


def test_where_the_cut_branch_is_not_in_the_graph_the_nearest_box_behind_it_is_meant() -> None:
    one = first_pass("h = (w * 3).exp()\nk = (h + 1).detach()\n(w * 2 * k).backward()\n")
    assert ways(one) == {("k", "detach()"), ("detach()", "w")}


def test_a_tensor_cut_in_place_is_told_too() -> None:
    one = first_pass("h = w * 3\nh.detach_()\n(h * w).backward()\n")
    (cut,) = cuts(one)
    assert (cut.label, cut.line) == ("detach()", 5)


def test_indices_from_a_maximum_are_integers_and_the_values_are_not_cut() -> None:
    source = (
        "x = torch.tensor([1.0, 3.0], requires_grad=True)\nv, i = x.max(0)\n(v + x[i]).backward()\n"
    )
    (cut,) = cuts(first_pass(source))
    assert (cut.cut, cut.label, cut.line) == ("integer", "max()", 5)


def test_a_new_leaf_made_from_numbers_of_another_is_cut_from_it() -> None:
    one = first_pass("u = w.detach().clone().requires_grad_()\n(u * w).backward()\n")
    assert ways(one) == {("u", "detach()"), ("detach()", "w")}


def test_two_cuts_meet_in_one_tensor() -> None:
    source = "u = torch.tensor(5.0, requires_grad=True)\nk = w.detach() + u.detach()\n(w * u * k).backward()\n"
    one = first_pass(source)
    assert sorted(cut.name or "" for cut in cuts(one)) == ["u", "w"]


def test_shapes_likenesses_and_gradients_are_no_cuts() -> None:
    source = (
        "(w * torch.zeros_like(w) * w.new_ones(()) * w.dim()).backward()\n"
        "with torch.no_grad():\n    g = w.grad * 2\n(w * g).backward()\n"
    )
    trace = execute(Program(source=HEAD + source))
    assert [cuts(one) for one in trace.passes] == [[], []]


def test_observing_cuts_leaves_a_long_training_alone() -> None:
    source = "total = 0.0\nfor _ in range(500):\n    loss = w * w\n    total += loss.item()\n(w * total).backward()\n"
    trace = execute(Program(source=HEAD + source))
    assert trace.failure is None
    assert trace.leaves[0].grad.values == (2000.0,)
