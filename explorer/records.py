"""The nouns: everything that a reader can ever see of a run, frozen and made of plain data.

A `Trace` is the one thing that passes between the rooms. The worker fills it, `wire` carries it,
the canvas replays it, panels and exports print it, tests compare it. Nothing here knows torch,
Streamlit or the browser. `docs/trace.md` shows a whole Trace by a worked example, and
`canvas/src/records.ts` says the same names in TypeScript (a test holds the two together).

The kinds of failure, by who is at fault:

    the text        too_large   longer than the limit, nothing was read
                    syntax      not Python; `line` is where the parser stopped
                    refused     Python that this page does not run (also: nothing to run)
    the program     error       an exception; `line` is the program's innermost line
                    no_gradient it ran, but nothing in it requires a gradient
    its appetite    timeout     processor or wall time
                    memory      more than the worker may take
                    too_large   a graph or an answer beyond the limits
    its reader      stopped     asked for the end before there was one
    the machine     crash       the worker died (a segmentation fault in native code, ...)
                    busy        every worker was taken for too long
"""

from __future__ import annotations

from typing import Literal

from msgspec import field

from explorer.tensor_view import Number as Number
from explorer.tensor_view import Record as Record
from explorer.tensor_view import Saved as Saved
from explorer.tensor_view import TensorView as TensorView

FORMAT = 1
"""Version of the record. It grows by one when a field changes its meaning or goes away."""

NodeKind = Literal["op", "leaf", "input", "constant", "cut", "output", "saved"]
EdgeKind = Literal["gradient", "data"]
PassKind = Literal["backward", "grad", "automatic", "unfinished"]
EventKind = Literal["backward", "grad", "zero_grad", "step"]
WhyNone = Literal[
    "unused", "detached", "integer", "no_grad", "no_requires_grad", "non-leaf", "not run yet"
]
FailureKind = Literal[
    "syntax",
    "refused",
    "error",
    "timeout",
    "memory",
    "crash",
    "too_large",
    "stopped",
    "busy",
    "no_gradient",
]


class Program(Record, frozen=True):
    """What a person asks for: one text and how to run it. Equal Programs give equal Traces."""

    source: str
    seed: int = 0
    """`torch.manual_seed(seed)` before the first line."""
    root: str | None = None
    """Variable to start the automatic backward from; None: the last tensor made."""
    gradient: str | None = None
    """Expression for v when the root is not a scalar; None: ones."""
    detail: int | None = None
    """Index of a pass to record in full even when it lies beyond the limit of full passes."""


class Line(Record, frozen=True):
    """What one statement gave, each time it ran. In the order in which statements finished."""

    line: int
    """1-based, the statement's first line."""
    visit: int
    """1, 2, ...: how often this statement has run by now (inside loops and functions)."""
    names: dict[str, TensorView] = field(default_factory=dict)
    """Tensors that the statement bound, by variable. "_" is the value of a bare expression."""
    grad_fns: dict[str, str] = field(default_factory=dict)
    """Variable -> type name of its `grad_fn`, where it has one."""
    others: dict[str, str] = field(default_factory=dict)
    """Variables bound to anything else -> short text of the value."""
    printed: str = ""
    """What was printed while the statement ran (and not by an inner recorded statement)."""


class Node(Record, frozen=True):
    """One box. Ids are "n0", "n1", ...: autograd's nodes first, breadth first from the root, then
    the leaf tensors, the output tensor, inputs and constants. Same program, same ids."""

    id: str
    kind: NodeKind
    label: str
    """What torchviz writes in the box, for example "MulBackward0"; for tensors their name."""
    name: str | None = None
    """The program's variable, also for intermediate results; `model.0.weight` for parameters."""
    op: str | None = None
    """Type name of the autograd node; None for tensors."""
    line: int | None = None
    visit: int | None = None
    columns: tuple[int, int] | None = None
    """Start and end column (0-based, UTF-8 characters) of the expression on `line`, if known."""
    scope: str | None = None
    """Path of the module whose forward made the node: "model.0"."""
    shape: tuple[int, ...] | None = None
    """Shape of the (first) forward output; known also where `value` is not."""
    value: TensorView | None = None
    """Forward result, where it was seen by the recorder."""
    saved: tuple[Saved, ...] = ()
    settings: dict[str, str] | None = None
    """What the operation's formula depends on and is no tensor, as PyTorch prints it: exponent "2",
    dim "(0,)". An axis that counts from the end is a number near 2**64, as PyTorch keeps it."""
    view_of: str | None = None
    """Of an output that is a view: box of its base (a leaf, or the op that made the base)."""


class Edge(Record, frozen=True):
    """A path that a gradient takes, or (kind "data") a value that gets none."""

    id: str
    """ "e0", "e1", ..."""
    tail: str
    """Node that sends the gradient: the consumer in forward terms."""
    head: str
    """Node that receives it: the producer in forward terms. For kind "data" the input itself."""
    slot: int
    """Which input of the tail this is (index into `next_functions`)."""
    output: int = 0
    """Which output of the head this is."""
    kind: EdgeKind = "gradient"
    gradient: TensorView | None = None
    """The whole gradient sent along this edge in this pass; None: nothing was sent."""


class Sent(Record, frozen=True):
    """One contribution of a step."""

    edge: str
    gradient: TensorView | None
    """None: the node sent an undefined gradient."""


class Step(Record, frozen=True):
    """One node at work in the backward pass. Steps stand in the engine's own order."""

    index: int
    node: str
    received: tuple[TensorView | None, ...]
    """Per output of the node the sum of what arrived; None: nothing arrived."""
    sent: tuple[Sent, ...]
    before: TensorView | None = None
    """A leaf's `.grad` before this step (AccumulateGrad only); None: it was None."""
    total: TensorView | None = None
    """A leaf's `.grad` after this step (AccumulateGrad only)."""


class Frame(Record, frozen=True):
    """One step of the forward replay: the nodes that one visit of one line made."""

    line: int | None
    visit: int | None
    nodes: tuple[str, ...]


class Drawing(Record, frozen=True):
    """torchviz's picture of one pass as DOT texts. Box ids are node ids; a leaf with many uses is
    drawn once per use as a portal, with ids "n7.1", "n7.2", ... (edges likewise "e9.1")."""

    dressed: str
    """With the program's names, values and lines."""
    classic: dict[str, str]
    """torchviz undressed, by its flags: "", "attrs", "saved", "attrs+saved"."""
    boxes: int


class Pass(Record, frozen=True):
    """One run of the engine, or the graph waiting for one (`how` "unfinished")."""

    index: int
    how: PassKind
    root: str | None
    """Name of the tensor that backward started from."""
    v: TensorView | None = None
    """The vector of the vector-Jacobian product that starts at the root."""
    line: int | None = None
    """Line of the call; None when the explorer called backward itself."""
    visit: int | None = None
    order: int = 1
    """1: graph of the program; 2: graph that includes gradients of gradients."""
    full: bool = True
    """False: only this summary was kept; run again with `detail=index` for the rest."""
    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    steps: tuple[Step, ...] = ()
    frames: tuple[Frame, ...] = ()
    node_count: int = 0
    """Nodes in the graph, also where `nodes` was not kept."""
    note: str | None = None
    """What a reader should know: why v is ones, what could not be recorded."""
    value: Number | None = None
    """The root's value where it is one number: the loss. Known also where the pass is not full."""
    drawing: Drawing | None = None
    """None beyond the size that torchviz's picture serves."""


class Leaf(Record, frozen=True):
    """A leaf tensor as it stood when the program ended."""

    name: str
    shape: tuple[int, ...]
    value: TensorView
    grad: TensorView | None
    why_none: WhyNone | None = None
    """Why `grad` is None; None when there is one."""
    line: int | None = None
    """Where the name was bound."""


class Moved(Record, frozen=True):
    """What one step of an optimizer did to one parameter."""

    name: str
    """As in the table of leaves: "model.0.weight"."""
    gradient_norm: Number | None = None
    """2-norm of `.grad` before the step; None: there was none, and nothing moved."""
    update_norm: Number | None = None
    """2-norm of the difference that the step made."""
    norm: Number | None = None
    """2-norm of the parameter after the step."""
    before: TensorView | None = None
    """This and what follows is kept for the first steps, and for the one after pass `detail`."""
    gradient: TensorView | None = None
    update: TensorView | None = None
    """After minus before."""
    after: TensorView | None = None
    state: dict[str, TensorView] = field(default_factory=dict)
    """What the optimizer remembers, after the step: "momentum_buffer", "exp_avg", ..."""
    settings: dict[str, float] = field(default_factory=dict)
    """Its numbers for this parameter: "lr", "momentum", "beta1", ... Switches are 0 and 1."""


class Event(Record, frozen=True):
    """Something that touched gradients or parameters, in the order in which it happened."""

    index: int
    kind: EventKind
    line: int | None
    visit: int | None
    detail: str
    """In words: "loss.backward()", "SGD.step", "w.grad = None"."""
    pass_index: int | None = None
    moves: tuple[Moved, ...] = ()
    """Of an optimizer's step: one per parameter, in the optimizer's order."""


class Failure(Record, frozen=True):
    """Why a run did not do all that was asked. What it did up to there is in the Trace."""

    kind: FailureKind
    message: str
    """One sentence: what happened."""
    line: int | None = None
    hint: str | None = None
    """What to do about it."""
    details: str | None = None
    """PyTorch's or Python's own words, where `message` is ours."""


class Trace(Record, frozen=True):
    """Everything that one run showed."""

    format: int
    program: Program
    lines: tuple[Line, ...] = ()
    passes: tuple[Pass, ...] = ()
    leaves: tuple[Leaf, ...] = ()
    events: tuple[Event, ...] = ()
    printed: str = ""
    seconds: float = 0.0
    """Wall time of the user's program in the worker, recording included."""
    versions: dict[str, str] = field(default_factory=dict)
    failure: Failure | None = None
    notes: tuple[str, ...] = ()
    """What was left out or decided for the reader, in sentences."""
    derivatives: dict[str, dict[str, str]] = field(default_factory=dict)
    """Operations that `explorer.formulas` has no row for -> input -> what PyTorch's own
    derivatives.yaml says, C++ as it stands there."""
