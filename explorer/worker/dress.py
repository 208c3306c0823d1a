"""torchviz's picture dressed with the program's names, lines, values and gradients.

A box has up to three lines of text, which the browser draws again from the record in its own way,
so they must say the same and leave the room that is needed:

    title       the operation, or the tensor's variable
    subtitle    "c · line 3 ×2" (name or module, line, visit beyond the first); a tensor's shape
    numbers     "value 6      grad -1.2", two columns, where there is a value
"""

from __future__ import annotations

from collections.abc import Iterable

import graphviz

from explorer.look import ACCUMULATE
from explorer.numbers import glance, shape, shortened
from explorer.records import Node, Pass, TensorView
from explorer.worker.picture import FONT, Arrow, Box
from explorer.worker.stand_ins import unveil, veil

LONGEST = 36
"""Characters of a line in a box; the record has the rest."""

COLUMN = 6
"""Least characters of a number in a box, so that the gradient stands in the same place in all."""

GRAPH = {"bgcolor": "transparent", "nodesep": "0.25", "ranksep": "0.32", "pad": "0.1"}
NODE = {
    "shape": "box",
    "style": "filled,rounded",
    "fontname": FONT,
    "fontsize": "11",
    "height": "0.3",
    "margin": "0.11,0.06",
}
EDGE = {"dir": "both", "arrowsize": "0.6", "color": "#868e96"}
"""Both heads, so that the browser can show the one that fits the direction of the replay."""

TRUNK = {"weight": "4"}
"""Arrows between operations pull straight, so that the way of the gradient is easy to follow."""

LOOKS = {
    "op": {"fillcolor": "#f1f3f5", "color": "#adb5bd", "fontcolor": "#212529"},
    "accumulate": {
        "fillcolor": "#f8f9fa",
        "color": "#dee2e6",
        "fontcolor": "#868e96",
        "fontsize": "9",
        "height": "0.2",
        "margin": "0.06,0.02",
    },
    "leaf": {"fillcolor": "#d0ebff", "color": "#4dabf7", "fontcolor": "#0b3d66"},
    "output": {"fillcolor": "#d3f9d8", "color": "#51cf66", "fontcolor": "#1b4d24"},
    "base": {"fillcolor": "#b2f2bb", "color": "#40c057", "fontcolor": "#1b4d24"},
    "saved": {"fillcolor": "#ffe8cc", "color": "#ff922b", "fontcolor": "#7a3b00"},
    "plain": {
        "fillcolor": "#fcfcfd",
        "color": "#adb5bd",
        "fontcolor": "#6c757d",
        "style": "filled,rounded,dashed",
    },
    "cut": {
        "fillcolor": "#fff0f6",
        "color": "#c2255c",
        "fontcolor": "#a61e4d",
        "fontsize": "9",
        "height": "0.2",
        "margin": "0.08,0.03",
        "style": "filled,rounded,dotted",
    },
}
"""torchviz's meaning of colours: blue leaves, green outputs, orange saved tensors, grey operations;
dashed is what gets no gradient, dotted where somebody cut it off."""


def complete(drawn: Iterable[Box | Arrow], one: Pass) -> list[Box | Arrow]:
    """What torchviz drew, each box once, then everything of the record that it has no box for."""
    picture: list[Box | Arrow] = []
    known: set[str | None] = set()
    for statement in drawn:
        name = statement.id if isinstance(statement, Box) else statement.edge
        if name is None or name not in known:
            picture.append(statement)
        # A portal "n7.2" draws its node "n7".
        known |= {name, name.partition(".")[0]} if name else set()
    picture += [Box(node.id, "") for node in one.nodes if node.id not in known]
    picture += [Arrow(e.head, e.tail, e.id, "") for e in one.edges if e.id not in known]
    return picture


def dress(picture: Iterable[Box | Arrow], one: Pass) -> str:
    """The DOT text of a complete picture, one statement a line.

    Every id of a box or an edge is one of the record, with ".1", ".2", ... for copies of portals,
    ".s1", ... for a saved tensor without a box of its own and ".base" for what an output views.
    """
    facts = _Facts(one)
    body = [
        facts.box(statement.id) if isinstance(statement, Box) else facts.arrow(statement)
        for statement in picture
    ]
    return graphviz.Digraph(graph_attr=GRAPH, node_attr=NODE, edge_attr=EDGE, body=body).source


class _Facts:
    """What a pass says about each of its nodes and edges."""

    def __init__(self, one: Pass) -> None:
        self.nodes = {node.id: node for node in one.nodes}
        self.edges = {edge.id: edge for edge in one.edges}
        self.finished = one.how != "unfinished"
        self.gradients = _gradients(one)

    def box(self, box: str) -> str:
        owner, _, suffix = box.partition(".")
        node = self.nodes[owner]
        look = _look(node, suffix)
        classes = f"node-{look} {look}"
        style = LOOKS["plain" if look in ("input", "constant") else look]
        if suffix.isdigit():
            classes += " portal"
            style = style | {"style": "filled,rounded,dotted"}
        label = [line for line in self._lines(node, look) if line]
        return _statement(
            f'"{box}"',
            {
                "id": box,
                "class": classes,
                "label": "\n".join(label),
            }
            | style,
        )

    def arrow(self, arrow: Arrow) -> str:
        ends = f'"{arrow.tail}" -> "{arrow.head}"'
        if arrow.edge is None:
            quiet = {"class": "edge-saved", "dir": "none", "style": "dotted"}
            return _statement(ends, quiet)
        edge = self.edges[arrow.edge.partition(".")[0]]
        attributes = {"id": arrow.edge, "class": f"edge-{edge.kind}"}
        if edge.kind == "data":
            attributes |= {"style": "dashed", "color": "#ced4da"}
        elif edge.kind == "cut":
            attributes |= {"style": "dotted", "color": "#c2255c"}
        elif self.nodes[edge.head].op not in (None, ACCUMULATE):
            attributes |= TRUNK
        return _statement(ends, attributes)

    def _lines(self, node: Node, look: str) -> tuple[str, ...]:
        if look == "accumulate":
            return (node.label,)
        if look == "cut":
            return (f"✂ {_cut(node.label)}", _cut(_place(node)))
        if look in ("saved", "base"):
            return (look, shape(node.shape or ()))
        if look == "op":
            return (_cut(node.op or node.label), _cut(_place(node)), self._numbers(node, look))
        return (_cut(_title(node)), shape(node.shape or ()), self._numbers(node, look))

    def _numbers(self, node: Node, look: str) -> str:
        """Value and gradient in two columns; "None": there is no gradient, "–": not run yet."""
        if node.value is None:
            return ""
        value = glance(node.value)
        if look not in ("op", "leaf", "output"):
            return f"value {value}"
        grad = self._gradient(node)
        width = max(COLUMN, len(value), len(grad))
        return f"value {value:<{width}}  grad {grad:<{width}}"

    def _gradient(self, node: Node) -> str:
        gradient = self.gradients.get(node.id)
        if gradient is not None:
            return glance(gradient)
        return "None" if self.finished else "–"


def _gradients(one: Pass) -> dict[str, TensorView]:
    """Node -> what the pass brought it: the sum an operation received, a leaf's `.grad`, v."""
    found: dict[str, TensorView] = {}
    totals = {step.node: step.total for step in one.steps}
    for step in one.steps:
        received = next((gradient for gradient in step.received if gradient is not None), None)
        if received is not None:
            found[step.node] = received
    for edge in one.edges:
        total = totals.get(edge.tail)
        if total is not None:
            found[edge.head] = total
    outputs = (node.id for node in one.nodes if node.kind == "output")
    return found | (dict.fromkeys(outputs, one.v) if one.v is not None else {})


def _look(node: Node, suffix: str) -> str:
    if suffix and not suffix.isdigit():
        return "base" if suffix == "base" else "saved"
    return "accumulate" if node.op == ACCUMULATE else node.kind


def _title(node: Node) -> str:
    return node.name or node.label.strip() or "(unnamed)"


def _place(node: Node) -> str:
    """ "c · line 3 ×2": the name or else the module, the line, and the visit beyond the first; of a
    node that an earlier backward made, that pass."""
    visit = f" ×{node.visit}" if (node.visit or 1) > 1 else ""
    line = f"line {node.line}{visit}" if node.line is not None else ""
    if node.made_in is not None:
        line = f"by pass {node.made_in + 1}"
    name = (node.name or node.scope) if node.op or node.kind == "cut" else None
    return " · ".join(part for part in (name, line) if part)


def _cut(text: str) -> str:
    return shortened(text, LONGEST)


def _statement(subject: str, attributes: dict[str, str]) -> str:
    """One line of DOT. No text can end its string, break its line or mean an escape."""
    written = " ".join(f'{key}="{_escaped(value)}"' for key, value in attributes.items())
    return f"\t{subject} [{written}]\n"


def _escaped(text: str) -> str:
    """Lines become Graphviz's own line breaks; the first is padded, for it must not be empty."""
    lines = [unveil(veil(line)) for line in text.split("\n")]
    return "\\n".join([lines[0] or " ", *lines[1:]])
