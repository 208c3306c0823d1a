"""Boxes for cuts: where a gradient would have gone on if the program had let it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from explorer.records import CutKind
from explorer.worker.cuts import Cut

WORDS: Mapping[CutKind, str] = {
    "detach": "detach()",
    "data": ".data",
    "no_grad": "no_grad",
    "inference_mode": "inference_mode",
    "new tensor": "{}(…)",
    "number": ".{}()",
    "integer": "{}()",
}
"""Kind of a cut -> what stands in its box; {} is the function that was called."""


class Severed(NamedTuple):
    """A cut in the picture of one pass."""

    box: str
    cut: Cut
    tails: tuple[str, ...]
    """Boxes of what came out of the cut and enters the graph."""
    heads: tuple[str, ...]
    """Boxes of the graph that it was cut off from; none where nothing of that is in the graph."""

    def ways(self) -> Iterator[tuple[str, str, int]]:
        """Tail, head and slot of each edge that no gradient takes."""
        yield from ((tail, self.box, 0) for tail in self.tails)
        yield from ((self.box, head, slot) for slot, head in enumerate(self.heads))


def severed(
    entering: Iterable[tuple[str, tuple[Cut, ...]]], first: int, known: Mapping[int, str]
) -> list[Severed]:
    """The cuts behind boxes that enter a graph; ids begin with number `first`.

    `known` has the boxes of the graph by the keys of cuts.
    """
    tails: dict[Cut, dict[str, None]] = {}
    for box, cuts in entering:
        for cut in cuts:
            tails.setdefault(cut, {})[box] = None
    return [
        Severed(f"n{number}", cut, tuple(boxes), tuple(dict.fromkeys(_heads(cut, known))))
        for number, (cut, boxes) in enumerate(tails.items(), first)
    ]


def label(cut: Cut) -> str:
    """The call that cut, as a program writes it: "detach()", "torch.tensor(…)"."""
    call = "item" if cut.call.startswith("__") else cut.call
    if cut.how == "new tensor" and not call.startswith("new_"):
        call = f"torch.{call}"
    return WORDS[cut.how].format(call)


def _heads(cut: Cut, known: Mapping[int, str]) -> Iterator[str]:
    """The nearest boxes behind a cut."""
    waiting, seen = list(cut.sources), set(cut.sources)
    for key in waiting:
        # A leaf that is gone may have left its key to another one.
        if key in known and (key >= 0 or cut.leaves[key]() is not None):
            yield known[key]
            continue
        further = [one for one in cut.behind.get(key, ()) if one not in seen]
        seen.update(further)
        waiting += further
