"""Variables of comprehensions, which Python runs inside of the frame around them since 3.12.

When an exception leaves such a comprehension, Python puts the frame back as it was before: the
variables are gone before anybody can ask for them. So they are read when the exception is raised.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from types import CodeType, TracebackType
from typing import NamedTuple

from explorer.worker.doctor.reading import UNKNOWN
from explorer.worker.stop import PROGRAM_FILE
from explorer.worker.taps import Span

INLINED = sys.version_info >= (3, 12)
"""Before, a comprehension has a frame of its own, which stays in the traceback."""

TOOL = 4
"""Which of Python's watching tools this is; debuggers, profilers and the like have others."""

_traceback_of = BaseException.__dict__["__traceback__"].__get__
"""Of an exception, past what the program's own class may do when it is asked."""


class _Bound(NamedTuple):
    """A comprehension, and the names that it binds."""

    span: Span
    names: frozenset[str]


class Inlined:
    """What the comprehensions around the last exception of the program called their items."""

    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree
        self._names: dict[tuple[CodeType, int], frozenset[str]] = {}
        self._place: tuple[CodeType, int] | None = None
        self._values: dict[str, object] = {}

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Looks at each exception of the program when it is raised."""
        if sys.version_info >= (3, 12):
            monitoring = sys.monitoring
            monitoring.use_tool_id(TOOL, __name__)
            monitoring.register_callback(TOOL, monitoring.events.RAISE, self._raised)
            monitoring.set_events(TOOL, monitoring.events.RAISE)
            try:
                yield
            finally:
                monitoring.set_events(TOOL, 0)
                monitoring.register_callback(TOOL, monitoring.events.RAISE, None)
                monitoring.free_tool_id(TOOL)
        else:
            yield

    def at(self, traceback: TracebackType | None) -> Mapping[str, object]:
        """Names that comprehensions bind there, with their values; UNKNOWN is one not seen."""
        if traceback is None or not INLINED:
            return {}
        place = (traceback.tb_frame.f_code, traceback.tb_lasti)
        values = self._values if place == self._place else {}
        return {name: values.get(name, UNKNOWN) for name in self._bound(*place)}

    def _raised(self, code: CodeType, _: int, error: BaseException) -> None:
        if code.co_filename != PROGRAM_FILE or _came_from_within(_traceback_of(error)):
            return
        # The instruction that is told is another one in 3.13; the frame has that of the traceback.
        frame = sys._getframe(1)
        names = self._bound(code, frame.f_lasti)
        # Only these are kept: what else the frame holds is the program's to let go of.
        found = frame.f_locals if names else {}
        self._values = {name: found[name] for name in names if name in found}
        self._place = (code, frame.f_lasti)

    def _bound(self, code: CodeType, instruction: int) -> frozenset[str]:
        key = (code, instruction)
        if key not in self._names:
            line, _, column, _ = list(code.co_positions())[instruction // 2]
            around = (one for one in self._all if one.span.holds(line or 0, column or 0))
            self._names[key] = frozenset[str]().union(*(one.names for one in around))
        return self._names[key]

    @cached_property
    def _all(self) -> list[_Bound]:
        return [
            _Bound(_span(node), _targets(node.generators))
            for node in ast.walk(self._tree)
            if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp)
        ]


def _came_from_within(traceback: TracebackType | None) -> bool:
    """Whether a function of the program that was called there raised it."""
    inner = traceback.tb_next if traceback is not None else None
    while inner is not None and inner.tb_frame.f_code.co_filename != PROGRAM_FILE:
        inner = inner.tb_next
    return inner is not None


def _span(node: ast.expr) -> Span:
    return Span(node.lineno, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0)


def _targets(generators: list[ast.comprehension]) -> frozenset[str]:
    return frozenset(
        node.id
        for one in generators
        for node in ast.walk(one.target)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    )
