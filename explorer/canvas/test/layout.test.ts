import assert from "node:assert/strict";
import { test } from "node:test";
import { Layout } from "../src/layout.js";
import type { Answer, Ask } from "../src/layout.worker.js";
import type { Picture } from "../src/picture.js";

const PICTURE: Picture = { bounds: { x: 0, y: 0, width: 1, height: 1 }, figures: [] };

/** Stands where a browser has a Worker; `answer` null: it never answers. */
class Engine extends EventTarget {
  terminated = false;

  constructor(private readonly answer: (ask: Ask) => Omit<Answer, "id"> | null) {
    super();
  }

  postMessage(ask: Ask): void {
    const answer = this.answer(ask);
    if (!answer) return;
    queueMicrotask(() =>
      this.dispatchEvent(new MessageEvent("message", { data: { ...answer, id: ask.id } })),
    );
  }

  terminate(): void {
    this.terminated = true;
  }
}

function layoutOf(...answers: ((ask: Ask) => Omit<Answer, "id"> | null)[]): {
  layout: Layout;
  engines: Engine[];
} {
  const engines: Engine[] = [];
  const spawn = (): Worker => {
    const engine = new Engine(
      answers[Math.min(engines.length, answers.length - 1)] ?? (() => null),
    );
    engines.push(engine);
    return engine as unknown as Worker;
  };
  return { layout: new Layout(spawn, 20), engines };
}

const good = (): Omit<Answer, "id"> => ({ picture: PICTURE });
const broken = (): Omit<Answer, "id"> => ({ error: "RuntimeError: table index is out of bounds" });

test("texts are laid out one after the other by one worker", async () => {
  const { layout, engines } = layoutOf(good);
  await Promise.all([layout.ask("a").picture, layout.ask("b").picture]);
  assert.equal(engines.length, 1);
});

test("a broken engine is replaced and the text tried once more", async () => {
  const { layout, engines } = layoutOf(broken, good);
  assert.equal(await layout.ask("a").picture, PICTURE);
  assert.deepEqual(
    engines.map((engine) => engine.terminated),
    [true, false],
  );
});

test("an engine that hangs is killed; the second time the reader is told", async () => {
  const { layout, engines } = layoutOf(() => null);
  await assert.rejects(layout.ask("a").picture, /took too long/);
  assert.deepEqual(
    engines.map((engine) => engine.terminated),
    [true, true],
  );
});

test("a syntax error is final and leaves the engine alive", async () => {
  const { layout, engines } = layoutOf(() => ({ error: "Error: syntax error in line 1" }));
  await assert.rejects(layout.ask("a").picture, /syntax error/);
  assert.deepEqual(
    engines.map((engine) => engine.terminated),
    [false],
  );
});

test("after a failure the next text is laid out", async () => {
  const { layout } = layoutOf(broken, broken, good);
  await assert.rejects(layout.ask("a").picture);
  assert.equal(await layout.ask("b").picture, PICTURE);
});

test("a text that is no longer wanted makes room at once", async () => {
  const { layout, engines } = layoutOf(() => null, good);
  layout.ask("slow").cancel();
  assert.equal(await layout.ask("next").picture, PICTURE);
  assert.equal(engines[0]?.terminated, true);
});
