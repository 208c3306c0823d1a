import assert from "node:assert/strict";
import { test } from "node:test";
import { Camera, type Rect } from "../../src/lens/camera.js";
import { LEGIBLE, MARGIN, READABLE } from "../../src/lens/legible.js";

const TALL = { width: 300, height: 9000, root: 150 };
const WIDE = { width: 12_000, height: 400, root: 6000 };
const SMALL = { width: 300, height: 900, root: 150 };
const BOX = { x: 90, y: 4000, width: 120, height: 60 };

/** A window over a drawing that was just opened in it; it moves at once. */
function over(world: Camera["world"], width = 520, height = 520): Camera {
  const camera = new Camera(() => true);
  camera.size(width, height);
  camera.resize(world);
  camera.open();
  return camera;
}

function middleOf(rect: Rect): readonly [number, number] {
  return [rect.x + rect.width / 2, rect.y + rect.height / 2];
}

function near(one: readonly number[], other: readonly number[], what: string): void {
  one.forEach((it, at) => {
    assert.ok(Math.abs(it - other[at]!) < 0.01, `${what}: ${one} is not ${other}`);
  });
}

const LEADING: readonly (readonly [string, (camera: Camera) => void])[] = [
  ["find", (camera) => camera.seek(BOX)],
  ["a press on a group", (camera) => camera.keep(BOX, 260, 100)],
  ["more", (camera) => camera.anchor(BOX, 260, 100)],
  ["a crumb", (camera) => camera.frame(BOX)],
  ["follow", (camera) => camera.reveal(BOX)],
  ["the map", (camera) => camera.centre(150, 4000)],
  ["a drag", (camera) => camera.pan(5, -2000)],
  ["a zoom", (camera) => camera.notch(2)],
];

test("what is in the middle stays there when the window changes, whatever led there", () => {
  for (const flipped of [false, true]) {
    for (const [name, lead] of LEADING) {
      const camera = over(TALL);
      if (flipped) camera.flip();
      lead(camera);
      const { zoom } = camera;
      const before = camera.toWorld(260, 260);
      camera.size(780, 480);
      near(camera.toWorld(390, 240), before, name);
      assert.equal(camera.zoom, zoom, name);
    }
  }
});

test("a window on its way arrives where it was going, though it changes meanwhile", () => {
  const camera = new Camera(() => false);
  camera.size(520, 520);
  camera.resize(TALL);
  camera.open();
  camera.centre(150, 4000);
  camera.tick(performance.now() + 100);
  camera.size(780, 480);
  camera.tick(performance.now() + 1e6);
  assert.equal(camera.moving, false);
  near(camera.toWorld(390, 240), [150, 4000], "the middle");
});

test("a first view that nobody moved is fitted again, and all stays all", () => {
  for (const lead of [(): void => undefined, (camera: Camera): void => camera.fit()]) {
    const camera = over(SMALL);
    lead(camera);
    camera.size(400, 700);
    assert.ok(camera.shows({ x: 0, y: 0, width: 300, height: 900 }));
    near([camera.zoom], [(700 - 2 * MARGIN) / 900], "zoom");
  }
});

test("a drawing too large for its titles opens at its root, in the middle of a wide one", () => {
  const root = { x: WIDE.root - 40, y: 0, width: 80, height: 28 };
  const camera = over(WIDE);
  assert.ok(camera.zoom >= READABLE);
  near([middleOf(camera.toScreen(root))[0]], [260], "the root");
  const left = over({ ...WIDE, root: 60 });
  near([left.toScreen({ x: 0, y: 0, width: 1, height: 1 }).x], [MARGIN], "the left end");
  assert.ok(over(TALL).shows({ x: 110, y: 0, width: 80, height: 28 }));
});

test("fit shows all of the largest drawing", () => {
  const camera = over({ width: 340, height: 7_000_000, root: 170 });
  camera.fit();
  assert.ok(camera.shows({ x: 0, y: 0, width: 340, height: 7_000_000 }));
  assert.ok(camera.zoomAt(260, 260, 1.3), "and the zoom goes on from there");
});

test("an opened group comes wholly into view where its titles stay legible, else its start", () => {
  const legible = { x: 0, y: 4000, width: 1200, height: 300 };
  const camera = over({ ...WIDE, height: 9000 });
  camera.keep(legible, 500, 100);
  assert.ok(camera.shows(legible));
  assert.ok(camera.zoom >= LEGIBLE);
  const vast = { x: 2000, y: 4000, width: 9000, height: 300 };
  camera.keep(vast, 500, 100);
  assert.ok(camera.zoom >= LEGIBLE);
  near([camera.toScreen(vast).x], [MARGIN], "its start");
});

test("what replay works at comes into view without a change of zoom", () => {
  const camera = over(TALL);
  const { zoom } = camera;
  camera.reveal(BOX);
  assert.ok(camera.shows(BOX));
  assert.equal(camera.zoom, zoom);
});

test("what was found is brought near enough to be read", () => {
  const camera = over(TALL);
  camera.fit();
  camera.seek(BOX);
  near(middleOf(camera.toScreen(BOX)), [260, 260], "the middle");
  assert.ok(camera.zoom >= READABLE);
});

test("another drawing is shown whole where the last was, and only there", () => {
  const camera = over(SMALL);
  camera.resize({ ...SMALL, height: 1200 });
  assert.ok(camera.stay());
  assert.ok(camera.shows({ x: 0, y: 0, width: 300, height: 1200 }));
  camera.pan(0, 10);
  assert.ok(!camera.stay());
  camera.fit();
  camera.resize(TALL);
  assert.ok(camera.stay());
  assert.ok(camera.shows({ x: 0, y: 0, width: 300, height: 9000 }));
});
