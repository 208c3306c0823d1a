"""Every optimizer step during a run: each parameter, its gradient and state, before and after."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from msgspec import structs
from torch.nn.parameter import is_lazy
from torch.optim.optimizer import (
    register_optimizer_step_post_hook,
    register_optimizer_step_pre_hook,
)

from explorer.records import Moved, Number, TensorView, number
from explorer.worker.foreign import is_foreign, unseen
from explorer.worker.norms import norm_of

FULL_STEPS = 40
"""Steps of which the tensors are kept; of later ones only norms."""
FULL_NUMBERS = 2_000_000
"""Elements up to which a model's tensors are kept and its update is measured: as many copies of
the parameters are held while a step runs."""


class Tickets(Protocol):
    """Keeps tensors as they are at one moment."""

    def of(self, tensor: torch.Tensor) -> int:
        """Ticket of a tensor."""

    def distrust(self, tensor: torch.Tensor) -> None:
        """Says that a tensor may have changed without a trace."""

    def view(self, ticket: int | None) -> TensorView | None:
        """What there was under a ticket."""


@dataclass
class _Move:
    """One parameter in one step; tensors are tickets where they were kept."""

    parameter: torch.Tensor
    old: torch.Tensor | None
    gradient_norm: float | None = None
    update_norm: float | None = None
    norm: float | None = None
    tickets: dict[str, int] = field(default_factory=dict)
    state: dict[str, int] = field(default_factory=dict)
    state_before: dict[str, int] = field(default_factory=dict)
    settings: dict[str, float] = field(default_factory=dict)


class Moves:
    """All steps of a run.

    `keeps()` says whether the step that begins is wanted in full beside the first ones; what is
    read of tensors is read inside `away()`.
    """

    def __init__(
        self,
        tickets: Tickets,
        keeps: Callable[[], bool] = lambda: False,
        away: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._tickets = tickets
        self._keeps = keeps
        self._away = away
        self._steps: list[list[_Move]] = []
        self._open: list[list[_Move]] = []
        """Steps that have begun: an optimizer may call another one."""
        self._full = False
        self._known: dict[int, TensorView | None] = {}

    @contextmanager
    def watching(
        self, done: Callable[[str, int], None], begins: Callable[[], None] = lambda: None
    ) -> Iterator[None]:
        """Calls `begins()` before, and `done("SGD.step", number)` after each step of an optimizer
        meanwhile."""

        def before(optimizer: Any, args: Any, kwargs: Any) -> Any:
            begins()
            with self._away(), torch.no_grad():
                moves = self._begin(optimizer)
                self._open.append(moves)
            if callable(closure := kwargs.get("closure")):
                return args, {**kwargs, "closure": self._telling(closure, moves)}
            if len(args) > 1 and callable(args[1]):
                return (args[0], self._telling(args[1], moves), *args[2:]), kwargs
            with self._away(), torch.no_grad():
                self._note_gradients(moves)
            return None

        def after(optimizer: Any, _args: Any, _kwargs: Any) -> None:
            with self._away(), torch.no_grad():
                self._steps.append(self._end(optimizer, self._open.pop()))
            done(f"{type(optimizer).__name__}.step", len(self._steps) - 1)

        hooks = (register_optimizer_step_pre_hook(before), register_optimizer_step_post_hook(after))
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()

    def written(self, step: int, name: Callable[[torch.Tensor], str | None]) -> tuple[Moved, ...]:
        """The moves of one step as the record has them."""
        return tuple(self._written(move, name) for move in self._steps[step])

    @unseen
    def _begin(self, optimizer: Any) -> list[_Move]:
        listed = [one for group in optimizer.param_groups for one in group["params"]]
        parameters = [one for one in listed if not is_lazy(one)]
        small = sum(one.numel() for one in parameters) <= FULL_NUMBERS
        small = small and not any(map(is_foreign, parameters))
        self._full = small and (len(self._steps) < FULL_STEPS or self._keeps())
        moves = [_Move(one, one.detach().clone() if small else None) for one in parameters]
        for move in moves if self._full else ():
            move.tickets["before"] = self._tickets.of(move.parameter)
            move.state_before = self._state(optimizer.state.get(move.parameter, {}))
        return moves

    @unseen
    def _note_gradients(self, moves: list[_Move]) -> None:
        """The gradients by which the parameters will move."""
        for move in moves:
            gradient = move.parameter.grad
            if gradient is None:
                move.old = None
                continue
            move.gradient_norm = norm_of(gradient)
            if "before" in move.tickets:
                move.tickets["gradient"] = self._tickets.of(gradient)

    def _telling(self, closure: Callable[[], Any], moves: list[_Move]) -> Callable[[], Any]:
        """A closure brings the gradients itself; those of its first run belong to where the step
        begins."""
        waiting = [moves]

        def told() -> Any:
            result = closure()
            if waiting:
                with self._away(), torch.no_grad():
                    self._note_gradients(waiting.pop())
            return result

        return told

    @unseen
    def _end(self, optimizer: Any, moves: list[_Move]) -> list[_Move]:
        settings = {id(one): group for group in optimizer.param_groups for one in group["params"]}
        for move in moves:
            one = move.parameter
            if move.gradient_norm is not None:
                self._tickets.distrust(one)  # No version counts what `fused=True` writes.
            move.norm = norm_of(one)
            old = move.old if move.gradient_norm is not None else None
            update = None if old is None else one.detach() - old
            move.update_norm = None if update is None else norm_of(update)
            move.old = None
            if "before" in move.tickets:
                move.tickets["after"] = self._tickets.of(one)
                if update is not None:
                    move.tickets["update"] = self._tickets.of(update)
                move.state = self._state(optimizer.state.get(one, {}))
                move.settings = _numbers(settings.get(id(one), {}))
        return moves

    def _state(self, state: dict[str, Any]) -> dict[str, int]:
        tensors = {name: value for name, value in state.items() if torch.is_tensor(value)}
        for tensor in tensors.values():
            self._tickets.distrust(tensor)
        return {name: self._tickets.of(value) for name, value in tensors.items()}

    def _written(self, move: _Move, name: Callable[[torch.Tensor], str | None]) -> Moved:
        views = {part: self._view(ticket) for part, ticket in move.tickets.items()}
        return Moved(
            name=name(move.parameter) or "(unnamed)",
            gradient_norm=_number(move.gradient_norm),
            update_norm=_number(move.update_norm),
            norm=_number(move.norm),
            **views,
            state=self._views(move.state),
            state_before=self._views(move.state_before),
            settings=move.settings,
        )

    def _views(self, tickets: dict[str, int]) -> dict[str, TensorView]:
        views = {part: self._view(ticket) for part, ticket in tickets.items()}
        return {part: view for part, view in views.items() if view is not None}

    def _view(self, ticket: int) -> TensorView | None:
        """Without the heat map, which nobody draws of these and which is most of their size.

        One view for each ticket, so that it travels once: what a step left, the next one finds.
        """
        if ticket not in self._known:
            view = self._tickets.view(ticket)
            self._known[ticket] = None if view is None else structs.replace(view, heat=None)
        return self._known[ticket]


def _number(value: float | None) -> Number | None:
    return None if value is None else number(value)


def _numbers(group: dict[str, Any]) -> dict[str, float]:
    """An optimizer's numbers; the pair `betas` as two."""
    found: dict[str, float] = {}
    for name, value in group.items():
        if name == "betas":
            found |= {f"beta{place}": float(beta) for place, beta in enumerate(value, start=1)}
        elif isinstance(value, bool | int | float) or (
            isinstance(value, torch.Tensor) and value.numel() == 1
        ):
            found[name] = float(value)
    return found
