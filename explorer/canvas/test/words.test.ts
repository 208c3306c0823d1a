import assert from "node:assert/strict";
import { test } from "node:test";
import { edgeFacts, passTitle, whyNone } from "../src/describe.js";
import { absence } from "../src/notes.js";
import { replayOf } from "../src/replay.js";
import { classicName } from "../src/toolbar.js";
import { PASS } from "./sample.js";

test("why there is no picture is said in words, with the numbers", () => {
  assert.match(absence(null).join(" "), /No graph yet/);
  assert.match(absence({ ...PASS, nodes: [], node_count: 0 }).join(" "), /no graph/);
  assert.match(
    absence({ ...PASS, nodes: [], full: false, node_count: 9 }).join(" "),
    /summary.*9 nodes/,
  );
});

test("a pass is named by its place, its line and its call", () => {
  assert.equal(
    passTitle({ ...PASS, index: 1, line: 9 }, 3, "loss.backward()"),
    "pass 2 of 3 · line 9 · loss.backward()",
  );
  assert.match(
    passTitle({ ...PASS, how: "automatic", line: null }, 1, null),
    /called by the explorer/,
  );
  assert.match(
    passTitle({ ...PASS, how: "unfinished", order: 2 }, 1, null),
    /has not run · order 2/,
  );
});

test("torchviz's flags name its texts as the worker does", () => {
  const names = [false, true].flatMap((attrs) =>
    [false, true].map((saved) => classicName({ attrs, saved })),
  );
  assert.deepEqual(names, ["", "saved", "attrs", "attrs+saved"]);
});

test("None says why, and never looks like not run yet", () => {
  assert.match(whyNone("unused"), /^None – /);
  assert.equal(whyNone("not run yet"), "not run yet");
  assert.equal(whyNone(null), "None");
});

test("an arrow's tooltip names its ends and its gradient, or that there is none", () => {
  const replay = replayOf(PASS);
  const facts = (id: string): string => {
    const edge = replay.edges.get(id);
    assert.ok(edge);
    return edgeFacts(replay, edge);
  };
  assert.equal(facts("e3"), "gradient from m to a: 3, norm 3");
  assert.match(facts("e7"), /no gradient flows/);
});
