"""A program run again up to its first backward, unrecorded, perhaps with one number changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from types import ModuleType
from typing import Any, NamedTuple, NoReturn

import torch
from torch.overrides import TorchFunctionMode

from explorer.records import Program
from explorer.worker import automatic
from explorer.worker.engine import listed
from explorer.worker.history import is_leaf
from explorer.worker.home import PROGRAM_MODULE, at_home, furnished
from explorer.worker.printed import Printed
from explorer.worker.recorder import next_number
from explorer.worker.taps import BEFORE, ENTER, HERE, LINE, VALUE, Tapped

Index = tuple[int, ...]


class Use(NamedTuple):
    """A place among the tensors that a torch call is given."""

    call: int
    """Counted from 0 in each run: equal runs have equal calls."""
    place: int


class Nudge(NamedTuple):
    """A change to one element of a tensor, just before the program uses it first."""

    use: Use
    element: Index
    by: float


class Reached(NamedTuple):
    """Where a run came to."""

    roots: list[torch.Tensor]
    vectors: list[torch.Tensor | None]
    """One per root; None: the root is one number."""

    @property
    def value(self) -> float:
        """v · root, summed over all roots: what the pass differentiates."""
        with torch.no_grad():
            parts = (
                root.double().sum() if v is None else (v * root).double().sum()
                for root, v in zip(self.roots, self.vectors, strict=True)
            )
            return sum(part.item() for part in parts)


class _ReachedError(BaseException):
    """Leaves the program from its first backward. No program catches it by accident."""

    def __init__(self, reached: Reached) -> None:
        super().__init__("the first backward")
        self.reached = reached


class Uses(TorchFunctionMode):
    """Sees every torch call: notes who uses which leaf first, or nudges one."""

    def __init__(self, nudge: Nudge | None = None) -> None:
        super().__init__()
        self._nudge = nudge
        self._calls = 0
        self._made: dict[int, Use] = {}
        self._met: dict[int, Use] = {}
        self._alive: list[torch.Tensor] = []

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Calls what was called."""
        given = kwargs or {}
        call, self._calls = self._calls, self._calls + 1
        if self._nudge is not None:
            if self._nudge.use.call == call:
                _change(self._nudge, [*_tensors((*args, *given.values()))])
            return func(*args, **given)
        before = next_number()
        result = func(*args, **given)
        with torch._C.DisableTorchFunction():
            self._note(call, (*args, *given.values()), result, made=next_number() != before)
        return result

    def first(self, leaf: torch.Tensor) -> Use | None:
        """The call that first made a node of a leaf; of one that only a program's own Function
        uses, the first call inside of that."""
        return self._made.get(id(leaf)) or self._met.get(id(leaf))

    def _note(self, call: int, given: tuple[Any, ...], result: object, made: bool) -> None:
        for place, tensor in enumerate(_tensors(given)):
            if not is_leaf(tensor):
                continue
            if place == 0 and result is tensor:
                self._met.pop(id(tensor), None)  # It was changed in place: later is early enough.
            elif id(tensor) not in self._met:
                self._alive.append(tensor)
                self._met[id(tensor)] = Use(call, place)
            if made and tensor.requires_grad:
                self._made.setdefault(id(tensor), Use(call, place))


def run_again(program: Program, tapped: Tapped, uses: Uses) -> Reached | None:
    """Runs a program that is known to end well; None where it does not come to a backward now."""
    module = ModuleType(PROGRAM_MODULE)
    last = _Last(tapped.last)
    namespace = furnished(module, last.taps(), program.seed)
    with at_home(module), _surroundings():
        try:
            with uses:
                exec(tapped.code, namespace)
            automatic.run(_Stopping(), program, namespace, last.result)
        except _ReachedError as end:
            return end.reached
        except Exception:
            # A nudge may lead elsewhere: into a domain error, or past every backward.
            return None
    return None


class _Last:
    """The taps of a program that nobody records: all they keep is the value it ends with."""

    def __init__(self, statement: int | None) -> None:
        self._statement = statement
        self.result: object = None

    def taps(self) -> dict[str, Callable[..., object]]:
        """The functions that a tapped program calls."""
        return {
            LINE: lambda *_: None,
            VALUE: self._value,
            HERE: lambda _, value: value,
            ENTER: lambda *_: None,
            BEFORE: lambda: None,
        }

    def _value(self, number: int, value: object) -> object:
        if number == self._statement:
            self.result = value
        return value


class _Stopping:
    """Takes the place of the engine for a program that calls no backward itself."""

    def automatic(self, _: str, root: torch.Tensor, v: torch.Tensor | None, __: str) -> NoReturn:
        """Ends the run."""
        raise _ReachedError(Reached([root], [v]))


def _backward(tensors: Any, grad_tensors: Any = None, *_: Any, **kwargs: Any) -> NoReturn:
    _reach(tensors, kwargs.get("grad_variables", grad_tensors))


def _grad(outputs: Any, *args: Any, **kwargs: Any) -> NoReturn:
    _reach(outputs, kwargs.get("grad_outputs", args[1] if len(args) > 1 else None))


def _reach(roots: Any, vectors: Any) -> NoReturn:
    starts, given = listed(roots), listed(vectors)
    padded = [*given, *[None] * (len(starts) - len(given))]
    raise _ReachedError(Reached(starts, padded))


def _tensors(given: Iterable[Any]) -> Iterator[torch.Tensor]:
    """The tensors among a call's arguments, those in lists too."""
    for one in given:
        if isinstance(one, torch.Tensor):
            yield one
        elif type(one) in (list, tuple):
            yield from _tensors(one)


def _change(nudge: Nudge, tensors: list[torch.Tensor]) -> None:
    with torch._C.DisableTorchFunction(), torch.no_grad():
        # `.data`: it is not the program that changes the tensor, so no version is counted.
        tensors[nudge.use.place].data[nudge.element] += nudge.by


@contextmanager
def _surroundings() -> Iterator[None]:
    """Silence, float64, and every backward an end."""
    backward, grad = torch.autograd.backward, torch.autograd.grad
    torch.autograd.backward, torch.autograd.grad = _backward, _grad
    torch.set_default_dtype(torch.float64)
    try:
        nowhere = Printed(lambda _: None, 0)
        with redirect_stdout(nowhere), redirect_stderr(nowhere):
            yield
    finally:
        torch.autograd.backward, torch.autograd.grad = backward, grad
