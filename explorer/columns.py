"""A large pass as columns: one row of numbers per fact, so that 100,000 nodes cost megabytes.

A column is bytes: one signed little-endian integer of 1, 2 or 4 bytes per row, as narrow as fits;
columns of measurements are float64. An empty column has its usual number in every row. JSON carries
bytes as base64. `sheet.written_out` gives the same pass as nodes, edges, steps and frames.
"""

from __future__ import annotations

import sys
from array import array
from typing import TypeAlias, TypeVar, get_args

from explorer.pass_record import CutKind, EdgeKind, Hooked, NodeKind
from explorer.tensor_view import Count, Record, Shape, TensorView

KINDS: tuple[NodeKind, ...] = get_args(NodeKind)
"""Kinds of nodes, in the order in which columns number them."""

EDGES: tuple[EdgeKind, ...] = get_args(EdgeKind)
"""Kinds of edges, likewise."""

CUTS: tuple[CutKind | None, ...] = (None, *get_args(CutKind))
"""Kinds of cuts, likewise; first what most nodes are."""

FATES: tuple[bool | None, ...] = (None, False, True)
"""What `Node.freed` may say, likewise."""

NONE = -1
"""A place that leads nowhere."""

Integers: TypeAlias = "array[int]"
Floats: TypeAlias = "array[float]"
_Rows = TypeVar("_Rows", Integers, Floats)
WIDTHS = {1: "b", 2: "h", 4: "i"}


class TensorColumns(Record, frozen=True):
    """Statistics of real, measured tensors; their numbers were not kept. A tensor of one element
    has it in `low`, and no row in the four other columns of measurements: they follow from it."""

    count: Count = 0
    shape: bytes = b""
    """Place in `shapes`."""
    dtype: bytes = b""
    """Place in `words`."""
    requires_grad: bytes = b""
    """0 or 1."""
    low: bytes = b""
    """float64, like the four that follow, which have a row per tensor of another size than one."""
    high: bytes = b""
    mean: bytes = b""
    std: bytes = b""
    norm: bytes = b""
    zeros: bytes = b""
    nonfinite: bytes = b""


class NodeColumns(Record, frozen=True):
    """Row i is node "n<i>"."""

    count: Count = 0
    kind: bytes = b""
    """Place in `KINDS`."""
    label: bytes = b""
    """Place in `words`; like op, name and scope, where 0 is None."""
    op: bytes = b""
    name: bytes = b""
    scope: bytes = b""
    call: bytes = b""
    """Place in the pass's `calls`; usually -1."""
    line: bytes = b""
    """0: None; like `visit`."""
    visit: bytes = b""
    start: bytes = b""
    """First column of the expression; usually -1, None; like `end`."""
    end: bytes = b""
    shape: bytes = b""
    """Place in `shapes`; usually -1."""
    value: bytes = b""
    """A tensor; usually -1."""
    view_of: bytes = b""
    """A node; usually -1."""
    made_in: bytes = b""
    """Index of a pass; usually -1."""
    made_by: bytes = b""
    """A node of that pass; usually -1."""
    cut: bytes = b""
    """Place in `CUTS`."""
    retained: bytes = b""
    """0 or 1."""
    settings: bytes = b""
    """Place in the pass's `settings`; usually -1."""
    freed: bytes = b""
    """Place in `FATES`."""


class SavedColumns(Record, frozen=True):
    """Row i is one tensor that a node keeps for its backward; those of one node stand together."""

    count: Count = 0
    owner: bytes = b""
    """The node."""
    name: bytes = b""
    """Place in `words`; like dtype, and of, where 0 is None."""
    shape: bytes = b""
    """Place in `shapes`."""
    dtype: bytes = b""
    size: bytes = b""
    """In bytes."""
    version: bytes = b""
    now: bytes = b""
    of: bytes = b""
    node: bytes = b""
    """Box of that tensor; usually -1."""
    output: bytes = b""
    value: bytes = b""
    """A tensor; usually -1."""


class EdgeColumns(Record, frozen=True):
    """Row i is edge "e<i>"."""

    count: Count = 0
    tail: bytes = b""
    """A node."""
    head: bytes = b""
    slot: bytes = b""
    output: bytes = b""
    kind: bytes = b""
    """Place in `EDGES`."""
    gradient: bytes = b""
    """A tensor; usually -1."""


class HookedStep(Record, frozen=True):
    """A step with hooks."""

    step: Count
    hooks: tuple[Hooked, ...]


class StepColumns(Record, frozen=True):
    """Row i is step i. A step sends over every gradient edge of its node, in order of the edges."""

    count: Count = 0
    node: bytes = b""
    outputs: bytes = b""
    """How many outputs of the node `received` tells of."""
    received: bytes = b""
    """Tensors of all steps, one after the other; -1 where nothing arrived."""
    before: bytes = b""
    """A tensor; usually -1; like `total`."""
    total: bytes = b""
    hooked: tuple[HookedStep, ...] = ()
    """Steps with hooks that changed something, in order."""


class FrameColumns(Record, frozen=True):
    """Row i is frame i of the forward replay."""

    count: Count = 0
    line: bytes = b""
    """0: None; like `visit`."""
    visit: bytes = b""
    size: bytes = b""
    """How many nodes the frame has."""
    nodes: bytes = b""
    """Nodes of all frames, one after the other."""


class Columns(Record, frozen=True):
    """One pass. Tensors count from 0: those in full first, then the rows of `statistics`."""

    words: tuple[str, ...] = ("",)
    """Every text once; the first is empty."""
    shapes: tuple[Shape, ...] = ()
    tensors: tuple[TensorView, ...] = ()
    """Those that are shown with their numbers."""
    statistics: TensorColumns = TensorColumns()
    nodes: NodeColumns = NodeColumns()
    saved: SavedColumns = SavedColumns()
    settings: tuple[dict[str, str], ...] = ()
    """What formulas of nodes depend on, each once."""
    edges: EdgeColumns = EdgeColumns()
    steps: StepColumns = StepColumns()
    frames: FrameColumns = FrameColumns()


HIGHEST = 1 << 31
"""No number of a column is as large."""

RULES: dict[str, dict[str, tuple[int, str]]] = {
    "statistics": {
        "shape": (0, "shapes"),
        "dtype": (0, "words"),
        "requires_grad": (0, "answers"),
        "zeros": (0, "anything"),
        "nonfinite": (0, "anything"),
    },
    "nodes": {
        "kind": (0, "kinds"),
        **dict.fromkeys(("label", "op", "name", "scope"), (0, "words")),
        "call": (NONE, "calls"),
        **dict.fromkeys(("line", "visit"), (0, "anything")),
        **dict.fromkeys(("start", "end"), (NONE, "anything")),
        "shape": (NONE, "shapes"),
        "value": (NONE, "tensors"),
        "view_of": (NONE, "nodes"),
        **dict.fromkeys(("made_in", "made_by"), (NONE, "anything")),
        "cut": (0, "cuts"),
        "retained": (0, "answers"),
        "settings": (NONE, "settings"),
        "freed": (0, "fates"),
    },
    "saved": {
        "owner": (0, "nodes"),
        "name": (0, "words"),
        "shape": (0, "shapes"),
        "dtype": (0, "words"),
        **dict.fromkeys(("size", "version", "now"), (0, "anything")),
        "of": (0, "words"),
        "node": (NONE, "nodes"),
        "output": (0, "anything"),
        "value": (NONE, "tensors"),
    },
    "edges": {
        **dict.fromkeys(("tail", "head"), (0, "nodes")),
        **dict.fromkeys(("slot", "output"), (0, "anything")),
        "kind": (0, "ways"),
        "gradient": (NONE, "tensors"),
    },
    "steps": {
        "node": (0, "nodes"),
        "outputs": (0, "anything"),
        **dict.fromkeys(("received", "before", "total"), (NONE, "tensors")),
    },
    "frames": {
        **dict.fromkeys(("line", "visit", "size"), (0, "anything")),
        "nodes": (0, "nodes"),
    },
}
"""Group -> column -> the least number that it may hold, which is also its usual one, and what its
numbers count: they stay below the number of those."""

PARTS = {("steps", "received"): "outputs", ("frames", "nodes"): "size"}
"""Columns that hold a stretch for each row -> the column that tells how long it is."""

MEASURED = ("low", "high", "mean", "std", "norm")
"""Columns of measurements."""


def integers(column: bytes, count: int, usual: int = 0) -> Integers:
    """The rows of a column; raises ValueError where it is not as long as it must be."""
    if not column:
        return array("i", [usual]) * count
    code = WIDTHS.get(len(column) // count if count > 0 else 0)
    if code is None or len(column) % count:
        raise ValueError(f"a column of {len(column)} bytes has not {count} rows")
    return read(array(code), column)


def floats(column: bytes, count: int) -> Floats:
    """The rows of a column of measurements; raises ValueError likewise."""
    if len(column) != 8 * count:
        raise ValueError(f"a column of {len(column)} bytes has not {count} measurements")
    return read(array("d"), column)


def read(rows: _Rows, column: bytes) -> _Rows:
    """The rows with what little-endian bytes say."""
    rows.frombytes(column)
    if sys.byteorder == "big":
        rows.byteswap()
    return rows
