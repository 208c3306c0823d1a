import assert from "node:assert/strict";
import { test } from "node:test";
import { detailAt } from "../../src/lens/brush.js";
import { Camera } from "../../src/lens/camera.js";
import { PALETTES } from "../../src/lens/colours.js";
import type { Columns } from "../../src/lens/columns.js";
import { Engine } from "../../src/lens/engine.js";
import { svgOf } from "../../src/lens/export.js";
import { UNMARKED } from "../../src/lens/marks.js";
import { Moment } from "../../src/lens/moment.js";
import { SvgPen } from "../../src/lens/pen.js";
import { Scene } from "../../src/lens/scene.js";
import { BOX, REPEAT } from "../../src/lens/tree.js";
import { RAMPS, Scale } from "../../src/palette.js";
import { blocks, chain, Program } from "./graphs.js";

const measure = (text: string): number => text.length * 7;
const palette = PALETTES.light;

/** The file of a graph in a window that shows all of it at zoom 1; `at` is a step of the replay. */
function written(
  columns: Columns,
  { boxes = 30, at = null as number | null, width = 0 } = {},
): { svg: string; scene: Scene } {
  const engine = new Engine(columns, measure);
  const { view } = engine.shown({ kind: "budget", boxes, room: [900, 700] });
  const scale = Scale.of([1e-6, 1e2]);
  const known = new Map([...view.id].map((id) => [id, engine.face(id)]));
  const scene = new Scene(view, known, scale);
  const camera = new Camera(() => true);
  [camera.width, camera.height] = [width || view.width, view.height];
  camera.resize({ width: view.width, height: view.height, root: scene.root });
  const svg = svgOf(
    {
      palette,
      scale,
      camera,
      scene,
      moment: new Moment(scene, engine.film(), "backward", at),
      marks: UNMARKED,
      detail: detailAt(camera.zoom),
    },
    measure,
  );
  return { svg, scene };
}

function texts(svg: string): string[] {
  return [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map((found) => found[1]!);
}

function count(svg: string, part: RegExp): number {
  return [...svg.matchAll(part)].length;
}

test("all that boxes in the window say is text in the file", () => {
  const { svg, scene } = written(blocks(6));
  const said = texts(svg);
  for (const place of scene.closed) {
    const { title, note, detail, chips } = scene.faces[place]!;
    for (const text of [title, note, detail, ...chips.map((chip) => chip.text)])
      if (text) assert.ok(said.includes(text), text);
  }
  for (const place of scene.opened) {
    assert.ok(said.includes(`–  ${scene.faces[place]!.title}`));
  }
});

test("every edge that ends at a closed box has its head in the file", () => {
  const { svg, scene } = written(blocks(6));
  const ends = scene.view.edges.arrow.reduce((sum, arrow) => sum + arrow, 0);
  assert.ok(ends > 10);
  assert.equal(count(svg, /d="M[^A-Z"]+L[^A-Z"]+L[^A-Z"]+" fill="#/g), ends);
});

test("a step of the replay is written as it stands, not as all ends", () => {
  const { svg, scene } = written(blocks(6), { at: 12 });
  assert.equal(count(svg, new RegExp(`stroke="${palette.now}"`, "g")), 1);
  assert.ok(svg.includes('opacity="0.66"'), "boxes that wait stand back");
  assert.ok(svg.includes("stroke-dasharray"), "and so do their edges");
  const done = written(blocks(6)).svg;
  assert.equal(count(done, new RegExp(`stroke="${palette.now}"`, "g")), 0);
  assert.ok(!done.includes('opacity="0.66"') && scene.closed.length > 0);
});

test("a group has its profile, and a repeat the sheets behind it", () => {
  const { svg, scene } = written(chain(500), { boxes: 3 });
  const faces = Array.from(scene.closed, (place) => scene.faces[place]!);
  const groups = faces.filter(({ kind }) => kind !== BOX);
  const repeats = faces.filter(({ kind }) => kind === REPEAT);
  assert.ok(repeats.length > 0);
  const card = `a9 9[^"]+" fill="${palette.card}" stroke="${palette.hair}"`;
  assert.equal(count(svg, new RegExp(card, "g")), groups.length + 2 * repeats.length);
  const bars = groups.reduce((sum, { profile }) => sum + profile.length, 0);
  const colours = RAMPS.light.join("|");
  const drawn = [...svg.matchAll(new RegExp(`d="([^"a]+)" fill="(${colours})"`, "g"))];
  assert.ok(drawn.reduce((sum, [, d]) => sum + count(d!, /z/g), 0) >= bars);
});

test("what is outside of the window is not in the file", () => {
  const { svg, scene } = written(blocks(6), { width: 1 });
  assert.ok(texts(svg).length < scene.closed.length);
});

test("text of a program stays text, and the file stays XML", () => {
  const program = new Program();
  const hostile = '</text><script>"&\u0001\ud800';
  const { svg } = written(program.columns(program.op(hostile, program.leaf("w"))));
  assert.ok(!svg.includes("<script"));
  const shown = "&#60;/text&#62;&#60;script&#62;&#34;&#38;\ufffd\ufffd";
  assert.ok(texts(svg).includes(shown), texts(svg).join("\n"));
});

test("fills of one colour in a row are one path, and a clip holds until it is let go", () => {
  const pen = new SvgPen(measure);
  pen.fillStyle = "rgb(1 2 3 / 50%)";
  pen.fillRect(0, 0, 2, 2);
  pen.fillRect(4, 0, 2, 2);
  pen.save();
  pen.beginPath();
  pen.roundRect(0, 0, 9, 9, 2);
  pen.clip();
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, 5, 5);
  pen.restore();
  pen.fillRect(8, 0, 2, 2);
  const [first, clipped, last] = pen.file(10, 10, "serif").split(/<clipPath|<\/g>/);
  assert.match(
    first!,
    /<path d="M0 0h2v2h-2zM4 0h2v2h-2z" fill="rgb\(1,2,3\)" fill-opacity="0.5"\/>$/,
  );
  assert.match(clipped!, /<g clip-path="url\(#clip0\)"><path d="M0 0h5v5h-5z" fill="#fff"\/>$/);
  assert.match(last!, /^<path d="M8 0h2v2h-2z" fill="rgb\(1,2,3\)" fill-opacity="0.5"\/><\/svg>$/);
});
