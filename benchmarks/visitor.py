"""One reader of the page without a browser: Streamlit's own messages over a real WebSocket."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple, TypeVar

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from explorer import wire
from explorer.records import Trace

Kind = TypeVar("Kind", bound="Page")

PATIENCE = 120.0
"""Seconds for the page to answer; the queue in front of the workers is shorter."""


class Answer(NamedTuple):
    """What the page showed of one run."""

    seconds: float
    """From the press to the end of the page's script."""
    failure: str | None
    """Its kind; "no answer" when the graph on the page is of another program."""
    leaves: bytes
    """The table of all leaves with their gradients, as JSON."""


class Page:
    """An open page, and what its script mounts."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._kept: dict[str, ForwardMsg] = {}

    async def run_script(self, message: BackMsg) -> None:
        """Has the page's script run once, and looks at what it mounts."""
        # As browsers do, so that what did not change since the last run is not sent again.
        message.rerun_script.cached_message_hashes.extend(self._kept)
        known, self._kept = self._kept, {}
        await self._socket.send(message.SerializeToString())
        while True:
            heard = ForwardMsg()
            heard.ParseFromString(await self._next())
            if heard.WhichOneof("type") == "script_finished":
                return
            heard = known.get(heard.ref_hash, heard)
            if heard.metadata.cacheable:
                self._kept[heard.hash] = heard
            if heard.WhichOneof("type") == "delta":
                self.look_at(heard.delta.new_element)

    def look_at(self, element: Element) -> None:
        """One element of the page, new or again."""

    async def _next(self) -> bytes:
        message = await self._socket.recv(decode=False)
        assert isinstance(message, bytes)
        return message


class Visitor(Page):
    """Our page."""

    def __init__(self, socket: ClientConnection) -> None:
        super().__init__(socket)
        self._editor = ""
        self._graph = b""

    async def press_run(self, source: str) -> Answer:
        """Types a program and presses Run."""
        message = BackMsg()
        trigger = message.rerun_script.widget_states.widgets.add()
        # The name that Streamlit gives to all events of one component.
        trigger.id = f"$$STREAMLIT_INTERNAL_KEY_{self._editor}__events"
        trigger.json_trigger_value = json.dumps([{"event": "run", "value": source}])
        began = time.monotonic()
        await self.run_script(message)
        seconds = time.monotonic() - began
        trace = self._trace()
        if trace.program.source != source:
            return Answer(seconds, "no answer", b"")
        failure = trace.failure.kind if trace.failure else None
        return Answer(seconds, failure, wire.written_out(trace.leaves))

    def _trace(self) -> Trace:
        """What the graph of the page shows, decoded as the page's browser would."""
        sent = json.loads(self._graph)
        return wire.decode(json.dumps({name: sent[name] for name in ("tensors", "trace")}))

    def look_at(self, element: Element) -> None:
        """Remembers the editor, whose events we send, and the graph."""
        component = element.bidi_component
        if component.component_name == "explorer_editor":
            self._editor = component.id
        elif component.component_name == "explorer_graph":
            self._graph = component.bytes


@contextlib.asynccontextmanager
async def opened(address: str, kind: type[Kind]) -> AsyncIterator[Kind]:
    """Opens a page and waits until its script has run once."""
    stream = address.replace("http", "ws", 1) + "/_stcore/stream"
    async with connect(stream, max_size=None, ping_timeout=PATIENCE) as socket:
        one = kind(socket)
        message = BackMsg()
        message.rerun_script.query_string = ""
        await one.run_script(message)
        yield one


def visitor(address: str) -> AbstractAsyncContextManager[Visitor]:
    """Opens our page, which runs its first example."""
    return opened(address, Visitor)
