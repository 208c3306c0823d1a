"""Exceptions of a program as failures: one sentence, the line, and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import FrameType, TracebackType
from typing import NamedTuple

from explorer.limits import Limits
from explorer.records import Failure
from explorer.worker.stop import PROGRAM_FILE, SoftTimeout

LONGEST = 300
"""Characters of a message; the details have the rest."""

LONGEST_DETAILS = 4_000


class Advice(NamedTuple):
    """What PyTorch's or Python's words mean."""

    words: str
    """Regular expression over "Type: message"."""
    message: str
    """May use groups of the expression by name."""
    hint: str


ADVICE = (
    Advice(
        r"grad can be implicitly created only for scalar outputs",
        "backward() started from a tensor that is not one number, so it needs a vector v.",
        "Make it one number, for example with `.sum()` or `.mean()`, or pass"
        " `gradient=torch.ones_like(...)`.",
    ),
    Advice(
        r"grad can be implicitly created only for real scalar",
        "backward() started from a complex number, and only real ones have a gradient by itself.",
        "Start from a real number, for example `.abs()` or `.real`.",
    ),
    Advice(
        r"Trying to backward through the graph a second time",
        "backward() went through this graph before, and what its operations saved is gone.",
        "Pass `retain_graph=True` to the first backward(), or run the forward part again before"
        " the second.",
    ),
    Advice(
        r"modified by an inplace operation",
        "A tensor that backward needs was changed in place after it was used.",
        "Use an operation that makes a new tensor (`x = x + 1` instead of `x += 1`), or change a"
        " `.clone()`.",
    ),
    Advice(
        r"a leaf Variable that requires grad is being used in an in-place operation"
        r"|a view of a leaf Variable that requires grad is being used in an in-place",
        "A leaf that requires a gradient was changed in place.",
        "Change it under `with torch.no_grad():`, or make a new tensor.",
    ),
    Advice(
        r"is a view and (its base or another view of its base has been|is being) modified inplace",
        "A view of a tensor was changed in place in a way that autograd cannot follow.",
        "Change a `.clone()`, or put new tensors together with `torch.stack` or `torch.cat`.",
    ),
    Advice(
        r"element \d+ of tensors does not require grad",
        "backward() started from a tensor that has no graph: nothing behind it"
        " requires a gradient.",
        "Give a tensor `requires_grad=True`, and look for `.detach()`, `.item()`, `no_grad()` or"
        " integers on the way.",
    ),
    Advice(
        r"appears to not have been used in the graph",
        "A gradient was asked for a tensor that the result does not depend on.",
        "Pass `allow_unused=True` to get None for it, or use the tensor in the computation.",
    ),
    Advice(
        r"Mismatch in shape: grad_output\[\d+\] has a shape of torch\.Size\((?P<v>.*?)\) and"
        r" output\[\d+\] has a shape of torch\.Size\((?P<root>.*?)\)",
        "The vector v has shape {v}, but the tensor that backward starts from has shape {root}.",
        "Give v the shape of the tensor.",
    ),
    Advice(
        r"mat1 and mat2 shapes cannot be multiplied"
        r" \((?P<a>\d+)x(?P<b>\d+) and (?P<c>\d+)x(?P<d>\d+)\)",
        "A {a}×{b} matrix cannot be multiplied by a {c}×{d} matrix: {b} is not {c}.",
        "Change one size, or transpose one of them with `.T`.",
    ),
    Advice(
        r"The size of tensor a \((?P<a>\d+)\) must match the size of tensor b \((?P<b>\d+)\)"
        r" at non-singleton dimension (?P<axis>\d+)",
        "Shapes do not fit together: {a} against {b} along axis {axis}.",
        "Axes must be equal, or one of them 1. Print the shapes just before this line.",
    ),
    Advice(
        r"Only Tensors of floating point and complex dtype can require gradients",
        "Integers and booleans cannot require a gradient.",
        "Write the numbers with a point (`3.0`), or pass `dtype=torch.float32`.",
    ),
    Advice(
        r"Can't call numpy\(\) on Tensor that requires grad",
        "A tensor that requires a gradient cannot become a NumPy array directly.",
        "Use `.detach().numpy()`.",
    ),
    Advice(
        r"expected (?:m1 and m2|scalar type|.* to have the same dtype|.* same dtype)"
        r"|must have the same dtype",
        "Two tensors of different dtypes met.",
        "Convert one of them with `.to(...)`, for example `.float()`.",
    ),
    Advice(
        r"cannot assign (?:module|parameters?) before (?:Module|Parameter)?\.?__init__\(\) call"
        r"|has no attribute '_(?:modules|parameters)'",
        "A module was given parts before `nn.Module` was set up.",
        "Write `super().__init__()` as the first line of its `__init__`.",
    ),
    Advice(
        r"returned an incorrect number of gradients \(expected (?P<due>\d+), got (?P<got>\d+)\)",
        "A Function's backward returned {got} gradients, but its forward has {due} inputs.",
        "Return one value for each input of forward, None where there is no gradient.",
    ),
    Advice(
        r"returned an invalid gradient at index (?P<at>\d+)",
        "A Function's backward returned a gradient of the wrong shape for its input {at}.",
        "The gradient of an input has the shape of that input.",
    ),
    Advice(
        r"Inference tensors cannot be saved for backward",
        "A tensor made under `torch.inference_mode()` was used where a gradient is needed.",
        "Use `torch.no_grad()` instead, or a `.clone()` outside.",
    ),
    Advice(
        r"^NameError: name '(?P<name>\w+)' is not defined",
        "`{name}` is used here, but nothing of that name was defined before.",
        "Define or import it above this line, and check the spelling.",
    ),
    Advice(
        r"^ModuleNotFoundError: No module named '(?P<name>[\w.]+)'",
        "There is no module `{name}` here.",
        "Programs can use PyTorch, NumPy and Python's own modules.",
    ),
    Advice(
        r"^SystemExit",
        "The program ended itself before its last line.",
        "Remove the call of `exit()`.",
    ),
    Advice(
        r"^KeyboardInterrupt",
        "The program was interrupted.",
        "Run it again.",
    ),
)

PERMISSION = Advice(
    r"^(PermissionError|BlockingIOError)|^OSError: \[Errno (1|11|13|24)\]",
    "The program asked for a file, the network or another process.",
    "Programs can compute and print; make the data in the program itself.",
)


def of_exception(error: BaseException, line: int | None, limits: Limits | None = None) -> Failure:
    """The failure that an exception of the program means; names the limit that it met."""
    words = _words(error)
    if isinstance(error, SoftTimeout):
        return Failure(
            "timeout", str(error), line, "Try fewer steps or smaller tensors; see what ran so far."
        )
    if isinstance(error, MemoryError) or "can't allocate memory" in words:
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
    first = next(iter(words.strip().splitlines()), words)
    details = _cut(words, LONGEST_DETAILS) if len(words) > len(first) else None
    return Failure("error", _cut(first, LONGEST), line, None, details)


def of_text(error: BaseException) -> Failure:
    """The failure of a text that is not a Python program."""
    if not isinstance(error, SyntaxError):
        said = "is nested too deeply" if isinstance(error, RecursionError | MemoryError) else ""
        return Failure(
            "syntax", f"The text {said or 'cannot be read as Python'}.", None, None, str(error)
        )
    message = error.msg[:1].upper() + error.msg[1:]
    hint = "Check brackets, quotes, colons and indentation on this line and the one before."
    return Failure("syntax", f"This is not Python: {message}.", error.lineno, hint)


def line_of(error: BaseException) -> int | None:
    """The innermost line of the program on the way of an exception."""
    lines = [line for _, line in program_frames(error.__traceback__)]
    return lines[-1] if lines else None


def program_frames(traceback: TracebackType | None) -> Iterator[tuple[FrameType, int]]:
    """Frames of the program with their lines, outermost first."""
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == PROGRAM_FILE:
            yield traceback.tb_frame, traceback.tb_lineno
        traceback = traceback.tb_next


def _words(error: BaseException) -> str:
    """ "Type: message"; the program's own exceptions may fail even at that."""
    try:
        said = str(error)
    except Exception:
        said = ""
    kind = type(error).__name__
    return f"{kind}: {said}" if said else kind


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
