"""Optimizers and zero_grad as events of the run, beside what statements do by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.optim import Optimizer
from torch.optim.optimizer import register_optimizer_step_post_hook

from explorer.records import Event
from explorer.worker.forward import Origins
from explorer.worker.recorder import Happening, Recorder

MOST_EVENTS = 2_000
"""Events that are told."""


@contextmanager
def noticed(recorder: Recorder) -> Iterator[None]:
    """Steps of optimizers, and `zero_grad` of optimizers and modules, are noted meanwhile."""

    def stepped(optimizer: Optimizer, *_: Any) -> None:
        recorder.happened("step", f"{type(optimizer).__name__}.step")

    hook = register_optimizer_step_post_hook(stepped)
    optimizers, modules = Optimizer.zero_grad, torch.nn.Module.zero_grad
    Optimizer.zero_grad = _noting(optimizers, recorder)  # type: ignore[method-assign]
    torch.nn.Module.zero_grad = _noting(modules, recorder)  # type: ignore[method-assign]
    try:
        yield
    finally:
        hook.remove()
        Optimizer.zero_grad = optimizers  # type: ignore[method-assign]
        torch.nn.Module.zero_grad = modules  # type: ignore[method-assign]


def events(happenings: list[Happening], origins: Origins) -> tuple[Event, ...]:
    """The record of what happened; engine calls are told in the program's own words."""
    return tuple(_event(index, one, origins) for index, one in enumerate(happenings[:MOST_EVENTS]))


def _event(index: int, one: Happening, origins: Origins) -> Event:
    origin = origins.at(one.place)
    detail = one.detail or origins.text(one.place)
    return Event(index, one.kind, origin.line, origin.visit, detail, one.pass_index)


def _noting(original: Callable[..., None], recorder: Recorder) -> Callable[..., None]:
    def zero_grad(owner: Any, *args: Any, **kwargs: Any) -> None:
        original(owner, *args, **kwargs)
        recorder.happened("zero_grad", f"{type(owner).__name__}.zero_grad")

    return zero_grad
