import assert from "node:assert/strict";
import { test } from "node:test";
import type { Columns } from "../../src/lens/columns.js";
import { Engine } from "../../src/lens/engine.js";
import { Marked } from "../../src/lens/marks.js";
import { Moment } from "../../src/lens/moment.js";
import { Scene } from "../../src/lens/scene.js";
import { Scale } from "../../src/palette.js";
import { blocks, recurrent } from "./graphs.js";

const measure = (text: string): number => text.length * 7;

function staged(
  columns: Columns,
  boxes: number,
): { engine: Engine; scene: Scene; film: ReturnType<Engine["film"]> } {
  const engine = new Engine(columns, measure);
  const { view } = engine.shown({ kind: "budget", boxes, room: [900, 700] });
  const known = new Map([...view.id].map((id) => [id, engine.face(id)]));
  return { engine, scene: new Scene(view, known, Scale.of([1e-3, 1])), film: engine.film() };
}

test("at every step exactly one box is at work, the one that holds the node", () => {
  for (const boxes of [8, 40]) {
    const { scene, film, engine } = staged(recurrent(40), boxes);
    for (let step = 0; step < film.steps; step += 1) {
      const moment = new Moment(scene, film, "backward", step);
      const working = [...scene.closed].filter((place) => moment.state(place) === "now");
      assert.deepEqual(working, [moment.current]);
      const { low, high } = scene.faces[moment.current]!;
      const node = engine.graph.columns.step.indexOf(step);
      assert.ok(engine.graph.box[node]! >= low && engine.graph.box[node]! < high);
    }
  }
});

test("boxes wait before their steps, are done after them, and never go back", () => {
  const { scene, film } = staged(blocks(6), 30);
  const order = ["waiting", "part", "now", "done"];
  for (const place of scene.closed) {
    let reached = 0;
    for (let step = 0; step < film.steps; step += 1) {
      const state = new Moment(scene, film, "backward", step).state(place);
      // A leaf's own step may come after all steps of the operation that shows it.
      if (state === "now" && reached === 3) continue;
      const at = state === "now" ? Math.max(reached, 1) : order.indexOf(state);
      assert.ok(at >= reached, `${scene.faces[place]!.title}: ${state} after ${order[reached]}`);
      reached = at;
    }
  }
});

test("an edge carries its gradient from the step of its sender on", () => {
  const { scene, film } = staged(blocks(2), 1000);
  const { edges } = scene.view;
  edges.key.forEach((_, edge) => {
    const first = edges.first[edge]!;
    if (first > 0)
      assert.equal(new Moment(scene, film, "backward", first - 1).edge(edge), "waiting");
    assert.equal(new Moment(scene, film, "backward", first).edge(edge), "flow");
    assert.equal(
      new Moment(scene, film, "backward", film.steps - 1).edge(edge) === "waiting",
      false,
    );
  });
});

test("without a moment everything is done", () => {
  const { scene, film } = staged(blocks(2), 20);
  const moment = new Moment(scene, film, "backward", null);
  assert.ok([...scene.closed].every((place) => moment.state(place) === "done"));
});

test("a point inside a box hits it, a point between boxes hits the group around", () => {
  const { scene } = staged(blocks(6), 30);
  for (let place = 0; place < scene.count; place += 1) {
    const { x, y, width, height } = scene.rect(place);
    if (scene.view.open[place]) assert.equal(scene.hit(x + 2, y + 2), place);
    else assert.equal(scene.hit(x + width / 2, y + height / 2), place);
  }
  assert.equal(scene.hit(-50, -50), -1);
});

test("around a point are the open groups that hold it, each inside the one before", () => {
  const { scene } = staged(blocks(6), 30);
  const { parent, id } = scene.view;
  const deepest = Math.max(...scene.view.depth);
  const place = scene.view.depth.indexOf(deepest);
  const { x, y, width, height } = scene.rect(place);
  const around = scene.around(x + width / 2, y + height / 2).filter((it) => it !== place);
  assert.ok(around.length > 0);
  for (let it = around.length, inner = place; it > 0; it -= 1, inner = around[it]!)
    assert.equal(id[around[it - 1]!], parent[inner]);
  assert.deepEqual(scene.around(-50, -50), []);
});

test("a shared leaf is marked on every box that uses it", () => {
  const { scene, film, engine } = staged(recurrent(5), 1000);
  const leaf = engine.find("name:W")[0]!;
  const marked = Marked.nodes(film, [leaf]);
  const boxes = [...scene.closed].filter((place) => marked.in(scene.faces[place]!) > 0);
  assert.equal(boxes.length, 5);
});

test("the forward replay has a box at work in every frame: the one that was made last", () => {
  const columns = recurrent(40);
  // Nodes stand last first; every frame makes four of them, and every third frame none.
  const frame = columns.frame.map((_, at) => {
    const made = Math.floor((columns.nodes - 1 - at) / 4);
    return made + Math.floor(made / 2);
  });
  const frames = frame[0]! + 1;
  for (const boxes of [8, 40]) {
    const { scene, film, engine } = staged({ ...columns, frame, frames }, boxes);
    let last = Infinity;
    for (let at = 0; at < frames; at += 1) {
      const { current } = new Moment(scene, film, "forward", at);
      const made = engine.graph.frame.indexOf(at, 1);
      if (made >= 0) last = made;
      if (last === Infinity) continue;
      const { low, high } = scene.faces[current]!;
      assert.ok(last >= low && last < high, `frame ${at} made box ${last}`);
    }
    assert.equal(last, 1, "the last is the root's");
    assert.equal(new Moment(scene, film, "forward", null).current, -1);
  }
});
