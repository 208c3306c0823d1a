"""The log of tensors that a program changed in place."""

from __future__ import annotations

import inspect

import pytest
import torch

from explorer.worker.changes import SWITCHABLE, Changes
from explorer.worker.evidence import memory_of
from explorer.worker.places import Place


class Watched(torch.overrides.TorchFunctionMode):
    """Notes as the observer does."""

    def __init__(self) -> None:
        super().__init__()
        self.line = 0
        self.changes = Changes(lambda: Place(self.line, 1))

    def __torch_function__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        if args and (result is args[0] or result is None):
            self.changes.note(func, args)
        return result


@pytest.mark.parametrize(
    "change",
    [
        "y += 1",
        "y.add_(1)",
        "y[0] = 3",
        "y[0] += 3",
        "y[0].mul_(2)",
        "y.view(2, 2).t()[1].zero_()",
        "torch.nn.functional.relu(y, inplace=True)",
        "torch.nn.ReLU(inplace=True)(y)",
        "torch.nn.Dropout(0.5, inplace=True)(y)",
        "torch.relu_(y)",
        "torch.nn.init.zeros_(y)",
        "torch._foreach_add_([y], 1)",
        "y.detach().add_(1)",
        "torch.optim.SGD([y], lr=1).step()",
        "torch.optim.Adam([y], lr=1, foreach=True).step()",
    ],
)
def test_a_change_is_found_by_memory_and_version(change: str) -> None:
    y = torch.rand(4)
    y.grad = torch.ones(4)
    seen = Watched()
    with seen, torch.no_grad():
        seen.line = 1
        y.mul_(1)
        seen.line, before = 2, y._version
        exec(change, {"y": y, "torch": torch})
        seen.line = 3
        y.exp()
        y.contiguous()
    found = seen.changes.to(memory_of(y), before + 1)
    assert found is not None
    assert found.place == Place(2, 1)
    assert seen.changes.to(memory_of(y), y._version + 1) is None


def test_all_functions_with_the_switch_are_known() -> None:
    functional = vars(torch.nn.functional)
    found = {
        name
        for name, function in functional.items()
        if inspect.isfunction(function)
        and not name.startswith("_")
        and "inplace" in inspect.signature(function).parameters
    }
    assert found == SWITCHABLE
