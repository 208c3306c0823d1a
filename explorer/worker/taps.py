"""A program with taps: after each statement it tells the recorder what the statement bound.

The meaning of the program does not change. After a simple statement stands a call with the values
of the names that it bound; expressions that decide or leave (`return`, `if`, ...) pass through a
call on their way, so that every operation happens before the tap of the statement it belongs to.

    y = f(x)            y = f(x); _ag_line(3, y)
    loss.backward()     _ag_value(4, loss.backward())
    for a in b: ...     for a in _ag_value(5, b): _ag_line(6, a); ...
    def f(a): ...       def f(a): _ag_enter(7, a); ...

The names have one underscore: with two, Python would change them inside classes.
"""

from __future__ import annotations

import ast
from types import CodeType
from typing import NamedTuple, TypeVar

from explorer.unwarned import unwarned
from explorer.worker.by_hand import Told, told_by
from explorer.worker.stop import PROGRAM_FILE

LINE, VALUE, HERE, ENTER = "_ag_line", "_ag_value", "_ag_here", "_ag_enter"
BEFORE = "_ag_before"

RESULT = "_"
"""Name of the value of a bare expression."""

_Statement = TypeVar("_Statement", bound=ast.stmt)
_Target = tuple[str, ast.expr]


class Span(NamedTuple):
    """A part of the text; lines from 1, columns in UTF-8 bytes from 0, the end is outside."""

    line: int
    column: int
    end_line: int
    end_column: int

    def holds(self, line: int, column: int) -> bool:
        """Whether a place lies inside."""
        return (self.line, self.column) <= (line, column) < (self.end_line, self.end_column)


class Statement(NamedTuple):
    """Something that a tap stands for."""

    span: Span
    names: tuple[str, ...]
    """What the values that the tap gets are called."""
    event: Told | None = None
    """What it may do to gradients or parameters by hand."""


class Tapped(NamedTuple):
    """A program that is ready to run."""

    code: CodeType
    tree: ast.Module
    """What was compiled; its places are those of the text."""
    statements: list[Statement]
    functions: dict[int, int]
    """First line of a function, decorators included -> its last line."""
    loops: frozenset[str]
    """Names that a `for` binds: good names only for what has no other."""
    last: int | None
    """The program's last statement, if that is a bare expression."""


def tap(source: str) -> Tapped:
    """The program with its taps, compiled; raises SyntaxError, ValueError, RecursionError."""
    with unwarned():
        tree = ast.parse(source, PROGRAM_FILE)
        # The text itself must compile: what Python refuses, it shall refuse in its own words.
        compile(source, PROGRAM_FILE, "exec", dont_inherit=True)
        tapper = _Tapper()
        ends_in_value = bool(tree.body) and isinstance(tree.body[-1], ast.Expr)
        tree.body = tapper.body(tree.body, document=True)
        ast.fix_missing_locations(tree)
        code = compile(tree, PROGRAM_FILE, "exec", dont_inherit=True)
    last = len(tapper.statements) - 1 if ends_in_value and tapper.statements else None
    return Tapped(code, tree, tapper.statements, tapper.functions, frozenset(tapper.loops), last)


class _Tapper:
    def __init__(self) -> None:
        self.statements: list[Statement] = []
        self.functions: dict[int, int] = {}
        self.loops: set[str] = set()
        self._in_class = False

    def body(self, body: list[ast.stmt], document: bool = False) -> list[ast.stmt]:
        """The statements with their taps; a docstring stays first."""
        done: list[ast.stmt] = []
        for position, statement in enumerate(body):
            if document and position == 0 and _is_text(statement):
                done.append(statement)
            else:
                done += self._tapped(statement)
        return done

    def _tapped(self, statement: ast.stmt) -> list[ast.stmt]:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return self._function(statement)
            case ast.ClassDef():
                outer, self._in_class = self._in_class, True
                statement.body = self.body(statement.body, document=True)
                self._in_class = outer
                return [statement]
            case ast.For() | ast.AsyncFor() | ast.While() | ast.If() | ast.With() | ast.AsyncWith():
                return self._compound(statement)
            case ast.Try() | ast.TryStar() | ast.Match():
                return self._blocks(statement)
            case ast.Return() | ast.Assert() | ast.Expr():
                return self._leaving(statement)
            case ast.Assign() | ast.AugAssign() | ast.AnnAssign() | ast.Delete():
                return self._binding(statement)
        return [statement]

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.stmt]:
        first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
        self.functions[first] = node.end_lineno or node.lineno
        given = node.args
        arguments = [*given.posonlyargs, *given.args, *given.kwonlyargs]
        arguments += [extra for extra in (given.vararg, given.kwarg) if extra]
        names = [(a.arg, _load(a.arg)) for a in arguments if a.arg not in ("self", "cls", "ctx")]
        outer, self._in_class = self._in_class, False
        number = self._new(_header(node, node.body[0]), names)
        # It stands on the body's first line, where Python itself would say that a call failed.
        head = self._call(ENTER, number, [value for _, value in names], node.body[0])
        body = self.body(node.body, document=True)
        self._in_class = outer
        node.body = [*body[:1], head, *body[1:]] if _is_text(node.body[0]) else [head, *body]
        return [node]

    def _compound(self, node: ast.stmt) -> list[ast.stmt]:
        """Statements with a head: their test, iterable or managers pass through a tap."""
        assert isinstance(
            node, ast.For | ast.AsyncFor | ast.While | ast.If | ast.With | ast.AsyncWith
        )
        span = _header(node, node.body[0])
        targets: list[ast.expr] = []
        if isinstance(node, ast.While | ast.If):
            node.test = self._passing(node.test, span)
        elif isinstance(node, ast.For | ast.AsyncFor):
            node.iter = self._passing(node.iter, span)
            targets = [node.target]
            self.loops |= {name for name, _ in _names(node.target)}
        else:
            for item in node.items:
                item.context_expr = self._passing(item.context_expr, span)
                targets += [item.optional_vars] if item.optional_vars else []
        self._blocks(node)
        if targets:
            names = [name for target in targets for name in _names(target)]
            number = self._new(span, names)
            node.body.insert(0, self._call(LINE, number, [value for _, value in names], node))
        return [node]

    def _blocks(self, node: ast.stmt) -> list[ast.stmt]:
        """The bodies of a compound statement."""
        for name in ("body", "orelse", "finalbody"):
            if getattr(node, name, None):
                setattr(node, name, self.body(getattr(node, name)))
        for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
            part.body = self.body(part.body)
        return [node]

    def _leaving(self, node: ast.Return | ast.Assert | ast.Expr) -> list[ast.stmt]:
        """A value that no name is bound to passes through the tap."""
        if isinstance(node, ast.Assert):
            node.test = self._passing(node.test, _span(node))
        elif node.value is not None and not isinstance(node.value, ast.Constant):
            told = told_by(node)
            number = self._new(_span(node), [(RESULT, node.value)], told)
            node.value = self._wrapped(VALUE, number, self._inner(node.value, number))
            return [*self._before(node, told), node]
        return [node]

    def _binding(
        self, node: ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Delete
    ) -> list[ast.stmt]:
        """The tap stands behind; a class body has no names that are worth showing."""
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AugAssign | ast.AnnAssign):
            targets = [node.target]
        if isinstance(node, ast.AnnAssign) and node.value is None:
            return [node]
        names = [] if self._in_class else [name for t in targets for name in _names(t)]
        told = told_by(node)
        number = self._new(_span(node), names, told)
        if not isinstance(node, ast.Delete) and node.value is not None:
            node.value = self._inner(node.value, number)
        tap = self._call(LINE, number, [value for _, value in names], node)
        return [*self._before(node, told), node, tap]

    def _before(self, node: ast.stmt, told: Told | None) -> list[ast.stmt]:
        """A tap before a statement that changes gradients: who changed them earlier is another."""
        if told is None or not told.touches_grad:
            return []
        call = ast.copy_location(ast.Call(_load(BEFORE), [], []), node)
        return [ast.copy_location(ast.Expr(call), node)]

    def _passing(self, value: ast.expr, span: Span) -> ast.expr:
        number = self._new(span, [])
        return self._wrapped(VALUE, number, self._inner(value, number))

    def _inner(self, value: ast.expr, number: int) -> ast.expr:
        """Inside of a statement: names bound by `:=`, and values that `yield` lets out."""
        if not any(isinstance(part, ast.NamedExpr | ast.Yield) for part in ast.walk(value)):
            return value
        return _Inside(self, number).visit(value)

    def _new(self, span: Span, names: list[_Target], event: Told | None = None) -> int:
        self.statements.append(Statement(span, tuple(name for name, _ in names), event))
        return len(self.statements) - 1

    def _wrapped(self, tap_name: str, number: int, value: ast.expr) -> ast.expr:
        call = ast.Call(_load(tap_name), [ast.Constant(number), value], [])
        return ast.copy_location(call, value)

    def _call(self, tap_name: str, number: int, values: list[ast.expr], at: ast.stmt) -> ast.stmt:
        call = ast.Call(_load(tap_name), [ast.Constant(number), *values], [])
        return ast.copy_location(ast.Expr(ast.copy_location(call, at)), at)


class _Inside(ast.NodeTransformer):
    def __init__(self, tapper: _Tapper, number: int) -> None:
        self._tapper, self._number = tapper, number

    def visit_NamedExpr(self, node: ast.NamedExpr) -> ast.expr:
        self.generic_visit(node)
        name = [(node.target.id, node.value)]
        number = self._tapper._new(_span(node), name)
        node.value = self._tapper._wrapped(VALUE, number, node.value)
        return node

    def visit_Yield(self, node: ast.Yield) -> ast.expr:
        self.generic_visit(node)
        if node.value is not None:
            node.value = self._tapper._wrapped(HERE, self._number, node.value)
        return node


def _names(target: ast.expr) -> list[_Target]:
    """Names that an assignment binds or changes, each with an expression that is safe to read.

    Of `self.h` only `self` is read: looking up an attribute may run the program's own code.
    """
    match target:
        case ast.Name(id=name):
            return [(name, _load(name))]
        case ast.Attribute(value=ast.Name(id=owner), attr=name):
            return [(f"{owner}.{name}", _load(owner))]
        case ast.Subscript(value=ast.Name(id=name)):
            return [(name, _load(name))]
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return [name for part in parts for name in _names(part)]
        case ast.Starred(value=part):
            return _names(part)
    return []


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _load(name: str) -> ast.expr:
    return ast.Name(name, ast.Load())


def _span(node: ast.stmt | ast.expr) -> Span:
    return Span(node.lineno, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0)


def _header(node: ast.stmt, body: ast.stmt) -> Span:
    return Span(node.lineno, node.col_offset, body.lineno, body.col_offset)
