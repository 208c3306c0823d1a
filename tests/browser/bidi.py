"""A Firefox, driven by WebDriver BiDi, which it speaks by itself: no driver to install."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

NAMES = ("firefox-esr", "firefox")
PATIENCE = 60
"""Seconds for a state to come, on a busy machine."""
KEYS = {"Control": "\ue009", "Enter": "\ue007", "ArrowRight": "\ue014"}
FIND = """(selector, text) => {
  const found = [];
  const look = root => {
    found.push(...root.querySelectorAll(selector));
    for (const it of root.querySelectorAll('*')) if (it.shadowRoot) look(it.shadowRoot);
  };
  look(document);
  return found.find(it => it.textContent.includes(text));
}"""
"""The first element with this text, also in shadow trees."""


def executable() -> str | None:
    """The machine's own Firefox."""
    named = os.environ.get("FIREFOX")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


class Firefox:
    """One tab. Waits on states that the page shows, never on time."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self.faults: list[str] = []
        self._ask("session.new", capabilities={})
        self._ask("session.subscribe", events=["log.entryAdded"])
        self._tab = self._ask("browsingContext.getTree")["contexts"][0]["context"]

    def _ask(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while (told := json.loads(self._socket.recv(PATIENCE))).get("id") != number:
            if told.get("method") == "log.entryAdded" and told["params"]["level"] == "error":
                self.faults.append(told["params"]["text"])
        assert told["type"] == "success", told
        result: dict[str, Any] = told["result"]
        return result

    def open(self, address: str, width: int, height: int) -> None:
        size = {"width": width, "height": height}
        self._ask("browsingContext.setViewport", context=self._tab, viewport=size)
        self._ask("browsingContext.navigate", context=self._tab, url=address, wait="complete")

    def of(self, selector: str, asked: str, text: str = "") -> Any:
        """What the page says of an element `it`; None while there is none."""
        found = f"({FIND})({json.dumps(selector)}, {json.dumps(text)})"
        script = f"JSON.stringify((it => it ? {asked} : null)({found})) ?? 'null'"
        target = {"context": self._tab}
        told = self._ask("script.evaluate", expression=script, target=target, awaitPromise=False)
        assert told["type"] == "success", told
        return json.loads(told["result"]["value"])

    def wait(self, selector: str, asked: str, text: str = "") -> None:
        """Until it is so."""
        deadline = time.monotonic() + PATIENCE
        while not self.of(selector, asked, text):
            assert time.monotonic() < deadline, f"{selector} {text}: never {asked}"
            time.sleep(0.05)

    def click(self, selector: str, text: str = "") -> None:
        self.wait(selector, "it.getBoundingClientRect().width > 0", text)
        box = self.of(selector, "it.getBoundingClientRect()", text)
        x, y = (
            round(box[start] + box[size] / 2) for start, size in (("x", "width"), ("y", "height"))
        )
        steps = [
            {"type": "pointerMove", "x": x, "y": y},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        self._act({"type": "pointer", "id": "mouse", "actions": steps})

    def wheel(self, selector: str, pixels: int, *held: str) -> None:
        """Over the middle of an element, with keys held."""
        box = self.of(selector, "it.getBoundingClientRect()")
        x, y = round(box["x"] + box["width"] / 2), round(box["y"] + box["height"] / 2)
        turn = {"type": "scroll", "x": x, "y": y, "deltaX": 0, "deltaY": pixels}
        self._act({"type": "key", "id": "keys", "actions": _downs(held)})
        self._act({"type": "wheel", "id": "wheel", "actions": [turn]})
        self._act({"type": "key", "id": "keys", "actions": _ups(held)})

    def press(self, *keys: str) -> None:
        """All but the last are held."""
        *held, last = keys
        actions = [*_downs(held), *_downs([last]), *_ups([last]), *_ups(held)]
        self._act({"type": "key", "id": "keys", "actions": actions})

    def paste(self, text: str) -> None:
        """Into what has the focus."""
        assert self.of("body", f"document.execCommand('insertText', false, {json.dumps(text)})")

    def type(self, text: str) -> None:
        for letter in text:
            self.press(letter)

    def _act(self, source: dict[str, Any]) -> None:
        self._ask("input.performActions", context=self._tab, actions=[source])


def _downs(keys: list[str] | tuple[str, ...]) -> list[dict[str, str]]:
    return [{"type": "keyDown", "value": KEYS.get(key, key)} for key in keys]


def _ups(keys: list[str] | tuple[str, ...]) -> list[dict[str, str]]:
    return [{"type": "keyUp", "value": KEYS.get(key, key)} for key in keys]


@contextlib.contextmanager
def firefox(profile: Path) -> Iterator[Firefox]:
    """A fresh one without a window; ends with the block."""
    path = executable()
    assert path, "CI must have a Firefox: install it, or name one in $FIREFOX"
    command = [path, "--headless", "--no-remote", "--profile", str(profile)]
    command += ["--remote-debugging-port", "0", "about:blank"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=quiet, stderr=quiet) as browser:
        try:
            address = f"{_address(profile / 'WebDriverBiDiServer.json')}/session"
            with connect(address, max_size=None) as socket:
                yield Firefox(socket)
        finally:
            browser.terminate()


def _address(written: Path) -> str:
    """Where it listens, once it has written that into its profile."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, ValueError, KeyError):
            told = json.loads(written.read_text("utf-8"))
            return f"ws://{told['ws_host']}:{told['ws_port']}"
        time.sleep(0.1)
    raise AssertionError("Firefox did not start")
