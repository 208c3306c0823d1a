"""A link carries a program there and back, and nothing that is not one gets in."""

from __future__ import annotations

import base64
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer import share
from explorer.gallery import EXAMPLES
from explorer.records import Program


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.slug)
def test_every_example_fits_into_a_link_and_returns_unchanged(example) -> None:  # type: ignore[no-untyped-def]
    program = Program(example.source, seed=3, root="y", gradient="torch.ones(3)", detail=1)
    link = share.pack(program)
    assert len(link) < 2_000
    assert share.unpack(link) == program


@given(st.text(max_size=300))
def test_any_text_returns_unchanged(source: str) -> None:
    assert share.unpack(share.pack(Program(source))).source == source


def test_a_long_program_is_refused_when_packed() -> None:
    noise = "".join(chr(0x4E00 + (i * i * 7919) % 20_000) for i in range(20_000))
    with pytest.raises(share.ShareError, match="too long"):
        share.pack(Program(noise))


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda data: _link(data)))
def test_nonsense_is_refused_kindly(text: str) -> None:
    with pytest.raises(share.ShareError, match="damaged"):
        share.unpack(text)


def test_a_bomb_is_not_inflated() -> None:
    with pytest.raises(share.ShareError):
        share.unpack(_link(b" " * 4_000_000))


def test_a_cut_link_is_refused() -> None:
    with pytest.raises(share.ShareError):
        share.unpack(share.pack(Program("x = 1"))[:-4])


@pytest.mark.parametrize(
    ("stack", "words"),
    [
        (b'{"batch": 512, "data": "digits8"}', "batch must be from 1 to 100, not 512."),
        (b'{"feathers": 1}', "feathers"),
        (b'{"layers": [{"name": "![x](//x)"}]}', "There is no '![x](//x)' to pick."),
    ],
)
def test_a_stack_that_cannot_be_is_refused_with_the_reason_in_a_line_of_its_own(
    stack: bytes, words: str
) -> None:
    with pytest.raises(share.ShareError) as refused:
        share.unpack_stack(_link(stack))
    said, _, details = str(refused.value).partition("\n")
    assert said == "This page cannot build the layers of the link."
    assert words in details
    assert len(details) <= 200


def test_a_damaged_link_to_a_stack_is_refused_kindly() -> None:
    for link in ("nonsense", "", "eJw"):
        with pytest.raises(share.ShareError, match="damaged"):
            share.unpack_stack(link)


def _link(data: bytes) -> str:
    return base64.urlsafe_b64encode(zlib.compress(data)).decode("ascii").rstrip("=")
