"""A Trace as text for a terminal: as tables, or the steps of each pass in sentences."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from explorer.check_record import MOST_CHECKED, Verdict
from explorer.numbers import shape, short, shortened, summary
from explorer.opening import opening, steps_of
from explorer.records import Check, Failure, Fix, Leaf, Line, Node, Pass, Step, TensorView, Trace
from explorer.words import words

MOST_ROWS = 60
"""Rows of one table: about a screen. JSON has them all."""

MOST_SENTENCES = 500
"""Steps of one pass in sentences: some pages. JSON has them all."""

WIDEST = 48
"""Characters of one cell."""

Row = Sequence[str]

VERDICTS: Mapping[Verdict, str] = {
    "agrees": "agreeing with finite differences",
    "kink": "at a kink, where autograd lies between the slopes to both sides",
    "differs": "differing",
    "unchecked": "not checked",
}


def report(trace: Trace) -> str:
    """The whole Trace in tables, its failure last."""
    parts = [_table(("line", "visit", "name", "value", "grad_fn"), _lines(trace.lines))]
    if trace.printed:
        parts.append("printed\n" + _indented(trace.printed))
    leaves = [_leaf(leaf) for leaf in trace.leaves]
    parts.append(_table(("leaf", "shape", "value", "grad"), leaves))
    parts += [_pass(one) for one in trace.passes]
    parts += _notes(trace)
    if trace.alarm is not None:
        parts.append(_plain(" ".join(filter(None, (trace.alarm.sentence, trace.alarm.hint)))))
    if trace.failure is not None:
        parts.append(sentence(trace.failure))
    return "\n\n".join(part for part in parts if part)


def explain(trace: Trace) -> str:
    """The backward passes in sentences, with formulas and numbers; a failure last."""
    parts = [_plain_lines(words(trace, MOST_SENTENCES))]
    parts += _notes(trace)
    if trace.failure is not None:
        parts.append(sentence(trace.failure))
    return "\n\n".join(part for part in parts if part)


def checked(trace: Trace) -> str:
    """Each leaf's gradient beside its slope, and what to make of that; a failure last."""
    head = ("leaf", "shape", "checked", "at", "autograd", "slope", "")
    parts = [_table(head, [_check(one) for one in trace.checks])]
    whys = dict.fromkeys(f"{one.leaf}: {one.why}." for one in trace.checks if one.why)
    parts += [_indented(_plain(why)) for why in whys]
    parts.append(_conclusion(trace))
    if trace.failure is not None:
        parts.append(sentence(trace.failure))
    return "\n\n".join(part for part in parts if part)


def _check(one: Check) -> Row:
    count = math.prod(one.shape)
    at = "" if one.at is None else str(list(one.at)) if one.at else "all"
    numbers = ("" if each is None else short(each) for each in (one.gradient, one.slope))
    done = f"{one.elements} of {count}"
    return (one.leaf, shape(one.shape), done, at, *numbers, one.verdict)


def _conclusion(trace: Trace) -> str:
    if not trace.checks:
        return "" if trace.failure else _nothing_to_check(trace)
    counts = Counter(one.verdict for one in trace.checks)
    said = [f"{counts[verdict]} {words}" for verdict, words in VERDICTS.items() if counts[verdict]]
    leaves = "1 leaf" if len(trace.checks) == 1 else f"{len(trace.checks)} leaves"
    return f"{leaves}, in float64: {', '.join(said)}."


def _nothing_to_check(trace: Trace) -> str:
    nodes = max((one.node_count for one in trace.passes[:1]), default=0)
    if nodes > MOST_CHECKED:
        return (
            f"Nothing was checked: the graph has {nodes:,} nodes, more than {MOST_CHECKED:,}, the"
            " limit. Fewer rounds or layers can be checked."
        )
    if trace.passes and not trace.passes[0].full:
        return "Nothing was checked: the graph was not kept."
    return "Nothing was checked: there is no leaf."


def sentence(failure: Failure) -> str:
    """What went wrong, where, what to do, and the last line of what Python or PyTorch said."""
    where = f"line {failure.line}: " if failure.line else ""
    said = (failure.details or "").rstrip().rpartition("\n")[2]
    parts = [
        f"{where}{_plain(failure.message)}",
        *(f"  line {one.line}: {_plain(one.words)}" for one in failure.also),
        _plain(failure.hint or ""),
        _change(failure.fix) if failure.fix is not None else "",
        f"({_plain(said)})" if said and said not in failure.message else "",
    ]
    return "\n".join(part for part in parts if part)


def _notes(trace: Trace) -> Iterator[str]:
    """Each with the change that mends it, if there is one."""
    for note in trace.notes:
        fix = trace.fixes.get(note)
        yield "\n".join([_indented(note), *([_indented(_change(fix))] if fix else ())])


def _change(fix: Fix) -> str:
    """The lines as they become."""
    where = f"lines {fix.line} to {fix.until}" if fix.until > fix.line else f"line {fix.line}"
    tabs = fix.code.replace("\t", "    ")
    return f"Change {where} to\n{_indented(tabs)}"


def _lines(lines: Iterable[Line]) -> Iterator[Row]:
    for line in lines:
        for name, view in line.names.items():
            value = summary(view)
            yield str(line.line), str(line.visit), name, value, line.grad_fns.get(name, "")
        for name, text in line.others.items():
            yield str(line.line), str(line.visit), name, text, ""


def _leaf(leaf: Leaf) -> Row:
    grad = f"None ({leaf.why_none})" if leaf.grad is None else summary(leaf.grad)
    value = "" if leaf.value.norm is None else summary(leaf.value)
    return leaf.name, shape(leaf.shape), value, grad


def _pass(one: Pass) -> str:
    where = f", line {one.line}" if one.line else ""
    title = f"pass {one.index + 1} ({one.how} from {one.root or 'a tensor'}{where})"
    note = _indented(one.note) if one.note else ""
    count, one = steps_of(one), opening(one, MOST_ROWS)
    nodes = {node.id: node for node in one.nodes}
    edges = {edge.id: edge.head for edge in one.edges}
    rows = (_step(step, nodes, edges) for step in one.steps)
    table = _table(("step", "line", "node", "received", "sent"), rows, count)
    return "\n".join(filter(None, (title, note, table)))


def _step(step: Step, nodes: dict[str, Node], edges: dict[str, str]) -> Row:
    node = nodes[step.node]
    received = ", ".join(map(_seen, step.received))
    sent = ", ".join(
        f"{_seen(one.gradient)} to {_name(nodes[edges[one.edge]])}" for one in step.sent
    )
    return str(step.index + 1), str(node.line or ""), _name(node), received, sent


def _seen(view: TensorView | None) -> str:
    return "nothing" if view is None else summary(view)


def _name(node: Node) -> str:
    return (
        node.label if node.name is None or node.name == node.label else f"{node.label} {node.name}"
    )


def _table(head: Row, rows: Iterable[Row], count: int | None = None) -> str:
    """Columns as wide as they need to be; nothing without rows. `count` says how many rows there
    are where not all are given."""
    found = [*rows]
    if not found:
        return ""
    count = len(found) if count is None else count
    shown = [[*head], *([_cell(cell) for cell in row] for row in found[:MOST_ROWS])]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    texts = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in shown
    ]
    if count > MOST_ROWS:
        texts.append(f"… and {count - MOST_ROWS:,} more; --json has all")
    return "\n".join(texts)


def _cell(text: str) -> str:
    return shortened(_plain(text), WIDEST)


def _indented(text: str) -> str:
    return "\n".join("  " + _plain(line) for line in text.rstrip("\n").split("\n"))


def _plain_lines(text: str) -> str:
    return "\n".join(map(_plain, text.split("\n")))


def _plain(text: str) -> str:
    """Printable characters only: a program's words may hold what a terminal would obey."""
    return "".join(char if char.isprintable() else " " for char in text)
