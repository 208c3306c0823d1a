"""Rows: embeddings, recurrent layers and their cells."""

from __future__ import annotations

from explorer.layers.field import Field, choice, count, flag, size
from explorer.layers.row import STEPS, Chosen, Row, Shape, need

EMBEDDING = "Embedding"
RECURRENT = "Recurrent"
STEPS_KEPT = ("every step", "last step")
INPUT = size("input_size", 8, 1024)
HIDDEN = size("hidden_size", 16, 1024)
BIAS = flag("bias", True)
NONLINEARITY = choice("nonlinearity", ("tanh", "relu"))
OUTPUT = choice("output", STEPS_KEPT, written=False)


def _width(v: Chosen) -> int:
    """Features of one direction's output."""
    return int(getattr(v, "proj_size", 0) or v.hidden_size)


def _unroll(x: Shape, v: Chosen) -> Shape:
    projected = int(getattr(v, "proj_size", 0))
    need(
        projected < v.hidden_size,
        f"proj_size must be below hidden_size, {v.hidden_size}; 0 means no projection.",
        proj_size=v.hidden_size - 1,
    )
    width = _width(v) * (1 + v.bidirectional)
    return (x[0], width) if v.output == STEPS_KEPT[1] else (x[0], x[1], width)


def _weights(v: Chosen, gates: int) -> int:
    """Numbers in all layers and directions; later layers read what earlier ones give."""
    directions, proj = 1 + v.bidirectional, int(getattr(v, "proj_size", 0))
    total, comes_in = 0, int(v.input_size)
    for _ in range(v.num_layers):
        one = gates * v.hidden_size * (comes_in + _width(v) + 2 * v.bias)
        total += directions * (one + proj * v.hidden_size)
        comes_in = _width(v) * directions
    return total


def _call(name: str, _: Shape, v: Chosen) -> tuple[str, ...]:
    lines = (f"x, _ = {name}(x)",)
    return (*lines, "x = x[:, -1]") if v.output == STEPS_KEPT[1] else lines


def _recurrent(name: str, says: str, gates: int, *more: Field) -> Row:
    return Row(
        name,
        RECURRENT,
        says,
        STEPS,
        (
            INPUT,
            HIDDEN,
            count("num_layers", 1, 4, torch=1),
            *more,
            BIAS,
            flag("bidirectional", False),
            OUTPUT,
        ),
        example=lambda v: (2, 5, v.input_size),
        shape=_unroll,
        parameters=lambda v: _weights(v, gates),
        ranks=(3,),
        feature=("input_size", -1),
        fixed=("batch_first=True",),
        call=_call,
        chains=False,
    )


def _cell(name: str, says: str, gates: int, *more: Field) -> Row:
    return Row(
        name,
        RECURRENT,
        says,
        f"batch × features: one step; {STEPS}: all steps, the last state comes out",
        (INPUT, HIDDEN, BIAS, *more),
        example=lambda v: (2, v.input_size),
        shape=lambda x, v: (x[0], v.hidden_size),
        parameters=lambda v: gates * v.hidden_size * (v.input_size + v.hidden_size + 2 * v.bias),
        ranks=(2, 3),
        feature=("input_size", -1),
        call=lambda name, x, _: _steps(name, x, pair=gates == LSTM_GATES),
        chains=False,
        short="cell",
    )


LSTM_GATES = 4


def _steps(name: str, x: Shape, pair: bool) -> tuple[str, ...]:
    """One step, or a loop over time; an LSTM's state is the pair of h and c."""
    if len(x) == 2:
        return (f"x, _ = {name}(x)",) if pair else (f"x = {name}(x)",)
    return (
        "state = None",
        "for t in range(x.shape[1]):",
        f"    state = {name}(x[:, t], state)",
        "x = state[0]" if pair else "x = state",
    )


ROWS = (
    Row(
        "Embedding",
        EMBEDDING,
        "Looks up one learnable vector per whole number.",
        "whole numbers of any shape",
        (size("num_embeddings", 16, 16_384), size("embedding_dim", 8, 1024)),
        example=lambda _: (2, 5),
        shape=lambda x, v: (*x, v.embedding_dim),
        parameters=lambda v: v.num_embeddings * v.embedding_dim,
        takes_indices=True,
    ),
    Row(
        "EmbeddingBag",
        EMBEDDING,
        "Looks up vectors and joins those of one example.",
        "whole numbers, batch × words",
        (
            size("num_embeddings", 16, 16_384),
            size("embedding_dim", 8, 1024),
            choice("mode", ("mean", "sum", "max")),
        ),
        example=lambda _: (2, 5),
        shape=lambda x, v: (x[0], v.embedding_dim),
        parameters=lambda v: v.num_embeddings * v.embedding_dim,
        ranks=(2,),
        takes_indices=True,
    ),
    _recurrent("RNN", "Carries a state through time: h = tanh(Wx + Uh + b).", 1, NONLINEARITY),
    _recurrent("GRU", "An RNN with two gates that decide how much of the state to renew.", 3),
    _recurrent(
        "LSTM",
        "An RNN with a second state that gates add to and erase, so gradients live longer.",
        LSTM_GATES,
        count("proj_size", 0, 512, low=0, torch=0),
    ),
    _cell("RNNCell", "One step of an RNN from a state of zeros.", 1, NONLINEARITY),
    _cell("GRUCell", "One step of a GRU from a state of zeros.", 3),
    _cell("LSTMCell", "One step of an LSTM from states of zeros.", LSTM_GATES),
)
