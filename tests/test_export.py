"""Files that a Trace becomes: every format of the table, and plain errors."""

from __future__ import annotations

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest

from explorer import export as room
from explorer import wire
from explorer.export import FORMATS, ExportError, export
from explorer.records import Drawing, Failure, Pass, TensorView, Trace
from tests.passes import product, scalar, trace

needs_dot = pytest.mark.skipif(shutil.which("dot") is None, reason="needs the dot program")
BEGINNINGS = {".dot": b"digraph", ".svg": b"<?xml", ".png": b"\x89PNG", ".pdf": b"%PDF"}


def drawn(one: Pass) -> Trace:
    """A Trace with a drawing as the worker writes it, by hand because torch is not imported here."""
    dressed = (
        "digraph {\n\tgraph [bgcolor=transparent]\n\tnode [fontname=Courier]\n\tedge [dir=both]\n"
        '\t"n2" [id="n2" label="dir=both fontname=Courier"]\n'
        '\t"n1" -> "n0" [id="e1" class="edge-gradient"]\n'
        '\t"n2.1" -> "n1" [id="e2.1" class="edge-gradient"]\n'
        '\t"n4" -> "n0" [id="e3" class="edge-data"]\n}\n'
    )
    classic = "digraph {\n\tnode [fontname=Courier]\n\tn0 [label=MulBackward0]\n}\n"
    drawing = Drawing(dressed=dressed, classic={"": classic}, boxes=5)
    return trace(msgspec.structs.replace(one, drawing=drawing))


def attributes(dot: str, edge: str) -> str:
    found = re.search(rf'\[id="{re.escape(edge)}" (.*)\]$', dot, re.MULTILINE)
    assert found
    return found[1]


def with_gradients(*views: TensorView | None) -> Pass:
    edges = [
        msgspec.structs.replace(edge, gradient=view)
        for edge, view in zip(product().edges[1:], views, strict=False)
    ]
    return msgspec.structs.replace(product(), edges=tuple(edges))


@needs_dot
@pytest.mark.parametrize("classic", [False, True])
@pytest.mark.parametrize("suffix", BEGINNINGS)
def test_pictures_are_what_their_suffix_says(suffix: str, classic: bool) -> None:
    assert export(drawn(product()), suffix, classic).startswith(BEGINNINGS[suffix])


def test_json_is_the_record_itself() -> None:
    whole = drawn(product())
    assert msgspec.json.decode(export(whole, "json"), type=Trace) == whole


def test_arrows_of_a_file_show_one_direction_and_labels_stay() -> None:
    dot = export(drawn(product()), ".dot").decode()
    assert "edge [dir=forward]" in dot
    assert "dir=both fontname=Courier" in dot
    assert f'node [fontname="{room.FONTS}"]' in dot


def test_larger_gradients_are_wider_and_darker() -> None:
    dot = export(drawn(with_gradients(scalar(10), scalar(0.01), None)), ".dot").decode()
    assert f'penwidth={room.THICKEST:.2f} color="#{room.RAMP[-1]}"' in attributes(dot, "e1")
    assert f'penwidth={room.THINNEST:.2f} color="#{room.RAMP[0]}"' in attributes(dot, "e2.1")
    assert "penwidth" not in attributes(dot, "e3")


@pytest.mark.parametrize("size", ["nan", "inf"])
def test_gradients_that_are_no_numbers_are_loud(size: str) -> None:
    loud = TensorView(shape=(), dtype="float32", norm=size)  # type: ignore[arg-type]
    dot = export(drawn(with_gradients(loud, scalar(0), None)), ".dot").decode()
    assert f'color="#{room.LOUD}"' in attributes(dot, "e1")
    assert f'color="#{room.RAMP[0]}"' in attributes(dot, "e2.1")


def test_the_ramp_is_the_one_of_the_page() -> None:
    palette = Path(room.__file__).parent / "canvas" / "src" / "palette.ts"
    stops = ", ".join(f'"#{colour}"' for colour in room.RAMP)
    assert f"LIGHT_STOPS = [{stops}]" in palette.read_text("utf-8")
    assert f'light: "#{room.LOUD}"' in palette.read_text("utf-8")


def test_a_missing_dot_is_said_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ExportError, match=r"\.svg needs the program `dot`.*Install.*\.html"):
        export(drawn(product()), ".svg")
    assert export(drawn(product()), ".dot")


def test_an_unknown_format_names_the_known_ones() -> None:
    with pytest.raises(ExportError, match=r"'\.gif'.*\.dot, \.svg, \.png, \.pdf, \.html, \.json"):
        export(drawn(product()), "gif")


def test_no_graph_and_too_large_a_graph_are_told_apart() -> None:
    failed = msgspec.structs.replace(trace(), failure=Failure(kind="error", message="it broke"))
    with pytest.raises(ExportError, match="no graph to draw: it broke"):
        export(failed, ".dot")
    large = msgspec.structs.replace(product(), node_count=9000)
    with pytest.raises(ExportError, match=r"too large .*9000 nodes"):
        export(trace(large), ".dot")


class Scripts(HTMLParser):
    """The texts of the script elements of a page, and every address that it names."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.addresses: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag == "script":
            self.texts.append("")

    def handle_data(self, data: str) -> None:
        if self.lasttag == "script" and self.texts:
            self.texts[-1] += data


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A canvas whose code has all that could end a script element early."""
    path = tmp_path / "runtime.js"
    path.write_text("const a = '</script><b>', c = '<!-- <script>';", encoding="utf-8")
    monkeypatch.setattr(room, "RUNTIME", path)
    return path


def test_html_holds_the_record_whatever_the_program_says(runtime: Path) -> None:
    source = "print('</script><script>alert(1)</script> <!-- & \u2028')"
    whole = drawn(product())
    program = msgspec.structs.replace(whole.program, source=source)
    whole = msgspec.structs.replace(whole, program=program)
    page = Scripts(export(whole, ".html").decode())
    assert len(page.texts) == 3
    payload = json.loads(page.texts[0])
    assert payload["run"] == 1
    assert wire.decode(json.dumps({key: payload[key] for key in ("tensors", "trace")})) == whole
    assert page.addresses == []
    assert runtime.exists()


def test_html_without_a_built_canvas_says_so(runtime: Path) -> None:
    runtime.unlink()
    with pytest.raises(ExportError, match=r"runtime\.js is missing"):
        export(drawn(product()), ".html")


def test_every_format_says_what_it_is() -> None:
    assert all(row.says and "/" in row.mime for row in FORMATS.values())
