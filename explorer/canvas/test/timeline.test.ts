import assert from "node:assert/strict";
import { test } from "node:test";
import { gathered } from "../src/timeline.js";

test("with a bar for each step nothing is gathered", () => {
  assert.deepEqual([...gathered([3, -1, 2], 3)], [3, -1, 2]);
});

test("a bar for many steps shows the largest of them, and nothing finite outdoes NaN", () => {
  const sizes = Float64Array.from({ length: 1000 }, (_, at) => at % 100);
  assert.deepEqual([...gathered(sizes, 10)], Array(10).fill(99));
  sizes[555] = NaN;
  assert.deepEqual([...gathered(sizes, 10)].map(Number.isNaN).indexOf(true), 5);
});

test("a stretch in which nothing arrived stays empty, and 0 is not nothing", () => {
  assert.deepEqual([...gathered([-1, -1, -1, 0], 2)], [-1, 0]);
});
