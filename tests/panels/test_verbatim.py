"""A program's words are shown as they stand; a journey sees that nothing of them is fetched."""

from __future__ import annotations

import string

from explorer.panels.verbatim import verbatim


def test_everything_that_markdown_could_read_is_escaped() -> None:
    assert verbatim("![x](http://y)") == r"\!\[x\]\(http\:\/\/y\)"
    for sign in string.punctuation:
        assert verbatim(sign) == f"\\{sign}"


def test_letters_numbers_and_blanks_stay() -> None:
    text = "Größe 3\n θ"
    assert verbatim(text) == text
