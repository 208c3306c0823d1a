"""Optimizers and zero_grad as events of the run, beside what statements do by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch.optim import Optimizer

from explorer.records import Event, GradChange, number
from explorer.worker import methods, progress
from explorer.worker.forward import Origins
from explorer.worker.grads import Change
from explorer.worker.moves import Moves
from explorer.worker.names import Names
from explorer.worker.places import Happening
from explorer.worker.recorder import Recorder

MOST_EVENTS = 4_000
"""Events that are told: a thousand rounds of zero_grad, backward and step fit."""


@contextmanager
def noticed(recorder: Recorder, moves: Moves) -> Iterator[None]:
    """Steps of optimizers, and `zero_grad` of optimizers and modules, are noted meanwhile."""

    def stepped(detail: str, step: int) -> None:
        recorder.happened("step", detail, step)
        progress.reached(step + 1)

    with ExitStack() as stack:
        for owner in (Optimizer, torch.nn.Module):
            noting = _noting(methods.original(owner, "zero_grad"), recorder)
            stack.enter_context(methods.standing_in(owner, "zero_grad", noting))
        with moves.watching(stepped, recorder.ledger.look):
            yield


def events(
    happenings: list[Happening], origins: Origins, moves: Moves, names: Names
) -> tuple[Event, ...]:
    """The record of what happened; engine calls are told in the program's own words."""

    def event(index: int, one: Happening) -> Event:
        origin = origins.at(one.place)
        detail = one.detail or origins.text(one.place)
        moved = () if one.step is None else moves.written(one.step, names.of)
        grads = tuple(_grad_changes(one.grads, names))
        place = (origin.line, origin.visit)
        return Event(index, one.kind, *place, detail, one.pass_index, moved, grads)

    return tuple(event(index, one) for index, one in enumerate(happenings[:MOST_EVENTS]))


def _grad_changes(changes: Sequence[Change], names: Names) -> Iterator[GradChange]:
    for change in changes:
        leaf = change.leaf()
        name = names.of(leaf) if leaf is not None else None
        ends = (change.before, change.after)
        before, after = (None if one is None else number(one) for one in ends)
        yield GradChange(name or "(unnamed)", before, after)


def _noting(original: Callable[..., None], recorder: Recorder) -> Callable[..., None]:
    def zero_grad(owner: Any, *args: Any, **kwargs: Any) -> None:
        recorder.ledger.look()
        original(owner, *args, **kwargs)
        recorder.happened("zero_grad", f"{type(owner).__name__}.zero_grad")

    return zero_grad
