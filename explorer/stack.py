"""A stack of layers with data, loss and optimizer: the record that the Layers panel edits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec
from msgspec.structs import replace

from explorer.datasets import DATASETS, LARGEST_BATCH, RANDOM, Dataset
from explorer.layers import LAYERS
from explorer.layers.field import Field, Value, fits_as_shape
from explorer.layers.row import Row, Shape
from explorer.losses import LOSSES, Loss
from explorer.optimizers import OPTIMIZERS, Optimizer
from explorer.records import Record

MOST_LAYERS = 40
"""A graph of more is no longer read box by box."""
MOST_STEPS = 1000
LARGEST_SEED = 2**31 - 1

Style = Literal["sequential", "class"]
Target = Literal["labels", "input"]


class StackError(ValueError):
    """The text holds no stack, or one with values that cannot be; the message is for people."""


class Piece(Record, frozen=True):
    """A row of a table with the values that differ from its defaults."""

    name: str
    values: dict[str, Value] = msgspec.field(default_factory=dict)

    def having(self, values: dict[str, Value]) -> Piece:
        """The same row with these values on top of its own."""
        return Piece(self.name, {**self.values, **values})


class Stack(Record, frozen=True):
    """Everything that the written code depends on. Equal stacks write equal code."""

    layers: tuple[Piece, ...] = ()
    data: str = RANDOM
    batch: int = 4
    shape: tuple[int, ...] = (8,)
    """Of one example; only random data takes it."""
    target: Target = "labels"
    """What the output should be: what the data say, or the input itself."""
    loss: Piece = msgspec.field(default_factory=lambda: Piece("MSELoss"))
    optimizer: Piece | None = msgspec.field(default_factory=lambda: Piece("SGD"))
    """None: gradients only, nothing moves."""
    steps: int = 1
    zero_grad: bool = True
    """False: gradients of all steps add up."""
    seed: int = 0
    style: Style = "sequential"

    @property
    def dataset(self) -> Dataset:
        """Row of the data."""
        return DATASETS[self.data]

    @property
    def rows(self) -> tuple[Row, ...]:
        """Row of each layer."""
        return tuple(LAYERS[piece.name] for piece in self.layers)

    @property
    def criterion(self) -> Loss:
        """Row of the loss."""
        return LOSSES[self.loss.name]

    @property
    def input_shape(self) -> Shape:
        """Of `x`, with the batch in front."""
        shape = self.dataset.shape
        return (self.batch, *(self.shape if shape is None else shape))

    def adding(self, piece: Piece, at: int | None = None) -> Stack:
        """With one more layer, at the end or before the layer `at`."""
        at = len(self.layers) if at is None else at
        return replace(self, layers=(*self.layers[:at], piece, *self.layers[at:]))

    def without(self, at: int) -> Stack:
        """Without the layer `at`."""
        return replace(self, layers=(*self.layers[:at], *self.layers[at + 1 :]))

    def moving(self, at: int, by: int) -> Stack:
        """With the layer `at` moved towards the input (-1) or the output (1)."""
        return self.without(at).adding(self.layers[at], at + by)

    def setting(self, at: int, values: dict[str, Value]) -> Stack:
        """With these values in the layer `at`."""
        changed = self.layers[at].having(values)
        return replace(self, layers=(*self.layers[:at], changed, *self.layers[at + 1 :]))

    def on(self, data: str) -> Stack:
        """On other data, with its usual number of examples."""
        return replace(self, data=data, batch=DATASETS[data].batches[1], target="labels")


def encode(stack: Stack) -> str:
    """The stack as JSON text."""
    return msgspec.json.encode(stack).decode()


def decode(text: str | bytes) -> Stack:
    """A stack from JSON text that anybody may have written; raises StackError."""
    try:
        stack = msgspec.json.decode(text, type=Stack)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise StackError(f"This is no stack of layers: {error}") from error
    for refusal in _refusals(stack):
        raise StackError(refusal)
    return stack


def _refusals(stack: Stack) -> Iterator[str]:
    """All that the tables do not allow, in sentences."""
    yield from _unknown(stack)
    for piece in stack.layers:
        yield from _values(piece, LAYERS[piece.name].fields)
    yield from _values(stack.loss, stack.criterion.fields)
    if stack.optimizer:
        yield from _values(stack.optimizer, row_of(stack.optimizer).fields)
    least, _, most = stack.dataset.batches
    yield from _range("batch", stack.batch, least, min(most, LARGEST_BATCH))
    yield from _range("steps", stack.steps, 1, MOST_STEPS)
    yield from _range("seed", stack.seed, 0, LARGEST_SEED)
    if not fits_as_shape(stack.shape):
        yield "The input shape has sizes that cannot be."


def _unknown(stack: Stack) -> Iterator[str]:
    yield from _range("number of layers", len(stack.layers), 0, MOST_LAYERS)
    named: list[tuple[str, Iterable[str]]] = [(piece.name, LAYERS) for piece in stack.layers]
    named += [(stack.data, DATASETS), (stack.loss.name, LOSSES)]
    named += [(stack.optimizer.name, OPTIMIZERS)] if stack.optimizer else []
    for name, table in named:
        if name not in table:
            yield f"There is no {name!r} to pick."


def _range(name: str, value: int, low: int, high: int) -> Iterator[str]:
    if not low <= value <= high:
        yield f"{name} must be from {low} to {high:,}, not {value}."


def _values(piece: Piece, fields: tuple[Field, ...]) -> Iterator[str]:
    known = {field.name: field for field in fields}
    for name, value in piece.values.items():
        if name not in known:
            yield f"{piece.name} has no {name!r}."
        elif refusal := known[name].refusal(value):
            yield f"{piece.name}: {refusal}"


def row_of(optimizer: Piece) -> Optimizer:
    """Row of the optimizer."""
    return OPTIMIZERS[optimizer.name]
