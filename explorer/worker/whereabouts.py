"""Where a program stands, and which run of a statement that is."""

from __future__ import annotations

import sys
from types import CodeType, FrameType

from explorer.worker.places import Place, Position, position_of
from explorer.worker.stop import PROGRAM_FILE
from explorer.worker.taps import Statement


class Whereabouts:
    """Counts the runs of each statement.

    A run gets its number when it ends; or earlier, when it calls a function of the program, because
    that may come to the same statement again and end before it.
    """

    def __init__(self, statements: list[Statement]) -> None:
        self.statements = statements
        self.visits = [0] * len(statements)
        self.opened: dict[int, Place] = {}
        """Frame, by its id -> the run of a statement in it that has its number already."""
        self._positions: dict[tuple[CodeType, int], Position] = {}

    def end(self, number: int) -> int:
        """A run of a statement ends, two frames above; which one it was."""
        if self.opened:
            frame = id(sys._getframe(2))
            place = self.opened.get(frame)
            if place is not None and place.statement == number:
                del self.opened[frame]
                return place.visit
        self.visits[number] = visit = self.visits[number] + 1
        return visit

    def enter(self, frame: FrameType) -> Place | None:
        """A function of the program begins in this frame; the run of a statement that called it."""
        self.opened.pop(id(frame), None)  # Of another one that was there before.
        caller = _of_program(frame.f_back)
        if caller is None:
            return None
        place = self._place(caller, caller.f_lasti)
        if place is not None and not caller.f_code.co_name.startswith("<lambda>"):
            owner = _owner(caller)
            if id(owner) not in self.opened or self.opened[id(owner)].statement != place.statement:
                self.visits[place.statement] = place.visit
                self.opened[id(owner)] = place
        return place

    def running(self, frame: FrameType) -> Place | None:
        """The innermost statement of the program that is at work."""
        found = _of_program(frame)
        return self._place(found, found.f_lasti) if found is not None else None

    def left(self, frame: FrameType, error: BaseException) -> Place | None:
        """The statement of a frame that an exception has left."""
        step = error.__traceback__
        while step is not None:
            if step.tb_frame is frame and (place := self._place(frame, step.tb_lasti)) is not None:
                return place
            step = step.tb_next
        return None

    def position(self, frame: FrameType | None) -> Position | None:
        """Where the innermost frame of the program stands."""
        found = _of_program(frame)
        return self._at(found.f_code, found.f_lasti) if found is not None else None

    def _place(self, frame: FrameType, instruction: int) -> Place | None:
        statement = self._at(frame.f_code, instruction).statement
        if statement is None:
            return None
        place = self.opened.get(id(_owner(frame))) if self.opened else None
        if place is not None and place.statement == statement:
            return place
        return Place(statement, self.visits[statement] + 1)

    def _at(self, code: CodeType, instruction: int) -> Position:
        key = (code, instruction)
        found = self._positions.get(key)
        if found is None:
            found = self._positions[key] = position_of(self.statements, *key)
        return found


def _of_program(frame: FrameType | None) -> FrameType | None:
    while frame is not None and frame.f_code.co_filename != PROGRAM_FILE:
        frame = frame.f_back
    return frame


def _owner(frame: FrameType) -> FrameType:
    """The frame that a statement runs in: a comprehension has one of its own."""
    while frame.f_code.co_name in _INNER and frame.f_back is not None:
        frame = frame.f_back
    return frame


_INNER = frozenset({"<listcomp>", "<setcomp>", "<dictcomp>"})
