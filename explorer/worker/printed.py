"""What a program prints, as a stream that gives each text to the statement that printed it."""

from __future__ import annotations

import io
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class Printed(io.TextIOBase):
    """Stands in for stdout and stderr, and keeps the first `most` characters."""

    def __init__(self, note: Callable[[str], None], most: int) -> None:
        super().__init__()
        self.cut = False
        self._note = note
        self._texts: list[str] = []
        self._room = most
        self._muted = False

    @property
    def text(self) -> str:
        """All that was kept."""
        return "".join(self._texts)

    @contextmanager
    def muted(self) -> Iterator[None]:
        """Nothing is kept meanwhile: the recorder runs code of the program once more."""
        self._muted = True
        try:
            yield
        finally:
            self._muted = False

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, text: str) -> int:
        """Keeps as much of the text as there is room for."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if self._muted:
            return len(text)
        kept = text[: self._room]
        self.cut = self.cut or len(kept) < len(text)
        if kept:
            self._room -= len(kept)
            self._texts.append(kept)
            self._note(kept)
        return len(text)


@contextmanager
def warnings_printed() -> Iterator[None]:
    """Warnings are part of what a program prints, each in one line."""

    def show(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
        first = next(iter(str(message).splitlines()), "")
        sys.stderr.write(f"{category.__name__}: {first}\n")

    with warnings.catch_warnings():
        warnings.simplefilter("default")
        warnings.showwarning = show
        yield
