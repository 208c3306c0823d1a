import assert from "node:assert/strict";
import { test } from "node:test";
import { sentenceOf } from "../src/describe.js";
import { apart } from "../src/namesakes.js";
import type { Node, Pass } from "../src/records.js";
import { replayOf } from "../src/replay.js";
import { PASS } from "./sample.js";

/** The pass with its second operation called as its first, at another place. */
function twice(place: Partial<Node>): Pass {
  const nodes = PASS.nodes.map((node) =>
    node.id === "n1" ? { ...node, name: "L", ...place } : node,
  );
  return { ...PASS, nodes };
}

function first(pass: Pass): string {
  return sentenceOf(replayOf(pass), "backward", 0);
}

test("a name that one box has stands alone", () => {
  assert.deepEqual(apart(PASS, PASS.nodes[0]!), [null, null]);
});

test("a name that several rounds have is told with its visit", () => {
  assert.equal(
    first(twice({ line: 4, visit: 9 })),
    "AddBackward0 (L, visit 1) received 1 and sends 1 to L (visit 9), 1 to a.",
  );
});

test("a name that several lines bind is told with its line", () => {
  assert.equal(
    first(twice({ line: 3 })),
    "AddBackward0 (L, line 4) received 1 and sends 1 to L (line 3), 1 to a.",
  );
});

test("a leaf is told apart by its own name, not by that of what adds to it", () => {
  const sinks = PASS.nodes.filter((node) => node.op === "AccumulateGrad").map(({ id }) => id);
  const nodes = PASS.nodes.map((node) =>
    sinks.includes(node.id) ? { ...node, line: 1 + sinks.indexOf(node.id) } : node,
  );
  assert.ok(sinks.length > 1);
  assert.equal(first({ ...PASS, nodes }), "AddBackward0 (L) received 1 and sends 1 to m, 1 to a.");
});
