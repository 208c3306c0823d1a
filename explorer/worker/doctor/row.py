"""What a diagnosis is, and what a row of the doctor's tables holds."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from explorer.records import Also, Fix
from explorer.worker.doctor.scene import Scene


class Diagnosis(NamedTuple):
    """An error in the program's own words."""

    message: str
    """One sentence: what happened."""
    hint: str | None = None
    """What to do about it."""
    also: tuple[Also, ...] = ()
    fix: Fix | None = None
    line: int | None = None
    """Where it is shown; None: where the program stopped."""


Explain = Callable[[Scene, re.Match[str]], Diagnosis | None]


class Row(NamedTuple):
    """PyTorch's or Python's words, and who explains them."""

    words: str
    """Regular expression over "Type: message"."""
    explain: Explain
    """None from it: this is something else, the next row may know."""


def lines(*also: tuple[int | None, str]) -> tuple[Also, ...]:
    """The other lines that are known, in the order of the text, each once."""
    known = {line: words for line, words in reversed(also) if line is not None}
    return tuple(Also(line, known[line]) for line in sorted(known))
