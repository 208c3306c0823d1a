"""Hints of what cannot be learnt: parameters beyond the loss, losses that get the wrong thing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from explorer.hints.hint import Hint, listed
from explorer.records import CutKind, Leaf, Node, Pass, Trace
from explorer.sheet import is_searchable, operations, written_out

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


def of_parameters(trace: Trace, parameters: AbstractSet[str]) -> Iterator[Hint]:
    """Parameters that cannot learn: beyond the loss, or unknown to every optimizer."""
    known = (leaf for leaf in trace.leaves if leaf.name in parameters)
    learning = [leaf for leaf in known if leaf.value.requires_grad]
    ran = [one for one in trace.passes if one.how != "unfinished"]
    reached = [leaf for leaf in learning if leaf.why_none in (None, "emptied", "returned")]
    if learning and ran and not reached:
        if ran[-1].how == "automatic" and any(leaf.grad is not None for leaf in trace.leaves):
            return  # Others are meant: what the program itself made of its parameters, or inputs.
        yield Hint(_beyond(ran[-1], learning))
        return
    moved = {move.name for event in trace.events for move in event.moves}
    left = [leaf.name for leaf in reached if leaf.name not in moved]
    if moved and left:
        one = len(left) == 1
        yield Hint(
            f"{listed(left)} {'gets a gradient' if one else 'get gradients'}, but no optimizer has"
            f" {'it, so it never changes' if one else 'them, so they never change'}. Give all"
            " parameters to an optimizer."
        )


def _beyond(last: Pass, learning: Sequence[Leaf]) -> str:
    """No parameter at all gets a gradient."""
    names = listed([leaf.name for leaf in learning])
    root = f"`{last.root}`" if last.root else "the root of backward()"
    nodes = written_out(last).nodes if is_searchable(last) else ()
    cut = next((node for node in nodes if node.cut is not None and node.line), None)
    if cut is not None and cut.cut is not None:
        return f"no gradient reaches {names}: line {cut.line} {CUT_OFF[cut.cut]}."
    return f"{root} does not depend on {names}: no gradient reaches them, and nothing is learned."


def of_losses(passes: Sequence[Pass]) -> Iterator[Hint]:
    """Each once, in however many passes."""
    yield from map(Hint, dict.fromkeys(words for one in passes for words in _of_losses(one)))


def _of_losses(one: Pass) -> Iterator[str]:
    """Losses that get what another loss takes."""
    if not is_searchable(one) or operations(one).isdisjoint(loss for loss, _ in TWICE):
        return
    one = written_out(one)
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
