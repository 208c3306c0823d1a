import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as numbers from "../src/numbers.js";
import type { Num, TensorView } from "../src/records.js";
import { scalar } from "./sample.js";

interface Cases {
  readonly short: readonly (readonly [Num, string])[];
  readonly views: readonly {
    readonly view: Partial<TensorView>;
    readonly summary: string;
    readonly glance: string;
  }[];
}

/** What `explorer/numbers.py` must give as well; the tests run in the canvas folder. */
const CASES = JSON.parse(readFileSync("../../tests/canvas/numbers.json", "utf-8")) as Cases;

for (const [number, text] of CASES.short) {
  test(`short(${number}) is ${text}`, () => assert.equal(numbers.short(number), text));
}

for (const { view, ...texts } of CASES.views) {
  test(`a view of shape ${view.shape?.join("×")} is ${texts.summary} or ${texts.glance}`, () => {
    const whole = { ...scalar(0), ...view };
    assert.equal(numbers.summary(whole), texts.summary);
    assert.equal(numbers.glance(whole), texts.glance);
  });
}

test("sizes in memory have the unit that keeps them short", () => {
  assert.deepEqual([4, 1024, 1536, 5 * 1024 ** 2].map(numbers.bytes), [
    "4 B",
    "1 KB",
    "1.5 KB",
    "5 MB",
  ]);
});
