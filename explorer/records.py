"""The nouns: everything that a reader can ever see of a run, frozen and made of plain data.

A `Trace` is the one thing that passes between the rooms. The worker fills it, `wire` carries it,
the canvas replays it, panels and exports print it, tests compare it. Nothing here knows torch,
Streamlit or the browser. `docs/trace.md` shows a whole Trace by a worked example, and
`canvas/src/records.ts` says the same names in TypeScript (a test holds the two together).
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, field

from explorer.check_record import Check as Check
from explorer.columns import Columns as Columns
from explorer.columns import EdgeColumns as EdgeColumns
from explorer.columns import FrameColumns as FrameColumns
from explorer.columns import HookedStep as HookedStep
from explorer.columns import NodeColumns as NodeColumns
from explorer.columns import SavedColumns as SavedColumns
from explorer.columns import StepColumns as StepColumns
from explorer.columns import TensorColumns as TensorColumns
from explorer.failure_record import Also as Also
from explorer.failure_record import Failure as Failure
from explorer.failure_record import FailureKind as FailureKind
from explorer.failure_record import Fix as Fix
from explorer.pass_record import Call as Call
from explorer.pass_record import CutKind as CutKind
from explorer.pass_record import Drawing as Drawing
from explorer.pass_record import Edge as Edge
from explorer.pass_record import EdgeKind as EdgeKind
from explorer.pass_record import Frame as Frame
from explorer.pass_record import Hooked as Hooked
from explorer.pass_record import HookKind as HookKind
from explorer.pass_record import Jacobian as Jacobian
from explorer.pass_record import Node as Node
from explorer.pass_record import NodeKind as NodeKind
from explorer.pass_record import PassKind as PassKind
from explorer.pass_record import Saved as Saved
from explorer.pass_record import Sent as Sent
from explorer.pass_record import Step as Step
from explorer.tensor_view import SHOWN as SHOWN
from explorer.tensor_view import Count as Count
from explorer.tensor_view import Number as Number
from explorer.tensor_view import Record as Record
from explorer.tensor_view import Shape as Shape
from explorer.tensor_view import TensorView as TensorView
from explorer.tensor_view import number as number
from explorer.tensor_view import numbers as numbers

SEEDS = range(-(1 << 63), 1 << 63)
"""What torch takes as a seed, and every reader of JSON as an integer."""

Seed = Annotated[int, Meta(ge=SEEDS.start, le=SEEDS.stop - 1)]

FORMAT = 2
"""Version of the record. It grows by one when a field changes its meaning or goes away."""

EventKind = Literal["backward", "grad", "zero_grad", "step", "change"]
"""A "change" is what else became of `.grad`: clipping, scaling, a new value by hand."""

WhyNone = Literal[
    "not run yet",
    "unused",
    "unreached",
    "not asked",
    "stopped",
    "returned",
    "nothing sent",
    "emptied",
    "no_requires_grad",
    "detach",
    "data",
    "no_grad",
    "inference_mode",
    "integer",
    "new tensor",
    "number",
]


class Program(Record, frozen=True):
    """What a person asks for: one text and how to run it. Equal Programs give equal Traces."""

    source: str
    seed: Seed = 0
    """`torch.manual_seed(seed)` before the first line."""
    root: str | None = None
    """Variable to start the automatic backward from; None: the last tensor made."""
    gradient: str | None = None
    """Expression for v when the root is not a scalar; None: ones."""
    detail: Count | None = None
    """Index of a pass to record in full even when it lies beyond the limit of full passes."""
    jacobian: bool = False
    check: bool = False
    """Compare the gradients of the first pass with finite differences; in float64."""
    """Whether passes that the program asks for itself get their Jacobians too. Their graphs run
    once more per element of the root then, hooks and own Functions included."""


class Line(Record, frozen=True):
    """What one statement gave, each time it ran. In the order in which statements finished."""

    line: Count
    """1-based, the statement's first line."""
    visit: Count
    """1, 2, ...: which run of this statement; recursion counts them as they call, others end."""
    names: dict[str, TensorView] = field(default_factory=dict)
    """Tensors that the statement bound, by variable. "_" is the value of a bare expression."""
    grad_fns: dict[str, str] = field(default_factory=dict)
    """Variable -> type name of its `grad_fn`, where it has one."""
    others: dict[str, str] = field(default_factory=dict)
    """Variables bound to anything else -> short text of the value."""
    printed: str = ""
    """What was printed while the statement ran (and not by an inner recorded statement)."""


class Pass(Record, frozen=True):
    """One run of the engine, or the graph waiting for one (`how` "unfinished")."""

    index: Count
    how: PassKind
    root: str | None
    """Name of the tensor that backward started from."""
    v: TensorView | None = None
    """The vector of the vector-Jacobian product that starts at the root."""
    line: Count | None = None
    """Line of the call; None when the explorer called backward itself."""
    visit: Count | None = None
    order: Count = 1
    """1: graph of the program; 2: graph that includes gradients of gradients."""
    full: bool = True
    """False: only this summary was kept; run again with `detail=index` for the rest."""
    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    steps: tuple[Step, ...] = ()
    frames: tuple[Frame, ...] = ()
    node_count: Count = 0
    """Nodes in the graph, also where `nodes` was not kept."""
    note: str | None = None
    """What a reader should know: why v is ones, what could not be recorded."""
    value: Number | None = None
    """The root's value where it is one number: the loss. Known also where the pass is not full."""
    saved_bytes: Count = 0
    """Memory that the graph holds for backward: distinct storages of all saved tensors. 0 also
    where the graph was too large to be read."""
    own_bytes: Count = 0
    """Of these what only the graph holds: results, not leaves and inputs."""
    calls: tuple[Call, ...] = ()
    """Which run of which module made what, where any ran more than once."""
    modules: dict[str, str] = field(default_factory=dict)
    """Path of a module that was at work, as in `Node.scope` -> name of its class, "Linear"."""
    jacobians: tuple[Jacobian, ...] = ()
    """Of a small root with more than one element; by leaf."""
    drawing: Drawing | None = None
    """None beyond the size that torchviz's picture serves."""
    columns: Columns | None = None
    """Of a pass of many nodes: what would stand in `nodes`, `edges`, `steps` and `frames`."""


class Leaf(Record, frozen=True):
    """A leaf tensor as it stood when the program ended."""

    name: str
    shape: Shape
    value: TensorView
    grad: TensorView | None
    why_none: WhyNone | None = None
    """Why `grad` is None; None when there is one. The leaf itself, or all that was made of it, may
    have been cut off: then it is the kind of that cut."""
    why_line: Count | None = None
    """Line that cut it off, emptied it, or called backward without it."""
    line: Count | None = None
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
    state_before: dict[str, TensorView] = field(default_factory=dict)
    """The same before the step; empty when nothing was remembered yet."""
    settings: dict[str, float] = field(default_factory=dict)
    """Its numbers for this parameter: "lr", "momentum", "beta1", ... Switches are 0 and 1."""


class GradChange(Record, frozen=True):
    """What an event made of the `.grad` of one leaf."""

    leaf: str
    before: Number | None
    """2-norm, or the number itself where there is only one; None: `.grad` was None."""
    after: Number | None


class Event(Record, frozen=True):
    """Something that touched gradients or parameters, in the order in which it happened."""

    index: Count
    kind: EventKind
    line: Count | None
    visit: Count | None
    detail: str
    """In words: "loss.backward()", "SGD.step", "w.grad = None"."""
    pass_index: Count | None = None
    moves: tuple[Moved, ...] = ()
    """Of an optimizer's step: one per parameter, in the optimizer's order."""
    grads: tuple[GradChange, ...] = ()
    """Of the first leaves, those whose `.grad` the event changed."""


class Alarm(Record, frozen=True):
    """The first number that is not finite, where it did harm."""

    where: Literal["forward", "backward"]
    sentence: str
    hint: str | None = None
    pass_index: Count | None = None
    node: str | None = None
    """Box of that pass which made it; where that was not recorded, the last one on the way there
    that is known to be finite."""
    step: Count | None = None
    """Of a gradient: the step that sent it."""
    line: Count | None = None
    visit: Count | None = None
    operands: dict[str, TensorView] = field(default_factory=dict)
    """What the operation computed with, by name, as far as it was seen."""


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
    alarm: Alarm | None = None
    notes: tuple[str, ...] = ()
    """What was left out or decided for the reader, in sentences."""
    fixes: dict[str, Fix] = field(default_factory=dict)
    """A note that is a hint -> a change to the program that mends it."""
    checks: tuple[Check, ...] = ()
    """Of the leaves of the first pass, if the program asks for that."""
    derivatives: dict[str, dict[str, str]] = field(default_factory=dict)
    """Operations that `explorer.formulas` has no row for -> input -> what PyTorch's own
    derivatives.yaml says, C++ as it stands there."""
