"""A rerun decodes each Trace once, and takes it along when it ends."""

from __future__ import annotations

import threading

from explorer.panels import decoded
from explorer.records import FORMAT, Program, Trace
from explorer.wire import encode


def text(source: str) -> str:
    return encode(Trace(format=FORMAT, program=Program(source))).decode()


def test_the_same_text_is_decoded_once() -> None:
    one = text("once")
    assert decoded.trace(one) is decoded.trace(str(one.encode(), "utf-8"))
    assert decoded.trace(one).program.source == "once"


def test_what_is_remembered_need_not_be_decoded() -> None:
    made = Trace(format=FORMAT, program=Program("made here"))
    decoded.remember(encode(made).decode(), made)
    assert decoded.trace(text("made here")) is made


def test_no_more_than_two_are_held() -> None:
    first = decoded.trace(text("first"))
    for other in ("second", "third"):
        decoded.trace(text(other))
    assert decoded.trace(text("first")) is not first


def test_another_rerun_decodes_for_itself() -> None:
    mine = decoded.trace(text("shared"))
    theirs: list[Trace] = []
    rerun = threading.Thread(target=lambda: theirs.append(decoded.trace(text("shared"))))
    rerun.start()
    rerun.join()
    assert theirs[0] == mine
    assert theirs[0] is not mine
