"""The backward that a program did not call: from which tensor, with which v."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

import torch
from torch.nn.parameter import is_lazy

from explorer.records import Failure, Program
from explorer.worker import faults
from explorer.worker.history import is_leaf, node_of

ROOT_FILE, GRADIENT_FILE = "<root>", "<gradient>"


class Starter(Protocol):
    """Whoever runs a backward that the program did not call."""

    def automatic(self, name: str, root: torch.Tensor, v: torch.Tensor | None, note: str) -> None:
        """From `root`, which the program calls `name`, with `v`; None: the root is one number."""


class AskedError(Exception):
    """What the Program asks for beside its source cannot be done."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


NOTHING = Failure(
    "no_gradient",
    "Nothing in this program requires a gradient, so there is no graph.",
    hint="Make a tensor with `requires_grad=True` and compute with it, or call a module on a"
    " tensor.",
)

FUNCTIONAL = Failure(
    "no_gradient",
    "This program computes its derivatives with torch.func or in forward mode: they are in the"
    " lines, but these leave no graph that could be drawn.",
    hint="To see a graph, compute with tensors that have `requires_grad=True` and call"
    " `backward()`.",
)


def run(
    engine: Starter,
    program: Program,
    namespace: Mapping[str, Any],
    result: object,
    transforms: bool = False,
) -> None:
    """Calls backward for a program that did not; raises AskedError, and what PyTorch raises.

    `transforms`: it used torch.func or forward mode, so that nothing may require a gradient.
    """
    name, root = _root(program, namespace, result, FUNCTIONAL if transforms else NOTHING)
    v, words = _vector(program, root, namespace)
    start = f"`{name}`" if name else "the last value"
    note = f"The program does not call backward(), so it was called from {start}{words}."
    engine.automatic(name, root, v, note)


def last_made(values: Iterable[tuple[str, object]]) -> tuple[str, torch.Tensor] | None:
    """The tensor that requires a gradient and was made last; results before leaves."""
    found = [
        (name, value)
        for name, value in values
        if isinstance(value, torch.Tensor) and value.requires_grad and not is_lazy(value)
    ]
    made = [(node, one) for one in found if (node := node_of(one[1])) is not None]
    if made:
        return max(made, key=lambda pair: pair[0]._sequence_nr())[1]
    return next((one for one in reversed(found) if is_leaf(one[1])), None)


def _root(
    program: Program, namespace: Mapping[str, Any], result: object, nothing: Failure
) -> tuple[str, torch.Tensor]:
    if program.root:
        return program.root, _asked_root(program.root, namespace)
    found = last_made([*_variables(namespace), ("", result)])
    if found is None:
        raise AskedError(nothing)
    return found


def _variables(namespace: Mapping[str, Any]) -> list[tuple[str, object]]:
    return [(name, value) for name, value in namespace.items() if not name.startswith("__")]


def _asked_root(name: str, namespace: Mapping[str, Any]) -> torch.Tensor:
    try:
        root = eval(compile(name.strip(), ROOT_FILE, "eval"), dict(namespace))
    except Exception as error:
        raise AskedError(
            Failure(
                "error",
                f"There is no tensor `{name}` to start backward from.",
                hint=_candidates(namespace),
                details=f"{type(error).__name__}: {error}",
            )
        ) from error
    if not isinstance(root, torch.Tensor) or not root.requires_grad:
        raise AskedError(
            Failure(
                "no_gradient",
                f"`{name}` does not require a gradient, so backward cannot start from it.",
                hint=_candidates(namespace),
            )
        )
    return root


def _candidates(namespace: Mapping[str, Any]) -> str:
    names = [
        name
        for name, value in _variables(namespace)
        if isinstance(value, torch.Tensor) and value.requires_grad
    ]
    if not names:
        return "No variable of the program requires a gradient."
    return "Try one of: " + ", ".join(names[-8:]) + "."


def _vector(
    program: Program, root: torch.Tensor, namespace: Mapping[str, Any]
) -> tuple[torch.Tensor | None, str]:
    """v, and how to say it; None for a real scalar, where it can only be 1."""
    if program.gradient:
        return _asked_vector(program.gradient, root, namespace), f" with v = {program.gradient}"
    if root.dim() == 0 and not root.is_complex():
        return None, ""
    with torch.no_grad():
        if root.is_nested:  # It has no shape, but one for each part.
            return torch.ones_like(root), " with v = ones in its place"
        words = f" with v = ones of its shape {tuple(root.shape)}"
        return torch.ones_like(root, memory_format=torch.contiguous_format), words


def one_hot(root: torch.Tensor) -> Callable[..., torch.Tensor]:
    """`one_hot(i)` is 1 at element i of the root, row-major, else 0; also `one_hot(i, j)`."""

    def make(*place: int) -> torch.Tensor:
        v = torch.zeros(root.shape, dtype=root.dtype)
        if len(place) == 1:
            v.view(-1)[place[0]] = 1
        else:
            v[place] = 1
        return v

    return make


def _asked_vector(text: str, root: torch.Tensor, namespace: Mapping[str, Any]) -> torch.Tensor:
    try:
        with torch.no_grad():
            own = {"torch": torch, "one_hot": one_hot(root)}
            value = eval(compile(text.strip(), GRADIENT_FILE, "eval"), own | dict(namespace))
            v = torch.as_tensor(value, dtype=root.dtype)
    except Exception as error:
        failure = faults.of_exception(error, None)
        raise AskedError(
            Failure(
                "error",
                f"The vector v = {text} could not be computed: {failure.message}",
                hint="Write an expression such as `torch.tensor([1., 0.])`.",
                details=failure.details,
            )
        ) from error
    if v.shape != root.shape:
        raise AskedError(
            Failure(
                "error",
                f"The vector v has shape {tuple(v.shape)}, but backward starts from a tensor of"
                f" shape {tuple(root.shape)}.",
                hint="Give v the shape of the tensor.",
            )
        )
    return v
