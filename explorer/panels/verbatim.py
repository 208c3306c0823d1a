"""A program's words where Streamlit reads Markdown."""

from __future__ import annotations

import re

_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")


def verbatim(text: str) -> str:
    """Markdown that shows the text as it stands: no picture that a browser would fetch, no link
    with other words on it, no formula, no colour."""
    return _PUNCTUATION.sub(r"\\\g<0>", text)
