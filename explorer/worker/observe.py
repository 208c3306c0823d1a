"""The torch calls of a program as they happen: results, operands without gradient, columns.

A TorchFunctionMode sees every call before PyTorch does. It only looks on, and takes itself off when
it has seen enough, because it makes each call a few microseconds slower.
"""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch._C._functorch import maybe_current_level
from torch.autograd import forward_ad
from torch.overrides import (
    TorchFunctionMode,
    _get_current_function_mode_stack,
    _pop_mode,
    _push_mode,
)

from explorer.worker import stop
from explorer.worker.changes import Changes
from explorer.worker.cuts import Cut, Cuts
from explorer.worker.history import node_of
from explorer.worker.places import Place, Position
from explorer.worker.recorder import Recorder, next_number

MOST_NOTED = 3_000
"""Calls that are noted; a program this large is not read operation by operation."""

MOST_SEEN = 30_000
"""Calls that pass through, noted or not."""

ARITHMETIC = frozenset(
    word
    for name in ("add", "sub", "mul", "div", "truediv", "pow", "floordiv", "mod", "remainder")
    for word in (name, f"{name}_", f"__{name}__", f"__r{name}__", f"__i{name}__")
) | {"rsub", "true_divide", "multiply", "subtract", "divide", "maximum", "minimum", "where"}
"""Functions whose Python numbers are operands like tensors, not settings."""

REVERSED = frozenset({"__rsub__", "__rdiv__", "__rtruediv__", "__rpow__", "rsub", "__radd__"})
"""Functions that get their operands the wrong way round."""

STATISTICS_ONLY = frozenset(
    {"batch_norm", "instance_norm", "dropout", "multi_head_attention_forward"}
)
"""Functions that also take tensors which no gradient formula multiplies with (running means)."""

_NUMBERS = frozenset({int, float, complex, bool})

_TELLING = (torch.Tensor, float, int, tuple, list)
"""Types of results that may come from a cut."""

_DETACH_ = torch.Tensor.detach_
_SHARING = {
    torch.Tensor.data.__get__,  # type: ignore[attr-defined]
    torch.Tensor.data.__set__,  # type: ignore[attr-defined]
    torch.Tensor.numpy,
    torch.Tensor.__array__,
}
"""Ways to a tensor's memory past its version."""


class Operand(NamedTuple):
    """A tensor or number that a call used and that gets no gradient."""

    ticket: int
    constant: bool
    differentiable: bool
    """Its dtype could have had a gradient."""


class Call(NamedTuple):
    """One torch call that made nodes `first` to `last - 1`."""

    first: int
    last: int
    place: Place | None
    position: Position | None
    operands: tuple[Operand, ...]
    result: int | None
    """Number of the node whose result the call returned."""


class Observer(TorchFunctionMode):
    """Looks on while it is on top of the stack of modes."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self.calls: list[Call] = []
        self.changes = Changes(recorder.running)
        recorder.ledger.who_changed = self.changes.place_of
        self.cuts = Cuts(recorder.running)
        self.told: dict[int, tuple[Cut, ...]] = {}
        """Ticket of an operand -> the cuts behind it."""
        self.transforms = False
        """Whether torch.func or forward mode was at work, which leave no graph."""
        self._recorder = recorder
        self._seen = 0
        self._firsts: list[int] = []

    @stop.passing
    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Calls, then notes what was called, if it made nodes or cut some off."""
        before = next_number()
        was = node_of(args[0]) if func is _DETACH_ else None
        result = func(*args, **(kwargs or {}))
        if func in _SHARING:
            self._recorder.snapshots.uncounted.add(args[0])
        if maybe_current_level() is not None or forward_ad._current_level >= 0:
            self.transforms = True
        if before != next_number():
            self._note(before, func, (args, kwargs or {}), result)
        if args and (result is args[0] or result is None):
            self.changes.note(func, args)
        if isinstance(result, _TELLING):
            self._note_cuts(func, args, kwargs or {}, result, was)
        self._seen += 1
        if self._seen == MOST_SEEN or len(self.calls) == MOST_NOTED:
            self._recorder.at_taps = self.leave
        return result

    @property
    def complete(self) -> bool:
        """Whether the whole program was seen."""
        return self._seen < MOST_SEEN and len(self.calls) < MOST_NOTED

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Looks on meanwhile."""
        with self:
            try:
                yield
            finally:
                # The program may have left modes of its own, and `with` takes off the uppermost.
                _put_on_top(self)

    def leave(self) -> None:
        """Stops looking on; waits while the program has a mode of its own above."""
        stack = _get_current_function_mode_stack()
        if stack and stack[-1] is self:
            _pop_mode()
            self._recorder.at_taps = None

    @contextmanager
    def away(self) -> Iterator[None]:
        """Nothing is seen in here: the engine calls the recorder's own code."""
        stack = _get_current_function_mode_stack()
        on_top = bool(stack) and stack[-1] is self
        if on_top:
            _pop_mode()
        try:
            yield
        finally:
            if on_top:
                _push_mode(self)

    @property
    def end(self) -> int:
        """The number from which on no call was noted."""
        return self.calls[-1].last if self.calls else 0

    def find(self, number: int) -> Call | None:
        """The call that made a node."""
        if number >= self.end:
            return None
        if len(self._firsts) != len(self.calls):
            self._firsts = [call.first for call in self.calls]
        index = bisect_right(self._firsts, number) - 1
        if index < 0 or self.calls[index].last <= number:
            return None
        return self.calls[index]

    def _note(
        self,
        first: int,
        func: Callable[..., Any],
        given: tuple[tuple[Any, ...], Mapping[str, Any]],
        result: Any,
    ) -> None:
        if len(self.calls) >= MOST_NOTED:
            return
        recorder = self._recorder
        # Through this function's caller, which is PyTorch, to the program.
        position = recorder.where.position(sys._getframe(2))
        place = recorder.where.running(sys._getframe(2))
        name = getattr(func, "__name__", "")
        try:
            with torch._C.DisableTorchFunction():
                operands = tuple(self._operands(name, *given))
                made = self._results(given[0][0] if name == "__setitem__" else result)
        except Exception:
            # Odd tensors. The program must not fail because something in it cannot be shown.
            operands, made = (), None
        self.calls.append(Call(first, next_number(), place, position, operands, made))

    def _operands(
        self, name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> Iterator[Operand]:
        values = [*args, *kwargs.values()]
        if name in REVERSED:
            values.reverse()
        for place, value in enumerate(values):
            if type(value) in _NUMBERS:
                if name in ARITHMETIC:
                    ticket = self._recorder.snapshots.number(value)
                    yield self._operand(value, Operand(ticket, True, True))
                continue
            for part in value if type(value) in (list, tuple) else (value,):
                if isinstance(part, torch.Tensor):
                    yield from self._tensor(part, place == 0 or name not in STATISTICS_ONLY)

    def _tensor(self, tensor: torch.Tensor, drawn: bool) -> Iterator[Operand]:
        if tensor.requires_grad:
            if node_of(tensor) is None:
                self.cuts.use(tensor)
        elif drawn:
            could = tensor.is_floating_point() or tensor.is_complex()
            ticket = self._recorder.snapshots.of(tensor)
            yield self._operand(tensor, Operand(ticket, False, could))

    def _operand(self, value: object, operand: Operand) -> Operand:
        if cuts := self.cuts.of(value):
            self.told.setdefault(operand.ticket, cuts)
        return operand

    def _results(self, result: Any) -> int | None:
        """Keeps the values of what was returned; the number of the first one's node."""
        first = None
        parts = result if isinstance(result, (list, tuple)) else (result,)
        for part in parts:
            node = node_of(part) if isinstance(part, torch.Tensor) else None
            if node is not None:
                self._recorder.stale.note_asked(part)
                number = node._sequence_nr()
                first = number if first is None else first
                key = (number, part.output_nr)
                if key not in self._recorder.tickets:
                    self._recorder.tickets[key] = self._recorder.snapshots.of(part)
        return first

    def _note_cuts(
        self,
        func: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        result: Any,
        was: object,
    ) -> None:
        """Remembers where the values of this result left the graph."""
        try:
            with torch._C.DisableTorchFunction():
                if was is not None:
                    self.cuts.note_detached(result, was)
                else:
                    self.cuts.note(func, args, kwargs, result)
        except Exception:
            return  # Odd tensors, as in `_note`: the program goes on.


def _put_on_top(mode: TorchFunctionMode) -> None:
    """Puts a mode above all others, whether it was on the stack or not."""
    stack = _get_current_function_mode_stack()
    for _ in stack:
        _pop_mode()
    for other in [*(one for one in stack if one is not mode), mode]:
        _push_mode(other)
