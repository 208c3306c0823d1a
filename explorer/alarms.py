"""The first number of a run that is not finite, and where it came from: forward, then backward.

Infinities may be meant (a mask of -inf before a softmax). So the search starts from where they do
harm, a NaN, a root or a gradient, and walks back to the operation that made them of finite numbers.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from typing import Literal, TypeGuard

from msgspec import structs

from explorer.look import ACCUMULATE
from explorer.numbers import summary
from explorer.records import Alarm, Columns, Edge, Hooked, Line, Node, Pass, Step, TensorView
from explorer.remedies import remedy
from explorer.sheet import is_searchable, written_out

Where = Literal["forward", "backward"]

Test = Callable[[TensorView | None], bool]

MASKS = ("MaskedFill", "MaskedScatter", "Where", "IndexPut", "IndexFill", "Fill")
"""Beginnings of operations that put numbers in as the program gives them."""

FIRST = "The first that is not finite"

NOT_RECORDED = (
    "Of a long program the values of its beginning are recorded, not all: with fewer rounds or"
    " layers the place is found."
)

STEP_BEFORE = (
    "The step before made it so: the learning rate may be too large, or a gradient exploded."
)


def first(passes: Iterable[Pass], lines: Iterable[Line]) -> Alarm | None:
    """The alarm of the first pass that has one, else of the first line with a NaN."""
    for one in passes:
        found = _of_pass(one)
        if found is not None:
            return found
    return next(_of_lines(lines), None)


def _of_pass(one: Pass) -> Alarm | None:
    if one.columns is not None and not _has_wild(one.columns):
        return None
    if (one.nodes or one.columns is not None) and is_searchable(one):
        graph = _Graph(written_out(one))
        return graph.forward() or graph.backward()
    if one.columns is not None:
        sentence = f"In pass {one.index + 1} some numbers are not finite."
        hint = "The graph is too large to be searched here; the folded view says where they are."
        return Alarm("backward", sentence, hint, one.index, line=one.line, visit=one.visit)
    if isinstance(one.value, str):
        sentence = f"In pass {one.index + 1} the root is {one.value}."
        hint = "Only a summary of this pass was kept. Record it in full to see where that began."
        return Alarm("forward", sentence, hint, one.index, line=one.line, visit=one.visit)
    return None


def _has_wild(columns: Columns) -> bool:
    """Whether any tensor of a large pass is not finite; an empty column is 0 throughout."""
    return bool(columns.statistics.nonfinite) or any(map(_is_wild, columns.tensors))


def _of_lines(lines: Iterable[Line]) -> Iterator[Alarm]:
    for line in lines:
        for name, view in line.names.items():
            if _is_nan(view):
                sentence = f"The first NaN: `{name}` of line {line.line} is {summary(view)}."
                yield Alarm("forward", sentence, line=line.line, visit=line.visit)


class _Graph:
    """One pass with the look-ups that the search needs."""

    def __init__(self, one: Pass) -> None:
        self._pass = one
        self._nodes = {node.id: node for node in one.nodes}
        self._inputs: dict[str, list[Edge]] = defaultdict(list)
        for edge in one.edges:
            if edge.kind != "cut":
                self._inputs[edge.tail].append(edge)

    def forward(self) -> Alarm | None:
        """From a root that is not finite, or from any NaN, back to where it began."""
        values = [node for node in self._pass.nodes if node.value is not None]
        harmed = [one for one in values if one.kind == "output" and _is_wild(one.value)]
        harmed = harmed or [one for one in values if _is_nan(one.value)]
        return self._made_by(self._origin(harmed[0])) if harmed else None

    def backward(self) -> Alarm | None:
        """The first step at which a gradient is not finite, though all were that led to it."""
        if _is_wild(self._pass.v):
            return self._v_is_wild()
        for step in self._pass.steps:
            hook = next((one for one in step.hooks if _made_wild(one)), None)
            if hook is not None:
                return self._made_by_hook(step, hook)
            if any(map(_is_wild, step.received)):
                return self._summed(step)
            sent = [one.gradient for one in step.sent if _is_wild(one.gradient)]
            if sent:
                return self._sent_by(step, sent[0])
        return None

    def _origin(self, node: Node) -> Node:
        """Where it began. Infinities that were put in on purpose, as into a mask, are none: then it
        is the operation that made NaN of them."""
        maker = self._back(node, _is_nan) if _is_nan(node.value) else node
        first = self._back(maker, _is_wild)
        if _is_meant(first):
            # What lies between was not recorded: it may have made finite numbers of a mask.
            first = self._back(maker, _is_wild, past_unknown=False)
        return maker if _is_meant(first) and _is_nan(maker.value) else first

    def _back(self, node: Node, is_such: Test, past_unknown: bool = True) -> Node:
        """The last one on the way back that is such, also past those that were not recorded."""
        seen = {node.id}
        while (before := self._input(node, is_such, past_unknown)) and before.id not in seen:
            seen.add(before.id)
            node = before
        return node

    def _input(self, node: Node, is_such: Test, past_unknown: bool) -> Node | None:
        known = self._known_before(node) if past_unknown else iter(self._heads(node))
        return next((head for head in known if is_such(head.value)), None)

    def _heads(self, node: Node) -> list[Node]:
        """What the operation computed with."""
        return [self._leaf_behind(self._nodes[edge.head]) for edge in self._inputs[node.id]]

    def _known_before(self, node: Node, unknown: dict[str, Node] | None = None) -> Iterator[Node]:
        """The nearest ones on each way back whose values were recorded; `unknown` gets the others,
        by id."""
        unknown = {} if unknown is None else unknown
        waiting = deque([node])
        while waiting:
            for head in self._heads(waiting.popleft()):
                if head.value is not None:
                    yield head
                elif head.id not in unknown:
                    unknown[head.id] = head
                    waiting.append(head)

    def _made_by(self, node: Node) -> Alarm:
        unknown: dict[str, Node] = {}
        known = [*self._known_before(node, unknown)]
        # Parts of one call have no values of their own; they belong to the same visit of a line.
        if any((one.line, one.visit) != (node.line, node.visit) for one in unknown.values()):
            return self._began_unseen(node, [one for one in known if one.op is not None])
        value = summary(node.value) if node.value is not None else "not finite"
        if node.op is None:
            holds = f"already holds what is not finite: {value}."
            if node.kind == "constant":
                holds = "is a number of the program itself, and not finite."
            sentence = f"`{_name(node)}`{_place(node)} {holds}"
            hint = STEP_BEFORE if node.kind == "leaf" and self._pass.index > 0 else None
            return self._alarm("forward", sentence, hint, node)
        operands = self._operands(node)
        of = f" of {', '.join(map(_said, operands.items()))}" if operands else ""
        what = "The first NaN" if any(map(_is_wild, operands.values())) else FIRST
        sentence = f"{what}:{_place(node)}, {node.op}{of} gave {value}."
        return self._alarm("forward", sentence, remedy(node), node, operands)

    def _began_unseen(self, node: Node, finite: list[Node]) -> Alarm:
        """Between the last values known to be finite and this one nothing was recorded."""
        value = summary(node.value) if node.value is not None else "not finite"
        sentence = f"Not finite by{_place(node)}: {node.op} gave {value}. Where that began was not"
        if not finite:
            return self._alarm("forward", f"{sentence} recorded.", NOT_RECORDED, node)
        # Ids count from the root.
        last = min(finite, key=lambda one: int(one.id[1:]))
        assert last.value is not None
        said = (
            f"{sentence} recorded; the last value before it that is known to be finite:"
            f"{_place(last)}, {_said((_name(last), last.value))}."
        )
        return self._alarm("forward", said, NOT_RECORDED, last)

    def _v_is_wild(self) -> Alarm:
        one = self._pass
        assert one.v is not None
        sentence = f"The vector that backward starts with is not finite: {summary(one.v)}."
        return Alarm("backward", sentence, None, one.index, line=one.line, visit=one.visit)

    def _made_by_hook(self, step: Step, hook: Hooked) -> Alarm:
        node = self._nodes[step.node]
        made = next(filter(_is_wild, hook.after))
        assert made is not None
        place = f" line {hook.line}," if hook.line else ""
        sentence = (
            f"The first gradient that is not finite:{place} the hook `{hook.name}` made"
            f" {summary(made)} of what was finite."
        )
        found = self._alarm("backward", sentence, None, node, step=step.index)
        return structs.replace(found, line=hook.line or node.line)

    def _summed(self, step: Step) -> Alarm:
        """Gradients that were finite one by one, as far as they were recorded."""
        node = self._nodes[step.node]
        sums = next(filter(_is_wild, step.received))
        assert sums is not None
        arrived = [edge.gradient for edge in self._pass.edges if edge.head == node.id]
        if not any(arrived):
            sentence = (
                f"What `{_name(self._leaf_behind(node))}` received is not finite: {summary(sums)}."
                " Where that began was not recorded."
            )
            return self._alarm("backward", sentence, NOT_RECORDED, node, step=step.index)
        sentence = (
            f"The first gradient that is not finite:{_place(node)}, what came to {node.op} over"
            f" several paths adds up to {summary(sums)}."
        )
        return self._alarm("backward", sentence, None, node, step=step.index)

    def _sent_by(self, step: Step, sent: TensorView) -> Alarm:
        node = self._nodes[step.node]
        came = [summary(view) for view in step.received if view is not None]
        sentence = (
            f"The first gradient that is not finite:{_place(node)}, {node.op} received"
            f" {' and '.join(came) or 'nothing'} and sends {summary(sent)}."
        )
        operands = self._operands(node)
        return self._alarm("backward", sentence, remedy(node), node, operands, step.index)

    def _operands(self, node: Node) -> dict[str, TensorView]:
        """What the operation computed with, as far as it was seen."""
        found: dict[str, TensorView] = {}
        for edge in sorted(self._inputs[node.id], key=lambda edge: edge.slot):
            head = self._leaf_behind(self._nodes[edge.head])
            if head.value is not None:
                found.setdefault(_name(head), head.value)
        return found

    def _leaf_behind(self, node: Node) -> Node:
        """The leaf of an AccumulateGrad."""
        if node.op != ACCUMULATE:
            return node
        return next((self._nodes[edge.head] for edge in self._inputs[node.id]), node)

    def _alarm(
        self,
        where: Where,
        sentence: str,
        hint: str | None,
        node: Node,
        operands: dict[str, TensorView] | None = None,
        step: int | None = None,
    ) -> Alarm:
        return Alarm(
            where=where,
            sentence=sentence,
            hint=hint,
            pass_index=self._pass.index,
            node=node.id,
            step=step,
            line=node.line,
            visit=node.visit,
            operands=operands or {},
        )


def _name(node: Node) -> str:
    return node.name or node.op or node.label


def _said(operand: tuple[str, TensorView]) -> str:
    name, text = operand[0], summary(operand[1])
    return text if name == text else f"{name} = {text}"


def _place(node: Node) -> str:
    if node.line is None:
        return ""
    visit = f", visit {node.visit}" if (node.visit or 1) > 1 else ""
    return f" line {node.line}{visit}"


def _is_wild(view: TensorView | None) -> TypeGuard[TensorView]:
    return view is not None and view.nonfinite > 0


def _made_wild(hook: Hooked) -> bool:
    return any(map(_is_wild, hook.after)) and not any(map(_is_wild, hook.before))


def _is_meant(node: Node) -> bool:
    """Whether an infinity may have been put in on purpose."""
    return (node.op is None or node.op.startswith(MASKS)) and not _is_nan(node.value)


def _is_nan(view: TensorView | None) -> bool:
    return view is not None and (view.low == "nan" or "nan" in view.values)
