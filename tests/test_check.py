"""What is said of a stack before it runs."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from explorer.check import Finding, check, fitted, repaired
from explorer.ready_made import READY_MADE
from explorer.stack import Piece, Stack


def linear(comes_in: int, goes_out: int) -> Piece:
    return Piece("Linear", {"in_features": comes_in, "out_features": goes_out})


def only_error(stack: Stack) -> Finding:
    found = check(stack)
    errors = [place.error for place in found.places if place.error]
    assert len(errors) + (found.error is not None) == 1
    error = errors[0] if errors else found.error
    assert error is not None
    return error


def labels(stack: Stack) -> list[str]:
    return [fix.label for fix in only_error(stack).fixes]


def test_shapes_and_counts_are_those_of_the_digit_classifier() -> None:
    found = check(READY_MADE[1].stack)
    assert [place.parameters for place in found.places] == [0, 100_480, 0, 8_256, 0, 650, 0]
    assert found.parameters == 109_386
    assert found.output == (20, 10)


def test_a_mismatch_stands_at_its_layer_and_the_button_sets_what_fits() -> None:
    stack = Stack(layers=(linear(8, 5), linear(4, 3), linear(3, 2)))
    found = check(stack)
    assert [place.error is None for place in found.places] == [True, False, True]
    assert found.places[1].before == (4, 5)
    assert found.places[2].before is None
    assert found.places[2].parameters == 8
    error = only_error(stack)
    assert error.message == "The last axis of 4 × 5 has 5, but in_features is 4."
    assert [fix.label for fix in error.fixes] == ["Set in_features to 5"]
    assert check(error.fixes[0].stack).fits


def test_a_linear_after_a_convolution_is_flattened_first() -> None:
    stack = Stack(layers=(Piece("Conv2d"), linear(9, 10)), shape=(3, 8, 8))
    error = only_error(stack)
    assert [fix.label for fix in error.fixes] == ["Flatten first", "Set in_features to 6"]
    flattened = error.fixes[0].stack
    assert [piece.name for piece in flattened.layers] == ["Conv2d", "Flatten", "Linear"]
    assert flattened.layers[2].values["in_features"] == 8 * 6 * 6
    assert check(flattened).fits


def test_a_convolution_after_a_square_number_of_features_is_unflattened_first() -> None:
    stack = Stack(layers=(Piece("Conv2d"),), shape=(784,))
    assert labels(stack) == ["Unflatten to 1 × 28 × 28 first", "Use random input of 3 × 8 × 8"]
    for fix in only_error(stack).fixes:
        assert check(fix.stack).places[-1].error is None


def test_an_embedding_wants_whole_numbers() -> None:
    late = Stack(layers=(Piece("ReLU"), Piece("Embedding")))
    assert labels(late) == ["Move it to the front"]
    on_xor = Stack(layers=(Piece("Embedding"),), data="xor")
    assert labels(on_xor) == ["Use the letters of a text", "Use random words"]
    letters = Stack(layers=(linear(8, 2),)).on("letters")
    assert labels(letters) == ["Put an Embedding first"]
    few = Stack(layers=(Piece("Embedding", {"num_embeddings": 3}),)).on("letters")
    assert labels(few) == ["Set num_embeddings to 22"]


def test_a_loss_names_the_width_that_the_data_need() -> None:
    stack = Stack(layers=(linear(2, 3), Piece("LayerNorm", {"normalized_shape": (3,)}))).on("moons")
    assert labels(stack) == ["Let the last Linear give 2"]
    wide = Stack(layers=(linear(64, 4),), loss=Piece("CrossEntropyLoss")).on("digits8")
    wide = wide.adding(Piece("Flatten"), 0)
    assert labels(wide) == ["Let the last Linear give 10"]
    assert check(repaired(wide)).fits


def test_one_class_is_one_class() -> None:
    one = Stack(layers=(Piece("Flatten"), linear(64, 1)), loss=Piece("CrossEntropyLoss"))
    error = check(one.on("digits8")).error
    assert error and error.message == "The output scores 1 class, but the data have 10."


def test_classes_on_the_last_axis_are_offered_where_they_are() -> None:
    stack = replace(READY_MADE[4].stack, loss=Piece("CrossEntropyLoss"))
    assert labels(stack) == ['Set classes to "last axis"']


def test_a_loss_that_cannot_compare_says_which_could() -> None:
    sine = Stack(layers=(linear(1, 1),), loss=Piece("CrossEntropyLoss")).on("sine")
    assert labels(sine) == ["Use MSELoss"]
    no_sigmoid = Stack(layers=(linear(2, 1),), loss=Piece("BCELoss")).on("xor")
    assert labels(no_sigmoid) == ["Add a Sigmoid", "Use BCEWithLogitsLoss"]


def test_what_is_too_large_is_said_before_it_runs() -> None:
    wide = Stack(layers=(linear(8, 4096), linear(4096, 4096)))
    assert "16,818,176 parameters" in only_error(wide).message
    ups = Stack(layers=(Piece("Upsample", {"scale_factor": 8}),) * 4, shape=(3, 8, 8))
    assert "numbers; this page runs up to" in only_error(ups).message


def test_what_is_seldom_meant_is_advice_and_no_error() -> None:
    stack = READY_MADE[1].stack
    crossed = replace(stack, loss=Piece("CrossEntropyLoss"))
    found = check(crossed)
    assert found.fits
    assert found.advice[0].fixes[0].label == "Remove Softmax"
    assert check(found.advice[0].fixes[0].stack).advice == ()
    assert check(replace(stack, loss=Piece("NLLLoss"))).advice
    assert not check(READY_MADE[2].stack).advice


def test_nesterov_without_momentum_is_refused() -> None:
    stack = Stack(layers=(linear(8, 2),), optimizer=Piece("SGD", {"nesterov": True}))
    assert "momentum above 0" in only_error(stack).message


def test_an_empty_stack_asks_for_a_layer() -> None:
    assert "Add a layer" in only_error(Stack()).message


def test_a_new_layer_suits_what_comes_in() -> None:
    stack = Stack(layers=(linear(8, 5),))
    for name in ("Linear", "LayerNorm", "BatchNorm1d", "Bilinear"):
        assert check(fitted(stack, Piece(name))).places[-1].error is None, name
    grid = Stack(layers=(Piece("Conv2d"),), shape=(3, 8, 8))
    for name in ("Conv2d", "BatchNorm2d", "GroupNorm", "MaxPool2d", "ConvTranspose2d"):
        assert check(fitted(grid, Piece(name))).places[-1].error is None, name


@pytest.mark.parametrize("one", READY_MADE, ids=lambda one: one.title)
def test_ready_made_stacks_fit_and_need_no_advice(one: object) -> None:
    found = check(one.stack)  # type: ignore[attr-defined]
    assert found.fits
    assert not found.advice


def test_repair_goes_through_the_whole_stack() -> None:
    stack = Stack(layers=(linear(1, 5), linear(1, 6), linear(1, 7)))
    assert check(repaired(stack)).fits
