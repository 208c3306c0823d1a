"""How well gradients reach the parameters of a pass: vanishing, exploding, dead, saturated.

Everything is read off one recorded pass; each verdict says by which measure. The thresholds are
rules of thumb, not laws.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from explorer.arrivals import around_leaves, arrivals
from explorer.numbers import short
from explorer.records import Event, Node, Pass, Step, TensorView, Trace
from explorer.sheet import is_searchable, written_out

VANISHING = 1e-4
"""A gradient whose norm is this part of the largest in the pass."""

EXPLODING = 100.0
"""A gradient this many times as large as its parameter: a learning rate of 0.01 replaces it."""

DEAD = 0.9
"""Share of the elements that arrive and that a rectifier stops."""

SATURATED = 0.01
"""Share of a gradient's norm that a sigmoid or tanh lets through."""

RECTIFIERS = ("Relu", "Threshold", "Hardtanh", "Hardsigmoid", "Hardswish")
SQUASHERS = ("Sigmoid", "Tanh")
"""Beginnings of the names of operations."""


class Vital(NamedTuple):
    """The gradient that one pass brought one leaf."""

    name: str
    gradient: TensorView
    norm: float
    """2-norm."""
    of_largest: float | None
    """The norm over that of the largest gradient of the pass."""
    of_weight: float | None
    """The gradient's norm over the leaf's; None where the leaf is 0 or not finite."""
    update: float | None
    """Norm of the next optimizer step over that of the leaf after it; None where there was none."""
    verdict: str
    """ "vanishing", "exploding", "exactly 0", "not finite", or nothing."""


class Health(NamedTuple):
    """Of one pass."""

    pass_index: int
    vitals: tuple[Vital, ...]
    """In the order in which the gradients were complete: from the root's side to the input's."""
    findings: tuple[str, ...]
    """Sentences about operations that stop gradients."""


def health(trace: Trace) -> Health | None:
    """Of the pass that was asked for in detail, else of the last one that is known in full."""
    full = [one for one in trace.passes if one.full and one.how != "unfinished"]
    asked = [one for one in full if one.index == trace.program.detail]
    for one in [*asked, *reversed(full)]:
        seen = _whole(one)
        vitals = tuple(_vitals(seen, trace.events))
        if vitals:
            return Health(one.index, vitals, tuple(_findings(seen)))
    return None


def _whole(one: Pass) -> Pass:
    """The pass with all its nodes; only the neighbours of leaves where they are too many."""
    return written_out(one) if is_searchable(one) else around_leaves(one)


def _vitals(one: Pass, events: Iterable[Event]) -> Iterator[Vital]:
    norms = [_norm(view) for view in (one.v, *(edge.gradient for edge in one.edges))]
    largest = max(filter(math.isfinite, norms), default=0.0)
    moved = _updates(one, events)
    for leaf, step in arrivals(one):
        if step.received[0] is not None:
            update = moved.get(leaf.name or "")
            yield _vital(leaf, step.received[0], largest, update)


def _vital(leaf: Node, view: TensorView, largest: float, update: float | None) -> Vital:
    norm = _norm(view)
    of_largest, of_weight = _over(norm, largest), _over(norm, _norm(leaf.value))
    verdict = _verdict(norm, of_largest, of_weight)
    return Vital(leaf.name or leaf.label, view, norm, of_largest, of_weight, update, verdict)


def _over(size: float, other: float) -> float | None:
    return size / other if other and math.isfinite(other) else None


def _verdict(norm: float, of_largest: float | None, of_weight: float | None) -> str:
    if not math.isfinite(norm):
        return "not finite"
    if norm == 0.0:
        return "exactly 0"
    if of_largest is not None and of_largest < VANISHING:
        return "vanishing"
    return "exploding" if of_weight is not None and of_weight > EXPLODING else ""


def _updates(one: Pass, events: Iterable[Event]) -> dict[str, float]:
    """Parameter -> size of the first optimizer step after a pass, relative to the parameter."""
    later = False
    for event in events:
        if event.pass_index == one.index and event.kind in ("backward", "grad", "automatic"):
            later = True
        elif later and event.kind == "step" and event.moves:
            return {
                move.name: float(move.update_norm) / float(move.norm)
                for move in event.moves
                if move.update_norm is not None and move.norm is not None and float(move.norm)
            }
    return {}


def _findings(one: Pass) -> Iterator[str]:
    """What operations do to the gradients that they pass on."""
    nodes = {node.id: node for node in one.nodes}
    for step in one.steps:
        if step.node not in nodes:
            continue
        node, sent = nodes[step.node], [each.gradient for each in step.sent if each.gradient]
        if node.op is not None and len(sent) == 1 and len(step.received) == 1:
            found = _stopped(node, step, sent[0])
            if found:
                yield found


def _stopped(node: Node, step: Step, sent: TensorView) -> str | None:
    """What a rectifier or a squashing function stops, if it is most of what came."""
    received, op = step.received[0], (node.op or "").partition("Backward")[0]
    if received is None or received.nonfinite or sent.nonfinite:
        return None
    if op.startswith(RECTIFIERS):
        return _of_rectifier(node, op, received, sent)
    if op.startswith(SQUASHERS) and _norm(sent) < SATURATED * _norm(received):
        part = _percent(_norm(sent) / _norm(received))
        return (
            f"{op}{_place(node)} is saturated: it sends {part} of the gradient's norm on, because"
            " its results are close to their bounds."
        )
    return None


def _of_rectifier(node: Node, op: str, received: TensorView, sent: TensorView) -> str | None:
    arrived = math.prod(received.shape) - received.zeros
    stopped = sent.zeros - received.zeros
    if arrived <= 0 or stopped < DEAD * arrived:
        return None
    if stopped == arrived:
        return f"{op}{_place(node)} is dead: it sends nothing on, because all its results are at 0."
    return (
        f"{op}{_place(node)} stops {_percent(stopped / arrived)} of the elements that reach it"
        f" ({stopped:,} of {arrived:,})."
    )


def _place(node: Node) -> str:
    scope = f" ({node.scope})" if node.scope else ""
    if node.line is None:
        return scope
    visit = f", visit {node.visit}" if (node.visit or 1) > 1 else ""
    return f"{scope} in line {node.line}{visit}"


def _percent(share: float) -> str:
    return f"{short(100 * share)} %"


def _norm(view: TensorView | None) -> float:
    return math.nan if view is None or view.norm is None else float(view.norm)
