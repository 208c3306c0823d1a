"""A Program or a stack of layers <-> the text in a link, whose sender is not trusted."""

from __future__ import annotations

import base64
import binascii
import zlib

import msgspec

from explorer import stack, wire
from explorer.records import Program
from explorer.stack import Stack

MAX_LINK = 7_500
"""Characters. Proxies and chat tools commonly cut at 8,000, and the address needs some as well."""
MAX_TEXT = 200_000
"""Bytes after decompression: far above what fits in a link, far below what hurts the server."""


LONGEST_WORDS = 200
"""Characters of what is wrong with a link; a stranger may have chosen them."""


class ShareError(ValueError):
    """The program does not fit into a link, or the link does not hold a program."""


def pack(program: Program) -> str:
    """The program as text that may stand in an address; raises ShareError beyond MAX_LINK."""
    return _deflate(wire.encode(program))


def pack_stack(chosen: Stack) -> str:
    """The stack as text that may stand in an address; raises ShareError beyond MAX_LINK."""
    return _deflate(stack.encode(chosen).encode())


def _deflate(record: bytes) -> str:
    packed = zlib.compress(record, level=9)
    text = base64.urlsafe_b64encode(packed).decode("ascii").rstrip("=")
    if len(text) > MAX_LINK:
        raise ShareError("This is too long for a link. Share the text of the program itself.")
    return text


def unpack(text: str) -> Program:
    """The program in a link; raises ShareError. Running it is for the reader to decide."""
    try:
        return wire.decode_program(_inflate(_decode(text)))
    except (ValueError, zlib.error, msgspec.MsgspecError) as error:
        raise ShareError("The link is damaged: it holds no program.") from error


def unpack_stack(text: str) -> Stack:
    """The stack in a link; raises ShareError."""
    try:
        return stack.decode(_inflate(_decode(text)))
    except stack.StackError as error:
        words = str(error)[:LONGEST_WORDS]
        raise ShareError(f"This page cannot build the layers of the link.\n{words}") from error
    except (ValueError, zlib.error) as error:
        raise ShareError("The link is damaged: it holds no stack of layers.") from error


def _decode(text: str) -> bytes:
    if len(text) > MAX_LINK:
        raise ShareError("longer than any link that this page makes")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ShareError(str(error)) from error


def _inflate(packed: bytes) -> bytes:
    """Decompressed, but never more than MAX_TEXT bytes of it."""
    stream = zlib.decompressobj()
    text = stream.decompress(packed, MAX_TEXT)
    if not stream.eof:
        raise ShareError("incomplete, or larger than a program may be")
    return text
