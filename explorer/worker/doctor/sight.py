"""Where a program stands at the moment of its error, and what was called on what.

Everything is read, nothing of the program runs. What cannot be known is None or UNKNOWN, so that an
explanation can do with less.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from types import FrameType, ModuleType, TracebackType
from typing import Any, NamedTuple

import torch
from torch import nn

from explorer.source import Source
from explorer.worker.doctor.inlined import Inlined
from explorer.worker.doctor.reading import UNKNOWN, attribute, item
from explorer.worker.observe import Observer
from explorer.worker.stop import PROGRAM_FILE


class Spot(NamedTuple):
    """Where one frame of the program stands."""

    frame: FrameType
    line: int
    node: ast.expr | ast.stmt | None
    """What is at work there."""
    statement: ast.stmt | None


class TorchCall(NamedTuple):
    """A call of PyTorch that raised."""

    name: str
    args: tuple[Any, ...]


class Sight:
    """The way of one exception through the program and PyTorch."""

    def __init__(self, source: Source, namespace: Mapping[str, Any]) -> None:
        self.source = source
        self.namespace = namespace
        self.frames: list[FrameType] = []
        """Frames of the program, outermost first."""
        self.here: Spot | None = None
        """Where the innermost of them stands."""
        self.call: TorchCall | None = None
        """The first call of PyTorch below the program's innermost line."""
        self.modules: list[nn.Module] = []
        """Modules of PyTorch at work below that line, outermost first."""
        self.inlined: Mapping[str, Any] = {}
        """Variables of the comprehensions that it stands in, where they have no frame."""
        self._below: list[FrameType] = []
        """Frames of PyTorch and the recorder."""

    def enter(self, traceback: TracebackType | None, inlined: Inlined) -> None:
        """Reads the way."""
        last: TracebackType | None = None
        while traceback is not None:
            frame = traceback.tb_frame
            if frame.f_code.co_filename == PROGRAM_FILE:
                last, self.call, self.modules = traceback, None, []
                self.frames.append(frame)
            else:
                self._below.append(frame)
                self._note(frame)
            traceback = traceback.tb_next
        self.here = self._spot(last) if last is not None else None
        self.inlined = inlined.at(last)

    @property
    def node(self) -> ast.expr | ast.stmt | None:
        """The expression or statement at work."""
        return self.here.node if self.here else None

    @property
    def statement(self) -> ast.stmt | None:
        """The statement at work."""
        return self.here.statement if self.here else None

    @property
    def module(self) -> nn.Module | None:
        """The innermost module of PyTorch at work."""
        return self.modules[-1] if self.modules else None

    @property
    def args(self) -> Sequence[Any]:
        """What was given to the call that raised, as far as that is known."""
        if self.call is not None:
            return self.call.args
        return [self.value(node) for node in self.operands]

    @property
    def operands(self) -> list[ast.expr]:
        """The expressions that the innermost operation takes, in their order."""
        match self.node:
            case ast.BinOp(left=left, right=right):
                return [left, right]
            case ast.AugAssign(target=target, value=value):
                return [target, value]
            case ast.Call(func=ast.Attribute(value=owner), args=args) if not self.is_place(owner):
                return [owner, *args]
            case ast.Call(args=args):
                return list(args)
            case ast.Subscript(value=owner, slice=index):
                return [owner, index]
            case ast.Compare(left=left, comparators=others):
                return [left, *others]
        return []

    def operand(self, position: int) -> ast.expr | None:
        """The expression that gave the argument at this position of the call that raised."""
        args, operands = self.args, self.operands
        value = args[position] if position < len(args) else UNKNOWN
        found = self.node_of(value)
        if found is not None or len(self.modules) > 1 or position >= len(operands):
            return found
        if self.call is not None and self.call.name.startswith("__r"):
            return operands[1 - position] if len(operands) == 2 else None
        own = self.value(operands[position])
        return operands[position] if own is UNKNOWN or own is value or value is UNKNOWN else None

    def node_of(self, value: object) -> ast.expr | None:
        """A name in the statement at work that stands for this very object."""
        if value is UNKNOWN or isinstance(value, int | float | str | None):
            return None
        for root in (self.node, self.statement):
            for node in ast.walk(root) if root is not None else ():
                if not isinstance(node, ast.Name | ast.Attribute | ast.Subscript):
                    continue
                if self.value(node) is value:
                    return node
        return None

    def value(self, node: ast.AST | None) -> Any:
        """The value of an expression, where reading it runs nothing; else UNKNOWN."""
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name):
                return self._variable(name)
            case ast.Attribute(value=owner, attr=name):
                return attribute(self.value(owner), name)
            case ast.Subscript(value=owner, slice=ast.Constant(value=key)):
                return item(self.value(owner), key)
        return UNKNOWN

    def tensor(self, position: int) -> torch.Tensor | None:
        """The argument of the failed call, if it is a tensor."""
        value = self.args[position] if position < len(self.args) else None
        return value if isinstance(value, torch.Tensor) else None

    def input(self) -> torch.Tensor | None:
        """What the module at work was given."""
        if (first := self.tensor(0)) is not None:
            return first
        found = (one for one in self.given("input") if isinstance(one, torch.Tensor))
        return next(found, None)

    def input_node(self) -> ast.expr | None:
        """The expression of what the module at work was given."""
        found = self.node_of(self.input())
        if found is None and len(self.modules) == 1 and self.operands:
            return self.operands[0]
        return found

    def given(self, name: str) -> Iterator[Any]:
        """Values of a variable of that name in frames of PyTorch, innermost first."""
        for frame in reversed(self._below):
            if name in frame.f_locals:
                yield frame.f_locals[name]

    def variables(self) -> set[str]:
        """Names that mean something where the program stands."""
        found = {*self.namespace, *self.inlined}
        if self.here is not None:
            found |= {*self.here.frame.f_locals, *self.here.frame.f_builtins}
        return {name for name in found if not name.startswith("_")}

    def is_place(self, node: ast.expr) -> bool:
        """Whether an expression is where functions are kept, not something they work on."""
        return isinstance(self.value(node), ModuleType | type | nn.Module)

    def _variable(self, name: str) -> Any:
        if self.here is not None:
            frame = self.here.frame
            for values in (self.inlined, frame.f_locals, frame.f_globals):
                if name in values:
                    return values[name]
        return self.namespace.get(name, UNKNOWN)

    def _spot(self, traceback: TracebackType) -> Spot:
        frame = traceback.tb_frame
        first, last, start, end = list(frame.f_code.co_positions())[traceback.tb_lasti // 2]
        node = None
        if None not in (first, last, start, end):
            node = self.source.at((first or 0, last or 0, start or 0, end or 0))
        statement = self.source.statement_of(node) if node is not None else None
        return Spot(frame, traceback.tb_lineno, node, statement)

    def _note(self, frame: FrameType) -> None:
        """The call of PyTorch that the program made, and the modules that it went through."""
        if frame.f_code is Observer.__torch_function__.__code__:
            self.call = self.call or _call(frame)
        elif frame.f_code.co_name == "forward":
            owner = frame.f_locals.get("self")
            if isinstance(owner, nn.Module):
                self.modules.append(owner)


def _call(frame: FrameType) -> TorchCall:
    values = frame.f_locals
    return TorchCall(str(getattr(values["func"], "__name__", "")), values["args"])
