import assert from "node:assert/strict";
import { test } from "node:test";
import { agrees } from "../src/formulas/agreement.js";
import { rowFor, setting } from "../src/formulas/holding.js";
import { Instance } from "../src/formulas/instance.js";
import { Speller } from "../src/formulas/spelling.js";
import { FUNCTIONS, type Row, rowsOf, type Tree } from "../src/formulas/table.js";
import { numberOf, sizeOf } from "../src/formulas/values.js";
import { benchFor } from "../src/formulas/worked.js";
import type { Node } from "../src/records.js";
import { replayOf } from "../src/replay.js";
import { PASS, scalar } from "./sample.js";

const replay = replayOf(PASS);
const product = PASS.nodes.find((node) => node.op === "MulBackward0") as Node;

test("the table that the build puts in has rows, sentences and functions", () => {
  assert.equal(rowsOf("NoSuchBackward0").length, 0);
  assert.ok(rowsOf("AddBackward0").length > 1);
  const [row] = rowsOf("MulBackward0");
  assert.deepEqual(row?.backward, [
    ["*", "G", "y"],
    ["*", "G", "x"],
  ]);
  assert.equal(row?.broadcasts, true);
  assert.equal(row?.rearranges, undefined);
  assert.ok("sqrt" in FUNCTIONS);
});

test("a product has its numbers, forward and for each input", () => {
  const bench = benchFor(replay, product);
  assert.ok(bench);
  assert.equal(bench.forward()?.text, "2 · 3");
  assert.equal(bench.backward(0, scalar(3))?.text, "1 · 3");
  assert.equal(bench.backward(1, scalar(2))?.text, "1 · 2");
  assert.equal(bench.meaning("x"), "a");
});

test("numbers that do not give what was recorded are not shown", () => {
  const bench = benchFor(replay, product);
  assert.equal(bench?.backward(0, scalar(3.001)), null);
  assert.equal(bench?.backward(0, null), null);
});

test("a setting chooses the row, and one that is not proven has none", () => {
  const square: Node = { ...product, op: "PowBackward0", settings: { exponent: "2" } };
  const cube: Node = { ...square, settings: { exponent: "3" } };
  const forwardOf = (node: Node): Tree | undefined => rowFor(node, null)?.forward;
  assert.deepEqual(forwardOf(square), ["**", "x", 2]);
  assert.deepEqual(forwardOf(cube), ["**", "x", "n"]);
  const mean: Node = {
    ...product,
    op: "BinaryCrossEntropyBackward0",
    settings: { reduction: "1" },
  };
  assert.ok(rowFor(mean, null));
  const weighted = { ...mean, saved: [{ ...SAVED, name: "weight" }] };
  assert.equal(rowFor(weighted, null), null);
});

const SAVED = {
  name: "self",
  shape: [],
  dtype: "float32",
  bytes: 4,
  version: 0,
  now: 0,
  of: null,
  node: null,
  output: 0,
  value: null,
};

test("settings read as PyTorch prints them; axes may count from the end", () => {
  assert.deepEqual(setting("dim", "(0, 18446744073709551615)"), { axes: [0, -1] });
  assert.deepEqual(setting("dim", "1"), { axes: [1] });
  assert.equal(setting("exponent", "0.5"), 0.5);
  assert.equal(setting("eps", "1e-05"), 1e-5);
  assert.equal(setting("training", "True"), 1);
  assert.equal(setting("reduce", "sum"), undefined);
});

test("the error function is as exact as a float can be", () => {
  // Values of the error function from tables: 20 digits, rounded.
  const known = [
    [0.1, 0.1124629160182849],
    [0.5, 0.5204998778130465],
    [1, 0.8427007929497149],
    [2, 0.9953222650189527],
    [2.6, 0.9997639655834707],
    [3.5, 0.9999992569016276],
    [5, 0.9999999999984626],
  ] as const;
  for (const [x, value] of known) {
    assert.ok(Math.abs(numberOf(["erf", x]) - value) < 1e-14, String(x));
    assert.ok(Math.abs(numberOf(["erf", ["neg", x]]) + value) < 1e-14, String(-x));
  }
});

test("rounding is forgiven in proportion to what was added", () => {
  const difference: Tree = ["-", ["#", 1000.0001], ["#", 1000]];
  assert.equal(sizeOf(difference), 2000.0001);
  assert.ok(agrees(difference, 0.00012, "float32"));
  assert.ok(!agrees(difference, 0.00012, "float64"));
  assert.ok(agrees(["/", 1, 0], Infinity, "float32"));
  assert.ok(agrees(["/", 0, 0], Number.NaN, "float32"));
  assert.ok(!agrees(["/", 1, 0], Number.NaN, "float32"));
});

test("every formula of every row can be spelled, and bound to what it names", () => {
  const spelled = (row: Row, tree: Tree): string => new Speller(row.words).spell(tree);
  for (const node of ["AddmmBackward0", "NativeLayerNormBackward0", "StdBackward0", "CatBackward0"])
    for (const row of rowsOf(node))
      for (const tree of [row.forward, ...row.backward, ...Object.values(row.where ?? {})])
        assert.doesNotMatch(spelled(row, tree), /undefined|\?/);
});

test("what is not known stays unknown", () => {
  const [row] = rowsOf("ExpBackward0") as [Row];
  const known = new Map([["x", { shape: [3], values: [0, 1] }]]);
  const part = new Instance(row, known).part(["exp", "x"]);
  assert.equal(numberOf(part.at([1])), Math.E);
  assert.throws(() => part.at([2]));
});
