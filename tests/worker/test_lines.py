"""What each line gave: names, values at that time, printed text, visits."""

from __future__ import annotations

import sys

import pytest

from explorer.limits import Limits
from explorer.records import Line, Program, Trace
from explorer.worker.execute import execute
from explorer.worker.recorder import FULL_LINES, FULL_VISITS


def recorded(source: str) -> Trace:
    trace = execute(Program(source="import torch\n" + source))
    assert trace.failure is None or trace.failure.kind == "no_gradient", trace.failure
    return trace


def lines(source: str) -> list[Line]:
    return list(recorded(source).lines)


def test_a_line_keeps_the_value_of_its_time() -> None:
    first, second, _ = lines("x = torch.zeros(2)\ny = x\nx += 1\n")
    assert first.names["x"].values == (0.0, 0.0)
    assert second.names["y"].values == (0.0, 0.0)


@pytest.mark.parametrize("size", [1, 3, 100, 10_000])
def test_a_value_changed_in_place_later_is_shown_as_it_was(size: int) -> None:
    first, *_ = lines(f"x = torch.ones({size})\nx.mul_(5)\n")
    assert (first.names["x"].low, first.names["x"].high) == (1.0, 1.0)


def test_all_kinds_of_binding_are_seen() -> None:
    source = """\
a = b = torch.ones(1)
(c, [d, *e]) = torch.ones(1), [torch.ones(1), 2]
f: torch.Tensor = torch.ones(1)
a += 1
for g, h in [(1, torch.ones(1))]:
    pass
with torch.no_grad() as i:
    pass
if (j := torch.ones(1)) is not None:
    pass
k = {}
k["w"] = torch.ones(1)
def function(m, *n, o=1, **p):
    return m
function(torch.ones(1), q=2)
class Box: pass
box = Box()
box.r = torch.ones(1)
"""
    bound = {name for line in lines(source) for name in (*line.names, *line.others)}
    assert bound == set("abcdefghijkmnop") | {"_", "box", "box.r"}


def test_visits_of_a_loop_stand_apart() -> None:
    seen = [line for line in lines("for i in range(3):\n    y = torch.tensor(i)\n") if line.names]
    assert [(line.line, line.visit) for line in seen] == [(3, 1), (3, 2), (3, 3)]
    assert [line.names["y"].values[0] for line in seen] == [0, 1, 2]


def test_the_value_of_a_bare_expression_has_its_own_name() -> None:
    (line,) = lines("torch.ones(2) + 1\n")
    assert line.names["_"].values == (2.0, 2.0)


def test_results_say_what_made_them() -> None:
    *_, line = lines("x = torch.ones(2, requires_grad=True)\ny = x.exp()\n")
    assert line.grad_fns == {"y": "ExpBackward0"}
    assert line.names["y"].requires_grad


def test_text_belongs_to_the_innermost_statement_that_printed_it() -> None:
    source = """\
def inner():
    print("inside")
    return 1
value = inner() + len([print("outside")])
"""
    printed = {line.line: line.printed for line in lines(source) if line.printed}
    assert printed == {3: "inside\n", 5: "outside\n"}


def test_text_of_a_statement_that_fails_is_kept() -> None:
    trace = execute(Program(source="def f():\n    return [print('before'), 1 / 0]\nf()\n"))
    assert trace.printed == "before\n"
    assert [(line.line, line.printed) for line in trace.lines] == [(2, "before\n")]


def test_text_without_end_is_cut_and_said() -> None:
    trace = recorded("for i in range(10_000):\n    print(i, 'x' * 50)\n")
    assert len(trace.printed) == Limits().printed
    assert any("20,000 characters, the limit" in note for note in trace.notes)


def test_warnings_are_part_of_what_is_printed() -> None:
    trace = recorded("x = torch.ones(1, requires_grad=True)\ny = x * 2\nprint(y.grad)\n")
    assert "UserWarning: The .grad attribute of a Tensor" in trace.printed


def test_of_many_visits_the_first_and_the_last_are_kept() -> None:
    trace = recorded("y = torch.zeros(1)\nfor i in range(500):\n    y = y + 1\n")
    visits = [line.visit for line in trace.lines if line.line == 4]
    assert visits == [*range(1, FULL_VISITS + 1), 500]
    assert trace.lines[-1].names["y"].values == (500.0,)
    assert any("more than 50 times" in note for note in trace.notes)


def test_a_last_visit_that_was_changed_in_place_since_is_not_shown_wrong() -> None:
    trace = recorded("for i in range(60):\n    y = torch.ones(2)\ny.zero_()\n")
    last = [line for line in trace.lines if line.line == 3][-1]
    assert last.visit == 60
    assert "y" not in last.names


def test_programs_of_many_statements_stay_bounded() -> None:
    trace = recorded("".join(f"a{i} = {i}\n" for i in range(FULL_LINES + 100)))
    assert len(trace.lines) == FULL_LINES + 100
    loops = "for i in range(49):\n    " + "; ".join(f"b{i} = i" for i in range(100))
    assert len(recorded(loops).lines) <= FULL_LINES + 101


def test_objects_are_told_without_running_their_code() -> None:
    source = """\
class Loud:
    def __repr__(self): raise SystemExit
    __str__ = __len__ = __iter__ = __getattr__ = __eq__ = __hash__ = __bool__ = __repr__
    @property
    def shape(self): raise SystemExit
loud = Loud()
loud.x = [loud, {"k": loud}]
loud
"""
    told = [line.others for line in lines(source)]
    assert told == [{"loud": "Loud"}, {"loud.x": "[Loud, {'k': Loud}]"}]


def test_huge_values_are_told_in_short() -> None:
    (line,) = lines(
        "n = 10 ** 100_000; s = 'a' * 10**6; t = list(range(10**5)); d = {i: i for i in t}\n"
    )[:1]
    assert "an integer of 332193 bits" in line.others["n"]
    for name, text in [
        pair for one in lines("s = 'a' * 10**6\nt = [[1] * 9] * 9\n") for pair in one.others.items()
    ]:
        assert len(text) <= 80, name


def test_modules_and_functions_are_told_by_kind() -> None:
    source = """\
from torch import nn
model = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
layer = nn.Linear(2, 3)
optimizer = torch.optim.SGD(layer.parameters())
f = torch.relu
"""
    told = {name: text for line in lines(source) for name, text in line.others.items()}
    assert told == {
        "model": "Sequential(2 modules)",
        "layer": "Linear(in_features=2, out_features=3, bias=True)",
        "optimizer": "SGD",
        "f": "function relu",
    }


LAZY = """\
from torch import nn
model = nn.LazyLinear(2)
weight = model.weight
weight
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
optimizer.step()
"""


def test_a_parameter_without_shape_yet_is_told_as_that() -> None:
    trace = recorded(LAZY)
    told = [text for line in trace.lines for text in line.others.values()]
    assert told.count("a parameter that gets its shape when it is first used") == 2
    assert trace.leaves == ()


def test_a_parameter_has_its_shape_once_it_was_used() -> None:
    trace = recorded(LAZY + "model(torch.ones(1, 3)).sum().backward()\n")
    shapes = {leaf.name: leaf.shape for leaf in trace.leaves}
    assert shapes == {"model.weight": (2, 3), "model.bias": (2,)}


def test_a_module_whose_settings_cannot_be_printed_ends_no_program() -> None:
    """`nn.ReLU(x)` takes the tensor for its switch, and fails only when it is printed."""
    trace = recorded(
        "from torch import nn\nx = torch.ones(3, requires_grad=True)\ny = nn.ReLU(x)\nx.sum().backward()\n"
    )
    assert trace.failure is None
    assert {line.others["y"] for line in trace.lines if "y" in line.others} == {"ReLU(…)"}


def test_the_runs_of_a_recursion_are_told_apart() -> None:
    source = """\
def f(x, n):
    if n == 0:
        return x
    y = x * 2
    return y + f(x * 3, n - 1)
w = torch.tensor(1.0, requires_grad=True)
f(w, 3).backward()
"""
    trace = recorded(source)
    results = {line.visit: line.names["_"].values for line in trace.lines if line.line == 6}
    made = [
        (node.visit, node.op, node.value.values)
        for node in trace.passes[0].nodes
        if node.line == 6 and node.kind == "op"
    ]
    assert results == {1: (53.0,), 2: (51.0,), 3: (45.0,)}
    assert sorted(made) == [
        (1, "AddBackward0", (53.0,)),
        (1, "MulBackward0", (3.0,)),
        (2, "AddBackward0", (51.0,)),
        (2, "MulBackward0", (9.0,)),
        (3, "AddBackward0", (45.0,)),
        (3, "MulBackward0", (27.0,)),
    ]


def test_a_statement_with_several_calls_is_one_run() -> None:
    source = """\
def f(x):
    return x * 2
w = torch.tensor(1.0, requires_grad=True)
for i in range(2):
    y = f(w) + sum([f(w) for _ in range(2)]) + (lambda x: f(x))(w)
y.backward()
"""
    trace = recorded(source)
    assert [(line.visit, line.names["y"].values) for line in trace.lines if line.line == 6] == [
        (1, (8.0,)),
        (2, (8.0,)),
    ]
    assert {node.visit for node in trace.passes[0].nodes if node.line == 6} == {2}


@pytest.mark.skipif(sys.version_info < (3, 12), reason="no Python there")
def test_functions_with_type_parameters_and_quotes_inside_of_quotes_have_their_lines() -> None:
    source = """\
def double[T](x: T) -> T:
    y = x * 2
    return y
class Box[T]:
    def __init__(self, inside: T):
        self.inside = double(inside)
type Boxes[T] = list[Box[T]]
box = Box(torch.ones(1))
print(f"{'a' + "b"} {f"{box.inside.item():.{len("xx")}f}"} {
    [double(one) for one in [torch.ones(1)]][0].item()}")
"""
    seen = [(line.line, line.visit, *line.names, *line.others) for line in lines(source)]
    assert seen == [
        (6, 1, "inside"),
        (2, 1, "x"),
        (3, 1, "y"),
        (4, 1, "_"),
        (7, 1, "self.inside"),
        (9, 1, "box"),
        (2, 2, "x"),
        (3, 2, "y"),
        (4, 2, "_"),
        (10, 1),
    ]
    assert recorded(source).printed == "ab 2.00 2.0\n"


def test_what_is_set_on_a_tensor_is_told_as_it_is() -> None:
    _, asks, data, grad, *_ = lines(
        "x = torch.ones(2)\nx.requires_grad = True\nx.data = torch.full((2,), 5.0)\n"
        "x.grad = torch.ones(2)\n(x * x).sum().backward()\n"
    )
    assert asks.others == {"x.requires_grad": "True"}
    assert (data.names["x.data"].values, data.names["x.data"].requires_grad) == ((5.0, 5.0), False)
    assert grad.names["x.grad"].values == (1.0, 1.0)


def test_data_beside_a_name_leaves_the_name_as_it_is() -> None:
    *_, line = lines("w = torch.ones(1, requires_grad=True)\nw.data = v = w * 2\n")
    assert (line.names["w.data"].requires_grad, line.names["v"].requires_grad) == (False, True)


def test_the_last_visit_of_many_tells_data_as_it_is() -> None:
    *_, line = lines(
        "w = torch.ones(1, requires_grad=True)\n"
        f"for i in range({FULL_VISITS + 2}):\n    w.data = torch.full((1,), float(i))\n"
    )
    assert (line.visit, line.names["w.data"].values) == (FULL_VISITS + 2, (FULL_VISITS + 1,))
    assert not line.names["w.data"].requires_grad


def test_what_only_the_program_can_read_has_no_row() -> None:
    source = """\
class Box:
    __slots__ = ("size",)
    def __init__(self): pass
    @property
    def twice(self): return 2
    @twice.setter
    def twice(self, value): pass
class Bag(Box): pass
box, bag = Box(), Bag()
box.size = 3
bag.twice = 4
w = torch.ones(1, requires_grad=True)
"""
    told = [name for line in lines(source) for name in line.others]
    assert {"box", "bag"} <= set(told)
    assert not [name for name in told if "." in name]


def test_a_last_visit_is_listed_also_in_memory_that_was_changed_without_a_trace_before() -> None:
    source = """\
x = torch.ones(3, requires_grad=True)
for k in range(60):
    y = x * 1
    z = y * 2
    z.data.mul_(3)
    del z
    y = x * 3
"""
    for _ in range(5):
        (last,) = (one for one in lines(source) if one.line == 8 and one.visit == 60)
        assert last.names["y"].values == (3.0, 3.0, 3.0)
