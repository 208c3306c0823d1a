import assert from "node:assert/strict";
import { test } from "node:test";
import { sentenceOf } from "../src/describe.js";
import {
  edgePhaseOf,
  gradOf,
  momentOf,
  moments,
  phaseOf,
  replayOf,
  subject,
} from "../src/replay.js";
import { PASS } from "./sample.js";

const replay = replayOf(PASS);
const phases = (mode: "forward" | "backward", at: number): Record<string, string> =>
  Object.fromEntries(PASS.nodes.map(({ id }) => [id, phaseOf(replay, mode, at, id)]));
const edges = (mode: "forward" | "backward", at: number): Record<string, string> =>
  Object.fromEntries(PASS.edges.map((edge) => [edge.id, edgePhaseOf(replay, mode, at, edge)]));
const number = (at: number, id: string): string => {
  const grad = gradOf(replay, at, id);
  return "view" in grad ? `${grad.is} ${grad.view.values[0]}` : grad.is;
};

test("each mode has as many moments as the record has steps or frames", () => {
  assert.equal(moments(replay, "backward"), 4);
  assert.equal(moments(replay, "forward"), 4);
});

test("at the first backward step only the root works and the rest waits", () => {
  const now = phases("backward", 0);
  assert.equal(now["n0"], "now");
  assert.equal(now["n6"], "done");
  for (const id of ["n1", "n2", "n3", "n4", "n5"]) assert.equal(now[id], "waiting", id);
  assert.equal(now["n7"], "apart");
});

test("edges flow in the step that sends along them and stay done", () => {
  assert.deepEqual(edges("backward", 0), {
    e0: "flow",
    e1: "flow",
    e2: "flow",
    e3: "waiting",
    e4: "waiting",
    e5: "waiting",
    e6: "waiting",
    e7: "data",
  });
  const second = edges("backward", 1);
  assert.equal(second["e1"], "done");
  assert.equal(second["e3"], "flow");
});

test("a leaf shows its .grad from before until its AccumulateGrad has run", () => {
  assert.equal(number(0, "n4"), "before 5");
  assert.equal(number(2, "n4"), "before 5");
  assert.equal(number(3, "n4"), "known 9");
  assert.equal(number(1, "n5"), "waiting");
  assert.equal(number(2, "n5"), "known 2");
});

test("a node shows its gradient from the step at which it works", () => {
  assert.equal(number(0, "n1"), "waiting");
  assert.equal(number(1, "n1"), "known 1");
  assert.equal(number(0, "n6"), "known 1");
  assert.equal(number(3, "n7"), "apart");
});

test("going back gives exactly what was there before", () => {
  const before = JSON.stringify([phases("backward", 1), edges("backward", 1)]);
  phases("backward", 3);
  assert.equal(JSON.stringify([phases("backward", 1), edges("backward", 1)]), before);
});

test("in the forward replay nodes appear with their line, AccumulateGrad with the first use of its leaf", () => {
  assert.deepEqual(phases("forward", 1), {
    n0: "later",
    n1: "later",
    n2: "later",
    n3: "later",
    n4: "done",
    n5: "now",
    n6: "later",
    n7: "later",
  });
  assert.equal(phases("forward", 2)["n2"], "now");
  assert.equal(phases("forward", 3)["n6"], "now");
  assert.ok(Object.values(phases("forward", 3)).every((phase) => phase !== "later"));
});

test("an arrow appears in the forward replay once both of its ends are there", () => {
  assert.equal(edges("forward", 1)["e3"], "later");
  assert.equal(edges("forward", 2)["e3"], "flow");
  assert.equal(edges("forward", 3)["e3"], "done");
});

test("each moment has a subject, and each node its moment", () => {
  assert.deepEqual(
    [0, 1, 2, 3].map((at) => subject(replay, "backward", at)),
    ["n0", "n1", "n3", "n2"],
  );
  assert.equal(momentOf(replay, "backward", "n4"), 3);
  assert.equal(momentOf(replay, "backward", "n6"), 0);
  assert.equal(momentOf(replay, "backward", "n7"), null);
});

test("an edge along which an undefined gradient was sent is none, not zero", () => {
  const without = {
    ...PASS,
    edges: PASS.edges.map((edge) => (edge.id === "e4" ? { ...edge, gradient: null } : edge)),
    steps: PASS.steps
      .filter((step) => step.node !== "n3")
      .map((step, index) => ({ ...step, index })),
  };
  const other = replayOf(without);
  const edge = other.edges.get("e4");
  assert.ok(edge);
  assert.equal(edgePhaseOf(other, "backward", 0, edge), "waiting");
  assert.equal(edgePhaseOf(other, "backward", 1, edge), "none");
  assert.equal(gradOf(other, 2, "n3").is, "none");
});

test("an unfinished pass has no backward moment and all gradients wait", () => {
  const other = replayOf({
    ...PASS,
    how: "unfinished",
    steps: [],
    v: null,
    edges: PASS.edges.map((edge) => ({ ...edge, gradient: null })),
  });
  assert.equal(moments(other, "backward"), 0);
  assert.equal(gradOf(other, 0, "n4").is, "waiting");
  assert.match(sentenceOf(other, "backward", 0), /has not run/);
});

test("a pass of autograd.grad, without AccumulateGrad, gives its leaves what arrived", () => {
  const other = replayOf({ ...PASS, how: "grad", steps: PASS.steps.slice(0, 2) });
  assert.equal(gradOf(other, 0, "n2").is, "waiting");
  assert.equal(gradOf(other, 1, "n2").is, "known");
});

test("sentences say who received what and who gets what", () => {
  assert.equal(
    sentenceOf(replay, "backward", 0),
    "AddBackward0 (L) received 1 and sends 1 to m, 1 to a.",
  );
  assert.equal(sentenceOf(replay, "backward", 3), "a.grad was 5, 4 arrived: now 9.");
  assert.equal(sentenceOf(replay, "forward", 2), "Line 3 made m = 6 by MulBackward0; x = 0.");
});
