import assert from "node:assert/strict";
import { test } from "node:test";
import { Client, type Port } from "../../src/lens/client.js";
import type { Answer } from "../../src/lens/protocol.js";
import { Server } from "../../src/lens/serve.js";
import { blocks } from "./graphs.js";

/** A server on this thread, behind the same door as a worker. */
function localPort(): Port {
  let hear: (answer: Answer) => void = () => undefined;
  const server = new Server(
    (answer) => hear(structuredClone(answer)),
    () => (text) => text.length * 7,
  );
  return {
    post: (request) => void server.receive(structuredClone(request)),
    listen: (listener) => (hear = listener),
    close: () => undefined,
  };
}

async function loaded(
  count: number,
): Promise<{ client: Client; boxes: number; progress: number[] }> {
  const progress: number[] = [];
  const client = new Client(localPort(), ([done]) => progress.push(done));
  const answer = await client.ask({
    kind: "load",
    graph: blocks(count),
    source: [],
    family: "sans-serif",
    room: [900, 700],
  });
  assert.equal(answer.kind, "loaded");
  return { client, boxes: answer.kind === "loaded" ? answer.shown.boxes : 0, progress };
}

const ALL = { kind: "show", want: { kind: "all" }, sure: true } as const;

test("a large view is announced before it is made", async () => {
  const { client } = await loaded(800);
  const answer = await client.ask({ ...ALL, sure: false });
  assert.ok(answer.kind === "large" && answer.boxes > 3000);
});

test("a long layout tells how far it is and gives way to a newer one", async () => {
  const { client, progress } = await loaded(800);
  const [old, next] = await Promise.all([
    client.ask(ALL),
    client.ask({ kind: "show", want: { kind: "budget", boxes: 10, room: [9, 9] }, sure: true }),
  ]);
  assert.equal(old.kind, "dropped");
  assert.ok(next.kind === "shown" && next.shown.boxes <= 10);
  assert.ok(progress.length > 0);
});

test("a cancelled view leaves the groups as they were", async () => {
  const { client, boxes } = await loaded(800);
  const asked = client.ask(ALL);
  client.cancel();
  assert.equal((await asked).kind, "dropped");
  const again = await client.ask({ kind: "show", want: { kind: "reveal", node: 0 }, sure: true });
  assert.ok(again.kind === "shown" && again.shown.boxes === boxes);
});

test("faces are sent once", async () => {
  const { client } = await loaded(12);
  const first = await client.ask({ kind: "show", want: { kind: "more" }, sure: true });
  const second = await client.ask({ kind: "show", want: { kind: "less" }, sure: true });
  assert.ok(first.kind === "shown" && first.shown.view.faces.length > 0);
  assert.ok(second.kind === "shown" && second.shown.view.faces.length === 0);
});

test("a query that cannot be read is answered in words", async () => {
  const { client } = await loaded(2);
  await assert.rejects(client.ask({ kind: "find", query: "line:first" }), /needs a number/);
});
