"""The parts of one backward pass: its graph, the engine's steps, and torchviz's picture of it.

Everybody imports these names from `explorer.records`, where the other nouns are.
"""

from __future__ import annotations

from typing import Literal

from explorer.tensor_view import Count, Number, Record, Shape, TensorView

NodeKind = Literal["op", "leaf", "input", "constant", "cut", "output", "saved"]
EdgeKind = Literal["gradient", "data", "cut"]
CutKind = Literal["detach", "data", "no_grad", "inference_mode", "integer", "new tensor", "number"]
HookKind = Literal["tensor", "post accumulate", "module", "node"]
PassKind = Literal["backward", "grad", "automatic", "unfinished"]

FULL_PASSES = 40
"""Passes that are kept in full, beside the one that is asked for: more than anyone compares."""

MOST_PASSES = 2_000
"""Passes that are listed at all: a long training is a thousand."""


class Saved(Record, frozen=True):
    """A tensor that an operation keeps for its backward."""

    name: str
    """PyTorch's own name without the prefix: "self", "other", "result"."""
    shape: Shape
    dtype: str
    bytes: Count
    version: Count
    """The tensor's version counter when it was saved."""
    now: Count
    """The same counter just before backward. Where it has grown, backward refuses the tensor."""
    of: str | None = None
    """The program's name for that tensor, where it has one."""
    node: str | None = None
    """Box of that very tensor: leaf, input, or the op that made it (itself for a kept result)."""
    output: Count = 0
    """Which output of `node`. Two Saved with equal (node, output) are one tensor."""
    value: TensorView | None = None
    """Its numbers where no box shows them, up to 64 of them."""


class Call(Record, frozen=True):
    """One run of a module's forward, of a module that ran more than once for this pass; or one
    around such a run."""

    scope: str
    """Path of the module, as in `Node.scope`."""
    number: Count
    """1, 2, ...: which run of this module, among those of the pass."""
    parent: Count | None = None
    """Place of the run around it in `Pass.calls`; it stands before."""


class Node(Record, frozen=True):
    """One box. Ids are "n0", "n1", ...: autograd's nodes first, breadth first from the root, then
    the leaf tensors, the output tensor, inputs and constants, cuts. Same program, same ids."""

    id: str
    kind: NodeKind
    label: str
    """What torchviz writes in the box, for example "MulBackward0"; for tensors their name."""
    name: str | None = None
    """The program's variable, also for intermediate results; `model.0.weight` for parameters."""
    op: str | None = None
    """Type name of the autograd node; None for tensors."""
    line: Count | None = None
    visit: Count | None = None
    columns: tuple[Count, Count] | None = None
    """Start and end column (0-based, UTF-8 characters) of the expression on `line`, if known."""
    scope: str | None = None
    """Path of the module whose forward made the node: "model.0"."""
    call: Count | None = None
    """Place in `Pass.calls` of that run of the forward; None where each module ran once."""
    shape: Shape | None = None
    """Shape of the (first) forward output; known also where `value` is not."""
    value: TensorView | None = None
    """Forward result, where it was seen by the recorder."""
    saved: tuple[Saved, ...] = ()
    settings: dict[str, str] | None = None
    """What the operation's formula depends on and is no tensor, as PyTorch prints it: exponent "2",
    dim "(0,)". An axis that counts from the end is a number near 2**64, as PyTorch keeps it."""
    freed: bool | None = None
    """Whether the pass freed what the node had saved; None where nothing is known to be saved, or
    the pass has not run."""
    view_of: str | None = None
    """Of an output that is a view: box of its base (a leaf, or the op that made the base)."""
    retained: bool = False
    """Whether `retain_grad()` keeps the gradient of this result in its own `.grad`."""
    made_in: Count | None = None
    """Index of the pass that made this node while it ran, because of `create_graph`."""
    made_by: str | None = None
    """Node of that pass whose backward this node is a part of, where the pass is known in full."""
    cut: CutKind | None = None
    """Of a "cut": what ended the graph on `line`. `label` is the call, `name` what was cut off."""


class Edge(Record, frozen=True):
    """A path that a gradient takes; or (kind "data") a value that gets none; or (kind "cut") the
    way that a gradient would have taken: from what enters the graph over the cut to its source."""

    id: str
    """ "e0", "e1", ..."""
    tail: str
    """Node that sends the gradient: the consumer in forward terms."""
    head: str
    """Node that receives it: the producer in forward terms. For kind "data" the input itself."""
    slot: Count
    """Which input of the tail this is (index into `next_functions`)."""
    output: Count = 0
    """Which output of the head this is."""
    kind: EdgeKind = "gradient"
    gradient: TensorView | None = None
    """The whole gradient sent along this edge in this pass; None: nothing was sent."""


class Sent(Record, frozen=True):
    """One contribution of a step."""

    edge: str
    gradient: TensorView | None
    """None: the node sent an undefined gradient."""


class Hooked(Record, frozen=True):
    """A hook of the program that changed gradients on their way."""

    kind: HookKind
    """ "node": one of the autograd node itself; only what it was given and made of it is known."""
    name: str
    """Of the function: "clip", "<lambda>"."""
    line: Count | None
    """Where it was registered."""
    before: tuple[TensorView | None, ...]
    after: tuple[TensorView | None, ...]


class Step(Record, frozen=True):
    """One node at work in the backward pass. Steps stand in the engine's own order."""

    index: Count
    node: str
    received: tuple[TensorView | None, ...]
    """Per output of the node the sum of what arrived; None: nothing arrived."""
    sent: tuple[Sent, ...]
    before: TensorView | None = None
    """A leaf's `.grad` before this step (AccumulateGrad only); None: it was None."""
    total: TensorView | None = None
    """A leaf's `.grad` after this step (AccumulateGrad only)."""
    hooks: tuple[Hooked, ...] = ()
    """Hooks that changed what came in (`received` is after them), or a leaf's `.grad` (`total` is),
    in the order in which they ran."""


MOST_JACOBIAN_ROWS = 32
"""Elements of a root up to which there is a Jacobian: as many passes of the engine."""


MOST_JACOBIAN_NODES = 2_000
"""Nodes of a graph that may be run once per row."""


class Jacobian(Record, frozen=True):
    """The derivative of each element of the root by each element of a leaf."""

    leaf: str
    """Box of the leaf."""
    rows: tuple[tuple[Number, ...], ...]
    """One row per element of the root, one column per element of the leaf, both row-major. The
    vector-Jacobian product is v times this: what the pass brings the leaf, but for hooks."""


class Frame(Record, frozen=True):
    """One step of the forward replay: nodes that one visit of one line made one after the other. A
    statement that calls a function has a frame before the lines of that, and one behind them."""

    line: Count | None
    visit: Count | None
    nodes: tuple[str, ...]


class Drawing(Record, frozen=True):
    """torchviz's picture of one pass as DOT texts. Box ids are node ids; a leaf with many uses is
    drawn once per use as a portal, with ids "n7.1", "n7.2", ... (edges likewise "e9.1")."""

    dressed: str
    """With the program's names, values and lines."""
    classic: dict[str, str]
    """torchviz undressed, by its flags: "", "attrs", "saved", "attrs+saved"."""
    boxes: Count
