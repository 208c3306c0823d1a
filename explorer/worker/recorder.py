"""What the taps tell while a program runs: where it is, what its statements bound, what it printed.

One counter of PyTorch orders everything: each new autograd node takes the next number of its
thread. A mark "by number 17 this statement had run" therefore says which nodes it made.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable
from types import FrameType

import torch
from torch.nn.parameter import is_lazy

from explorer.records import EventKind
from explorer.worker import stop
from explorer.worker.evidence import Evidence, evidence_of, looked_at
from explorer.worker.history import node_of
from explorer.worker.ledger import Ledger
from explorer.worker.marks import Marks
from explorer.worker.others import UNREAD, Later, bound, described, kept, told
from explorer.worker.places import Binding, Entry, Held, Place, Visit
from explorer.worker.snapshots import Snapshots
from explorer.worker.stale import Stale
from explorer.worker.taps import BEFORE, ENTER, HERE, LINE, RESULT, VALUE, Tapped
from explorer.worker.whereabouts import Whereabouts

FULL_VISITS = 50
"""Visits of one statement that are kept; of the later ones only the last."""

FULL_LINES = 2_000
"""Visits of all statements that are kept: more than anyone reads."""

NAMED_NODES = 20_000
"""Results that get their variable's name. Asking a result for its node makes PyTorch build an
object for it, and deep chains of these are dangerous to free."""

next_number: Callable[[], int] = torch._C._autograd._get_sequence_nr
"""The number that the next autograd node of this thread will get."""

_TELLING = (int, float, complex, bool, str, list, tuple, dict, set, torch.Size, torch.dtype)
"""Types whose values are worth showing where no variable keeps them."""

_PLAIN = frozenset({int, float, bool, str, type(None)})


class Recorder:
    """The log of one run."""

    def __init__(self, tapped: Tapped, snapshots: Snapshots) -> None:
        self.statements = tapped.statements
        self.snapshots = snapshots
        self._uncounted = snapshots.uncounted
        self.marks = Marks()
        self.where = Whereabouts(tapped.statements)
        self.visits = self.where.visits
        self.seen: list[Visit] = []
        self.names: dict[tuple[int, int], str] = {}
        """(node's number, output) -> the first variable that it was bound to."""
        self.tickets: dict[tuple[int, int], int] = {}
        """(node's number, output) -> its value."""
        self.bindings: dict[int, Binding] = {}
        self.modules: dict[int, Held] = {}
        self.ledger = Ledger(snapshots.uncounted)
        self.stale = Stale()
        self.pending: dict[int, list[str]] = {}
        """Statement -> what it printed on its present visit."""
        self.result: object = None
        """Value of the program's last statement, if that is a bare expression."""
        self.at_taps: Callable[[], None] | None = None
        """Something to do at the next tap, once."""
        self._has_owners = ["." in "".join(one.names) for one in tapped.statements]
        """Statement -> whether it binds attributes: of these the taps get the owner."""
        self._is_plain = [
            not owners and one.event is None
            for owners, one in zip(self._has_owners, tapped.statements, strict=True)
        ]
        """Statement -> whether it only binds names."""
        self._last = tapped.last
        self._order = 0
        self._latest: dict[int, tuple[int, int, list[Later], str]] = {}
        """Statement -> visit, order, values and prints of its last run, where `seen` is full."""

    def taps(self) -> dict[str, Callable[..., object]]:
        """The functions that a tapped program calls."""
        return {
            LINE: self._line_tap(),
            VALUE: self._value_tap(),
            HERE: self._here,
            ENTER: self._enter,
            BEFORE: self.ledger.look,
        }

    def _line_tap(self) -> Callable[..., None]:
        pending, statements = self.pending, self.statements
        # It is called for every statement, so it does what `mark` does itself.
        marks, visits, opened, end = self.marks, self.visits, self.where.opened, self.where.end
        due = stop.due

        def line(number: int, *values: object) -> None:
            if opened:
                visit = end(number)
            else:
                visits[number] = visit = visits[number] + 1
            if (made := next_number()) != marks.last:
                marks.add(made, number, visit)
            if self.at_taps is not None:
                self.at_taps()
            if values or pending or statements[number].event:
                self._finish(number, visit, values)
            if due:
                stop.check()

        return line

    def _value_tap(self) -> Callable[..., object]:
        end, pending, statements = self.where.end, self.pending, self.statements

        def value(number: int, result: object) -> object:
            visit = end(number)
            self.mark(number, visit)
            names = statements[number].names
            if number == self._last:
                self.result = result
            if (names and result is not None) or pending or statements[number].event:
                self._finish(number, visit, (result,) if names else ())
            stop.check()
            return result

        return value

    def _here(self, number: int, result: object) -> object:
        """A value leaves a generator; its statement goes on later."""
        place = self.running(sys._getframe(1))
        self.mark(number, place.visit if place is not None else self.visits[number] + 1)
        return result

    def _enter(self, number: int, *values: object) -> None:
        """A function begins: what its caller made for the arguments is the caller's."""
        caller = self.where.enter(sys._getframe(1))
        if caller is not None and self.marks.last != next_number():
            self.mark(*caller)
        self.visits[number] = visit = self.visits[number] + 1
        self.mark(number, visit)
        if values:
            self._finish(number, visit, values)

    def mark(self, number: int, visit: int) -> None:
        """All nodes made since the last mark belong to this visit."""
        self.marks.add(next_number(), number, visit)
        if self.at_taps is not None:
            self.at_taps()

    def running(self, frame: FrameType | None = None) -> Place | None:
        """The innermost statement of the program that is at work."""
        return self.where.running(frame or sys._getframe(1))

    def happened(self, kind: EventKind, detail: str, step: int | None = None) -> None:
        """Notes an event at the running statement."""
        place = self.running(sys._getframe(1))
        self.ledger.add(kind, place, detail, step)

    def note_print(self, text: str) -> None:
        """Keeps printed text for the statement that is at work."""
        place = self.running(sys._getframe(1))
        if place is not None:
            self.pending.setdefault(place.statement, []).append(text)

    def finish(self) -> None:
        """After the program: the last visits, and what was printed by statements that failed."""
        self.ledger.look()
        for number, (visit, order, values, printed) in self._latest.items():
            place, names = Place(number, visit), self.statements[number].names
            entries = tuple(
                entry
                for name, (value, was) in zip(names, values, strict=True)
                for entry in self._entries(name, value)
                if was is None or self._is_as_it_was(value, was)
            )
            self.seen.append(Visit(place, order, entries, printed))
        self._latest.clear()
        for statement, texts in self.pending.items():
            place = Place(statement, self.visits[statement] + 1)
            self.seen.append(Visit(place, self._order, (), "".join(texts)))
        self.pending.clear()
        self.seen.sort(key=lambda visit: visit.order)
        self._ask_stale()

    def _ask_stale(self) -> None:
        """Names and types of views whose history could not be asked for earlier."""
        types: dict[tuple[str, int], str] = {}
        for name, ticket, key, kind in self.stale.answers():
            types[name, ticket] = kind
            self.tickets.setdefault(key, ticket)
            if name != RESULT:
                self.names.setdefault(key, name)
        if types:
            self.seen = [visit.with_types(types) for visit in self.seen]

    def _is_as_it_was(self, value: object, was: Evidence) -> bool:
        """Whether a tensor that was kept for later still has the numbers of then."""
        assert isinstance(value, torch.Tensor)
        if not was.whole and value in self._uncounted:
            return False
        return (looked_at(value) if was.numbers is not None else evidence_of(value)) == was

    def _finish(self, number: int, visit: int, values: tuple[object, ...]) -> None:
        self._order += 1
        full = visit <= FULL_VISITS and len(self.seen) < FULL_LINES
        if not full and not self.pending and self._is_plain[number]:
            self._pass_by(number, visit, values)
            return
        statement, place = self.statements[number], Place(number, visit)
        printed = "".join(self.pending.pop(number, ())) if self.pending else ""
        with torch._C.DisableTorchFunction():
            owners = values
            if self._has_owners[number]:
                values = tuple(map(bound, statement.names, owners))
            for name, value in zip(statement.names, values, strict=True):
                self._bind(name, value, place)
            if statement.event:
                self.ledger.add_statement(statement.event, place, values)
            if values is not owners:
                values = tuple(map(told, statement.names, values, owners))
            if full:
                entries = tuple(
                    entry
                    for name, value in zip(statement.names, values, strict=True)
                    for entry in self._entries(name, value)
                )
                if entries or printed:
                    self.seen.append(Visit(place, self._order, entries, printed))
            else:
                later = [kept(value, self._uncounted) for value in values]
                self._latest[number] = (visit, self._order, later, printed)

    def _pass_by(self, number: int, visit: int, values: tuple[object, ...]) -> None:
        """A visit of which nothing is kept unless it is the last."""
        later: list[Later] = []
        for at, value in enumerate(values):
            kind = type(value)
            if kind in _PLAIN:
                later.append((value, None))
                continue
            with torch._C.DisableTorchFunction():
                if kind is not torch.Tensor or len(self.names) < NAMED_NODES:
                    name = self.statements[number].names[at]
                    self._bind(name, value, Place(number, visit))
                later.append(kept(value, self._uncounted))
        self._latest[number] = (visit, self._order, later, "")

    def _bind(self, name: str, value: object, place: Place) -> None:
        """Remembers the name of a result, of a tensor without history, of a module."""
        if type(value) in _PLAIN:
            return
        if isinstance(value, torch.Tensor):
            if name == RESULT or len(self.names) >= NAMED_NODES:
                return
            if self.stale.is_stale(value):
                return  # Its name is told with its entry.
            function = node_of(value)
            if function is not None:
                self.names.setdefault((function._sequence_nr(), value.output_nr), name)
            else:
                known = self.bindings.get(id(value))
                if known is None or known.tensor() is not value:
                    self.bindings[id(value)] = Binding(
                        weakref.ref(value), name, place, next_number(), self._order
                    )
        elif isinstance(value, torch.nn.Module) and name != RESULT:
            self.modules.setdefault(id(value), Held(value, name, place, self._order))

    def _entries(self, name: str, value: object) -> tuple[Entry, ...]:
        """What is shown of a value; nothing of modules, functions, classes and None results."""
        if value is UNREAD:
            return ()
        if not isinstance(value, torch.Tensor):
            if name == RESULT and type(value) not in _TELLING:
                return ()
            return (Entry(name, None, None, described(value)),)
        if is_lazy(value):
            return (Entry(name, None, None, described(value)),)
        ticket = self.snapshots.of(value)
        if self.stale.is_stale(value):
            self.stale.wait(value, name, ticket)
            return (Entry(name, ticket, None, None),)
        function = node_of(value)
        if function is None:
            return (Entry(name, ticket, None, None),)
        if len(self.tickets) < NAMED_NODES:
            self.tickets.setdefault((function._sequence_nr(), value.output_nr), ticket)
        return (Entry(name, ticket, type(function).__name__, None),)
