"""The replay in words: every backward step as a sentence with its formula and its numbers.

For screen readers, for handing out, for whoever has no graph before them. Twin of
`canvas/src/words.ts`; the tests hold the two together.
"""

from __future__ import annotations

from collections.abc import Iterator

from explorer.formulas.instance import expanded
from explorer.look import ACCUMULATE, Look, called
from explorer.numbers import summary
from explorer.opening import opening, steps_of
from explorer.records import Edge, Node, Pass, Step, TensorView, Trace
from explorer.sheet import written_out
from explorer.worked import Bench, bench_for


def words(trace: Trace, most: int | None = None) -> str:
    """All passes, one sentence a step; of each pass the first `most` steps."""
    many = len(trace.passes)
    return "\n\n".join("\n".join(of_pass(one, many, most)) for one in trace.passes)


def of_pass(one: Pass, many: int, most: int | None = None) -> Iterator[str]:
    """A heading, then the steps in the engine's order."""
    count = steps_of(one)
    one = written_out(one) if most is None or count <= most else opening(one, most)
    yield heading(one, many)
    if not one.steps:
        yield _no_steps(one)
    look = Look(one)
    for step in one.steps:
        yield f"{step.index + 1}. {sentence(look, step)}"
    if count > len(one.steps):
        yield f"… and {count - len(one.steps):,} more; --json has all"


def heading(one: Pass, many: int) -> str:
    """Where the pass starts, and with which v."""
    which = f"Pass {one.index + 1} of {many}: backward" if many > 1 else "Backward"
    place = f", line {one.line}" if one.line is not None else ""
    v = f", v = {summary(one.v)}" if one.v is not None and one.steps else ""
    return f"{which} from {one.root or 'a tensor'}{place}{v}."


def _no_steps(one: Pass) -> str:
    if one.how == "unfinished":
        return "Backward has not run."
    return "Its steps were not kept."


def sentence(look: Look, step: Step) -> str:
    """What one step received, and what it sent by which formula."""
    node = look.nodes[step.node]
    if node.op == ACCUMULATE:
        return _accumulated(look, node, step)
    bench = bench_for(look, node)
    edges = [look.edges[sent.edge] for sent in step.sent]
    sent = [
        _sent(look, bench, edge, edge.gradient or one.gradient)
        for edge, one in zip(edges, step.sent, strict=True)
    ]
    received = f"{_who(look, node)} received {_received(look, node, step)}."
    moved = " It only rearranges." if bench is not None and bench.row.rearranges else ""
    return " ".join([received + moved, *sent])


def _who(look: Look, node: Node) -> str:
    """ "MulBackward0 (loss, line 6)", with the visit where the line made several."""
    place = f"line {node.line}" if node.line is not None else None
    _, visit = look.apart(node)
    about = ", ".join(text for text in (node.name, place, visit) if text)
    what = node.op or node.label
    return f"{what} ({about})" if about else what


def _received(look: Look, node: Node, step: Step) -> str:
    """ "G = 6 + 6 = 12"; one sum for each output that got something."""
    arrived = [(n, view) for n, view in enumerate(step.received) if view is not None]
    if not arrived:
        return "nothing"
    several = len(step.received) > 1
    texts = [
        f"{f'at output {output} ' if several else ''}G = {_sum(look, node, output, view)}"
        for output, view in arrived
    ]
    return " and ".join(texts)


def _sum(look: Look, node: Node, output: int, view: TensorView) -> str:
    paths = [
        edge.gradient
        for edge in look.into.get(node.id, [])
        if edge.output == output and edge.gradient is not None
    ]
    return _added(paths, view)


def _added(paths: list[TensorView], total: TensorView) -> str:
    """The terms where they are single numbers, else how many paths met."""
    if len(paths) < 2:
        return summary(total)
    if all(not path.shape for path in paths):
        return f"{_plus(paths)} = {summary(total)}"
    return f"{summary(total)}, the sum of {len(paths)} paths"


def _plus(terms: list[TensorView]) -> str:
    """ "2 + (-3)"."""
    first, *others = map(summary, terms)
    return " + ".join([first, *(f"({one})" if one.startswith("-") else one for one in others)])


def _sent(look: Look, bench: Bench | None, edge: Edge, gradient: TensorView | None) -> str:
    to = look.operand(edge)
    name = _marked(look, to) if to is not None else "?"
    if gradient is None:
        return f"To {name}: nothing."
    formula = bench.sends(edge.slot) if bench else None
    if bench is None or formula is None:
        return f"To {name}: {summary(gradient)} (no formula here)."
    here = bench.sends_here(edge.slot)
    equation = _equation(bench, edge, gradient, here or formula)
    legend = "" if here else _legend(bench.legend(edge.slot))
    return f"To {name}: {equation}{_undone(bench, gradient)}{legend}."


def _marked(look: Look, node: Node) -> str:
    """ "h (line 6, visit 9)", as much of it as tells which h."""
    about = ", ".join(filter(None, look.apart(node)))
    return f"{called(node)} ({about})" if about else called(node)


def _legend(entries: list[tuple[str, str]]) -> str:
    """ " (x: h; Y: result of TBackward0)"."""
    return f" ({'; '.join(f'{symbol}: {name}' for symbol, name in entries)})" if entries else ""


def _equation(bench: Bench, edge: Edge, gradient: TensorView, formula: str) -> str:
    """ "G · x = 14 · 3 = 42"; of a larger tensor one element beside the whole."""
    numbers = None if bench.row.rearranges else bench.backward(edge.slot, gradient)
    whole = f"{formula} = {summary(gradient)}"
    if numbers is None or numbers.text == numbers.result:
        return whole
    if not numbers.place:
        return f"{formula} = {numbers.text} = {numbers.result}"
    return f"{whole}, at {numbers.place} {numbers.text} = {numbers.result}"


def _undone(bench: Bench, gradient: TensorView) -> str:
    """What the engine added up because forward had repeated it."""
    if not bench.row.broadcasts or bench.received is None:
        return ""
    axes = expanded(gradient.shape, bench.received.shape)
    if not axes:
        return ""
    named = f"ax{'is' if len(axes) == 1 else 'es'} {', '.join(map(str, axes))}"
    return f", summed over {named}, along which it was repeated"


def _accumulated(look: Look, node: Node, step: Step) -> str:
    """ "w.grad was 5; 3 + 1 = 4 arrived: now 5 + 4 = 9."."""
    edge = look.slots.get((node.id, 0))
    leaf = look.nodes.get(edge.head) if edge else None
    name = f"{(leaf.name if leaf else None) or 'a leaf'}.grad"
    arrived = next((view for view in step.received if view is not None), None)
    if arrived is None:
        return f"Nothing arrived for {name}: it stays as it was."
    before = summary(step.before) if step.before is not None else "None"
    both = [step.before, arrived] if step.before is not None else []
    plus = f"{_plus(both)} = " if both and not arrived.shape else ""
    came = _sum(look, node, 0, arrived)
    came += "," if came.endswith("paths") else ""
    if step.total is None:
        return f"{name} was {before}; {came} arrived, and a hook has emptied it: now None."
    return f"{name} was {before}; {came} arrived: now {plus}{summary(step.total)}."
