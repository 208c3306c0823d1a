"""How far a run is: one bounded number, whatever else stands beside it."""

from __future__ import annotations

import pytest

from explorer.progress import MOST_DIGITS, latest, word


def test_the_newest_word_counts() -> None:
    assert latest(word(1) + word(312)) == 312


@pytest.mark.parametrize(
    "complaints",
    [
        b"",
        b"Fatal Python error",
        word(10**MOST_DIGITS),
        b"\nreached -1\n",
        b"\nreached 1e9\n",
        b"\nreached 12",
        "\nreached ٣\n".encode(),
    ],
)
def test_what_is_no_number_of_ours_is_not_read(complaints: bytes) -> None:
    assert latest(complaints) is None


def test_a_report_beside_it_changes_nothing() -> None:
    assert latest(b"x" * 70_000 + word(5) + b"Warning\n") == 5
