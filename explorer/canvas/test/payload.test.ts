import assert from "node:assert/strict";
import { test } from "node:test";
import { readRun } from "../src/payload.js";
import { TRACE as WHOLE } from "./sample.js";

const bytes = (value: object): Uint8Array =>
  new TextEncoder().encode(JSON.stringify({ tensors: [], ...value }));
/** A Trace without tensors travels as it is. */
const TRACE = { ...WHOLE, passes: [] };

test("a payload gives the run, its trace and a key", () => {
  const { run, trace, key } = readRun(bytes({ run: 3, trace: TRACE }));
  assert.equal(run, 3);
  assert.deepEqual(trace, TRACE);
  assert.match(key, /^3-[0-9a-f]{8}$/);
});

test("the key differs with the run and with the trace, and is the same for the same", () => {
  const key = (run: number, source: string): string =>
    readRun(bytes({ run, trace: { ...TRACE, program: { ...TRACE.program, source } } })).key;
  assert.equal(key(1, "x"), key(1, "x"));
  assert.notEqual(key(1, "x"), key(2, "x"));
  assert.notEqual(key(1, "x").slice(2), key(1, "y").slice(2));
});

test("the wish for a pass stands last and does not change the key", () => {
  const read = (pass: number | null): ReturnType<typeof readRun> =>
    readRun(bytes({ run: 1, trace: TRACE, pass }));
  assert.deepEqual(
    [read(7).pass, read(null).pass, readRun(bytes({ run: 1, trace: TRACE })).pass],
    [7, null, null],
  );
  assert.equal(read(7).key, read(null).key);
  assert.equal(read(7).key, read(123).key);
});

test("another format, no run, and what is not bytes are refused in words", () => {
  assert.throws(() => readRun(bytes({ run: 1, trace: { ...TRACE, format: 99 } })), /format 99/);
  assert.throws(() => readRun(bytes({ trace: TRACE })), /no run/);
  assert.throws(() => readRun({ run: 1 }), /not bytes/);
});
