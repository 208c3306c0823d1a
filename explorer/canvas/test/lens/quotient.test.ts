import assert from "node:assert/strict";
import { test } from "node:test";
import type { Columns } from "../../src/lens/columns.js";
import { Engine } from "../../src/lens/engine.js";
import { recordEdge } from "../../src/lens/view.js";
import { blocks, randomProgram, recurrent } from "./graphs.js";

const measure = (text: string): number => text.length * 7;
const ROOM = [900, 700] as const;
const SAMPLES: readonly (readonly [string, Columns])[] = [
  ...Array.from(
    { length: 40 },
    (_, seed) => [`random ${seed + 1}`, randomProgram(seed + 1, 10 + seed * 5)] as const,
  ),
  ["recurrent 40", recurrent(40)],
  ["blocks 12", blocks(12)],
];

test("an arrow is named by the largest of the edges that it stands for", () => {
  let folded = 0;
  for (const [name, sample] of SAMPLES) {
    // What is not finite is larger than all, wherever it stands.
    const columns = { ...sample, size: sample.size.with(sample.edges >> 1, NaN) };
    const engine = new Engine(columns, measure);
    for (const boxes of [8, 20, 60, Infinity]) {
      const { view } = engine.shown({ kind: "budget", boxes, room: ROOM });
      view.edges.key.forEach((key, edge) => {
        assert.equal(columns.size[recordEdge(key)], view.edges.size[edge], name);
        folded += Number(view.edges.weight[edge]! > 1);
      });
      assert.equal(
        new Set(view.edges.key).size,
        view.edges.key.length,
        `${name}: names are unique`,
      );
    }
  }
  assert.ok(folded > 100);
});
