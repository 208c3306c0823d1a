import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Trace } from "../src/records.js";
import { replayOf } from "../src/replay.js";
import { heading, noSteps, sentence } from "../src/words.js";

/** Runs of many programs with what `explorer/words.py` says of them, written by the test that
 *  starts these (`tests/canvas/test_build.py`). */
const RUNS = process.env["EXPLORER_RUNS"];

interface Told {
  readonly name: string;
  readonly trace: Trace;
  readonly words: string;
}

const told = RUNS ? (JSON.parse(readFileSync(RUNS, "utf-8")) as Told[]) : [];

test("both languages tell runs in the same words", { skip: !RUNS && "no runs given" }, () => {
  assert.ok(told.length > 50);
  for (const { name, trace, words } of told) assert.equal(wordsOf(trace), words, name);
});

function wordsOf(trace: Trace): string {
  const passes = trace.passes.map((pass) => {
    const replay = replayOf(pass);
    const steps = pass.steps.map((step) => `${step.index + 1}. ${sentence(replay, step)}`);
    const lines = [heading(pass, trace.passes.length), noSteps(pass), ...steps];
    return lines.filter((line) => line !== null).join("\n");
  });
  return passes.join("\n\n");
}
