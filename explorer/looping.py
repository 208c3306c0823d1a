"""The loop that trains, in anybody's program: its rounds, and the text with another number.

A loop counts where its number can be read and changed in the text: `range(20)`, or `range(steps)`
with `steps = 20` once. Of others nothing is claimed.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from explorer.edits import Edit, edited, parsed, span
from explorer.records import Record
from explorer.zeroing import optimizers

Loops = tuple[ast.For | ast.While, ...]
"""Around a statement, the outermost first."""
Wanted = Callable[[ast.Call], bool]


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

    def having(self, source: str, count: int) -> str:
        """The text that this loop was found in, with so many rounds."""
        return edited(source, [Edit(self.start, self.end, str(self.low + count * self.stride))])


def training_loops(source: str) -> tuple[Loop, ...]:
    """The loops around the steps of optimizers or, where there are none, around `backward`."""
    tree = parsed(source)
    if tree is None:
        return ()
    names = set(optimizers(tree))
    places = [*_places(tree, lambda call: _steps(call, names))]
    places = places or [*_places(tree, lambda call: _method(call) == "backward")]
    found = (_nearest(loops, tree, source) for loops in places)
    return tuple(dict.fromkeys(loop for loop in found if loop is not None))


def _nearest(loops: Loops, tree: ast.Module, source: str) -> Loop | None:
    """The innermost of these loops whose number can be changed."""
    for depth in range(len(loops) - 1, -1, -1):
        node = loops[depth]
        if isinstance(node, ast.For) and (found := _counted(node, tree)):
            number, low, stride, count = found
            alone = len(loops) == 1 and node in tree.body
            return Loop(node.lineno, count, *span(number, source), low, stride, alone)
    return None


def _places(tree: ast.Module, wanted: Wanted) -> Iterator[Loops]:
    """The loops around each call that is wanted, or around a call of a function that has one."""
    holders: set[str] = set()
    while True:
        known = set(holders)
        found = list(_walk(tree, (), "", known, wanted))
        holders |= {function for function, _ in found if function}
        if holders == known:
            break
    yield from (loops for _, loops in found if loops)


def _walk(
    node: ast.AST, loops: Loops, function: str, holders: set[str], wanted: Wanted
) -> Iterator[tuple[str, Loops]]:
    """Function and loops around each wanted call below `node`."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call) and (wanted(child) or _name(child.func) in holders):
            yield function, loops
        if isinstance(child, ast.FunctionDef):
            yield from _walk(child, (), child.name, holders, wanted)
        elif isinstance(child, ast.For | ast.While):
            yield from _walk(child, (*loops, child), function, holders, wanted)
        else:
            yield from _walk(child, loops, function, holders, wanted)


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
    bound = [one for one in ast.walk(tree) if _binds(one, name)]
    given = [
        one.value
        for one in tree.body
        if isinstance(one, ast.Assign) and [_name(target) for target in one.targets] == [name]
    ]
    return given[0] if len(bound) == len(given) == 1 else None


def _binds(node: ast.AST, name: str) -> bool:
    """Whether the name gets a value here: assigned, looped over, imported, taken as argument."""
    match node:
        case ast.Name(id=known, ctx=ast.Store() | ast.Del()) | ast.arg(arg=known):
            return known == name
        case ast.alias(name=full, asname=short):
            return (short or full) == name
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            return name in names
    return False


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
