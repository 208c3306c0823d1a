import assert from "node:assert/strict";
import { test } from "node:test";
import { power } from "../src/legend.js";
import { LOUD, RAMPS, Scale } from "../src/palette.js";
import { brightness } from "../src/theme.js";

test("larger gradients are darker on light and brighter on dark, without exception", () => {
  const luminance = (colour: string): number => brightness(colour) ?? Number.NaN;
  const light = RAMPS.light.map(luminance);
  const dark = RAMPS.dark.map(luminance);
  for (let index = 1; index < light.length; index += 1) {
    assert.ok((light[index] ?? 0) < (light[index - 1] ?? 0), `light ${index}`);
    assert.ok((dark[index] ?? 0) > (dark[index - 1] ?? 0), `dark ${index}`);
  }
});

test("a scale holds all finite norms of a pass in whole decades", () => {
  const scale = Scale.of([0.02, 7, "nan", "inf", null, 0]);
  assert.deepEqual([scale.low, scale.high], [-2, 1]);
  assert.equal(scale.place(0.01), 0);
  assert.equal(scale.place(10), 1);
  assert.equal(scale.place(0), 0);
});

test("a scale has at least two decades and at most twelve", () => {
  assert.deepEqual([Scale.of([1]).low, Scale.of([1]).high], [-2, 0]);
  const wide = Scale.of([1e-30, 1e5]);
  assert.deepEqual([wide.low, wide.high], [-7, 5]);
  assert.deepEqual([Scale.of([]).low, Scale.of([]).high], [-2, 0]);
});

test("width and place grow with the norm; what is not finite stands outside the scale", () => {
  const scale = Scale.of([1e-3, 1]);
  const widths = [1e-3, 1e-2, 1e-1, 1].map((norm) => scale.width(norm));
  assert.deepEqual(
    widths,
    [...widths].sort((one, other) => one - other),
  );
  for (const wild of ["nan", "inf", "-inf"] as const) {
    assert.equal(scale.place(wild), null);
    assert.equal(scale.colour(wild, "light"), LOUD.light);
  }
});

test("powers of ten are written as such", () => {
  assert.deepEqual([-12, 0, 3].map(power), ["10⁻¹²", "10⁰", "10³"]);
});

test("brightness reads what browsers give for a colour", () => {
  assert.equal(brightness("#fff"), 1);
  assert.equal(brightness("#000000"), 0);
  assert.ok((brightness("rgb(14, 17, 23)") ?? 1) < 0.2);
  assert.equal(brightness(""), null);
});
