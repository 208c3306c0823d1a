"""The loop that trains, in anybody's program: its rounds, and the text with another number.

A loop counts where its number can be read and changed in the text: `range(20)`, or `range(steps)`
with `steps = 20` once. Of others nothing is claimed.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from explorer.edits import Edit, edited, parsed, span
from explorer.records import Record
from explorer.zeroing import optimizers

Loops = tuple[ast.For | ast.While, ...]
"""Around a statement, the outermost first."""
Wanted = Callable[[ast.Call], bool]


MOST_PLACES = 20
"""Loops that are looked at; nobody trains in more, and each look takes time."""
DEEPEST_CALLS = 8
"""Functions that call each other between a loop and the step of an optimizer."""


class Called(NamedTuple):
    """A call, and where it stands."""

    call: ast.Call
    loops: Loops
    function: str


class Loop(Record, frozen=True):
    """A loop whose number of rounds stands in the text."""

    line: int
    """Of its `for`."""
    count: int
    """Rounds."""
    start: int
    """First byte of the number that decides it."""
    end: int
    low: int = 0
    """The first value that `range` gives."""
    stride: int = 1
    alone: bool = True
    """Whether nothing repeats it, so that its rounds are all there are."""

    def edit(self, count: int) -> Edit:
        """What makes it so many rounds, in the text that it was found in."""
        return Edit(self.start, self.end, str(self.low + count * self.stride))

    def having(self, source: str, count: int) -> str:
        """The text that this loop was found in, with so many rounds."""
        return edited(source, [self.edit(count)])


def training_loops(source: str) -> tuple[Loop, ...]:
    """The loops around the steps of optimizers or, where there are none, around `backward`."""
    tree = parsed(source)
    if tree is None:
        return ()
    calls = [*_calls(tree)]
    names = set(optimizers(tree))
    places = _places(calls, lambda call: _steps(call, names))
    places = places or _places(calls, lambda call: _method(call) == "backward")
    found = (_nearest(loops, tree, source) for loops in places[:MOST_PLACES])
    # Two loops may have one number: `steps = 20`.
    return tuple({loop.start: loop for loop in found if loop is not None}.values())


def _nearest(loops: Loops, tree: ast.Module, source: str) -> Loop | None:
    """The innermost of these loops whose number can be changed."""
    for depth in range(len(loops) - 1, -1, -1):
        node = loops[depth]
        if isinstance(node, ast.For) and (found := _counted(node, tree)):
            number, low, stride, count = found
            alone = len(loops) == 1 and node in tree.body
            return Loop(node.lineno, count, *span(number, source), low, stride, alone)
    return None


def _places(calls: list[Called], wanted: Wanted) -> list[Loops]:
    """The loops around each call that is wanted, or around a call of a function that has one."""
    holders: set[str] = set()
    for _ in range(DEEPEST_CALLS):
        found = [one for one in calls if wanted(one.call) or _name(one.call.func) in holders]
        known = {one.function for one in found if one.function}
        if known <= holders:
            break
        holders |= known
    return list(dict.fromkeys(one.loops for one in found if one.loops))


def _calls(tree: ast.Module) -> Iterator[Called]:
    """All calls in the order of the text; not by recursion, which a long sum would exhaust."""
    waiting: list[tuple[ast.AST, Loops, str]] = [(tree, (), "")]
    while waiting:
        node, loops, function = waiting.pop()
        if isinstance(node, ast.Call):
            yield Called(node, loops, function)
        if isinstance(node, ast.FunctionDef):
            loops, function = (), node.name
        elif isinstance(node, ast.For | ast.While):
            loops = (*loops, node)
        children = [*ast.iter_child_nodes(node)]
        waiting += [(child, loops, function) for child in reversed(children)]


def _counted(node: ast.For, tree: ast.Module) -> tuple[ast.expr, int, int, int] | None:
    """The number to change, the first value, the stride, and how many there are."""
    ranges = [call for call in ast.walk(node.iter) if _is_range(call)]
    if len(ranges) != 1 or not isinstance(ranges[0], ast.Call) or ranges[0].keywords:
        return None
    first, last, between = _bounds(ranges[0].args)
    number = None if last is None else _given(last, tree)
    low, high, stride = _whole(first), _whole(number), _whole(between)
    if number is None or low is None or high is None or stride is None or stride < 1:
        return None
    return number, low, stride, len(range(low, high, stride))


Bound = ast.expr | None


def _bounds(arguments: list[ast.expr]) -> tuple[Bound, Bound, Bound]:
    """Start, end and stride of a `range`."""
    zero, one = ast.Constant(0), ast.Constant(1)
    match arguments:
        case [end]:
            return zero, end, one
        case [start, end]:
            return start, end, one
        case [start, end, stride]:
            return start, end, stride
    return None, None, None


def _given(end: ast.expr, tree: ast.Module) -> ast.expr | None:
    """The number itself; of a name the number that it is given, if that happens only once."""
    name = _name(end)
    if not name:
        return end
    given = [
        one.value
        for one in tree.body
        if isinstance(one, ast.Assign) and [_name(target) for target in one.targets] == [name]
    ]
    return given[0] if len(given) == _bindings(tree)[name] == 1 else None


@lru_cache(maxsize=1)
def _bindings(tree: ast.Module) -> Counter[str]:
    """How often each name gets a value: assigned, looped over, imported, taken as argument."""
    return Counter(name for node in ast.walk(tree) for name in _bound(node))


def _bound(node: ast.AST) -> Iterable[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
            return (name,)
        case ast.alias(name=full, asname=short):
            return (short or full,)
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            return names
    return ()


def _whole(node: ast.expr | None) -> int | None:
    match node:
        case ast.Constant(value=bool()):
            return None
        case ast.Constant(value=int() as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as value)):
            return -value
    return None


def _is_range(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and _name(node.func) == "range"


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _method(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _steps(call: ast.Call, names: set[str]) -> bool:
    """`optimizer.step()`, of an optimizer and not of a schedule."""
    match call.func:
        case ast.Attribute(value=ast.Name(id=owner), attr="step"):
            return owner in names
    return False
