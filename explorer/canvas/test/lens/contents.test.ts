import assert from "node:assert/strict";
import { test } from "node:test";
import type { Columns } from "../../src/lens/columns.js";
import { type Contents, contentsOf } from "../../src/lens/contents.js";
import { Engine } from "../../src/lens/engine.js";
import type { Ids } from "../../src/lens/ids.js";
import { Scene } from "../../src/lens/scene.js";
import { Scale } from "../../src/palette.js";
import { blocks, recurrent } from "./graphs.js";

const measure = (text: string): number => text.length * 7;
/** Names as a pass in columns has them. */
const ids = { node: (at: number) => `n${at}`, nodeAt: (id: string) => Number(id.slice(1)) } as Ids;

/** Each group on screen, with what the record says of the boxes in it. */
function* groups(columns: Columns, boxes: number): Generator<[Contents, Engine, Scene]> {
  const engine = new Engine(columns, measure);
  const { view } = engine.shown({ kind: "budget", boxes, room: [900, 700] });
  const known = new Map([...view.id].map((id) => [id, engine.face(id)]));
  const scene = new Scene(view, known, Scale.of([1e-3, 1]));
  const film = engine.film();
  for (const face of scene.faces)
    if (face.node < 0) yield [contentsOf(face, film, ids, scene), engine, scene];
}

test("a group knows the largest and smallest of its gradients, and the first that is not finite", () => {
  const sample = blocks(6);
  for (const broken of [false, true]) {
    const size = sample.size.map((it, edge) => (broken && edge % 7 === 3 ? NaN : it));
    let seen = 0;
    for (const [contents, { graph }] of groups({ ...sample, size }, 30)) {
      const { low, high } = contents.face;
      const inside = [...graph.size.subarray(low, high)];
      const finite = inside.filter((it) => it >= 0 && Number.isFinite(it));
      assert.equal(contents.largest?.size, Math.max(...finite));
      assert.equal(contents.smallest?.size, Math.min(...finite));
      const first = inside.findIndex(Number.isNaN);
      assert.equal(contents.broken?.node, first < 0 ? undefined : `n${graph.node[low + first]}`);
      assert.equal(
        graph.size[graph.box[ids.nodeAt(contents.largest!.node)]!],
        contents.largest!.size,
      );
      seen += Number(first >= 0);
    }
    assert.equal(seen > 0, broken);
  }
});

test("a group knows its lines and the groups around it", () => {
  for (const [{ face, lines, around, holds }, { graph }, scene] of groups(recurrent(40), 30)) {
    const inside = graph.node.subarray(face.low, face.high);
    assert.deepEqual(
      lines,
      [...new Set(Array.from(inside, (at) => graph.columns.line[at]!))].filter(Boolean).sort(),
    );
    assert.equal(around.length, scene.view.depth[scene.places.get(face.id)!]!);
    for (const box of [0, face.low, face.high - 1, graph.ops - 1])
      assert.equal(holds(`n${graph.node[box]}`), box >= face.low && box < face.high);
  }
});

test("the steps of a group are all to come before its first, and all done after its last", () => {
  for (const [{ face, steps }, { graph }] of groups(recurrent(40), 30)) {
    const [first, last] = face.steps;
    assert.equal(steps(first - 1)[0], 0);
    assert.deepEqual(steps(first), [1, steps(last)[1]]);
    assert.equal(steps(last)[0], steps(last)[1]);
    assert.ok(
      steps(last)[1] >= graph.step.subarray(face.low, face.high).filter((it) => it >= 0).length,
    );
  }
});
