"""One pass drawn by torchviz as DOT texts: undressed, and dressed with the program's own names."""

from __future__ import annotations

from explorer.records import Drawing, Pass
from explorer.worker.dress import complete, dress
from explorer.worker.picture import (
    Box,
    classic,
    statements,
    torchviz_draws,
    without_attributes,
    without_saved,
)
from explorer.worker.stand_ins import Attributes, StandIns, portals

MAX_BOXES = 600
"""Beyond this Graphviz is too slow in a browser, and nobody reads the picture."""


def draw(one: Pass, attributes: Attributes) -> Drawing | None:
    """torchviz's picture of a pass; None for one without a graph or of more than MAX_BOXES boxes.

    `attributes` is what torchviz's show_attrs and show_saved have to show, by node.
    """
    if not one.nodes or _boxes(one) > MAX_BOXES:
        return None
    stand_ins = StandIns(one, attributes)
    digraph = torchviz_draws(stand_ins)
    full = list(statements(digraph, stand_ins))
    bare = list(without_saved(full, stand_ins.functions))
    variants = {
        "": list(without_attributes(bare)),
        "attrs": bare,
        "saved": without_attributes(full),
        "attrs+saved": full,
    }
    picture = complete(variants[""], one)
    return Drawing(
        dressed=dress(picture, one),
        classic={flags: classic(drawn, digraph) for flags, drawn in variants.items()},
        boxes=sum(isinstance(statement, Box) for statement in picture),
    )


def _boxes(one: Pass) -> int:
    """About how many boxes it will be: a portal and its leaf stand once per use."""
    return len(one.nodes) + sum(2 * (uses - 1) for uses in portals(one).values())
