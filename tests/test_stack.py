"""The stack record: edits, its text form, and what that refuses."""

from __future__ import annotations

import json

import pytest

from explorer import stack as stacks
from explorer.ready_made import READY_MADE
from explorer.stack import Piece, Stack, StackError

A, B, C = Piece("Linear"), Piece("ReLU"), Piece("Tanh")


def names(stack: Stack) -> str:
    return " ".join(piece.name for piece in stack.layers)


def test_layers_are_added_moved_and_removed_without_touching_the_old_stack() -> None:
    stack = Stack(layers=(A, B))
    assert names(stack.adding(C)) == "Linear ReLU Tanh"
    assert names(stack.adding(C, 0)) == "Tanh Linear ReLU"
    assert names(stack.moving(0, 1)) == "ReLU Linear"
    assert names(stack.moving(1, -1)) == "ReLU Linear"
    assert names(stack.without(0)) == "ReLU"
    assert names(stack) == "Linear ReLU"


@pytest.mark.parametrize("one", READY_MADE, ids=lambda one: one.title)
def test_a_stack_survives_its_text(one: stacks.Record) -> None:
    assert stacks.decode(stacks.encode(one.stack)) == one.stack  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"layers": [{"name": "Linear", "values": {"in_features": 0}}]}, "from 1 to 65,536"),
        ({"layers": [{"name": "Linear", "values": {"in_features": True}}]}, "whole number"),
        ({"layers": [{"name": "Linear", "values": {"wings": 2}}]}, "no 'wings'"),
        ({"layers": [{"name": "__import__"}]}, "no '__import__' to pick"),
        ({"layers": [{"name": "GELU", "values": {"approximate": '"); import os'}}]}, "one of none"),
        ({"layers": [{"name": "LayerNorm", "values": {"normalized_shape": [0]}}]}, "separated by"),
        ({"layers": [{"name": "ReLU"}] * 41}, "from 0 to 40"),
        ({"loss": {"name": "Softmax"}}, "no 'Softmax' to pick"),
        ({"optimizer": {"name": "SGD", "values": {"lr": 1e9}}}, "from 0 to 100"),
        ({"data": "../../etc"}, "to pick"),
        ({"batch": 0}, "batch must be from 1"),
        ({"batch": 10**9}, "batch must be from 1 to 512"),
        ({"steps": 1001}, "steps must be from 1 to 1,000"),
        ({"seed": -1}, "seed must be"),
        ({"shape": []}, "shape"),
        ({"shape": [10**9]}, "shape"),
        ({"style": "lambda"}, "no stack of layers"),
        ({"feathers": 1}, "no stack of layers"),
    ],
)
def test_a_text_with_values_that_cannot_be_is_refused_in_words(
    change: dict[str, object], words: str
) -> None:
    with pytest.raises(StackError, match=words):
        stacks.decode(json.dumps(change))


@pytest.mark.parametrize("text", ["", "[]", "{", "null", "[" * 100_000, b"\xff"])
def test_any_other_text_is_refused(text: str | bytes) -> None:
    with pytest.raises(StackError):
        stacks.decode(text)


def test_other_data_come_with_their_usual_number_of_examples() -> None:
    assert Stack(batch=7).on("xor").input_shape == (4, 2)
    assert Stack(batch=7, shape=(3, 3)).input_shape == (7, 3, 3)
