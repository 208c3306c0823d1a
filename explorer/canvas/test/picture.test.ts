import assert from "node:assert/strict";
import { test } from "node:test";
import { Graphviz } from "@hpcc-js/wasm-graphviz";
import { ownerOf } from "../src/figure.js";
import { pointsOf, readPicture } from "../src/picture.js";

const HOSTILE = `<svg viewBox="0 0 10 10"><g id="graph0" class="graph" transform="translate(4 6)">
<script>alert(1)</script><image href="http://example.com/x.png"/><style>*{fill:url(http://example.com)}</style>
<g id="n0" class="node op" onclick="alert(2)"><title>n0</title>
<a xlink:href="javascript:alert(3)"><polygon fill="url(http://example.com/#a)" stroke="black" onload="alert(4)" points="0,0 4,0 4,-4 0,-4"/></a>
<foreignObject><iframe src="http://example.com"></iframe></foreignObject>
<path fill="red" d="M0,0 L1,1 url(javascript:1)"/>
<text x="1" y="-2" font-size="11" onmouseover="alert(5)">&lt;img src=x onerror=alert(6)&gt;</text>
<use href="#other"/></g></g></svg>`;

test("nothing of a hostile picture is left but plain geometry and text", () => {
  const picture = readPicture(HOSTILE);
  assert.equal(picture.figures.length, 1);
  const [figure] = picture.figures;
  assert.ok(figure);
  assert.deepEqual(figure.shapes, [
    {
      kind: "polygon",
      geometry: "0,0 4,0 4,-4 0,-4",
      fill: "none",
      stroke: "black",
      dashed: false,
    },
  ]);
  assert.deepEqual(
    figure.labels.map((label) => label.text),
    ["<img src=x onerror=alert(6)>"],
  );
  assert.deepEqual(Object.keys(figure).sort(), [
    "bounds",
    "classes",
    "id",
    "kind",
    "labels",
    "shapes",
    "title",
  ]);
  const kept = JSON.stringify({ ...figure, labels: [] });
  for (const word of ["script", "url", "http", "alert", "onclick", "image"])
    assert.ok(!kept.includes(word), word);
});

test("what is not a picture is refused", () => {
  assert.throws(() => readPicture("<html>no</html>"), /no picture/);
});

test("broken markup gives fewer figures, never an endless loop or an exception", () => {
  for (const text of [
    '<svg><g class="node"><title>n0',
    "<svg></g></g></g>",
    '<svg><g class="node"><text>a</g></svg>',
  ]) {
    assert.ok(readPicture(text).figures.length <= 1, text);
  }
});

test("what Graphviz draws is read completely", async () => {
  const graphviz = await Graphviz.load();
  const dot = `digraph { node [shape=box style="filled,rounded" fontname=Courier]
    n0 [id=n0 class="node-op op" label="Mul & <b>\\nd · line 3\\nvalue 6"]
    n1 [id=n1 label="a"] n2 [id="n2.1" shape=ellipse label="b"]
    n1 -> n0 [id=e0 dir=both] n2 -> n0 [id=e1] }`;
  const picture = readPicture(graphviz.layout(dot, "svg", "dot"));
  const byId = new Map(picture.figures.map((figure) => [figure.id, figure]));
  assert.deepEqual([...byId.keys()].sort(), ["e0", "e1", "n0", "n1", "n2.1"]);
  const box = byId.get("n0");
  assert.deepEqual(
    box?.labels.map((label) => label.text),
    ["Mul & <b>", "d · line 3", "value 6"],
  );
  assert.ok(box && box.bounds.width > 60 && box.bounds.height > 30);
  assert.deepEqual(box?.classes, ["node-op", "op"]);
  const arrow = byId.get("e0");
  assert.equal(arrow?.shapes.filter((shape) => shape.kind === "polygon").length, 2);
  assert.equal(arrow?.title, "n1->n0");
  const { x, y, width, height } = picture.bounds;
  for (const figure of picture.figures) {
    for (const [px, py] of figure.shapes.flatMap(pointsOf)) {
      assert.ok(
        px >= x - 1 && px <= x + width + 1 && py >= y - 1 && py <= y + height + 1,
        figure.id,
      );
    }
  }
});

test("a portal belongs to its node", () => {
  assert.equal(ownerOf("n7.2"), "n7");
  assert.equal(ownerOf("n7"), "n7");
});
