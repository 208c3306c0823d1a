"""torchviz's picture of stand-ins, read back from its Digraph as boxes and arrows with our ids."""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import graphviz
import torchviz

from explorer.worker.stand_ins import StandIns, unveil

RECURSION = 20_000
"""make_dot calls itself once per box of a path, and the drawn graphs have hundreds of boxes."""

FONT = "Courier"
"""Graphviz in the browser knows the widths of few fonts; of these one is monospaced, 0.6 em wide
like the monospaced fonts of all systems. torchviz's "monospace" gets boxes that are too narrow."""

_NODE = re.compile(r"\t(\d+) \[(.*)\]\n", re.DOTALL)
_TABLE = re.compile(r'label="([^\n]*)\n-')
"""A label of a function with its attributes; labels of tensors have no line of dashes."""
_BARE = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")
"""Names that DOT needs no quotes for."""
_EDGE = re.compile(r"\t(\d+) -> (\d+)(?: \[(.*)\])?\n", re.DOTALL)


@dataclass(frozen=True)
class Box:
    """A node statement."""

    id: str
    attributes: str
    """Inside the brackets, as torchviz wrote them and safe to write again."""


@dataclass(frozen=True)
class Arrow:
    """An edge statement, in torchviz's direction: from what was computed first."""

    tail: str
    head: str
    edge: str | None
    """Id of the gradient's edge; None where no gradient flows (saved tensors, bases of views)."""
    attributes: str


def torchviz_draws(stand_ins: StandIns) -> graphviz.Digraph:
    """make_dot's Digraph with all that it can show, whatever limits and filters the program set."""
    with _deep_and_quiet():
        return torchviz.make_dot(stand_ins.outputs, show_attrs=True, show_saved=True)


def statements(digraph: graphviz.Digraph, stand_ins: StandIns) -> Iterator[Box | Arrow]:
    """The statements of a Digraph that torchviz drew, in its order.

    Between two boxes torchviz draws one arrow per edge, by slot: the k-th arrow is the k-th edge.
    """
    edges = {ends: iter(ids) for ends, ids in stand_ins.edges.items()}
    for statement in digraph.body:
        if found := _EDGE.fullmatch(statement):
            tail, head = (stand_ins.ids[int(end)] for end in found.group(1, 2))
            edge = next(edges.get((head, tail), iter(())), None)
            yield Arrow(tail, head, edge, unveil(found[3] or ""))
        elif found := _NODE.fullmatch(statement):
            yield Box(stand_ins.ids[int(found[1])], unveil(found[2]))


def without_attributes(drawn: Iterable[Box | Arrow]) -> Iterator[Box | Arrow]:
    """What torchviz draws without show_attrs: of a label with a table only the first line."""
    for statement in drawn:
        if isinstance(statement, Box) and (found := _TABLE.match(statement.attributes)):
            name = found[1] if _BARE.fullmatch(found[1]) else f'"{found[1]}"'
            yield Box(statement.id, f"label={name}")
        else:
            yield statement


def without_saved(drawn: Iterable[Box | Arrow], functions: Container[str]) -> Iterator[Box | Arrow]:
    """What torchviz draws without show_saved: no arrow from a function to a tensor, nor its box."""
    remaining = iter(drawn)
    for statement in remaining:
        if isinstance(statement, Box) or statement.attributes != "dir=none":
            yield statement
        elif statement.tail in functions:
            next(remaining)  # the tensor's box stands right behind its arrow
        else:
            yield statement


def classic(drawn: Iterable[Box | Arrow], digraph: graphviz.Digraph) -> str:
    """torchviz's picture as it is, with our ids, at full size and safe to lay out in a browser."""
    digraph.body[:] = [_written(statement) for statement in drawn]
    digraph.graph_attr.pop("size", None)
    digraph.node_attr["fontname"] = FONT
    return digraph.source


def _written(statement: Box | Arrow) -> str:
    attributes = statement.attributes
    if isinstance(statement, Box):
        # Graphviz compiled for the browser crashes on a label whose first line is empty.
        attributes = attributes.replace('label="\n', 'label=" \n', 1)
        return f'\t"{statement.id}" [id="{statement.id}" {attributes}]\n'
    name = f'id="{statement.edge}" ' if statement.edge else ""
    return f'\t"{statement.tail}" -> "{statement.head}" [{name}{attributes}]\n'


@contextmanager
def _deep_and_quiet() -> Iterator[None]:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, RECURSION))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        sys.setrecursionlimit(limit)
