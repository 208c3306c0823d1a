"""Where the command line writes: standard output, or a file that is there once it is whole."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import EACCES, EISDIR, ENOENT
from pathlib import Path
from typing import BinaryIO

STDOUT = "-"

CLOSED = 141
"""Exit code where nobody reads on, as shells have it of a program that SIGPIPE ended."""


class OutputError(Exception):
    """What is said cannot be written down; the message is a sentence."""


@contextmanager
def writing(where: str) -> Iterator[None]:
    """Errors of the system become sentences, but for the one that says that nobody reads on."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        name = "to standard output" if where == STDOUT else where
        raise OutputError(f"cannot write {name}: {error.strerror}.") from error


def say(text: str) -> None:
    """A text and a line's end, at once."""
    with writing(STDOUT):
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def hush() -> None:
    """What could not be written is dropped: Python would try again as it ends, and complain."""
    with suppress(OSError, ValueError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, sys.stdout.fileno())
        os.close(nothing)


@contextmanager
def opened(where: str) -> Iterator[BinaryIO]:
    """Standard output, or a file, which takes the place of an older one when all is written."""
    if where == STDOUT:
        with writing(where):
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
        return
    must_be_writable(where)
    path = Path(where)
    if path.exists() and not path.is_file():  # a device or a pipe
        with writing(where), path.open("wb") as out:
            yield out
        return
    path = path.resolve()
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with writing(where), part.open("wb") as out:
            yield out
        with writing(where):
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def must_be_writable(where: str) -> None:
    """Raises OutputError where it can be seen beforehand that no file can be written there."""
    path = Path(where)
    with writing(where):
        if path.is_dir():
            raise IsADirectoryError(EISDIR, os.strerror(EISDIR))
        if not path.parent.is_dir():
            raise FileNotFoundError(ENOENT, f"There is no folder {path.parent}")
        if not os.access(path if path.exists() else path.parent, os.W_OK):
            raise PermissionError(EACCES, os.strerror(EACCES))
