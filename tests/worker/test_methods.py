"""A method that somebody stands in for is PyTorch's own again afterwards, whatever a program did."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
import torch

from explorer.records import Program
from explorer.worker import methods
from explorer.worker.execute import execute


class Counter:
    def __init__(self) -> None:
        self.count = 0


@pytest.fixture
def owner() -> type[Counter]:
    class Own(Counter):
        def add(self, number: int, *, times: int = 1) -> int:
            """Adds."""
            self.count += number * times
            return self.count

    return Own


def test_who_stands_in_is_called_with_everything_and_only_meanwhile(owner: Any) -> None:
    heard = []

    def own(one: Any, *args: int, **kwargs: int) -> int:
        heard.append((args, kwargs))
        return int(methods.original(owner, "add")(one, *args, **kwargs))

    one = owner()
    with methods.standing_in(owner, "add", own):
        assert one.add(2, times=3) == 6
    assert one.add(1) == 7
    assert heard == [((2,), {"times": 3})]


def test_the_inner_one_hears_and_then_the_outer_one_again(owner: Any) -> None:
    with methods.standing_in(owner, "add", lambda *_: "outer"):
        with methods.standing_in(owner, "add", lambda *_: "inner"):
            assert owner().add(1) == "inner"
        assert owner().add(1) == "outer"
    assert owner().add(1) == 1


def test_what_a_program_puts_there_does_not_stay(owner: Any) -> None:
    with methods.standing_in(owner, "add", lambda *_: "ours"):
        owner.add = lambda *_: "the program's"
        assert owner().add(1) == "the program's"
    assert owner().add(1) == 1


def test_it_looks_like_the_original(owner: Any) -> None:
    signature = inspect.signature(owner.add)
    with methods.standing_in(owner, "add", lambda *_: None):
        assert inspect.signature(owner.add) == signature
        assert owner.add.__doc__ == "Adds."


def test_a_class_is_changed_by_the_first_run_alone() -> None:
    """Each change of a class copies pages in a forked worker."""
    source = (
        "import torch\nmodel = torch.nn.Linear(2, 1)\n"
        "model(torch.ones(2)).sum().backward()\nmodel.zero_grad()\n"
    )
    names = ("__call__", "zero_grad", "register_full_backward_hook")
    execute(Program(source=source))
    before = [torch.nn.Module.__dict__[name] for name in names]
    trace = execute(Program(source=source + "print(id(torch.nn.Module.__call__))\n"))
    assert trace.printed == f"{id(before[0])}\n"
    assert [torch.nn.Module.__dict__[name] for name in names] == before
