"""Explains a text that is not Python, and puts together a change after which it is."""

from __future__ import annotations

from explorer.records import Failure, Fix
from explorer.worker.doctor import pastes, typos
from explorer.worker.doctor.slips import Look, Slip, Text, complaint

ROWS: tuple[Look, ...] = (*pastes.ROWS, *typos.ROWS)
"""The first row that knows the line explains."""

MOST_SLIPS = 40
"""That one change corrects: a paste has the same slip in many lines."""
LONGEST = 20_000
"""Characters of a text that is looked into: Python reads it anew after each correction."""
LONGEST_LINE = 500


def explain(source: str, error: SyntaxError) -> Failure:
    """What stopped Python, in a reader's words where a row knows them."""
    slip = _slip(source, error)
    if slip is None:
        return _plain(error)
    line = slip.line or error.lineno
    return Failure(
        "syntax", slip.message, line, slip.hint, f"{type(error).__name__}: {error.msg}",
        fix=_fix(source, slip),
    )  # fmt: skip


def _slip(source: str, error: SyntaxError) -> Slip | None:
    if len(source) > LONGEST:
        return None
    text = Text(tuple(source.split("\n")), error)
    if len(text.line) > LONGEST_LINE:
        return None
    return next((slip for look in ROWS if (slip := look(text)) is not None), None)


def _plain(error: SyntaxError) -> Failure:
    """Python's own words, and the word where it stopped."""
    said = (error.msg or "it cannot be read").rstrip(".")
    message = said[:1].upper() + said[1:]
    word = (error.text or "")[(error.offset or 1) - 1 : (error.end_offset or 0) - 1].strip()
    where = f", at `{word}`" if said == "invalid syntax" and 0 < len(word) <= 20 else ""
    hint = "Check brackets, quotes, colons and indentation on this line and the one before."
    end = "" if said.endswith("?") else "."
    return Failure("syntax", f"This is not Python: {message}{where}{end}", error.lineno, hint)


def _fix(source: str, slip: Slip | None) -> Fix | None:
    """The change that mends this slip and all that are found behind it; None if some stay."""
    text = source
    for _ in range(MOST_SLIPS):
        if slip is None or slip.lines is None or "\n".join(slip.lines) == text:
            return None
        text = "\n".join(slip.lines)
        error = complaint(text)
        if error is None:
            return _change(source.split("\n"), text.split("\n"))
        slip = _slip(text, error)
    return None


def _change(old: list[str], new: list[str]) -> Fix:
    """The lines that differ; where lines were only added, with the one before them."""
    most = min(len(old), len(new))
    start = next((at for at in range(most) if old[at] != new[at]), most)
    end = 0
    while end < most - start and old[-1 - end] == new[-1 - end]:
        end += 1
    if start == len(old) - end:
        start -= 1
    return Fix("\n".join(new[start : len(new) - end]), start + 1, len(old) - end)
