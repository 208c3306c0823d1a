"""Answers kept for whoever asks the same: the JSON text of a Trace by that of its Program."""

from __future__ import annotations

from collections import OrderedDict

MAX_BYTES = 32 << 20
"""All kept answers together; the examples of a class need about 2 MB."""


class Answers:
    """The answers used last, as many as fit. Not safe by itself for several threads."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max = max_bytes
        self._bytes = 0
        self._kept: OrderedDict[bytes, bytes] = OrderedDict()

    def get(self, program: bytes) -> bytes | None:
        """The answer to this program, if it is still here."""
        answer = self._kept.get(program)
        if answer is not None:
            self._kept.move_to_end(program)
        return answer

    def keep(self, program: bytes, answer: bytes) -> None:
        """Keeps it, and forgets those that nobody asked for longest."""
        if program in self._kept:
            return
        self._kept[program] = answer
        self._bytes += len(program) + len(answer)
        while self._bytes > self._max:
            old_program, old_answer = self._kept.popitem(last=False)
            self._bytes -= len(old_program) + len(old_answer)

    def drop(self, program: bytes) -> None:
        """Forgets one, if it is here."""
        answer = self._kept.pop(program, None)
        if answer is not None:
            self._bytes -= len(program) + len(answer)
