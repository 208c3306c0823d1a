"""Small objects that torchviz takes for tensors and autograd nodes, built from a Pass alone.

`torchviz.make_dot` asks its objects only for `grad_fn`, `next_functions`, `variable`, `_saved_*`,
`saved_tensors`, `size()`, `_is_view()`, `_base` and the name of their type. Drawing stand-ins makes
the picture torchviz's and the ids ours, and nothing depends on buffers that backward has freed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import TypeVar

import torch

from explorer.look import ACCUMULATE, is_own
from explorer.records import Edge, Node, Pass, Saved

MAX_USES = 4
"""In a large picture a leaf used more often is drawn once per use (a portal): around boxes with
many edges Graphviz needs minutes (an RNN cell over 40 steps: 10 s against 0.1 s)."""

LARGE = 100
"""Boxes up to which shared leaves are left in one piece, as torchviz draws them: one sees where
their gradients meet, and Graphviz needs no more than 0.1 s."""

Attributes = Mapping[str, Mapping[str, object]]
"""Node id -> PyTorch's name of what the node saved (without the prefix) -> Saved, tuple with Saved
in it, or anything else, which torchviz writes as text. A missing node shows its `saved`."""

_VEIL = str.maketrans('"\\&<>', "\ue000\ue001\ue002\ue003\ue004")
_UNVEIL = str.maketrans(
    {"\ue000": '\\"', "\ue001": "\\\\", "\ue002": "&amp;", "\ue003": "<", "\ue004": ">"}
)

_Kept = TypeVar("_Kept")
Shape = tuple[int, ...] | None


def veil(text: str) -> str:
    """The text with each character that means something in DOT hidden behind another one.

    One for one, because torchviz aligns and cuts by length: what is escaped before would be cut.
    """
    if not text.isprintable():
        text = "".join(char if char.isprintable() else " " for char in text)
    return text.translate(_VEIL)


def unveil(text: str) -> str:
    """What `veil` hid, escaped for a quoted string of DOT."""
    return text.translate(_UNVEIL)


def portals(one: Pass) -> dict[str, int]:
    """AccumulateGrad nodes that are drawn once per use, and how often."""
    if len(one.nodes) <= LARGE:
        return {}
    accumulate = {node.id for node in one.nodes if node.op == ACCUMULATE}
    uses = Counter(edge.head for edge in one.edges if edge.kind == "gradient")
    return {node: count for node, count in uses.items() if node in accumulate and count > MAX_USES}


def _gradient_edges(one: Pass) -> dict[str, list[Edge]]:
    """Node -> the edges over which it sends gradients, by slot: its `next_functions`."""
    sends: dict[str, list[Edge]] = defaultdict(list)
    for edge in sorted(one.edges, key=lambda edge: edge.slot):
        if edge.kind == "gradient":
            sends[edge.tail].append(edge)
    return sends


def _meta(shape: Shape) -> torch.Tensor:
    """A tensor without memory: torchviz asks `torch.is_tensor` of what was saved."""
    return torch.empty(shape or (), device="meta")


class _Tensor:
    """An output, or the base of an output that is a view."""

    def __init__(self, shape: Iterable[int], grad_fn: object, base: object = None) -> None:
        self.shape = tuple(shape)
        self.grad_fn = grad_fn
        self._base = base

    def size(self) -> tuple[int, ...]:
        return self.shape

    def _is_view(self) -> bool:
        return self._base is not None


class _Function:
    """An autograd node. Its label is the name of its type, so each label has a subclass."""

    next_functions: tuple[tuple[object, int], ...] = ()
    variable: object
    saved_tensors: tuple[object, ...]


class StandIns:
    """The stand-ins of one pass: `outputs` go to make_dot, `ids` and `edges` read its answer."""

    def __init__(self, one: Pass, attributes: Attributes) -> None:
        self.ids: dict[int, str] = {}
        """Python's id of a stand-in -> id of its box."""
        self.functions: set[str] = set()
        """Boxes of functions; all others are tensors."""
        self.edges: dict[tuple[str, str], list[str]] = defaultdict(list)
        """Boxes (sender, receiver) of the gradient -> ids of the edges between them, by slot."""
        self._alive: list[object] = []
        self._nodes = {node.id: node for node in one.nodes}
        self._sends = _gradient_edges(one)
        self._portals = portals(one)
        self._copied = {edge.head for node in self._portals for edge in self._sends[node]}
        self._count: Counter[str] = Counter()
        """Node -> copies (of a portal) or saved tensors (of a function) so far."""
        self._types: dict[str, type[_Function]] = {}
        self._tensors: dict[tuple[str, int], object] = {}
        self._functions = {
            node.id: self._function(node, node.id)
            for node in one.nodes
            if node.kind == "op" and node.id not in self._portals
        }
        for node_id, function in self._functions.items():
            self._connect(node_id, function)
            self._save(self._nodes[node_id], function, attributes.get(node_id))
        self.outputs = tuple(self._output(node) for node in one.nodes if node.kind == "output")

    def _keep(self, stand_in: _Kept, box: str) -> _Kept:
        """Note whose box it is; it must stay alive, or Python gives its id to the next object."""
        self.ids.setdefault(id(stand_in), box)
        self._alive.append(stand_in)
        return stand_in

    def _function(self, node: Node, box: str) -> _Function:
        self.functions.add(box)
        label = veil(node.op or node.label)
        kind = self._types.setdefault(label, type(label, (_Function,), {}))
        return self._keep(kind(), box)

    def _connect(self, node_id: str, function: _Function) -> None:
        """Give an operation its `next_functions`, an AccumulateGrad its `variable`."""
        sends = self._sends[node_id]
        if self._nodes[node_id].op == ACCUMULATE:
            for edge in sends:
                function.variable = self._leaf(edge.head)
                self.edges[node_id, edge.head].append(edge.id)
            return
        function.next_functions = tuple(
            (self._receiver(node_id, edge), edge.output) for edge in sends
        )

    def _receiver(self, sender: str, edge: Edge) -> _Function:
        """Where an edge leads: the one function of that id, or a portal of its own."""
        if edge.head not in self._portals:
            self.edges[sender, edge.head].append(edge.id)
            return self._functions[edge.head]
        return self._portal(sender, edge)

    def _portal(self, sender: str, edge: Edge) -> _Function:
        """A copy of an AccumulateGrad and of its leaf, numbered by use: "n7.1"."""
        self._count[edge.head] += 1
        use = self._count[edge.head]
        box = f"{edge.head}.{use}"
        self.edges[sender, box].append(edge.id)
        accumulate = self._function(self._nodes[edge.head], box)
        for onward in self._sends[edge.head]:
            leaf = f"{onward.head}.{use}"
            accumulate.variable = self._keep(_meta(self._nodes[onward.head].shape), leaf)
            self.edges[box, leaf].append(f"{onward.id}.{use}")
        return accumulate

    def _tensor(self, owner: str, output: int, shape: Shape, box: str) -> object:
        """The one stand-in of a tensor that several functions may hold."""
        if (owner, output) not in self._tensors:
            self._tensors[owner, output] = self._keep(_meta(shape), box)
        return self._tensors[owner, output]

    def _leaf(self, owner: str) -> object:
        return self._tensor(owner, 0, self._nodes[owner].shape, owner)

    def _save(
        self, node: Node, function: _Function, attributes: Mapping[str, object] | None
    ) -> None:
        """Give a function what it saved, in the way in which PyTorch lets one read it."""
        if is_own(node.op):
            function.saved_tensors = tuple(self._shown(node, saved) for saved in node.saved)
            return
        if attributes is None:
            attributes = {saved.name: saved for saved in node.saved}
        for name, value in attributes.items():
            setattr(function, f"_saved_{veil(name)}", self._shown(node, value))

    def _shown(self, node: Node, value: object) -> object:
        """A saved attribute: stand-ins for tensors, the text of anything else."""
        if isinstance(value, Saved):
            return self._saved(node, value)
        if isinstance(value, tuple) and any(isinstance(item, Saved) for item in value):
            return tuple(self._shown(node, item) for item in value)
        return veil(str(value))

    def _saved(self, node: Node, saved: Saved) -> object:
        """A saved tensor: the one of a leaf or another operation is shared, a result is its own."""
        owner = self._nodes.get(saved.node or "")
        own = owner is None or owner is node or owner.kind == "output"
        if owner is not None and not own and owner.kind != "op" and owner.id not in self._copied:
            return self._tensor(owner.id, 0, saved.shape, owner.id)
        self._count[node.id] += 1
        box = f"{node.id}.s{self._count[node.id]}"
        if owner is None or own or owner.kind != "op":
            return self._keep(_meta(saved.shape), box)
        return self._tensor(owner.id, saved.output, saved.shape, box)

    def _output(self, node: Node) -> object:
        """A tensor that backward starts from. One that is a leaf has no function to draw."""
        function = None
        for edge in self._sends[node.id]:
            if self._nodes[edge.head].op != ACCUMULATE:
                function = self._receiver(node.id, edge)
        return self._keep(_Tensor(node.shape or (), function, self._base(node)), node.id)

    def _base(self, node: Node) -> object:
        """The tensor that an output is a view of, or None."""
        if node.view_of is None or node.view_of not in self._nodes:
            return None
        function = self._functions.get(node.view_of)
        if function is None:
            return self._leaf(node.view_of)
        box = f"{node.id}.base"
        self.edges[box, node.view_of] = []
        return self._keep(_Tensor(self._nodes[node.view_of].shape or (), function), box)
