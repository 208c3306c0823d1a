"""What stands around the layers: data in front, loss and optimizer behind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st
from msgspec.structs import replace

from explorer.datasets import DATASETS
from explorer.layers.field import Field, count, sizes
from explorer.losses import LOSSES, WORDS
from explorer.optimizers import OPTIMIZERS
from explorer.panels import field, picking
from explorer.stack import LARGEST_SEED, MOST_STEPS, Piece, Stack

NO_OPTIMIZER = "none: gradients only"
WIDTH = 190
"""Pixels of a list of names: two beside each other in the column of the code."""
SHAPE = sizes("shape", (8,))
STEPS = count("steps", 1, MOST_STEPS)
SEED = count("seed", 0, LARGEST_SEED, low=0)
STYLES = {"sequential": "nn.Sequential", "class": "a class"}
TARGETS = {"labels": "what the data say", "input": "the input itself"}


def data(stack: Stack) -> None:
    """Where x comes from."""
    titles = {name: one.title for name, one in DATASETS.items()}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        _select("Data", titles, stack.data, lambda old, name: old.on(name), afresh=True)
        least, usual, most = stack.dataset.batches
        batch = count("batch", usual, most, least)
        if least < most:
            _put(batch, stack.batch, "batch")
        if stack.dataset.shape is None:
            _put(SHAPE, stack.shape, "shape")
    st.caption(stack.dataset.says)


def goal(stack: Stack) -> None:
    """What the output is compared with."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        _select("Loss", _names(LOSSES), stack.loss.name, _with_loss)
        _piece("loss", stack.loss, stack.criterion.fields, LOSSES[stack.loss.name].fields[1:])
        if stack.criterion.target == "number" or stack.target == "input":
            _select("Target", TARGETS, stack.target, lambda old, name: replace(old, target=name))
    st.caption(f"{stack.criterion.says} The target: {WORDS[stack.criterion.target]}.")


def training(stack: Stack) -> None:
    """How the parameters follow the gradients, and how the code is written."""
    names = {**_names(OPTIMIZERS), NO_OPTIMIZER: NO_OPTIMIZER}
    chosen = stack.optimizer.name if stack.optimizer else NO_OPTIMIZER
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        _select("Optimizer", names, chosen, _with_optimizer)
        if stack.optimizer:
            fields = OPTIMIZERS[stack.optimizer.name].fields
            _piece("optimizer", stack.optimizer, fields, fields[:2])
            _put(STEPS, stack.steps, "steps")
        _put(SEED, stack.seed, "seed")
    if stack.optimizer:
        st.caption(OPTIMIZERS[stack.optimizer.name].says)
        picking.hold(key := picking.key("zero_grad"), stack.zero_grad)
        st.checkbox(
            "Empty the gradients before each backward (`zero_grad`)",
            key=key,
            on_change=_change,
            args=(key, lambda old, value: replace(old, zero_grad=value), False),
        )
    _select("Written as", STYLES, stack.style, lambda old, name: replace(old, style=name))


def _names(table: Mapping[str, object]) -> dict[str, str]:
    return {name: name for name in table}


def _with_loss(old: Stack, name: str) -> Stack:
    return replace(old, loss=Piece(name))


def _with_optimizer(old: Stack, name: str) -> Stack:
    return replace(old, optimizer=None if name == NO_OPTIMIZER else Piece(name))


def _select(
    label: str,
    titles: Mapping[str, str],
    chosen: str,
    put: Callable[[Stack, Any], Stack],
    *,
    afresh: bool = False,
) -> None:
    picking.hold(key := picking.key(label), chosen)
    st.selectbox(
        label,
        list(titles),
        format_func=titles.__getitem__,
        key=key,
        on_change=_change,
        args=(key, put, afresh),
        width=WIDTH,
    )


def _change(key: str, put: Callable[[Stack, Any], Stack], afresh: bool) -> None:
    picking.pick(put(picking.picked(), st.session_state[key]), afresh=afresh)


def _put(one: Field, value: Any, name: str) -> None:
    field.show(one, value, lambda old, new: replace(old, **{name: new}), "stack")


def _piece(part: str, piece: Piece, fields: tuple[Field, ...], shown: tuple[Field, ...]) -> None:
    """Fields of the loss or the optimizer: some at once, the others behind a button."""

    def one(which: Field) -> None:
        def put(old: Stack, value: Any) -> Stack:
            return replace(old, **{part: getattr(old, part).having({which.name: value})})

        field.show(which, piece.values.get(which.name, which.default), put, part, piece.name)

    for which in shown:
        one(which)
    if others := [which for which in fields if which not in shown]:
        with st.popover("More", type="tertiary"):
            for which in others:
                one(which)
