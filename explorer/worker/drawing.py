"""One pass drawn by torchviz as DOT texts: undressed, and dressed with the program's own names."""

from __future__ import annotations

from explorer.records import Drawing, Pass
from explorer.worker.dress import complete, dress
from explorer.worker.picture import Box, classic, statements, torchviz_draws
from explorer.worker.stand_ins import Attributes, StandIns, portals

MAX_BOXES = 600
"""Beyond this Graphviz is too slow in a browser, and nobody reads the picture."""

FLAGS = {
    "": (False, False),
    "attrs": (True, False),
    "saved": (False, True),
    "attrs+saved": (True, True),
}
"""Name of a classic text -> torchviz's (show_attrs, show_saved)."""


def draw(one: Pass, attributes: Attributes) -> Drawing | None:
    """torchviz's picture of a pass; None for one without a graph or of more than MAX_BOXES boxes.

    `attributes` is what torchviz's show_attrs and show_saved have to show, by node.
    """
    if not one.nodes or _boxes(one) > MAX_BOXES:
        return None
    stand_ins = StandIns(one, attributes)
    pictures = {
        name: torchviz_draws(stand_ins, show_attrs=attrs, show_saved=saved)
        for name, (attrs, saved) in FLAGS.items()
    }
    picture = complete(statements(pictures[""], stand_ins), one)
    return Drawing(
        dressed=dress(picture, one),
        classic={name: classic(digraph, stand_ins) for name, digraph in pictures.items()},
        boxes=sum(isinstance(statement, Box) for statement in picture),
    )


def _boxes(one: Pass) -> int:
    """About how many boxes it will be: a portal and its leaf stand once per use."""
    return len(one.nodes) + sum(2 * (uses - 1) for uses in portals(one).values())
