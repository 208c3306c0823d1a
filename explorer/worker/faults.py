"""Exceptions of a program as failures: one sentence, the line, and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import FrameType, TracebackType
from typing import NamedTuple

import torch
from msgspec import structs

from explorer import failures
from explorer.limits import Limits
from explorer.records import Failure
from explorer.worker.doctor import diagnose, graphless, hooked, text
from explorer.worker.doctor.row import Diagnosis
from explorer.worker.doctor.scene import Scene
from explorer.worker.stop import PROGRAM_FILE, SoftStop, SoftTimeout

LONGEST = 300
"""Characters of a message; the details have the rest."""

LONGEST_READ = 4_000
"""Characters of an error that are read at all: a program may raise megabytes."""

LONGEST_DETAILS = 4_000

PLACE = re.compile(r" \((?:/|[A-Za-z]:\\)[^()]*\)$")
"""Where a module lies, which is the server's business."""

LOOK = "What the lines before it gave is listed: look there at what this line was given."
"""What to do about an error that nobody here knows."""


class Advice(NamedTuple):
    """What PyTorch's or Python's words mean."""

    words: str
    """Regular expression over "Type: message"."""
    message: str
    """May use groups of the expression by name."""
    hint: str


ADVICE = (
    Advice(
        r"^SystemExit",
        "The program ended itself before its last line.",
        "Leave out what ends it: `exit()`, `quit()` or `raise SystemExit`.",
    ),
    Advice(
        r"^KeyboardInterrupt",
        "The program was interrupted.",
        "Run it again.",
    ),
)
"""Errors that need no more than words; those of PyTorch are the doctor's."""

NO_MEMORY = re.compile(r"can't allocate memory|std::bad_alloc|could not create a primitive$")
"""How PyTorch says it, and how oneDNN does, which convolutions are computed by."""

PERMISSION = Advice(
    r"^(PermissionError|BlockingIOError)|^OSError: \[Errno (1|11|13|24)\]",
    "The program asked for a file, the network or another process.",
    "Programs can compute and print; make the data in the program itself.",
)


def of_exception(
    error: BaseException,
    line: int | None,
    scene: Scene | None = None,
    limits: Limits | None = None,
) -> Failure:
    """The failure that an exception of the program means; the scene lets it be explained.

    Where it met a limit, that is named.
    """
    words = _words(error)
    if isinstance(error, SoftStop):
        return structs.replace(failures.stopped(), line=line)
    if isinstance(error, SoftTimeout):
        return Failure(
            "timeout", str(error), line, "Try fewer steps or smaller tensors; see what ran so far."
        )
    if isinstance(error, MemoryError) or NO_MEMORY.search(words):
        return Failure(
            "memory",
            f"The program needs more than {limits.memory_mb} MB of memory, the limit."
            if limits
            else "The program needs more memory than it may take.",
            line,
            "Try smaller tensors, or keep fewer of them.",
            _cut(words, LONGEST_DETAILS),
        )
    if isinstance(error, RecursionError):
        deep = f"{limits.recursion:,} levels deep, the limit" if limits else "they may"
        return Failure(
            "error",
            f"Functions called themselves or each other more than {deep}.",
            line,
            "Check that the recursion ends, or write it as a loop.",
            _cut(words, LONGEST_DETAILS),
        )
    for advice in (*ADVICE, PERMISSION):
        found = re.search(advice.words, words)
        if found:
            message = advice.message.format(**found.groupdict())
            return Failure("error", message, line, advice.hint, _cut(words, LONGEST_DETAILS))
    return hooked.told(_explained(words, line, scene), error)


def _explained(words: str, line: int | None, scene: Scene | None) -> Failure:
    """An error of the program as the doctor tells it, or in the words that it came with."""
    diagnosis = _diagnosis(words, scene) if scene is not None else None
    if diagnosis is not None:
        return Failure(
            "error",
            diagnosis.message,
            diagnosis.line or line,
            diagnosis.hint,
            _cut(words, LONGEST_DETAILS),
            tuple(one for one in diagnosis.also if one.line != (diagnosis.line or line)),
            diagnosis.fix,
        )
    first = next(iter(words.strip().splitlines()), words)
    details = _cut(words, LONGEST_DETAILS) if len(words) > len(first) else None
    return Failure("error", _cut(first, LONGEST), line, LOOK, details)


def _diagnosis(words: str, scene: Scene) -> Diagnosis | None:
    """What the doctor says. If it fails, PyTorch's own words must do."""
    try:
        with torch._C.DisableTorchFunction(), torch.no_grad():
            return diagnose(words, scene)
    except Exception:
        return None


def without_gradient(scene: Scene, failure: Failure) -> Failure:
    """The failure of a program without a graph, with the line that is to blame."""
    try:
        with torch._C.DisableTorchFunction(), torch.no_grad():
            return graphless.without_gradient(scene, failure)
    except Exception:
        return failure


def of_text(error: BaseException, source: str = "") -> Failure:
    """The failure of a text that is not a Python program."""
    if not isinstance(error, SyntaxError):
        deep = isinstance(error, RecursionError | MemoryError)
        said = "is nested too deeply" if deep else "cannot be read as Python"
        hint = "Split the long expression." if deep else "Look for characters that nobody can see."
        return Failure("syntax", f"The text {said}.", None, hint, str(error) or None)
    return text.explain(source, error)


def line_of(error: BaseException) -> int | None:
    """The innermost line of the program on the way of an exception."""
    lines = [line for _, line in program_frames(error.__traceback__)]
    return lines[-1] if lines else None


def innermost(traceback: TracebackType | None) -> TracebackType | None:
    """Where the way of an exception was in the program last."""
    *_, last = None, *_in_program(traceback)
    return last


def program_frames(traceback: TracebackType | None) -> Iterator[tuple[FrameType, int]]:
    """Frames of the program with their lines, outermost first."""
    for one in _in_program(traceback):
        yield one.tb_frame, one.tb_lineno


def _in_program(traceback: TracebackType | None) -> Iterator[TracebackType]:
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == PROGRAM_FILE:
            yield traceback
        traceback = traceback.tb_next


def _words(error: BaseException) -> str:
    """ "Type: message"; the program's own exceptions may fail even at that."""
    try:
        said = str(error)
    except Exception:
        said = ""
    if isinstance(error, ImportError):
        said = PLACE.sub("", said)
    kind = type(error).__name__
    return f"{kind}: {_cut(said, LONGEST_READ)}" if said else kind


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
