"""The table of leaves and the story of their gradients."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from explorer.records import Leaf, Program, Trace
from explorer.worker.execute import execute

HEAD = "import torch\nfrom torch import nn\n"


def recorded(source: str) -> Trace:
    trace = execute(Program(source=HEAD + source))
    assert trace.failure is None, trace.failure
    return trace


def leaves(source: str) -> dict[str, Leaf]:
    return {leaf.name: leaf for leaf in recorded(source).leaves}


def test_leaves_are_found_wherever_the_program_keeps_them() -> None:
    source = """\
def leaf(): return torch.ones(1, requires_grad=True)
class Holder:
    def __init__(self): self.inner = leaf()
w = leaf()
again = w
ws = [leaf(), (leaf(), leaf())]
params = {"a": leaf(), 3: leaf()}
holder = Holder()
total = w + sum(ws[1]) + ws[0] + params["a"] + params[3] + holder.inner
total.backward()
"""
    assert set(leaves(source)) == {
        "w", "ws[0]", "ws[1][0]", "ws[1][1]", "params['a']", "params[3]", "holder.inner",
    }  # fmt: skip


def test_a_name_from_a_loop_gives_way_to_a_better_one() -> None:
    source = "ws = [torch.ones(1, requires_grad=True) for _ in range(2)]\nfor w in ws:\n    (w * 2).backward()\n"
    assert set(leaves(source)) == {"ws[0]", "ws[1]"}


def test_shared_parameters_are_one_leaf() -> None:
    source = """\
a = nn.Linear(2, 2)
b = nn.Linear(2, 2)
b.weight = a.weight
b(a(torch.ones(1, 2))).sum().backward()
"""
    assert set(leaves(source)) == {"a.weight", "a.bias", "b.bias"}


def test_a_leaf_that_is_gone_keeps_the_name_it_had() -> None:
    source = "def f():\n    hidden = torch.ones(1, requires_grad=True)\n    (hidden * 3).backward()\nf()\n"
    (leaf,) = recorded(source).leaves
    assert (leaf.name, leaf.grad.values, leaf.line) == ("hidden", (3.0,), 4)


@pytest.mark.parametrize(
    ("made", "why"),
    [
        ("torch.ones(2)", "no_requires_grad"),
        ("torch.tensor([1, 2])", "integer"),
        ("w.detach()", "detach"),
        ("w.data", "data"),
        ("(w * 2).detach()", "detach"),
        ("torch.tensor(w.tolist())", "number"),
        ("torch.tensor([w[0].item(), 1.0])", "number"),
    ],
)
def test_why_a_tensor_has_no_gradient(made: str, why: str) -> None:
    source = f"w = torch.ones(2, requires_grad=True)\nk = {made}\n(w * k).sum().backward()\n"
    found = leaves(source)
    assert (found["k"].grad, found["k"].why_none) == (None, why)
    assert found["w"].grad is not None


def test_a_result_of_no_grad_says_so() -> None:
    source = "w = torch.ones(2, requires_grad=True)\nwith torch.no_grad():\n    k = w * 2\n(w * k).sum().backward()\n"
    assert leaves(source)["k"].why_none == "no_grad"


def test_unused_and_not_run_yet_never_look_alike() -> None:
    used = "w = torch.ones(1, requires_grad=True)\nu = torch.ones(1, requires_grad=True)\n"
    assert leaves(used + "(w * 2).backward()\n")["u"].why_none == "unused"
    trace = execute(Program(source=HEAD + used + "y = w * 2\nz = 1 / 0\n"))
    assert {leaf.why_none for leaf in trace.leaves} == {"not run yet"}


def test_parameters_of_a_module_that_a_variable_held_before_are_told_apart() -> None:
    source = """\
for i in (1, 2):
    model = torch.nn.Linear(1, 1, bias=False)
    (model(torch.ones(1, 1)) * i).sum().backward()
model = torch.nn.Linear(1, 1, bias=False)
other = torch.nn.Linear(1, 1, bias=False)
(model(torch.ones(1, 1)) * 3).sum().backward()
"""
    found = {
        name: (leaf.grad and leaf.grad.values, leaf.line) for name, leaf in leaves(source).items()
    }
    assert found == {
        "model.weight": ((3.0,), 6),
        "other.weight": (None, 7),
        "model.weight (line 4)": ((1.0,), 4),
        "model.weight (line 4 ×2)": ((2.0,), 4),
    }


def test_a_loop_over_modules_makes_none_of_their_parameters() -> None:
    source = """\
models = [torch.nn.Linear(1, 1, bias=False) for _ in range(2)]
for one in models:
    one(torch.ones(1, 1)).sum().backward()
"""
    assert {leaf.line for leaf in leaves(source).values()} == {None}


@pytest.mark.parametrize(
    ("rest", "why", "line"),
    [
        ("(w * 2).sum().backward()\n", "unused", None),
        ("a = u * 2\n(w * 2).sum().backward()\n", "unreached", None),
        ("a = u.detach()\n(w * a).sum().backward()\n", "detach", 5),
        ("a = u.item()\n(w * a).sum().backward()\n", "number", 5),
        ("with torch.no_grad():\n    a = u * 2\n(w * a).sum().backward()\n", "no_grad", 6),
        ("(w * u).sum().backward(inputs=[w])\n", "not asked", 5),
        ("torch.autograd.grad(w * u, [w, u])\n", "returned", 5),
        ("(w * u).sum().backward()\nu.grad = None\n", "emptied", 6),
        ("(w * u).sum().backward()\ntorch.optim.SGD([u]).zero_grad()\n", "emptied", 6),
        ("One.apply(w, u).backward()\n", "nothing sent", 5),
    ],
)
def test_a_leaf_that_requires_a_gradient_and_has_none_says_why_and_where(
    rest: str, why: str, line: int | None
) -> None:
    """The line is counted from the first of `rest`, which is line 5."""
    own = """\
w, u = (torch.tensor(1.0, requires_grad=True) for _ in range(2))
class One(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a, b): return a * b
    @staticmethod
    def backward(ctx, g): return g, None
"""
    found = leaves(own + rest)["u"]
    assert found.grad is None
    assert (found.why_none, found.why_line and found.why_line - 4) == (why, line)


def test_zero_is_a_gradient_and_not_none() -> None:
    found = leaves("w = torch.ones(1, requires_grad=True)\n(w * 0).backward()\n")
    assert found["w"].grad.values == (0.0,)
    assert found["w"].why_none is None


def test_values_and_gradients_are_those_of_the_end() -> None:
    source = """\
w = torch.ones(1, requires_grad=True)
(w * 2).backward()
with torch.no_grad():
    w -= w.grad
w.grad.zero_()
"""
    found = leaves(source)["w"]
    assert (found.value.values, found.grad.values, found.grad.zeros) == ((-1.0,), (0.0,), 1)


def test_events_stand_in_order_with_their_lines() -> None:
    source = """\
w = nn.Parameter(torch.ones(1))
m = nn.Linear(1, 1)
optimizer = torch.optim.SGD([w], lr=0.1)
(w * 2).backward()
optimizer.step()
optimizer.zero_grad()
m.zero_grad()
w.grad = None
(w * 2).backward(retain_graph=True)
w.grad.zero_()
with torch.no_grad():
    w -= 0.1 * w.grad
torch.autograd.grad(w * 3, w)
"""
    told = [
        (event.kind, event.line, event.detail, event.pass_index)
        for event in recorded(source).events
    ]
    assert told == [
        ("backward", 6, "(w * 2).backward()", 0),
        ("step", 7, "SGD.step", None),
        ("zero_grad", 8, "SGD.zero_grad", None),
        ("zero_grad", 9, "Linear.zero_grad", None),
        ("zero_grad", 10, "w.grad = None", None),
        ("backward", 11, "(w * 2).backward(retain_graph=True)", 1),
        ("zero_grad", 12, "w.grad.zero_()", None),
        ("step", 14, "w -= 0.1 * w.grad", None),
        ("grad", 15, "torch.autograd.grad(w * 3, w)", 2),
    ]


def test_steps_of_a_closure_come_in_their_order() -> None:
    source = """\
w = torch.ones(2, requires_grad=True)
optimizer = torch.optim.LBFGS([w], max_iter=2)
def closure():
    optimizer.zero_grad()
    loss = (w**2).sum()
    loss.backward()
    return loss
optimizer.step(closure)
"""
    kinds = [event.kind for event in recorded(source).events]
    assert kinds[:2] == ["zero_grad", "backward"]
    assert kinds[-1] == "step"


def test_a_module_that_was_never_set_up_does_not_end_the_recording() -> None:
    source = """\
class Net(nn.Module):
    def __init__(self):
        self.k = 2
net = Net()
w = torch.ones(1, requires_grad=True)
(w * net.k).backward()
"""
    assert set(leaves(source)) == {"w"}


@pytest.mark.parametrize("size", [1, 20, 200])
@pytest.mark.parametrize(
    "change", ["w.data -= 0.5 * w.grad", "w.data = w.data - 0.5 * w.grad", "d.sub_(0.5 * w.grad)"]
)
def test_a_value_changed_through_data_is_the_value_shown(size: int, change: str) -> None:
    source = f"""\
w = torch.ones({size}, {size}, requires_grad=True)
d = w.data
(w * w).sum().backward()
{change}
"""
    value = leaves(source)["w"].value
    assert (value.low, value.high, value.zeros) == (0.0, 0.0, size * size)


def test_gradients_cleared_through_data_are_seen_to_be_cleared() -> None:
    trace = recorded(
        "w = torch.ones(2, requires_grad=True)\n(w * w).sum().backward()\nw.grad.data.zero_()\n"
    )
    assert trace.leaves[0].grad is not None
    assert trace.leaves[0].grad.values == (0.0, 0.0)
    (change,) = next(event for event in trace.events if event.kind == "zero_grad").grads
    assert (change.before, change.after) == (pytest.approx(8**0.5), 0.0)


def test_each_leaf_names_the_line_that_emptied_it() -> None:
    source = """\
a, b = (torch.ones(1, requires_grad=True) for _ in range(2))
(a * b).sum().backward()
torch.optim.SGD([a]).zero_grad()
torch.optim.SGD([b]).zero_grad()
"""
    found = leaves(source)
    assert [(found[name].why_none, found[name].why_line) for name in "ab"] == [
        ("emptied", 5),
        ("emptied", 6),
    ]


@pytest.mark.parametrize(("use", "why"), [("", "unused"), ("u * 2", "unreached")])
def test_a_leaf_beside_a_long_training_was_never_emptied(use: str, why: str) -> None:
    """Only the first passes are kept in full, but what all of them reach is known."""
    source = f"""\
w, u, late = (torch.ones(1, requires_grad=True) for _ in range(3))
o = torch.optim.SGD([w, u, late], 0.01)
for i in range(60):
    o.zero_grad()
    ((w * w).sum() + (late.sum() if i > 50 else 0)).backward()
    {use or "pass"}
o.zero_grad()
"""
    found = leaves(source)
    assert (found["u"].why_none, found["u"].why_line) == (why, None)
    assert (found["late"].why_none, found["late"].why_line) == ("emptied", 9)


def test_a_leaf_that_an_error_kept_from_its_gradient_says_so() -> None:
    source = """\
a, b = (torch.ones(2, requires_grad=True) for _ in range(2))
h = (a * 2).exp()
k = (h * b).sum()
h.add_(1)
k.backward()
"""
    trace = execute(Program(source=HEAD + source))
    assert [(leaf.why_none, leaf.why_line) for leaf in trace.leaves] == [("stopped", 7)] * 2


def test_a_leaf_at_the_place_of_one_that_is_gone_is_used_nonetheless() -> None:
    source = """\
x = torch.ones(1, requires_grad=True)
for i in range(20):
    w = torch.ones(1, requires_grad=True)
    y = w * 2
    del y
x.sum().backward()
"""
    assert leaves(source)["w"].why_none == "unreached"


def test_a_leaf_at_the_place_of_one_that_was_cut_off_has_its_own_cut() -> None:
    source = """\
x = torch.ones(1, requires_grad=True)
for i in range(20):
    w = torch.ones(1, requires_grad=True)
    y = w.detach()
    del y
(x * 2).sum().backward()
"""
    assert leaves(source)["w"].why_none == "detach"


def test_a_parameter_is_not_made_where_a_loop_looks_at_it() -> None:
    source = """\
m = nn.Linear(1, 1)
for i in range(2):
    m(torch.ones(1, 1)).sum().backward()
    for p in m.parameters():
        p.grad = None
"""
    trace = recorded(source)
    assert {leaf.line for leaf in trace.leaves} == {3}
    for one in trace.passes:
        lines = [frame.line for frame in one.frames for node in frame.nodes if node == "n0"]
        assert {node.line for node in one.nodes if node.kind == "leaf"} == {3}
        assert lines == [5]
        assert {frame.line for frame in one.frames} == {5}


def test_leaves_of_one_name_are_told_apart() -> None:
    source = """\
for i in range(3):
    w = torch.tensor(1.0, requires_grad=True)
    (w * i).backward()
x = torch.tensor(1.0, requires_grad=True)
(x * 5).backward()
x = torch.tensor(2.0, requires_grad=True)
(x * 7).backward()
"""
    grads = {name: leaf.grad.values[0] for name, leaf in leaves(source).items()}
    assert grads == {"w": 2.0, "w (line 4)": 0.0, "w (line 4 ×2)": 1.0, "x": 7.0, "x (line 6)": 5.0}


@pytest.mark.parametrize(
    ("rest", "why", "line"),
    [
        ("h = (u * 2).detach()\n(w * h).backward()\n", "detach", 4),
        ("i = (u * 2) > 1\n(w * i).backward()\n", "integer", 4),
        ("n = (u * 2).item()\n(w * n).backward()\n", "number", 4),
        ("x = torch.ones(3)[: int(u)]\n(w * x).sum().backward()\n", "number", 4),
        ("print((u * 2).item())\n(w * 2).backward()\n", "unreached", None),
    ],
)
def test_a_leaf_behind_a_cut_further_on_names_that_cut(
    rest: str, why: str, line: int | None
) -> None:
    found = leaves(f"w, u = (torch.tensor(1.0, requires_grad=True) for _ in range(2))\n{rest}")["u"]
    assert (found.why_none, found.why_line) == (why, line)


def test_a_leaf_that_asked_only_after_it_was_used_was_not_unused() -> None:
    source = "w = torch.ones(2, requires_grad=True)\nu = torch.ones(2)\ny = (w * u).sum()\nu.requires_grad_()\ny.backward()\n"
    assert leaves(source)["u"].why_none == "unreached"


def test_who_uses_data_is_asked_for_nothing_else() -> None:
    source = """\
asked = []
class Own(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        asked.append(func.__name__)
        return super().__torch_function__(func, types, args, kwargs or {})
x = torch.ones(2).as_subclass(Own)
x.data
print(len(asked))
"""
    namespace: dict[str, Any] = {"torch": torch, "print": lambda _: None}
    exec(source, namespace)
    trace = execute(Program(source="import torch\n" + source))
    assert trace.printed == f"{len(namespace['asked'])}\n"
