"""What comprehensions call their items is known of an error, on each Python."""

from __future__ import annotations

import sys

import pytest

from explorer.records import Program, Trace
from explorer.source import Source
from explorer.worker.doctor import inlined
from explorer.worker.execute import execute

HEAD = "import torch\nw = torch.ones(2, requires_grad=True)\nthree = torch.ones(3)\n"
FAILING = {
    "a list": "y = [item @ three for item in [w * 2]]\n",
    "a set": "y = {item @ three for item in [w * 2]}\n",
    "a dict": "y = {key: item @ three for key, item in {'a': w * 2}.items()}\n",
    "one inside of another": "y = [[item @ other for other in [three]] for item in [w * 2]]\n",
    "inside of a function": "def f(three):\n    return [item @ three for item in [w * 2]]\nf(three)\n",
    "inside of a class": "class K:\n    y = [item @ three for item in [w * 2]]\n",
    "inside of a generator": "y = sum(len([item @ other for item in [w * 2]]) for other in [three])\n",
    "around a lambda": "y = [(lambda: item @ three)() for item in [w * 2]]\n",
    "around a generator": "y = [sum(item @ other for other in [three]) for item in [w * 2]]\n",
    "where the name has another value outside": "item = 1\ny = [item @ three for item in [w * 2]]\nitem\n",
    "through a handler": "try:\n    y = [item @ three for item in [w * 2]]\nexcept Exception:\n    raise\n",
    "after one that was handled": (
        "try:\n    [item @ three for item in [w * 3]]\nexcept Exception:\n    pass\n"
        "y = [item @ three for item in [w * 2]]\n"
    ),
}


def run(body: str) -> Trace:
    return execute(Program(source=HEAD + body))


@pytest.mark.parametrize("name", FAILING)
def test_the_item_of_a_comprehension_is_named_and_its_graph_is_drawn(name: str) -> None:
    trace = run(FAILING[name])
    assert trace.failure is not None
    assert "`item` has shape (2,)" in trace.failure.message
    (one,) = trace.passes
    assert one.how == "unfinished"
    assert {"MulBackward0", "AccumulateGrad"} == {
        node.op for node in one.nodes if node.kind == "op"
    }
    assert [leaf.name for leaf in trace.leaves] == ["w"]


def test_the_first_list_of_a_comprehension_belongs_to_what_is_around_it() -> None:
    failure = run("item = w\n[item for item in item @ three]\n").failure
    assert failure is not None
    assert "`item` has shape (2,)" in failure.message


def test_what_a_comprehension_binds_is_not_taken_for_the_same_name_outside() -> None:
    """Python itself unpacks the pair, and fails before the names are bound."""
    failure = run("[item for item, other in [three]]\n").failure
    assert failure is not None
    assert "item" not in failure.message


def test_a_handled_exception_keeps_nothing_of_the_frame_alive() -> None:
    trace = run(
        "import weakref\ndef f():\n    large = torch.ones(3)\n    seen.append(weakref.ref(large))\n"
        "    [1 / item for item in [0]]\nseen = []\ntry:\n    f()\nexcept ZeroDivisionError:\n    pass\n"
        "print(seen[0]() is None)\nw.sum().backward()\n"
    )
    assert trace.failure is None
    assert trace.printed == "True\n"


def test_an_exception_is_looked_at_without_running_its_code() -> None:
    trace = run(
        "class Own(Exception):\n    @property\n    def __traceback__(self): print('asked')\n"
        "def f(item): raise Own\n[f(item) for item in [1]]\n"
    )
    assert trace.failure is not None
    assert trace.printed == ""


def test_recursion_through_a_comprehension_ends_as_any_other() -> None:
    failure = run("def f(x):\n    return [f(item) for item in [x * 1]]\nf(w)\n").failure
    assert failure is not None
    assert "levels deep" in failure.message


@pytest.mark.skipif(sys.version_info < (3, 12), reason="nothing is watched there")
def test_nobody_watches_when_the_program_has_ended() -> None:
    for body in ("w.sum().backward()\n", FAILING["a list"]):
        run(body)
        assert sys.monitoring.get_tool(inlined.TOOL) is None


def test_a_change_of_an_item_holds_for_each_place_that_it_comes_from() -> None:
    body = "y = [(item @ item).sum() for item in [torch.ones(3, 2)]]\nw.sum().backward()\n"
    failure = run(body).failure
    assert failure is not None
    assert failure.fix is not None
    assert execute(Program(source=Source(HEAD + body).applied(failure.fix))).failure is None
