"""Stacks to start from, each with one thing to see."""

from __future__ import annotations

from explorer.datasets import LETTERS
from explorer.layers.field import Value
from explorer.losses import LAST_AXIS
from explorer.records import Record
from explorer.stack import Piece, Stack


class ReadyMade(Record, frozen=True):
    """A stack with its title and what to watch."""

    title: str
    says: str
    stack: Stack


def _piece(name: str, **values: Value) -> Piece:
    return Piece(name, values)


def _linear(comes_in: int, goes_out: int) -> Piece:
    return _piece("Linear", in_features=comes_in, out_features=goes_out)


def _digits(last: Piece, loss: str) -> Stack:
    """784-128-64-10."""
    return Stack(
        layers=(
            Piece("Flatten"),
            _linear(784, 128),
            Piece("ReLU"),
            _linear(128, 64),
            Piece("ReLU"),
            _linear(64, 10),
            last,
        ),
        data="digits28",
        batch=20,
        loss=Piece(loss),
        optimizer=_piece("SGD", lr=0.2),
        steps=20,
    )


READY_MADE: tuple[ReadyMade, ...] = (
    ReadyMade(
        "Perceptron on XOR",
        "Two layers learn what one cannot. Sigmoids are flat far from 0: watch how small the "
        "gradients of the first layer are.",
        Stack(
            layers=(_linear(2, 4), Piece("Tanh"), _linear(4, 1), Piece("Sigmoid")),
            data="xor",
            batch=4,
            loss=Piece("BCELoss"),
            optimizer=_piece("SGD", lr=0.5),
            steps=5,
        ),
    ),
    ReadyMade(
        "Digits 784-128-64-10, Softmax",
        "Probabilities against one-hot targets, squared. Compare the size of the gradients with "
        "those of LogSoftmax and NLLLoss.",
        _digits(_piece("Softmax", dim=1), "MSELoss"),
    ),
    ReadyMade(
        "Digits 784-128-64-10, LogSoftmax",
        "The logarithm undoes Softmax's flat ends: "
        "an answer that is sure and wrong gets a large gradient.",
        _digits(_piece("LogSoftmax", dim=1), "NLLLoss"),
    ),
    ReadyMade(
        "Small CNN",
        "Each filter is used at every place, so its gradient is a sum over all of them.",
        Stack(
            layers=(
                _piece("Conv2d", in_channels=1, out_channels=4, padding=1),
                Piece("ReLU"),
                Piece("MaxPool2d"),
                _piece("Conv2d", in_channels=4, out_channels=8, padding=1),
                Piece("ReLU"),
                Piece("MaxPool2d"),
                Piece("Flatten"),
                _linear(32, 10),
            ),
            data="digits8",
            batch=20,
            loss=Piece("CrossEntropyLoss"),
            optimizer=_piece("Adam", lr=0.01),
            steps=3,
        ),
    ),
    ReadyMade(
        "Character RNN",
        "One set of weights at all eight letters: their gradients add up over time.",
        Stack(
            layers=(
                _piece("Embedding", num_embeddings=LETTERS, embedding_dim=8),
                _piece("RNN", input_size=8, hidden_size=16),
                _linear(16, LETTERS),
            ),
            data="letters",
            batch=8,
            loss=_piece("CrossEntropyLoss", classes=LAST_AXIS),
            optimizer=_piece("Adam", lr=0.01),
            steps=2,
            style="class",
        ),
    ),
    ReadyMade(
        "Transformer block",
        "Two shortcuts carry the gradient past attention and past the linear layers.",
        Stack(
            layers=(_piece("TransformerEncoderLayer", d_model=8, nhead=2, dim_feedforward=16),),
            batch=2,
            shape=(4, 8),
            loss=Piece("MSELoss"),
            optimizer=_piece("AdamW", lr=0.01),
            style="class",
        ),
    ),
    ReadyMade(
        "Autoencoder",
        "64 numbers through a waist of 4 and back: the target is the input itself.",
        Stack(
            layers=(
                Piece("Flatten"),
                _linear(64, 16),
                Piece("ReLU"),
                _linear(16, 4),
                _linear(4, 16),
                Piece("ReLU"),
                _linear(16, 64),
                Piece("Sigmoid"),
                _piece("Unflatten", dim=1, unflattened_size=(1, 8, 8)),
            ),
            data="digits8",
            batch=20,
            target="input",
            loss=Piece("MSELoss"),
            optimizer=_piece("Adam", lr=0.01),
            steps=3,
        ),
    ),
)
