"""Hints of what PyTorch only warns of, with this program's names and what to write."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from itertools import zip_longest
from math import prod

from explorer.hints.hint import Hint, calling
from explorer.records import Fix, Line, Trace
from explorer.source import Source

SIZES = re.compile(
    r"UserWarning: Using a target size \(torch\.Size\(\[(?P<target>[\d, ]*)\]\)\) that is different"
    r" to the input size \(torch\.Size\(\[(?P<output>[\d, ]*)\]\)\)"
)
NO_LEAF = re.compile(r"UserWarning: The \.grad attribute of a Tensor that is not a leaf Tensor")

Shape = tuple[int, ...]


def of_warnings(trace: Trace, source: Source) -> Iterator[Hint]:
    """Each once for a line."""
    told: set[tuple[int, re.Pattern[str]]] = set()
    for line in trace.lines:
        for words, explain in WARNINGS:
            found = words.search(line.printed)
            if found is not None and (line.line, words) not in told:
                told.add((line.line, words))
                yield explain(trace, source, line, found)


def _broadcast(_: Trace, source: Source, line: Line, found: re.Match[str]) -> Hint:
    """A loss of two shapes, which compares each with each."""
    target, output = _shape(found["target"]), _shape(found["output"])
    both = _together(output, target)
    words = (
        f"line {line.line}: the loss compares an output of shape {output} with a target of shape"
        f" {target}. Broadcasting makes {both} of both, {prod(both)} differences instead of"
        f" {prod(output)}."
    )
    if prod(target) != prod(output):
        return Hint(f"{words} Give the target the shape of the output.")
    call = _loss_call(source, line)
    if call is None:
        return Hint(f"{words} Give both the same shape: `target.view_as(output)`.")
    given, aim = call.args
    shaped = _shaping(source, given, output, target)
    fix = source.edited(source.behind(aim, shaped))
    return Hint(f"{words} Give both the same shape: `{source.code(aim)}{shaped}`.", fix)


def _shaping(source: Source, given: ast.expr, output: Shape, target: Shape) -> str:
    """What gives the target the shape of the output, without computing the output again."""
    if isinstance(given, ast.Name):
        return f".view_as({source.code(given)})"
    if output == (*target, 1):
        return ".unsqueeze(-1)"
    return ".squeeze(-1)" if target == (*output, 1) else f".reshape{output}"


def _loss_call(source: Source, line: Line) -> ast.Call | None:
    """The call of a line that is given two things, if there is only one."""
    found = [
        node
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and node.lineno == line.line and len(node.args) == 2
    ]
    return found[0] if len(found) == 1 else None


def _shape(words: str) -> Shape:
    return tuple(map(int, re.findall(r"\d+", words)))


def _together(one: Shape, other: Shape) -> Shape:
    """What broadcasting makes of two shapes."""
    pairs = zip_longest(reversed(one), reversed(other), fillvalue=1)
    return tuple(second if first == 1 else first for first, second in pairs)[::-1]


def _no_leaf(trace: Trace, source: Source, line: Line, _: re.Match[str]) -> Hint:
    """The `.grad` of a result is looked at."""
    leaves = {leaf.name for leaf in trace.leaves}
    names = {
        source.code(node.value)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and node.attr == "grad" and node.lineno == line.line
    } - leaves
    name = names.pop() if len(names) == 1 else None
    which = f"`{name}.grad` is None: `{name}` was computed" if name else "a `.grad` is None here"
    return Hint(
        f"line {line.line}: {which}, and `.grad` is kept for leaves only. To keep it for this"
        f" result too, call `{name or 'it'}.retain_grad()` before backward().",
        _retaining(trace, source, name) if name is not None and name.isidentifier() else None,
    )


def _retaining(trace: Trace, source: Source, name: str) -> Fix | None:
    """The first backward, after the result was told to keep its gradient."""
    first = next((event for event in trace.events if event.kind == "backward"), None)
    backward = calling(source, first, "backward") if first is not None else None
    if backward is None or not any(_binds(one, name) for one in source.before(backward)):
        return None
    return source.inserted(backward, f"{name}.retain_grad()")


def _binds(statement: ast.stmt, name: str) -> bool:
    match statement:
        case ast.Assign(targets=[ast.Name(id=own)]):
            return own == name
    return False


WARNINGS: tuple[
    tuple[re.Pattern[str], Callable[[Trace, Source, Line, re.Match[str]], Hint]], ...
] = (
    (SIZES, _broadcast),
    (NO_LEAF, _no_leaf),
)
"""PyTorch's words, and who explains them."""
