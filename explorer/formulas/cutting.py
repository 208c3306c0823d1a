"""Rows: parts cut out, and parts joined."""

from __future__ import annotations

from typing import Any

from explorer.formulas.rearranging import Op, moved
from explorer.formulas.row import Formula, Proof, Word, normal

INSERTED = "{0} at its place in zeros"
CUTS = ("Cuts into parts.", "Joins what arrived at the parts.")
PARTS = ("part k of {0}", "the parts of {0} joined again, 0 where nothing arrived")


def _view_written_to(_: Any, x: Any) -> Any:
    """Reading it makes the node."""
    view = (x * 1)[0]
    view.mul_(1)
    return view


def _cut(node: str, op: Op) -> Formula:
    return moved(node, CUTS, PARTS, op, (5, 4))


def _half(node: str, which: str, op: Op) -> Formula:
    spelled = f"the {which} triangle of {{0}}"
    beyond = "above" if which == "lower" else "below"
    says = (f"Keeps the {which} triangle, 0 {beyond} it.", f"Keeps the {which} triangle of G.")
    return moved(node, says, (spelled, spelled), op, (3, 4), rearranges=False)


def _together(node: str, says: tuple[str, str], whole: Word, part: Word, call: Any) -> Formula:
    """A list of tensors becomes one."""
    return Formula(
        node,
        *says,
        {"x": "tensors"},
        "whole(x)",
        ("part(G, k)",),
        (Proof(call, (normal(3, 4), normal(3, 4))),),
        words={"whole": whole, "part": part},
        rearranges=True,
    )


ROWS = (
    moved(
        "SelectBackward0",
        ("Takes one slice along an axis.", "Puts G at that place, 0 elsewhere."),
        ("{0}[k]", INSERTED),
        lambda _, x: x[1],
        (3, 4),
    ),
    moved(
        "SliceBackward0",
        ("Takes a range along an axis.", "Puts G at that range, 0 elsewhere."),
        ("{0}[a:b]", INSERTED),
        lambda _, x: x[:, 1:3],
        (3, 4),
    ),
    moved(
        "AsStridedBackward0",
        ("Views memory by strides.", "Puts G at the places viewed, 0 elsewhere."),
        ("a view of {0}", INSERTED),
        _view_written_to,
        (3, 4),
        note="It shows after an in-place write through a view.",
    ),
    moved(
        "DiagonalBackward0",
        ("Takes the diagonal.", "Puts G on the diagonal, 0 elsewhere."),
        ("the diagonal of {0}", "{0} on the diagonal, 0 elsewhere"),
        lambda _, x: x.diagonal(),
        (3, 3),
    ),
    moved(
        "DiagEmbedBackward0",
        ("Puts numbers on a diagonal.", "Takes the diagonal of G."),
        ("diag({0})", "the diagonal of {0}"),
        lambda torch, x: torch.diag_embed(x),
        (3,),
    ),
    _half("TrilBackward0", "lower", lambda _, x: x.tril()),
    _half("TriuBackward0", "upper", lambda _, x: x.triu()),
    moved(
        "UnfoldBackward0",
        ("Takes overlapping windows along an axis.", "Adds G up where windows overlap."),
        ("windows of {0}", "the sum of {0} over overlapping windows"),
        lambda _, x: x.unfold(1, 2, 1),
        (3, 4),
        rearranges=False,
    ),
    moved(
        "ConstantPadNdBackward0",
        ("Puts a constant around.", "Cuts off the border of G."),
        ("{0} with a border", "{0} without its border"),
        lambda torch, x: torch.nn.functional.pad(x, (1, 2)),
        (3, 4),
    ),
    _cut("SplitBackward0", lambda _, x: x.split(2)[1]),
    _cut("UnsafeSplitBackward0", lambda torch, x: torch.unsafe_split(x, 2)[1]),
    _cut("SplitWithSizesBackward0", lambda _, x: x.split([2, 3])[1]),
    moved(
        "UnbindBackward0",
        ("Cuts into slices.", "Stacks what arrived at the slices."),
        ("slice k of {0}", "the slices of {0} stacked again, 0 where nothing arrived"),
        lambda _, x: x.unbind()[1],
        (3, 4),
    ),
    _together(
        "CatBackward0",
        ("Joins tensors along an axis.", "Each gets its own part of G."),
        Word("{0}₁, {0}₂, … joined", lambda torch, x: torch.cat(x)),
        Word("part k of {0}", lambda _, g, k: g.split([3, 3])[int(k)]),
        lambda torch, x, y: torch.cat([x, y]),
    ),
    _together(
        "StackBackward0",
        ("Stacks tensors along a new axis.", "Each gets its own slice of G."),
        Word("{0}₁, {0}₂, … stacked", lambda torch, x: torch.stack(x)),
        Word("slice k of {0}", lambda _, g, k: g[int(k)]),
        lambda torch, x, y: torch.stack([x, y]),
    ),
)
