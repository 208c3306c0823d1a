"""torchviz's picture over stand-ins: the same as over real tensors, dressed, and safe to lay out."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import warnings
from itertools import pairwise
from xml.etree import ElementTree

import msgspec
import pytest

from explorer.records import Node, Pass, Saved
from explorer.worker.drawing import MAX_BOXES, draw
from tests.passes import hub, product

needs_dot = pytest.mark.skipif(shutil.which("dot") is None, reason="needs the dot program")
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = [
    'a" shape=star x="',
    "back\\slash\\",
    "\\N \\G \\n \\l",
    "two\nlines\r\n",
    "<b>bold</b>",
    "&lt; &amp; &#65;",
    "naïve 变量 🙂",
    "] ; n0 -> n0 [",
    "\ue000\ue001\x00\x1b[31m\ud800",
    " ",
    "",
    "x" * 500,
]


def drawing(one: Pass, attributes: dict[str, dict[str, object]] | None = None):
    found = draw(one, attributes or {})
    assert found is not None
    return found


def svg(text: str) -> ElementTree.Element:
    """What Graphviz makes of a text; it may not even warn."""
    done = subprocess.run(
        ["dot", "-Tsvg"], input=text.encode(), capture_output=True, check=True, timeout=60
    )
    assert done.stderr == b""
    return ElementTree.fromstring(done.stdout)


def groups(root: ElementTree.Element, kind: str) -> dict[str, ElementTree.Element]:
    found = [g for g in root.iter(f"{SVG}g") if (g.get("class") or "").split(" ")[0] == kind]
    return {g.get("id") or "": g for g in found}


def lines(group: ElementTree.Element) -> list[str]:
    return [(text.text or "").replace("\xa0", " ") for text in group.iter(f"{SVG}text")]


def replaced(one: Pass, index: int, **changes: object) -> Pass:
    nodes = list(one.nodes)
    nodes[index] = msgspec.structs.replace(nodes[index], **changes)
    return msgspec.structs.replace(one, nodes=tuple(nodes))


@needs_dot
def test_every_box_and_edge_of_the_record_is_in_the_dressed_picture() -> None:
    one = product()
    picture = svg(drawing(one).dressed)
    assert set(groups(picture, "node")) == {node.id for node in one.nodes}
    assert set(groups(picture, "edge")) == {edge.id for edge in one.edges}
    assert drawing(one).boxes == len(one.nodes)


@needs_dot
def test_a_box_says_title_place_value_and_gradient() -> None:
    boxes = groups(svg(drawing(product()).dressed), "node")
    assert lines(boxes["n0"]) == ["MulBackward0", "y · line 3", "value 6       grad 1     "]
    assert lines(boxes["n1"]) == ["AccumulateGrad"]
    assert lines(boxes["n2"]) == ["w", "scalar", "value 2       grad 3     "]
    assert lines(boxes["n3"]) == ["y", "scalar", "value 6       grad 1     "]
    assert lines(boxes["n4"]) == ["x", "scalar", "value 3"]


@needs_dot
def test_before_backward_no_gradient_is_shown_as_none() -> None:
    waiting = product(how="unfinished", v=None, steps=())
    assert lines(groups(svg(drawing(waiting).dressed), "node")["n2"])[2].split()[-1] == "–"
    unused = product(steps=())
    assert lines(groups(svg(drawing(unused).dressed), "node")["n2"])[2].split()[-1] == "None"


@needs_dot
def test_a_later_visit_and_a_module_are_named() -> None:
    one = replaced(product(), 0, visit=2, name=None, scope="model.0")
    assert lines(groups(svg(drawing(one).dressed), "node")["n0"])[1] == "model.0 · line 3 ×2"


@needs_dot
def test_arrows_run_with_the_data_and_have_two_heads() -> None:
    picture = svg(drawing(product()).dressed)
    edge = groups(picture, "edge")["e0"]
    assert next(edge.iter(f"{SVG}title")).text == "n0->n3"
    assert len(list(edge.iter(f"{SVG}polygon"))) == 2


@needs_dot
@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_of_a_program_becomes_dot(text: str) -> None:
    one = product()
    for index in range(len(one.nodes)):
        one = replaced(one, index, name=text, label=text, scope=text)
    one = replaced(one, 0, op=text or "x", name=text)
    saved = Saved(name="self", shape=(2,), dtype="float32", bytes=8, version=0, now=0)
    found = drawing(one, {"n0": {"mode": text, "self": saved}})
    for dot in (found.dressed, *found.classic.values()):
        picture = svg(dot)
        ids = {node.id for node in one.nodes}
        assert set(groups(picture, "node")) - {"n0.s1"} <= ids
        shown = "".join("".join(lines(g)) for g in groups(picture, "node").values())
        assert not set(shown) & set("\ue000\ue001\ue002\ue003\ue004\x1b")


@needs_dot
def test_hostile_text_is_shown_as_it_is() -> None:
    name = '"\\N" <b>&lt;</b>'
    box = groups(svg(drawing(replaced(product(), 2, name=name)).dressed), "node")["n2"]
    assert lines(box)[0] == name
    dot = drawing(product(), {"n0": {"mode": name}}).classic["attrs"]
    assert lines(groups(svg(dot), "node")["n0"])[-1] == f"mode: {name}"


@pytest.mark.parametrize("text", HOSTILE)
def test_no_label_begins_with_an_empty_line(text: str) -> None:
    one = product()
    for index in range(len(one.nodes)):
        one = replaced(one, index, name=text, label=text)
    found = drawing(one)
    for dot in (found.dressed, *found.classic.values()):
        assert 'label="\n' not in dot
        assert 'label="\\n' not in dot
        assert 'label=""' not in dot


def test_a_tensor_without_a_name_says_so() -> None:
    assert 'label="(unnamed)\\n' in drawing(replaced(product(), 2, name=None, label="")).dressed


def test_small_pictures_leave_a_shared_leaf_in_one_piece() -> None:
    found = drawing(hub(30))
    assert found.boxes == 33
    assert "portal" not in found.dressed


@needs_dot
def test_large_pictures_draw_a_leaf_once_per_use() -> None:
    found = drawing(hub(120))
    picture = svg(found.dressed)
    boxes, edges = groups(picture, "node"), groups(picture, "edge")
    assert found.boxes == len(boxes) == 120 + 2 * 120 + 1
    assert {"n120.1", "n120.120", "n121.1", "n121.120"} <= set(boxes)
    assert {"e1.1", "e1.120"} <= set(edges)
    assert "portal" in (boxes["n121.7"].get("class") or "")


def test_more_boxes_than_anyone_reads_are_not_drawn() -> None:
    assert draw(hub(MAX_BOXES // 3 - 1), {}) is not None
    assert draw(hub(MAX_BOXES // 3 + 1), {}) is None
    assert draw(Pass(index=0, how="unfinished", root=None), {}) is None


def test_a_chain_as_deep_as_the_picture_is_large() -> None:
    names = [f"n{i}" for i in range(MAX_BOXES - 1)]
    nodes = [Node(id=name, kind="op", label="SinBackward0", op="SinBackward0") for name in names]
    output = Node(id="out", kind="output", label="y", shape=())
    edge = type(product().edges[0])
    edges = [edge(id="e", tail="out", head="n0", slot=0)]
    edges += [edge(id=f"e{a}", tail=a, head=b, slot=0) for a, b in pairwise(names)]
    one = Pass(index=0, how="unfinished", root="y", nodes=(*nodes, output), edges=tuple(edges))
    limit = sys.getrecursionlimit()
    assert drawing(one).boxes == MAX_BOXES
    assert sys.getrecursionlimit() == limit


def test_a_program_that_turns_warnings_into_errors_is_drawn() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert drawing(product()).boxes == 5


def test_classic_pictures_are_not_shrunk_and_differ_by_their_flags() -> None:
    saved = Saved(name="other", shape=(), dtype="float32", bytes=4, version=0, now=0, node="n4")
    classic = drawing(product(), {"n0": {"alpha": 1, "other": saved}}).classic
    assert set(classic) == {"", "attrs", "saved", "attrs+saved"}
    assert not any(re.search(r"\bsize=", text) for text in classic.values())
    assert "alpha: 1" in re.sub(r"\s+", " ", classic["attrs"].replace(" :", ":"))
    assert "orange" in classic["saved"]
    assert "orange" not in classic[""]


@needs_dot
def test_backward_from_a_leaf_shows_where_its_gradient_goes() -> None:
    kept = [node for node in product().nodes if node.id in ("n1", "n2", "n3")]
    edges = [edge for edge in product().edges if edge.id == "e2"]
    edges.append(msgspec.structs.replace(product().edges[0], head="n1"))
    one = product(nodes=tuple(kept), edges=tuple(edges), steps=(), frames=())
    found = drawing(one)
    assert set(groups(svg(found.dressed), "node")) == {"n1", "n2", "n3"}
    assert set(groups(svg(found.classic[""]), "node")) == {"n3"}
