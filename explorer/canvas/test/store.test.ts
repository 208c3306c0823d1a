import assert from "node:assert/strict";
import { test } from "node:test";
import { actionOf } from "../src/keys.js";
import { notesOf } from "../src/notes.js";
import type { Failure, Trace } from "../src/records.js";
import { Store } from "../src/store.js";
import { PASS, TRACE } from "./sample.js";

const camera = { notch: () => undefined, fit: () => undefined };
const FAILURE: Failure = {
  kind: "syntax",
  message: "no",
  line: 1,
  hint: null,
  details: null,
  also: [],
  fix: null,
};

function started(trace: Trace = TRACE): Store {
  const store = new Store();
  store.accept({ run: 1, trace, pass: null, key: "1-a" });
  return store;
}

function press(store: Store, ...keys: string[]): number {
  for (const key of keys) actionOf(key, store, camera)?.();
  return store.state.at[store.state.mode];
}

test("a run opens at its first backward step", () => {
  const { state } = started();
  assert.equal(state.mode, "backward");
  assert.equal(state.at.backward, 0);
});

test("a run whose backward has not run opens at the end of its forward replay", () => {
  const { state } = started({ ...TRACE, passes: [{ ...PASS, how: "unfinished", steps: [] }] });
  assert.equal(state.mode, "forward");
  assert.equal(state.at.forward, 3);
});

test("keys step, jump to the ends and never leave the film", () => {
  const store = started();
  assert.equal(press(store, "ArrowRight"), 1);
  assert.equal(press(store, "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight"), 3);
  assert.equal(press(store, "ArrowLeft"), 2);
  assert.equal(press(store, "Home", "ArrowLeft"), 0);
  assert.equal(press(store, "Shift+ArrowRight"), 3);
  assert.equal(press(store, "Shift+ArrowLeft"), 0);
  assert.equal(press(store, "End"), 3);
});

test("a presenter's clicker goes one step", () => {
  const store = started();
  assert.equal(press(store, "PageDown"), 1);
  assert.equal(press(store, "PageDown"), 2);
  assert.equal(press(store, "PageUp"), 1);
});

test("keys that mean nothing are left to the page", () => {
  const store = started();
  for (const key of ["r", "c", "Tab", "Enter", "Escape"])
    assert.equal(actionOf(key, store, camera), null, key);
});

test("each mode keeps its own position", () => {
  const store = started();
  store.go(2);
  store.setMode("forward");
  store.go(1);
  store.setMode("backward");
  assert.deepEqual(store.state.at, { forward: 1, backward: 2 });
});

test("a failed run without a graph leaves the last graph on screen", () => {
  const store = started();
  store.accept({
    run: 2,
    pass: null,
    key: "2-b",
    trace: { ...TRACE, passes: [], failure: FAILURE },
  });
  assert.equal(store.state.shown?.run, 1);
  assert.equal(store.state.latest?.run, 2);
  assert.equal(store.failure, FAILURE);
});

test("a failed run with a graph shows it", () => {
  const store = started();
  store.accept({ run: 2, pass: null, key: "2-b", trace: { ...TRACE, failure: FAILURE } });
  assert.equal(store.state.shown?.run, 2);
});

test("the same run given again changes nothing, so the reader's step stays", () => {
  const store = started();
  store.go(2);
  store.accept({ run: 1, trace: TRACE, pass: null, key: "1-a" });
  assert.equal(store.state.at.backward, 2);
});

test("playing runs to the last step and stops there; a step by hand pauses", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const store = started();
  store.play();
  context.mock.timers.tick(1000);
  assert.deepEqual([store.state.at.backward, store.state.playing], [1, true]);
  store.step(-1);
  assert.equal(store.state.playing, false);
  store.play();
  for (let second = 0; second < 3; second += 1) context.mock.timers.tick(1000);
  assert.deepEqual([store.state.at.backward, store.state.playing], [3, false]);
  store.play();
  assert.deepEqual([store.state.at.backward, store.state.playing], [0, true]);
  store.play(false);
});

test("the first pass with a replay is the one that opens", () => {
  const summary = { ...PASS, full: false, nodes: [], edges: [], steps: [], frames: [] };
  const { state } = started({ ...TRACE, passes: [summary, { ...PASS, index: 1 }] });
  assert.equal(state.pass, 1);
});

const THREE = { ...TRACE, passes: [PASS, { ...PASS, index: 1 }, { ...PASS, index: 2 }] };

test("a run opens at the pass that the page asks for, and follows when it asks for another", () => {
  const store = new Store();
  const wish = (pass: number | null): number => {
    store.accept({ run: 1, trace: THREE, pass, key: "1-a" });
    return store.state.pass;
  };
  assert.equal(wish(2), 2);
  assert.equal(wish(1), 1);
  assert.equal(wish(null), 1);
  assert.equal(wish(99), 1);
});

test("a wish for a pass that is not new leaves the reader's own choice and step", () => {
  const store = new Store();
  const run = { run: 1, trace: THREE, pass: 2, key: "1-a" };
  store.accept(run);
  store.choosePass(0);
  store.go(2);
  store.accept({ ...run });
  assert.deepEqual([store.state.pass, store.state.at.backward], [0, 2]);
  store.accept({ ...run, run: 2, key: "2-b" });
  assert.equal(store.state.pass, 2);
});

test("a wish that belongs to a run without a graph does not move the graph before it", () => {
  const store = started(THREE);
  const failed = { run: 2, key: "2-b", trace: { ...THREE, passes: [], failure: FAILURE } };
  store.accept({ ...failed, pass: 2 });
  store.accept({ ...failed, pass: 1 });
  assert.equal(store.state.pass, 0);
});

test("a run without a graph makes the run before an old one, and its notes are not told", () => {
  const note = "The program does not call backward().";
  const store = started({ ...TRACE, passes: [{ ...PASS, note }] });
  assert.deepEqual(notesOf(store.state, store.pass), [note]);
  assert.equal(store.isOld(1), false);
  store.accept({
    run: 2,
    key: "2-b",
    pass: null,
    trace: { ...TRACE, passes: [], failure: FAILURE },
  });
  assert.deepEqual([store.isOld(1), store.isOld(2)], [true, false]);
  const told = notesOf(store.state, store.pass).join(" ");
  assert.match(told, /graph of the run before/);
  assert.ok(!told.includes(note));
  store.accept({ run: 3, key: "3-c", pass: null, trace: TRACE });
  assert.equal(store.isOld(3), false);
});

test("a film of many steps leaves some out where it is to be fast, and ends at the last", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const steps = Array.from({ length: 1000 }, (_, index) => ({ ...PASS.steps[0]!, index }));
  const store = started({ ...TRACE, passes: [{ ...PASS, steps }] });
  store.set({ speed: 320 });
  const pass = (ms: number): void => {
    for (let past = 0; past < ms; past += 1) t.mock.timers.tick(1);
  };
  store.play();
  pass(1000);
  assert.ok(Math.abs(store.state.at.backward - 320) <= 20, String(store.state.at.backward));
  pass(3000);
  assert.equal(store.state.at.backward, 999);
  assert.equal(store.state.playing, false);
});
