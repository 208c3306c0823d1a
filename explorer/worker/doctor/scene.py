"""One error and all who saw the run: names of tensors and modules, lines, changes to a line."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import torch
from torch import nn

from explorer.records import Fix
from explorer.source import Source
from explorer.worker.cuts import Cut
from explorer.worker.doctor.reading import UNKNOWN, capital
from explorer.worker.doctor.sight import Sight
from explorer.worker.forward import Origin, Origins
from explorer.worker.history import node_of
from explorer.worker.names import Names
from explorer.worker.observe import Observer
from explorer.worker.places import Place
from explorer.worker.recorder import Recorder
from explorer.worker.scopes import Scopes
from explorer.worker.taking import Taking

SHORT = 40
"""Characters of an expression that still reads like a name."""


class Scene(Sight):
    """What an explanation may ask."""

    def __init__(
        self,
        source: Source,
        witnesses: tuple[Recorder, Observer, Scopes, Taking],
        origins: Origins,
        namespace: Mapping[str, Any],
        loops: frozenset[str],
    ) -> None:
        super().__init__(source, namespace)
        self.recorder, self.observer, self.scopes, self.taking = witnesses
        self.origins = origins
        self._loops = loops

    @cached_property
    def names(self) -> Names:
        """Names as the innermost frame sees them."""
        merged = dict(self.namespace)
        for frame in self.frames:
            merged |= frame.f_locals
        merged |= self.inlined
        return Names(merged, self.recorder, self._loops)

    def said(self, value: object, node: ast.expr | None = None) -> str:
        """A tensor in the program's words: its expression, its name, the module that made it."""
        node = node or self.node_of(value)
        if node is not None and len(code := self.source.code(node)) <= SHORT and "\n" not in code:
            return f"`{code}`"
        if not isinstance(value, torch.Tensor):
            return "a tensor"
        if name := self.name(value):
            return f"`{name}`"
        return self._parameter(value) or self._result(value) or "a tensor"

    def arg(self, position: int, *, start: bool = False) -> str:
        """The argument of the failed call in the program's words; `start` of a sentence."""
        value = self.args[position] if position < len(self.args) else UNKNOWN
        said = self.said(value, self.operand(position))
        return capital(said) if start else said

    def input_words(self) -> str:
        """What the module at work was given, in the program's words."""
        return self.said(self.input(), self.input_node())

    def name(self, tensor: torch.Tensor) -> str | None:
        """The variable of a tensor: its own, or the first that its result was bound to."""
        found = self.names.of(tensor)
        node = node_of(tensor)
        if found is None and node is not None:
            number = node._sequence_nr()
            found = self.recorder.names.get((number, tensor.output_nr))
        return found

    def module_said(self, module: nn.Module) -> str:
        """A module by its path and class: "`model.0` (Linear)"."""
        path, kind = self.names.of_module(module), type(module).__name__
        return f"`{path}` ({kind})" if path and path != kind else f"`{kind}`"

    def cut_name(self, cut: Cut) -> str | None:
        """The variables of what a cut has cut off, where they had one."""
        return " and ".join(f"`{name}`" for name in self.names.of_cut(cut)) or None

    def origin(self, place: Place | None) -> Origin:
        """Line and visit of a place."""
        return self.origins.at(place)

    def statement_at(self, place: Place | None) -> ast.stmt | None:
        """The statement of a place."""
        if place is None:
            return None
        span = self.recorder.statements[place.statement].span
        return self.source.statement_from(span.line, span.column)

    # Changes to a line; None where they cannot be written.

    def behind(self, node: ast.expr | None, text: str) -> Fix | None:
        """The line with something written behind an expression."""
        return None if node is None else self.source.edited(self.source.behind(node, text))

    def instead(self, node: ast.expr | ast.stmt | None, text: str) -> Fix | None:
        """The line with something else in the place of a node."""
        return None if node is None else self.source.edited(self.source.replacing(node, text))

    def telling(self, call: ast.AST | None, text: str) -> Fix | None:
        """The line with one more argument in a call."""
        if not isinstance(call, ast.Call):
            return None
        return self.source.edited(self.source.argument(call, text))

    def _parameter(self, tensor: torch.Tensor) -> str | None:
        """A parameter of the module at work that no variable leads to."""
        for name, parameter in self.module.named_parameters() if self.module is not None else ():
            if parameter is tensor:
                return f"its `{name}`"
        return None

    def _result(self, tensor: torch.Tensor) -> str | None:
        """What a module gave to the next one."""
        node = node_of(tensor)
        number = node._sequence_nr() if node is not None else None
        maker = self.scopes.of(number) if number is not None else None
        if maker is None or maker is self.module:
            return None
        return f"the output of `{self.names.of_module(maker)}`"
