"""What a program did that is probably not meant, though nothing failed: told as hints.

A hint is a note of the Trace that begins with `HINT`. Each is read off what the run has shown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from explorer.records import CutKind, Event, Leaf, Node, Pass

HINT = "Hint: "

MOST_NAMES = 3
"""Parameters that a sentence names."""

CUT_OFF: Mapping[CutKind, str] = {
    "detach": "cut the graph with `detach()`",
    "data": "took `.data`, which has no graph",
    "no_grad": "computed under `torch.no_grad()`, where nothing is recorded",
    "inference_mode": "computed under `torch.inference_mode()`, where nothing is recorded",
    "integer": "made whole numbers or yes/no, which have no gradient",
    "new tensor": "copied numbers into a new tensor, without their history",
    "number": "made a plain Python number, which has no history",
}
"""What ended the graph -> what its line did."""

TWICE = {
    ("LogSoftmaxBackward0", "SoftmaxBackward0"): (
        "cross-entropy takes raw scores and has a softmax of its own, and line {line} has put them"
        " through one already. Leave that away, or the differences between the classes shrink."
    ),
    ("BinaryCrossEntropyWithLogitsBackward0", "SigmoidBackward0"): (
        "this loss takes raw scores and has a sigmoid of its own, and line {line} has put them"
        " through one already. Leave that away, or use BCELoss."
    ),
    ("NllLossBackward0", "SoftmaxBackward0"): (
        "NLLLoss takes logarithms of probabilities, and line {line} gives probabilities. Use"
        " `log_softmax`, or cross-entropy of the raw scores."
    ),
    ("NllLossBackward0", "AddmmBackward0"): (
        "NLLLoss takes logarithms of probabilities, and line {line} gives raw scores. Use"
        " cross-entropy, which has the `log_softmax` in it."
    ),
}
"""(Loss, what it got) -> what is wrong with that. Types of nodes, the later first."""


def hints(
    passes: Sequence[Pass],
    leaves: Sequence[Leaf],
    events: Sequence[Event],
    parameters: AbstractSet[str],
) -> Iterator[str]:
    """Each hint once, as a sentence. `parameters` are the names of leaves that shall learn."""
    yield from (f"{HINT}{one}" for one in _of_events(events))
    yield from (f"{HINT}{one}" for one in _of_parameters(passes, leaves, events, parameters))
    for one in dict.fromkeys(found for each in passes for found in _of_losses(each)):
        yield f"{HINT}{one}"


def _of_events(events: Sequence[Event]) -> Iterator[str]:
    """The order of `zero_grad`, `backward` and `step`."""
    useless = next(_useless_steps(events), None)
    if useless is not None:
        yield useless
    piled = next(_piled_up(events), None)
    if piled is not None:
        yield piled


def _useless_steps(events: Sequence[Event]) -> Iterator[str]:
    """Steps of an optimizer that found no gradient at all."""
    last: Event | None = None
    for event in events:
        if (
            event.kind == "step"
            and event.moves
            and not any(move.gradient_norm for move in event.moves)
        ):
            yield _useless(event, last)
        elif event.kind in ("backward", "zero_grad"):
            last = event


def _useless(step: Event, last: Event | None) -> str:
    moved = f"{_at(step)}: {step.detail} moved nothing, because "
    if last is None:
        return f"{moved}no backward() has run before it and no parameter has a gradient."
    if last.kind == "zero_grad":
        return (
            f"{moved}zero_grad() in {_at(last)} has just emptied all gradients. Call zero_grad()"
            " before backward(), not between backward() and step()."
        )
    return f"{moved}none of its parameters got a gradient from backward() in {_at(last)}."


def _piled_up(events: Sequence[Event]) -> Iterator[str]:
    """A backward that added to gradients by which a step had already moved."""
    stepped: Event | None = None
    for event in events:
        if event.kind == "step":
            stepped = event
        elif event.kind == "zero_grad":
            stepped = None
        elif event.kind == "backward" and stepped is not None:
            kept = [change.leaf for change in event.grads if change.before not in (None, 0)]
            if kept:
                yield (
                    f"{_at(event)}: this backward() added to gradients that a step has used:"
                    f" `.grad` of {_listed(kept)} was not emptied after the step in line"
                    f" {stepped.line}. If that is not meant, call `optimizer.zero_grad()` once in"
                    " each round."
                )


def _of_parameters(
    passes: Sequence[Pass],
    leaves: Sequence[Leaf],
    events: Sequence[Event],
    parameters: AbstractSet[str],
) -> Iterator[str]:
    """Parameters that cannot learn: beyond the loss, or unknown to every optimizer."""
    learning = [leaf for leaf in leaves if leaf.name in parameters and leaf.value.requires_grad]
    ran = [one for one in passes if one.how != "unfinished"]
    reached = [leaf for leaf in learning if leaf.why_none in (None, "emptied", "returned")]
    if learning and ran and not reached:
        yield _beyond(ran[-1], learning)
        return
    moved = {move.name for event in events for move in event.moves}
    left = [leaf.name for leaf in reached if leaf.name not in moved]
    if moved and left:
        one = len(left) == 1
        yield (
            f"{_listed(left)} {'gets a gradient' if one else 'get gradients'}, but no optimizer has"
            f" {'it, so it never changes' if one else 'them, so they never change'}. Give all"
            " parameters to an optimizer."
        )


def _beyond(last: Pass, learning: Sequence[Leaf]) -> str:
    """No parameter at all gets a gradient."""
    names = _listed([leaf.name for leaf in learning])
    root = f"`{last.root}`" if last.root else "the root of backward()"
    cut = next((node for node in last.nodes if node.cut is not None and node.line), None)
    if cut is not None and cut.cut is not None:
        return f"no gradient reaches {names}: line {cut.line} {CUT_OFF[cut.cut]}."
    return f"{root} does not depend on {names}: no gradient reaches them, and nothing is learned."


def _of_losses(one: Pass) -> Iterator[str]:
    """Losses that get what another loss takes."""
    nodes: dict[str, Node] = {node.id: node for node in one.nodes}
    inputs: dict[str, list[Node]] = defaultdict(list)
    for edge in one.edges:
        if edge.kind == "gradient":
            inputs[edge.tail].append(nodes[edge.head])
    for node in one.nodes:
        for head in inputs.get(node.id, ()):
            words = TWICE.get((node.op or "", head.op or ""))
            if words is not None and head.line is not None:
                yield f"line {node.line}: {words.format(line=head.line)}"


def _at(event: Event) -> str:
    return f"line {event.line}" if event.line else "an unknown line"


def _listed(names: Sequence[str]) -> str:
    """ "`a`, `b` and 3 more"."""
    unique = sorted(set(names))
    shown = [f"`{name}`" for name in unique[:MOST_NAMES]]
    if len(unique) > MOST_NAMES:
        return f"{', '.join(shown)} and {len(unique) - MOST_NAMES} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]
