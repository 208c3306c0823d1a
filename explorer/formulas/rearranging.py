"""Rows: the same numbers in another shape or order: views and copies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from explorer.formulas.row import Formula, Proof, Word, X, linear, normal

Op = Callable[[Any, Any], Any]
"""torch and a tensor -> the result."""

READS = "Reads the same numbers in another shape."
EVERY_COPY = "Forward only repeats; backward has to add, because every copy counts."
SWAPPED = ("{0} with two axes swapped", "{0} with the axes swapped back")


def moved(
    node: str,
    says: tuple[str, str],
    spelled: tuple[str, str],
    op: Op,
    shape: tuple[int, ...],
    **more: Any,
) -> Formula:
    """An operation that puts the numbers of a tensor of `shape` elsewhere."""
    return Formula(
        node,
        *says,
        X,
        "moved(x)",
        ("back(G)",),
        (Proof(op, (normal(*shape),)),),
        words={
            "moved": Word(spelled[0], lambda torch, x: op(torch, x)),
            "back": Word(spelled[1], linear(op, *shape)),
        },
        **{"rearranges": True, **more},
    )


def _reshaped(node: str, does: str, op: Op, *shape: int) -> Formula:
    return Formula(
        node,
        does,
        "Puts G back into the shape of x.",
        X,
        "reshape(x, z)",
        ("reshape(G, x)",),
        (Proof(op, (normal(*shape),)),),
        rearranges=True,
    )


def _same(node: str, does: str, op: Op, note: str = "") -> Formula:
    """Every number stays where it is."""
    back = "Hands G on, unchanged."
    proof = Proof(op, (normal(3, 4),), 1e-6)
    return Formula(node, does, back, X, "x", ("G",), (proof,), rearranges=True, note=note)


ROWS = (
    _reshaped("ViewBackward0", READS, lambda _, x: x.view(2, 6), 3, 4),
    _reshaped("UnsafeViewBackward0", READS, lambda t, x: t.ops.aten._unsafe_view(x, [2, 6]), 3, 4),
    _reshaped(
        "ReshapeAliasBackward0",
        READS,
        lambda t, x: t.ops.aten._reshape_alias(x, [2, 6], [6, 1]),
        *(3, 4),
    ),
    _reshaped("UnsqueezeBackward0", "Adds an axis of length 1.", lambda _, x: x.unsqueeze(1), 3, 4),
    _reshaped("SqueezeBackward0", "Drops all axes of length 1.", lambda _, x: x.squeeze(), 3, 1, 4),
    _reshaped("SqueezeBackward1", "Drops an axis of length 1.", lambda _, x: x.squeeze(1), 3, 1, 4),
    _reshaped(
        "SqueezeBackward2", "Drops axes of length 1.", lambda _, x: x.squeeze((1, 2)), 3, 1, 1
    ),
    Formula(
        "TBackward0",
        "Swaps rows and columns.",
        "Swaps them back.",
        {"X": "self"},
        "T(X)",
        ("T(G)",),
        (Proof(lambda _, x: x.t(), (normal(3, 4),)),),
        rearranges=True,
    ),
    moved(
        "TransposeBackward0",
        ("Swaps two axes.", "Swaps them back."),
        SWAPPED,
        lambda _, x: x.transpose(0, 2),
        (2, 3, 4),
    ),
    moved(
        "TransposeBackward1",
        ("Swaps two axes, in place.", "Swaps them back."),
        SWAPPED,
        lambda _, x: (x * 1).transpose_(0, 1),
        (2, 3),
    ),
    moved(
        "PermuteBackward0",
        ("Puts the axes into another order.", "Puts them back."),
        ("{0} with its axes reordered", "{0} with the axes in the old order"),
        lambda _, x: x.permute(2, 0, 1),
        (2, 3, 4),
    ),
    moved(
        "FlipBackward0",
        ("Reverses axes.", "Reverses them again."),
        ("{0} reversed", "{0} reversed"),
        lambda _, x: x.flip(0),
        (3, 4),
    ),
    moved(
        "RollBackward0",
        ("Moves all along an axis; what falls off comes in at the other end.", "Moves G back."),
        ("{0} rolled", "{0} rolled back"),
        lambda _, x: x.roll(1, 0),
        (3, 4),
    ),
    moved(
        "Rot90Backward0",
        ("Turns by a right angle.", "Turns G back."),
        ("{0} turned", "{0} turned back"),
        lambda torch, x: torch.rot90(x),
        (3, 4),
    ),
    Formula(
        "ExpandBackward0",
        "Repeats axes of length 1 without copying.",
        "Adds G up over the repeats.",
        X,
        "repeated(x, z)",
        ("fold(G, x)",),
        (
            Proof(lambda _, x: x.expand(3, 4), (normal(1, 4),)),
            Proof(lambda _, x: x.expand(2, 3, 4), (normal(4),)),
        ),
        note=EVERY_COPY,
    ),
    moved(
        "RepeatBackward0",
        ("Repeats the whole tensor side by side.", "Adds G up over the repeats."),
        ("{0} repeated", "the sum of {0} over the copies"),
        lambda _, x: x.repeat(2, 3),
        (3, 4),
        rearranges=False,
        note=EVERY_COPY,
    ),
    _same("CloneBackward0", "Copies.", lambda _, x: x.clone()),
    _same(
        "AliasBackward0", "Gives the same numbers another name.", lambda t, x: t.ops.aten.alias(x)
    ),
    _same(
        "ToCopyBackward0",
        "Copies into another dtype or to another device.",
        lambda torch, x: x.to(torch.float32),
        note="G is cast back to the dtype of x.",
    ),
    moved(
        "PixelShuffleBackward0",
        ("Turns channels into pixels.", "Turns pixels back into channels."),
        ("{0} with channels as pixels", "{0} with pixels as channels"),
        lambda torch, x: torch.pixel_shuffle(x, 2),
        (1, 4, 2, 2),
    ),
    moved(
        "PixelUnshuffleBackward0",
        ("Turns pixels into channels.", "Turns channels back into pixels."),
        ("{0} with pixels as channels", "{0} with channels as pixels"),
        lambda torch, x: torch.pixel_unshuffle(x, 2),
        (1, 1, 4, 4),
    ),
    moved(
        "ChannelShuffleBackward0",
        ("Deals channels out anew among groups.", "Deals them back."),
        ("{0} with its channels reordered", "{0} with the channels in the old order"),
        lambda torch, x: torch.channel_shuffle(x, 2),
        (1, 4, 2, 2),
    ),
)
