"""One row of the table of formulas: what an operation computes, what its backward sends, and what
proves both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Maker = Callable[[Any], Any]
"""torch -> a random tensor."""

X = {"x": "self"}
"""The inputs of an operation on one tensor."""
XY = {"x": "self", "y": "other"}


@dataclass(frozen=True)
class Proof:
    """A call of PyTorch that makes the node. The tests run it on random numbers in float64."""

    call: Callable[..., Any]
    """torch, then the inputs that need a gradient -> the result."""
    inputs: tuple[Maker, ...] = ()
    within: float = 1e-9
    """Largest difference allowed, relative to the largest number."""
    given: Mapping[str, float] = field(default_factory=dict)
    """Symbols that the node does not save: numbers in `call`."""
    words: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    """What the row's words mean in this call, where it is not what they say by themselves."""


@dataclass(frozen=True)
class Word:
    """A function of one row that no number can be worked out for."""

    spelled: str
    """ "{0}" is its first argument."""
    call: Callable[..., Any]
    """torch, then the arguments -> what the words say."""


@dataclass(frozen=True)
class Corner:
    """What PyTorch does where the derivative has a jump, a tie or no value."""

    says: str
    points: tuple[Any, ...]
    """Inputs at the corner, as nested lists."""
    slopes: tuple[Any, ...]
    """What each input gets there for G = 1."""
    at: str | None = None
    """Condition, true for elements at the corner; None: it has to be read."""


@dataclass(frozen=True)
class Formula:
    """An operation, in one setting if it has several.

    Formulas are texts that `syntax.parse` reads. G is what came in: the gradient of the root with
    respect to z, the result.
    """

    node: str
    """Type name of the autograd node: "MulBackward0"."""
    does: str
    """What the operation computes, one sentence."""
    back: str
    """What its backward sends, one sentence."""
    inputs: Mapping[str, str]
    """Symbol -> PyTorch's name of the argument, in the order of the node's slots."""
    forward: str
    backward: tuple[str, ...]
    """By slot. Of a list of tensors the one formula that holds for each."""
    proofs: tuple[Proof, ...]
    saved: Mapping[str, str] = field(default_factory=dict)
    """Further symbols -> what the node saved under which name: a tensor, a number, axes."""
    where: Mapping[str, str] = field(default_factory=dict)
    """Symbols that stand for a formula of their own."""
    words: Mapping[str, Word] = field(default_factory=dict)
    when: Mapping[str, float | str] = field(default_factory=dict)
    """The row holds for these values of saved settings only."""
    without: tuple[str, ...] = ()
    """The row holds only where nothing was saved under these names."""
    corners: tuple[Corner, ...] = ()
    output: int = 0
    """Which result of the node z is, and where G arrives."""
    alone: bool = False
    """The row holds only where nothing arrived at the node's other results."""
    rearranges: bool = False
    """The same numbers in other places: nothing is computed."""
    broadcasts: bool = False
    """Inputs may be smaller than the result; the engine sums their gradients to their shape."""
    complex: bool = False
    """Proven for complex numbers as well."""
    note: str = ""

    @property
    def many(self) -> bool:
        """Whether one input stands for a list of tensors."""
        return "tensors" in self.inputs.values()


def nn(torch: Any) -> Any:
    """The functions of layers and losses, of the torch that is handed in."""
    return torch.nn.functional


def normal(*shape: int) -> Maker:
    """Normally distributed numbers."""
    return lambda torch: torch.randn(shape)


def positive(*shape: int) -> Maker:
    """Numbers from 0.3 to 1.3."""
    return lambda torch: torch.rand(shape) + 0.3


def above(limit: float, *shape: int) -> Maker:
    """Numbers from 0.3 to 1.3 above a limit."""
    return lambda torch: limit + torch.rand(shape) + 0.3


def inside(*shape: int) -> Maker:
    """Numbers from -0.9 to 0.9."""
    return lambda torch: torch.rand(shape) * 1.8 - 0.9


def tied(*shape: int) -> Maker:
    """Whole numbers, so that some are equal."""
    return lambda torch: torch.randn(shape).round()


def wide(*shape: int) -> Maker:
    """Normally distributed numbers, five times as far apart."""
    return lambda torch: 5 * torch.randn(shape)


def well(size: int) -> Maker:
    """A matrix with a good inverse."""
    return lambda torch: torch.randn(size, size) + size * torch.eye(size)


def linear(op: Callable[[Any, Any], Any], *shape: int) -> Callable[..., Any]:
    """The backward of an operation that is linear in its input of `shape`.

    Its matrix is written down column by column from forward runs; G times that matrix is
    what backward has to send.
    """

    def back(torch: Any, g: Any) -> Any:
        columns = [
            op(torch, one.reshape(shape)).reshape(-1)
            for one in torch.eye(torch.Size(shape).numel())
        ]
        return (torch.stack(columns) @ g.reshape(-1)).reshape(shape)

    return back
