"""What the boxes of a pass say: names, lines, columns, scopes, operands, saved tensors, growth."""

from __future__ import annotations

import pytest

from explorer.records import Node, Pass, Program, Trace
from explorer.worker.execute import execute

HEAD = "import torch\nfrom torch import nn\nimport torch.nn.functional as F\n"


def recorded(source: str, **asked: object) -> Trace:
    trace = execute(Program(source=HEAD + source, **asked))  # type: ignore[arg-type]
    assert trace.failure is None, trace.failure
    return trace


def only_pass(source: str) -> Pass:
    (one,) = recorded(source).passes
    return one


def op(one: Pass, kind: str) -> Node:
    (found,) = [node for node in one.nodes if node.op == kind]
    return found


def code(source: str, node: Node) -> str:
    """The part of the program that a node's line and columns point at."""
    assert node.line is not None
    assert node.columns is not None
    start, end = node.columns
    return (HEAD + source).splitlines()[node.line - 1][start:end]


def test_columns_point_at_the_expression() -> None:
    source = (
        "é = torch.ones(2, requires_grad=True)\ny = (é * 2).exp() + é.sin()\ny.sum().backward()\n"
    )
    one = only_pass(source)
    told = {node.op: code(source, node) for node in one.nodes if node.line and node.columns}
    assert told == {
        "SumBackward0": "y.sum()",
        "AddBackward0": "(é * 2).exp() + é.sin()",
        "ExpBackward0": "(é * 2).exp()",
        "MulBackward0": "é * 2",
        "SinBackward0": "é.sin()",
    }


def test_nodes_of_a_function_stand_at_its_own_lines() -> None:
    source = """\
def f(a):
    b = a * 2
    return b.exp()
x = torch.ones(2, requires_grad=True)
y = f(x + 1).sin().sum()
y.backward()
"""
    lines = {node.op: node.line for node in only_pass(source).nodes if node.line and node.op}
    assert lines == {
        "AddBackward0": 8,
        "MulBackward0": 5,
        "ExpBackward0": 6,
        "SinBackward0": 8,
        "SumBackward0": 8,
        "AccumulateGrad": 7,
    }


def test_lines_hold_beyond_what_is_observed_call_by_call() -> None:
    source = """\
def f(a):
    return a.exp()
x = torch.zeros(1, requires_grad=True)
for i in range(3200):
    y = x * 0
z = f(y + 1).sin()
z.backward()
"""
    lines = {node.op: node.line for node in only_pass(source).nodes if node.line and node.op}
    assert lines == {
        "MulBackward0": 8,
        "AddBackward0": 9,
        "ExpBackward0": 5,
        "SinBackward0": 9,
        "AccumulateGrad": 6,
    }


def test_a_parameter_stands_at_the_line_of_its_module() -> None:
    source = """\
model = nn.Linear(2, 1)
y = model(torch.ones(1, 2)).sum()
y.backward()
"""
    leaves = [node for node in only_pass(source).nodes if node.kind == "leaf"]
    assert {node.name: node.line for node in leaves} == {"model.weight": 4, "model.bias": 4}


def test_visits_tell_iterations_apart() -> None:
    source = "x = torch.ones(1, requires_grad=True)\ny = x\nfor i in range(3):\n    y = y * 2\ny.backward()\n"
    visits = [node.visit for node in only_pass(source).nodes if node.op == "MulBackward0"]
    assert visits == [3, 2, 1]


def test_an_own_function_stands_where_it_was_applied() -> None:
    source = """\
class Twice(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = x + x
        return y
    @staticmethod
    def backward(ctx, g):
        return g * 2
x = torch.ones(2, requires_grad=True)
y = Twice.apply(x)
y.sum().backward()
"""
    node = op(only_pass(source), "TwiceBackward")
    assert (node.line, node.name) == (13, "y")


def test_results_have_their_variables_names() -> None:
    source = """\
x = torch.ones(4, requires_grad=True)
a, b = x.split(2)
c = a * b
alias = c
total = c.sum()
total.backward()
"""
    names = {node.op: node.name for node in only_pass(source).nodes if node.name and node.op}
    assert names == {"SplitBackward0": "a, b", "MulBackward0": "c", "SumBackward0": "total"}


def test_parameters_are_named_by_their_path() -> None:
    source = """\
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
        self.scale = nn.Parameter(torch.ones(1))
    def forward(self, x):
        return self.body(x) * self.scale
net = Net()
loss = net(torch.ones(1, 2)).sum()
loss.backward()
for p in net.parameters():
    last = None
"""
    one = only_pass(source)
    leaves = {node.name for node in one.nodes if node.kind == "leaf"}
    assert leaves == {"net.body.0.weight", "net.body.0.bias", "net.scale"}
    scopes = {node.op: node.scope for node in one.nodes if node.scope}
    assert scopes == {
        "AddmmBackward0": "net.body.0",
        "TBackward0": "net.body.0",
        "ReluBackward0": "net.body.1",
        "MulBackward0": "net",
    }


def test_modules_of_a_function_keep_a_name() -> None:
    source = """\
def train():
    net = nn.Sequential(nn.Linear(2, 1))
    net(torch.ones(1, 2)).sum().backward()
train()
"""
    one = only_pass(source)
    assert op(one, "AddmmBackward0").scope == "net.0"
    assert {node.name for node in one.nodes if node.kind == "leaf"} == {
        "net.0.weight",
        "net.0.bias",
    }


@pytest.mark.parametrize(
    ("expression", "operands"),
    [
        ("x * 2", [(1, "constant", "2")]),
        ("2 * x", [(1, "constant", "2")]),
        ("k * x", [(0, "input", "k")]),
        ("x * k", [(1, "input", "k")]),
        ("x - 0.5", [(1, "constant", "0.5")]),
        ("1 / x", [(1, "constant", "1")]),
        ("x ** 3", [(1, "constant", "3")]),
        ("torch.where(x > 0, x, k)", [(1, "input", "k"), (2, "input", "tensor")]),
        ("m @ x", [(0, "input", "m")]),
        ("F.linear(x, m)", [(1, "input", "m")]),
        ("F.linear(k, torch.stack([x, x, x]))", [(0, "input", "k")]),
        ("F.mse_loss(x, k)", [(1, "input", "k")]),
        ("x[i]", [(1, "input", "i")]),
        ("torch.cat([k, x])", [(0, "input", "k")]),
        ("x.exp()", []),
        ("x + x", []),
    ],
)
def test_operands_without_gradient_enter_at_their_place(
    expression: str, operands: list[tuple[int, str, str]]
) -> None:
    source = f"""\
x = torch.ones(3, requires_grad=True)
k = torch.full((3,), 2.0)
m = torch.ones(3, 3)
i = torch.tensor([0, 2])
y = {expression}
y.sum().backward()
"""
    one = only_pass(source)
    boxes = {node.id: node for node in one.nodes}
    found = [
        (edge.slot, boxes[edge.head].kind, boxes[edge.head].label)
        for edge in one.edges
        if edge.kind == "data"
    ]
    assert sorted(found) == sorted(operands)


def test_the_same_input_is_one_box_until_it_changes() -> None:
    source = """\
x = torch.ones(2, requires_grad=True)
k = torch.ones(2)
a = x + k
b = a - k
k += 1
c = b + k
c.sum().backward()
"""
    inputs = [node for node in only_pass(source).nodes if node.kind == "input"]
    assert [(node.name, node.value.values) for node in inputs if node.value] == [
        ("k", (2.0, 2.0)),
        ("k", (1.0, 1.0)),
    ]


def test_saved_tensors_name_their_boxes() -> None:
    source = "x = torch.ones(3, requires_grad=True)\nk = torch.ones(3)\ny = x.exp() * x * k\ny.sum().backward()\n"
    one = only_pass(source)
    boxes = {node.id: node for node in one.nodes}
    (result,) = op(one, "ExpBackward0").saved
    assert (result.name, result.bytes, result.shape) == ("result", 12, (3,))
    assert boxes[result.node or ""].op == "ExpBackward0"
    outer, inner = [node for node in one.nodes if node.op == "MulBackward0"]
    assert [boxes[saved.node or ""].name for saved in outer.saved] == ["k"]
    assert [saved.of for saved in inner.saved] == ["x", None]


def test_saved_tensors_of_checkpoints_are_not_unpacked() -> None:
    source = """\
from torch.utils.checkpoint import checkpoint
calls = []
def f(v):
    calls.append(1)
    return v.exp().sin()
x = torch.ones(2, requires_grad=True)
checkpoint(f, x, use_reentrant=False).sum().backward()
print(len(calls))
"""
    assert recorded(source).printed == "2\n"


def test_values_inside_library_functions_are_seen_where_they_were_saved() -> None:
    source = "x = torch.ones(1, 2, requires_grad=True)\nF.cross_entropy(x, torch.tensor([0])).backward()\n"
    value = op(only_pass(source), "LogSoftmaxBackward0").value
    assert value is not None
    assert value.values[0] == pytest.approx(-0.6931472)


def test_an_output_that_is_a_view_names_its_base() -> None:
    one = only_pass("x = torch.ones(4, requires_grad=True)\nh = x * 2\ny = h[1]\ny.backward()\n")
    output = next(node for node in one.nodes if node.kind == "output")
    assert output.view_of == op(one, "MulBackward0").id


def test_the_graph_grows_line_by_line() -> None:
    source = """\
w = torch.ones(1, requires_grad=True)
x = torch.ones(1)
h = w * x
for i in range(2):
    h = h + 1
h.backward()
"""
    one = only_pass(source)
    labels = {node.id: node.name or node.label for node in one.nodes}
    grown = [
        (frame.line, frame.visit, [labels[node] for node in frame.nodes]) for frame in one.frames
    ]
    assert grown == [
        (4, 1, ["w", "AccumulateGrad"]),
        (5, 1, ["x"]),
        (6, 1, ["h"]),
        (8, 1, ["1", "h"]),
        (8, 2, ["1", "h", "h"]),
    ]
    assert sorted(node for frame in one.frames for node in frame.nodes) == sorted(labels)


def test_a_statement_goes_on_behind_the_lines_of_the_function_that_it_calls() -> None:
    source = """\
w = torch.ones(1, requires_grad=True)
def double(x):
    y = x * 2
    return y
loss = double(w + 1).exp()
loss.backward()
"""
    one = only_pass(source)
    kinds = {node.id: node.op or node.kind for node in one.nodes}
    grown = [(frame.line, [*map(kinds.get, frame.nodes)]) for frame in one.frames]
    assert grown == [
        (4, ["leaf", "AccumulateGrad"]),
        (8, ["constant", "AddBackward0"]),
        (6, ["constant", "MulBackward0"]),
        (8, ["ExpBackward0", "output"]),
    ]


def test_ids_run_breadth_first_then_leaves_outputs_inputs() -> None:
    one = only_pass("w = torch.ones(1, requires_grad=True)\ny = w * 2\ny.backward()\n")
    assert [(node.id, node.kind) for node in one.nodes] == [
        ("n0", "op"),
        ("n1", "op"),
        ("n2", "leaf"),
        ("n3", "output"),
        ("n4", "constant"),
    ]
    assert [(edge.id, edge.tail, edge.head) for edge in one.edges] == [
        ("e0", "n3", "n0"),
        ("e1", "n0", "n1"),
        ("e2", "n1", "n2"),
        ("e3", "n0", "n4"),
    ]


def test_backward_from_a_leaf_is_told() -> None:
    one = only_pass("x = torch.ones((), requires_grad=True)\nx.backward()\n")
    assert [node.kind for node in one.nodes] == ["op", "leaf", "output"]
    assert [step.total.values for step in one.steps if step.total] == [(1.0,)]


def test_a_graph_of_gradients_is_of_higher_order() -> None:
    source = """\
x = torch.tensor(2.0, requires_grad=True)
y = x**4
for i in range(3):
    (y,) = torch.autograd.grad(y, x, create_graph=True)
z = x * 2
z.backward()
"""
    passes = recorded(source).passes
    assert [one.order for one in passes] == [1, 2, 3, 1]
    assert [one.how for one in passes] == ["grad"] * 3 + ["backward"]
    made = [node for node in passes[1].nodes if node.line == 7]
    assert made


INNER = """\
from torch import autograd
def net(x):
    x = x * 2
    return x
w = torch.ones(2, requires_grad=True)
out = net(w)
"""


@pytest.mark.parametrize(
    ("call", "root"),
    [
        ("out.backward(torch.ones(2))", "out"),
        ("for _ in range(1):\n    out.backward(torch.ones(2))", "out"),
        ("(g,) = autograd.grad(out, w, torch.ones(2))", "out"),
        ("(g,) = torch.autograd.grad(out, [w], torch.ones(2))", "out"),
        ("autograd.backward(out, torch.ones(2))", "x"),
        ("net(w).backward(torch.ones(2))", "x"),
        ("(out * 2).sum().backward()", None),
        ("pass", "out"),
        ("raise ValueError", "out"),
    ],
)
def test_a_root_has_the_name_that_the_program_starts_from(call: str, root: str | None) -> None:
    one = execute(Program(source=f"import torch\n{INNER}{call}\n")).passes[0]
    assert one.root == root
    assert [node.name for node in one.nodes if node.kind == "output"] == [root]


def test_several_roots_are_named_together() -> None:
    source = "x = torch.ones(2, requires_grad=True)\na = x.sum()\nb = x.prod()\ntorch.autograd.backward([a, b])\n"
    one = only_pass(source)
    assert one.root == "a, b"
    assert [node.name for node in one.nodes if node.kind == "output"] == ["a", "b"]
    assert one.line == 7
