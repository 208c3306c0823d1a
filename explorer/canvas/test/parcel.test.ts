import assert from "node:assert/strict";
import { test } from "node:test";
import { columnsOf } from "../src/lens/columns.js";
import { apart } from "../src/namesakes.js";
import { opened, type Parcel } from "../src/parcel.js";
import type { Pass, Trace } from "../src/records.js";
import { replayOf } from "../src/replay.js";
import { lazily } from "../src/sheet.js";
// Written by Python: a pass as columns, and the same Trace written out.
import both from "./wide.json";

const trace = opened(both.sent as unknown as Parcel);
const written = both.written as unknown as Trace;
const wide = trace.passes[0]!;
const plain = written.passes[0]!;

test("what Python left out and put into columns comes back as it was written", () => {
  const { columns, ...rest } = wide;
  assert.ok(columns);
  const whole = {
    ...rest,
    nodes: [...wide.nodes],
    edges: [...wide.edges],
    steps: [...wide.steps],
    frames: [...wide.frames],
    columns: null,
  };
  assert.deepEqual({ ...trace, passes: [whole] }, { ...written, passes: [plain] });
});

test("one tensor in several places is one object", () => {
  assert.equal(wide.edges[1]!.gradient, wide.steps[0]!.sent[0]!.gradient);
});

test("the replay of columns answers as that of records does", () => {
  const [one, other] = [replayOf(wide), replayOf(plain)];
  for (const { id, line, kind, name } of plain.nodes) {
    for (const key of ["nodes", "into", "from", "stepOf", "frameOf"] as const) {
      assert.deepEqual(one[key].get(id), other[key].get(id), `${key} of ${id}`);
      assert.equal(one[key].has(id), other[key].has(id), `${key} of ${id}`);
    }
    assert.deepEqual(one.onLine(line ?? 99), other.onLine(line ?? 99));
    if (kind === "leaf") assert.equal(one.leaves.get(name ?? ""), id);
  }
  for (const { id } of plain.edges) {
    assert.deepEqual(one.edges.get(id), other.edges.get(id));
    assert.equal(one.sentAt.get(id), other.sentAt.get(id), id);
  }
  assert.equal(one.nodes.get("n99") ?? one.edges.get("x"), undefined);
  assert.deepEqual(one.scale, other.scale);
  assert.deepEqual(one.received, other.received);
  assert.deepEqual(one.made, other.made);
});

test("names of columns mean the same boxes as those of records", () => {
  for (const node of plain.nodes) assert.deepEqual(apart(wide, node), apart(plain, node), node.id);
});

test("the lens sees the same graph in either form", () => {
  const text = (pass: Pass): unknown => {
    const it = columnsOf(pass);
    const words = (of: { of: Int32Array; texts: readonly string[] }): string[] =>
      Array.from(of.of, (at) => of.texts[at]!);
    const { op, name, scope, shape, ...numbers } = it;
    return {
      ...numbers,
      op: words(op),
      name: words(name),
      scope: words(scope),
      shape: words(shape),
    };
  };
  assert.deepEqual(text(wide), text(plain));
});

test("a lazy list is a list that makes only what is read", () => {
  const made: number[] = [];
  const list = lazily(100_000, (at) => {
    made.push(at);
    return at * 2;
  });
  assert.equal(list.length, 100_000);
  assert.equal(list[7], 14);
  assert.equal(list[100_000], undefined);
  assert.equal(list.at(-1), 199_998);
  assert.equal(
    list.find((it) => it > 4),
    6,
  );
  assert.deepEqual(made, [7, 99_999, 0, 1, 2, 3]);
  assert.deepEqual(
    lazily(3, (at) => at).map((it) => it + 1),
    [1, 2, 3],
  );
  assert.equal(JSON.stringify(lazily(2, (at) => at)), "[0,1]");
});

test("what was cut off says by whom and where", () => {
  for (const pass of [wide, plain]) {
    const { cut, nodes } = columnsOf(pass);
    const said = Array.from({ length: nodes }, (_, node) => cut.texts[cut.of[node]!]);
    assert.deepEqual(said, ["", "", "", "", "detach, line 2"]);
  }
});
