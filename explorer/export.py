"""Table of file formats: a Trace -> the bytes of one file."""

from __future__ import annotations

import math
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from subprocess import CalledProcessError
from typing import NamedTuple

import graphviz

from explorer import wire
from explorer.records import Edge, Pass, Trace

RUNTIME = Path(__file__).parent / "canvas" / "build" / "runtime.js"

FONTS = "DejaVu Sans Mono,Menlo,Consolas,monospace"
"""Instead of the drawing's Courier, which only the browser's Graphviz needs: same widths."""

DOTS_PER_INCH = 144
"""Of a PNG: twice the size of the screen's dots, for slides."""

THINNEST, THICKEST = 1.0, 3.0
"""Pen widths, in points, of the smallest and the largest gradient of a pass."""

DECADES = 2
"""Least span of the scale in powers of ten, so that nearly equal gradients look alike."""

RAMP = ("b39a2e", "7f9a5c", "47898a", "2b68ab", "1c2671")
"""Colours from the smallest to the largest gradient: the light ones of `canvas/src/palette.ts`."""

LOUD = "c2410c"
"""Colour of NaN and infinities, outside of the ramp."""

NO_DOT = (
    "{} needs the program `dot` of Graphviz, which was not found. Install Graphviz "
    "(Debian and Ubuntu: apt install graphviz, macOS: brew install graphviz, "
    "Windows: winget install graphviz), or choose .html or .dot, which need nothing."
)

DRAWN = (".svg", ".png", ".pdf")
"""Formats that the `dot` program writes."""

_EDGE = re.compile(r'^(\t"[\w.]+" -> "[\w.]+" \[id="(e\d+)[\w.]*" .*)\]$', re.MULTILINE)


class ExportError(ValueError):
    """This Trace cannot become such a file here; the message says why and what to do."""


class Format(NamedTuple):
    """One row of the table."""

    mime: str
    says: str
    """What the file is, in a few words."""
    write: Callable[[Trace, bool], bytes]
    """(trace, classic) -> the file; classic is torchviz's picture undressed."""


def export(trace: Trace, suffix: str, classic: bool = False) -> bytes:
    """The file of a format, named by its suffix (".svg" or "svg"); raises ExportError.

    Pictures show the first pass that has one.
    """
    name = "." + suffix.lower().removeprefix(".")
    if name not in FORMATS:
        raise ExportError(f"no format {name!r}; there are {', '.join(FORMATS)}")
    return FORMATS[name].write(trace, classic)


def obstacle(suffix: str) -> str | None:
    """Why files of a format cannot be written on this machine; None where they can."""
    return NO_DOT.format(suffix) if suffix in DRAWN and shutil.which("dot") is None else None


def _json(trace: Trace, _classic: bool) -> bytes:
    return wire.written_out(trace) + b"\n"


def _dot(trace: Trace, classic: bool) -> bytes:
    return _text(trace, classic).encode()


def _drawn(suffix: str) -> Callable[[Trace, bool], bytes]:
    """A format that the `dot` program writes."""

    def write(trace: Trace, classic: bool) -> bytes:
        text = _text(trace, classic)
        if suffix == "png":
            page = f"bgcolor=white dpi={DOTS_PER_INCH}"
            text = text.replace("{\n", "{\n\tgraph [" + page + "]\n", 1)
            text = text.replace("\tgraph [bgcolor=transparent", "\tgraph [bgcolor=white", 1)
        try:
            return bytes(graphviz.pipe("dot", suffix, text.encode()))
        except graphviz.ExecutableNotFound as error:
            raise ExportError(NO_DOT.format(f".{suffix}")) from error
        except CalledProcessError as error:
            raise ExportError(f"`dot` could not draw this graph: {error}") from error

    return write


def _html(trace: Trace, _classic: bool) -> bytes:
    """The replay itself: program, record and canvas in one file that needs no network."""
    if not RUNTIME.exists():
        raise ExportError(f"the canvas is not built: {RUNTIME.name} is missing; run its build")
    payload = wire.payload(wire.encode(trace), run=1).decode()
    runtime = RUNTIME.read_text(encoding="utf-8")
    return _PAGE.format(payload=_inert(payload), runtime=_inside_script(runtime)).encode()


_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Autograd Explorer</title>
<body>
<script type="application/json" id="payload">{payload}</script>
<script type="module">{runtime}</script>
<script type="module">
const payload = JSON.parse(document.getElementById("payload").textContent);
globalThis[Symbol.for("autograd-explorer")].standalone(document.body, payload);
</script>
</body>
</html>
"""


def _inert(json: str) -> str:
    """JSON that no HTML parser takes for markup, whatever the program has in its strings."""
    return json.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _inside_script(javascript: str) -> str:
    """JavaScript in which nothing ends the script element or opens a comment of HTML."""
    javascript = re.sub(r"</(script)", r"<\\/\1", javascript, flags=re.IGNORECASE)
    return javascript.replace("<!--", "\\x3C!--")


def _text(trace: Trace, classic: bool) -> str:
    """DOT for the `dot` program, from the DOT that was written for the browser."""
    one = _pictured(trace)
    assert one.drawing is not None
    if classic:
        return one.drawing.classic[""].replace("fontname=Courier", "fontname=monospace", 1)
    text = one.drawing.dressed.replace("fontname=Courier", f'fontname="{FONTS}"', 1)
    text = text.replace("dir=both", "dir=forward", 1)
    styles = _styles(one)
    return _EDGE.sub(lambda found: f"{found[1]}{styles.get(found[2], '')}]", text)


def _pictured(trace: Trace) -> Pass:
    """The first pass that has a drawing; raises ExportError."""
    for one in trace.passes:
        if one.drawing is not None:
            return one
    if trace.passes:
        nodes = max(one.node_count for one in trace.passes)
        raise ExportError(
            f"the graph is too large for torchviz's picture ({nodes} nodes); choose .html or .json"
        )
    why = f": {trace.failure.message}" if trace.failure else ""
    raise ExportError(f"there is no graph to draw{why}")


def _styles(one: Pass) -> dict[str, str]:
    """Edge id -> width and colour by its gradient's norm, on a scale of whole decades."""
    norms = {edge.id: norm for edge in one.edges if (norm := _norm(edge)) is not None}
    sizes = [math.log10(norm) for norm in norms.values() if 0 < norm < math.inf]
    high = math.ceil(max(sizes, default=0))
    low = min(math.floor(min(sizes, default=0)), high - DECADES)
    return {edge: _style(norm, low, high) for edge, norm in norms.items()}


def _norm(edge: Edge) -> float | None:
    return (
        None if edge.gradient is None or edge.gradient.norm is None else float(edge.gradient.norm)
    )


def _style(norm: float, low: float, high: float) -> str:
    if not math.isfinite(norm):
        return f' penwidth={THICKEST} color="#{LOUD}"'
    share = (math.log10(norm) - low) / (high - low) if norm else 0.0
    return f' penwidth={THINNEST + share * (THICKEST - THINNEST):.2f} color="#{_colour(share)}"'


def _colour(share: float) -> str:
    """A colour of the ramp, from 0 to 1."""
    place = share * (len(RAMP) - 1)
    start = min(int(place), len(RAMP) - 2)
    pair = zip(bytes.fromhex(RAMP[start]), bytes.fromhex(RAMP[start + 1]), strict=True)
    return bytes(round(a + (b - a) * (place - start)) for a, b in pair).hex()


FORMATS = {
    ".dot": Format("text/vnd.graphviz", "the picture as text for Graphviz", _dot),
    ".svg": Format("image/svg+xml", "the picture, sharp at any size", _drawn("svg")),
    ".png": Format("image/png", "the picture, for slides", _drawn("png")),
    ".pdf": Format("application/pdf", "the picture, for print", _drawn("pdf")),
    ".html": Format("text/html", "the replay in one file, without a server", _html),
    ".json": Format("application/json", "the whole record", _json),
}
"""Suffix -> format."""
