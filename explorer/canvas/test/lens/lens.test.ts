import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { type Columns, columnsOf } from "../../src/lens/columns.js";
import { Engine, type Shown } from "../../src/lens/engine.js";
import { LEGIBLE } from "../../src/lens/legible.js";
import { left } from "../../src/lens/marks.js";
import { quotientOf } from "../../src/lens/quotient.js";
import { ranksOf } from "../../src/lens/ranks.js";
import { membersOf, REPEAT } from "../../src/lens/tree.js";
import { opened, type Parcel } from "../../src/parcel.js";
import { blocks, chain, fan, Program, randomProgram, recurrent } from "./graphs.js";

const measure = (text: string): number => text.length * 7;
const ROOM = [900, 700] as const;
const SEEDS = Array.from({ length: 60 }, (_, seed) => seed + 1);
const SLACK = 0.01;

function engineOf(columns: Columns): Engine {
  return new Engine(columns, measure);
}

/** Passes that Python has recorded and left in a directory; see `tests/canvas/test_folding.py`. */
function recorded(): (readonly [string, Columns])[] {
  const home = process.env["RECORDED"];
  if (!home) return [];
  return readdirSync(home).flatMap((file) => {
    const parcel = JSON.parse(readFileSync(`${home}/${file}`, "utf8")) as Parcel;
    return opened(parcel).passes.map((pass) => [`${file} ${pass.index}`, columnsOf(pass)] as const);
  });
}

const SAMPLES: readonly (readonly [string, Columns])[] = [
  ...recorded(),
  ...SEEDS.map((seed) => [`random ${seed}`, randomProgram(seed, 5 + seed * 5)] as const),
  ["recurrent 40", recurrent(40)],
  ["blocks 12", blocks(12)],
  ["chain 500", chain(500)],
  ["fan 200", fan(200)],
];

/** All views that a test looks at: the first, some budgets, everything. */
function* viewsOf(columns: Columns): Generator<Shown> {
  const engine = engineOf(columns);
  yield engine.shown({ kind: "budget", boxes: null, room: ROOM });
  for (const boxes of [20, 60]) yield engine.shown({ kind: "budget", boxes, room: ROOM });
  yield engine.shown({ kind: "all" });
}

test("no two boxes of a group overlap and nothing lies outside of its group", () => {
  for (const [name, columns] of SAMPLES) {
    for (const { view } of viewsOf(columns)) {
      const siblings = new Map<number, number[]>();
      const places = new Map([...view.id].map((id, at) => [id, at]));
      for (const at of view.id.keys())
        siblings.set(view.parent[at]!, [...(siblings.get(view.parent[at]!) ?? []), at]);
      const bounds = (at: number): readonly number[] => [
        ...view.bounds.subarray(4 * at, 4 * at + 4),
      ];
      for (const [parent, members] of siblings) {
        const place = places.get(parent);
        const [px, py, pw, ph] = (
          place === undefined ? [0, 0, view.width, view.height] : bounds(place)
        ) as [number, number, number, number];
        members.forEach((one, index) => {
          const [x, y, w, h] = bounds(one) as [number, number, number, number];
          assert.ok(
            x >= px - SLACK &&
              y >= py - SLACK &&
              x + w <= px + pw + SLACK &&
              y + h <= py + ph + SLACK,
            `${name}: outside`,
          );
          for (const other of members.slice(index + 1)) {
            const [ox, oy, ow, oh] = bounds(other) as [number, number, number, number];
            const apart =
              x + w <= ox + SLACK ||
              ox + ow <= x + SLACK ||
              y + h <= oy + SLACK ||
              oy + oh <= y + SLACK;
            assert.ok(apart, `${name}: ${view.id[one]} overlaps ${view.id[other]}`);
          }
        });
      }
    }
  }
});

test("no quotient has a cycle", () => {
  for (const [name, columns] of SAMPLES) {
    const { tree } = engineOf(columns);
    for (let id = tree.graph.ops; id < tree.count; id += 1) {
      if (tree.parent[id]! < 0 && id !== tree.root) continue;
      const { members, other, tail, head } = quotientOf(tree, id);
      const nodes = members.length + other.length;
      assert.doesNotThrow(
        () => ranksOf({ nodes, tail, head }, new Uint8Array(nodes)),
        `${name}: group ${id}`,
      );
    }
  }
});

test("every node is drawn exactly once: as a box, or with its first user", () => {
  for (const [name, columns] of SAMPLES) {
    const { graph, tree } = engineOf(columns);
    const boxes = new Set(graph.node);
    assert.equal(boxes.size, graph.ops, name);
    for (let node = 0; node < columns.nodes; node += 1) {
      assert.ok(graph.box[node]! >= 0, `${name}: node ${node} is nowhere`);
      if (boxes.has(node)) assert.equal(graph.node[graph.box[node]!], node);
    }
    const seen = new Uint8Array(graph.ops);
    const queue = [tree.root];
    for (const id of queue) {
      if (id < graph.ops) seen[id]! += 1;
      else queue.push(...membersOf(tree, id));
    }
    assert.ok(
      seen.every((count) => count === 1),
      name,
    );
  }
});

test("every use of a leaf or input is a chip, and every other edge joins two boxes", () => {
  for (const [name, columns] of SAMPLES) {
    const { graph } = engineOf(columns);
    const boxes = new Set(graph.node);
    let uses = 0;
    for (let edge = 0; edge < columns.edges; edge += 1) {
      const op = columns.op.texts[columns.op.of[columns.head[edge]!]!];
      const input = [2, 3].includes(columns.kind[columns.head[edge]!]!);
      if (op === "AccumulateGrad" || input) uses += 1;
    }
    assert.equal(graph.chips.node.length, uses, name);
    const joined = [...columns.tail].filter(
      (tail, edge) => boxes.has(tail) && boxes.has(columns.head[edge]!),
    ).length;
    assert.equal(graph.edge.length, joined, name);
  }
});

test("gradients flow forward in backward time", () => {
  for (const [name, columns] of SAMPLES) {
    const { graph } = engineOf(columns);
    for (const [edge, tail] of graph.tail.entries()) assert.ok(tail < graph.head[edge]!, name);
  }
});

test("edges of a view start and end at their boxes, and run downwards", () => {
  for (const [name, columns] of SAMPLES) {
    for (const { view } of viewsOf(columns)) {
      const places = new Map([...view.id].map((id, at) => [id, at]));
      const { edges } = view;
      edges.key.forEach((_, edge) => {
        const points = edges.points.subarray(edges.from[edge]!, edges.from[edge + 1]!);
        const ends = [
          [edges.tail[edge]!, points[0]!, points[1]!, 1],
          [edges.head[edge]!, points[points.length - 3]!, points[points.length - 1]!, 0],
        ] as const;
        for (const [id, x, y, bottom] of ends) {
          const at = places.get(id);
          if (at === undefined) continue;
          const [left, top, width, height] = view.bounds.subarray(
            4 * at,
            4 * at + 4,
          ) as unknown as [number, number, number, number];
          assert.ok(x >= left - 1 && x <= left + width + 1, `${name}: edge beside its box`);
          assert.ok(Math.abs(y - (bottom ? top + height : top)) < 0.5, `${name}: edge off its box`);
        }
        let last = -Infinity;
        for (let i = 0; i < points.length; i += 3) {
          assert.ok(
            points[i + 1]! >= last - 0.5 && points[i + 2]! >= points[i + 1]! - 0.5,
            `${name}: edge runs up`,
          );
          last = points[i + 2]!;
        }
      });
      assert.equal(new Set(edges.key).size, edges.key.length, `${name}: keys are not unique`);
      assert.ok([...view.bounds, ...edges.points].every(Number.isFinite), `${name}: not a number`);
    }
  }
});

test("the same pass gives the same view", () => {
  for (const [name, columns] of SAMPLES.slice(-20)) {
    const [one, other] = [engineOf(columns), engineOf(columns)].map((engine) => {
      engine.shown({ kind: "budget", boxes: 40, room: ROOM });
      return engine.shown({ kind: "all" });
    });
    assert.deepEqual(one, other, name);
  }
});

test("what was opened and closed again looks as before", () => {
  const engine = engineOf(blocks(12));
  const before = engine.shown({ kind: "budget", boxes: 12, room: ROOM });
  const group = [...before.view.id].find(
    (id, at) => id >= engine.graph.ops && !before.view.open[at],
  )!;
  const opened = engine.shown({ kind: "toggle", id: group });
  assert.ok(opened.boxes > before.boxes);
  const after = engine.shown({ kind: "toggle", id: group });
  assert.deepEqual(after.view.bounds, before.view.bounds);
});

test("a chain is one straight vertical line", () => {
  const engine = engineOf(chain(9));
  const { view } = engine.shown({ kind: "all" });
  const middles = Array.from(view.id, (_, at) =>
    Math.round(view.bounds[4 * at]! + view.bounds[4 * at + 2]! / 2),
  );
  assert.equal(new Set(middles.filter((_, at) => view.id[at]! < engine.graph.ops)).size, 1);
});

test("the longest path is straight through open groups", () => {
  const engine = engineOf(blocks(3));
  const { view } = engine.shown({ kind: "all" });
  const x = new Map(
    Array.from(view.id, (id, at) => [id, view.bounds[4 * at]! + view.bounds[4 * at + 2]! / 2]),
  );
  const title = (id: number): string => engine.face(id).title;
  const spine = [...x].filter(
    ([id]) =>
      id < engine.graph.ops && ["Addmm", "Gelu", "LogSoftmax", "NllLoss"].includes(title(id)),
  );
  const places = spine.map(([, place]) => Math.round(place));
  assert.equal(new Set(places).size, 1, String(places));
});

test("a loop of the program folds into its iterations, however they begin", () => {
  const engine = engineOf(recurrent(40));
  const { view } = engine.shown({ kind: "budget", boxes: 8, room: ROOM });
  const titles = [...view.id].map((id) => engine.face(id).title);
  assert.ok(titles.includes("40 iterations"), titles.join(", "));
  const loop = [...view.id].find((id) => engine.face(id).title === "40 iterations")!;
  const all = engine.shown({ kind: "all" });
  const iteration = [...all.view.id].find((id) => engine.face(id).title === "iteration 40")!;
  assert.ok(loop && iteration);
  const inside = Array.from(membersOf(engine.tree, iteration), (id) => engine.face(id).title);
  assert.deepEqual(inside.toSorted(), ["Add", "Mm", "Mm", "Tanh"]);
  const visits = Array.from(
    membersOf(engine.tree, iteration),
    (id) => engine.graph.columns.visit[engine.graph.node[id]!],
  );
  assert.deepEqual(new Set(visits), new Set([40]));
});

test("what repeats over several rounds of a loop is not called an iteration", () => {
  const program = new Program();
  let x = program.leaf("x");
  for (let round = 1; round <= 36; round += 1) {
    [program.line, program.visit] = [3, round];
    x = program.op("Sin", x);
    if (round % 3) continue;
    [program.line, program.visit] = [5, round / 3];
    x = program.op("Tanh", x);
  }
  const engine = engineOf(program.columns(program.op("Sum", x)));
  const { view } = engine.shown({ kind: "all" });
  const titles = [...view.id].map((id) => engine.face(id).title);
  assert.ok(
    titles.some((title) => title.startsWith("12 × ")),
    titles.join(", "),
  );
  assert.ok(!titles.some((title) => title.includes("iteration")), titles.join(", "));
});

test("iterations have the numbers of their visits where a loop is cut in two", () => {
  const program = new Program();
  let x = program.leaf("x");
  for (let round = 1; round <= 60; round += 1) {
    [program.line, program.visit] = [3, round];
    x = program.op("Tanh", program.op("Mul", x, program.leaf(`w${round}`)));
    if (round === 30) x = program.op("Exp", program.op("Sin", program.op("Cos", x)));
  }
  const engine = engineOf(program.columns(program.op("Sum", x)));
  const { view } = engine.shown({ kind: "all" });
  for (const id of view.id) {
    const number = /^iteration (\d+)$/.exec(engine.face(id).title)?.[1];
    if (!number) continue;
    for (const box of membersOf(engine.tree, id))
      assert.equal(engine.graph.columns.visit[engine.graph.node[box]!], Number(number));
  }
});

/** A module of three operations that ran so often, each time on what the last one gave. */
function calls(times: number): Columns {
  const program = new Program();
  let x = program.leaf("x");
  for (let time = 1; time <= times; time += 1) {
    program.call = program.calls.push({ scope: "encoder", number: time, parent: null }) - 1;
    program.scope = "encoder";
    x = program.op("Exp", program.op("Tanh", program.op("Sin", x)));
  }
  [program.scope, program.call] = ["", -1];
  return program.columns(program.op("Sum", x));
}

test("each run of a module is a group of its own, which says which run it is", () => {
  const engine = engineOf(calls(3));
  const { view } = engine.shown({ kind: "budget", boxes: 5, room: ROOM });
  const notes = [...view.id]
    .map((id) => engine.face(id))
    .filter(({ title }) => title === "encoder");
  assert.deepEqual(
    notes.map(({ note, high, low }) => [note, high - low]),
    [
      ["call 3 of 3", 3],
      ["call 2 of 3", 3],
      ["call 1 of 3", 3],
    ],
  );
});

test("many runs of a module fold like any other repeat", () => {
  const engine = engineOf(calls(100));
  const { view } = engine.shown({ kind: "budget", boxes: 5, room: ROOM });
  const titles = [...view.id].map((id) => engine.face(id).title);
  assert.ok(titles.includes("100 × encoder"), titles.join(", "));
});

test("a module that never ran by itself stands around the runs of its parts", () => {
  const program = new Program();
  program.calls.push({ scope: "net", number: 1, parent: null });
  let x = program.leaf("x");
  for (const number of [1, 2]) {
    program.call = program.calls.push({ scope: "net.blocks.0", number, parent: 0 }) - 1;
    program.scope = "net.blocks.0";
    x = program.op("Exp", program.op("Tanh", x));
  }
  program.call = 0;
  program.scope = "net";
  const engine = engineOf(program.columns(program.op("Sin", x)));
  const { view } = engine.shown({ kind: "all" });
  const said = [...view.id].map((id) => engine.face(id)).filter(({ node }) => node < 0);
  assert.deepEqual(
    said.map(({ title, note }) => [title, note].filter(Boolean).join(" ")).slice(1),
    ["blocks", "blocks.0 call 2 of 2", "blocks.0 call 1 of 2"],
  );
});

test("equal modules in a row fold into one box that says how many", () => {
  const engine = engineOf(blocks(12));
  const { view } = engine.shown({ kind: "budget", boxes: 8, room: ROOM });
  const titles = [...view.id].map((id) => engine.face(id).title);
  assert.ok(titles.includes("12 × blocks[i]"), titles.join(", "));
});

test("a leaf that a group uses many times is one parameter of it", () => {
  const engine = engineOf(recurrent(100));
  const { view } = engine.shown({ kind: "budget", boxes: 1, room: ROOM });
  const details = [...view.id].map((id) => engine.face(id).detail);
  assert.ok(details.includes("400 ops · 3 params"), details.join(", "));
});

test("the first view fits the room with legible text, however large the graph", () => {
  for (const columns of [blocks(200), recurrent(500), chain(5000), fan(1000)]) {
    const { view, boxes } = engineOf(columns).shown({ kind: "budget", boxes: null, room: ROOM });
    assert.ok(
      boxes <= 40 && view.height * LEGIBLE <= ROOM[1] && view.width * LEGIBLE <= ROOM[0],
      `${boxes} boxes, ${view.width} × ${view.height}`,
    );
  }
});

test("the first view opens on until there is enough to see, also in a small room", () => {
  const loops = new Program();
  const start = loops.leaf("w");
  let total = start;
  for (loops.visit = 1; loops.visit <= 12; loops.visit += 1) {
    let h = start;
    loops.line = 3;
    for (let inner = 0; inner < 10; inner += 1) h = loops.op("Sin", loops.op("Mul", h, start));
    loops.line = 4;
    total = loops.op("Add", total, loops.op("Sum", h));
  }
  const samples = { recurrent: recurrent(100), chain: chain(10_000) };
  for (const [name, columns] of Object.entries({ ...samples, loops: loops.columns(total) })) {
    for (const room of [
      [494, 490],
      [420, 382],
      [316, 456],
    ] as const) {
      const engine = new Engine(columns, measure, [], room[1]);
      const { view, boxes } = engine.shown({ kind: "budget", boxes: null, room });
      assert.ok(boxes >= 9 && boxes <= 20, `${name}: ${boxes} boxes in ${room}`);
      const zoom = Math.min(room[0] / view.width, room[1] / view.height);
      assert.ok(zoom >= LEGIBLE, `${name}: ${zoom} in ${room}`);
    }
  }
});

test("a long repeat is cut into fewer parts where they stand side by side", () => {
  const parts = (columns: Columns): number => {
    const { tree } = new Engine(columns, measure, [], 900);
    const ids = Array.from(tree.kind.keys());
    const repeat = ids.filter((id) => tree.kind[id] === REPEAT && tree.parent[id]! >= 0);
    return membersOf(tree, repeat[0]!).length;
  };
  assert.equal(parts(recurrent(1000)), 10);
  assert.equal(parts(fan(1000)), 5);
});

test("more never closes what the reader opened", () => {
  const engine = engineOf(blocks(12));
  engine.shown({ kind: "budget", boxes: 8, room: ROOM });
  const node = engine.find("scope:blocks.7 gelu")[0]!;
  const mine = engine.shown({ kind: "reveal", node }).open;
  for (let open = mine; ; ) {
    const more = engine.shown({ kind: "more" });
    assert.ok(open.every((id) => more.open.includes(id)));
    if (more.open.length === open.length) break;
    open = more.open;
  }
  assert.equal(engine.shown({ kind: "more" }).boxes, engine.graph.ops);
});

test("less closes from the inside out, and about as much as more opened", () => {
  const engine = engineOf(blocks(12));
  let last = engine.shown({ kind: "all" });
  while (last.open.length > 1) {
    const less = engine.shown({ kind: "less" });
    assert.ok(less.boxes < last.boxes);
    const gone = last.open.filter((id) => !less.open.includes(id));
    const depth = (id: number): number => engine.tree.depth[id]!;
    const deepest = Math.max(...less.open.map(depth));
    assert.ok(gone.length === 1 || less.boxes >= Math.floor(last.boxes / 1.6), "one in any case");
    assert.ok(
      gone.every((id) => depth(id) >= deepest),
      "a group that stays is further inside",
    );
    last = less;
  }
});

test("more shows more and less shows less, until all or the outermost is shown", () => {
  const engine = engineOf(blocks(12));
  let boxes = engine.shown({ kind: "budget", boxes: 8, room: ROOM }).boxes;
  const fewest = boxes;
  for (;;) {
    const next = engine.shown({ kind: "more" }).boxes;
    assert.ok(next >= boxes);
    if (next === boxes) break;
    boxes = next;
  }
  assert.equal(boxes, engine.graph.ops);
  for (;;) {
    const next = engine.shown({ kind: "less" }).boxes;
    assert.ok(next <= boxes);
    if (next === boxes) break;
    boxes = next;
  }
  assert.ok(boxes <= fewest);
});

test("revealing a node opens just what hides it", () => {
  const engine = engineOf(blocks(12));
  engine.shown({ kind: "budget", boxes: 8, room: ROOM });
  const leaf = engine.find("name:net.blocks.7.fc.weight")[0]!;
  const { view } = engine.shown({ kind: "reveal", node: leaf });
  assert.ok([...view.id].includes(engine.graph.box[leaf]!));
  assert.ok(view.id.length < engine.graph.ops);
});

test("search reads text, fields, lines, sizes and regular expressions", () => {
  const engine = engineOf(blocks(4));
  const names = (query: string): string[] =>
    Array.from(
      engine.find(query),
      (node) => engine.graph.columns.name.texts[engine.graph.columns.name.of[node]!]!,
    );
  assert.equal(engine.find("op:gelu").length, 4);
  assert.equal(engine.find("scope:blocks.2 gelu").length, 1);
  assert.deepEqual(names("/blocks\\.[12]\\.fc\\.bias$/"), [
    "net.blocks.2.fc.bias",
    "net.blocks.1.fc.bias",
  ]);
  assert.equal(engine.find("line:20").length, 2);
  assert.ok(engine.find("size>0.5").length < engine.find("size>0.00001").length);
  assert.equal(engine.find("nothing of this name").length, 0);
  assert.throws(() => engine.find("/(/"), /regular expression/);
  assert.deepEqual(engine.find("line 20"), engine.find("line:20"));
  assert.deepEqual(engine.find("20"), engine.find("line:20"));
  assert.deepEqual(engine.find("self.blocks.2"), engine.find("blocks.2"));
});

test("operations are found by what stands in their boxes, and not by plumbing", () => {
  const engine = engineOf(recurrent(5));
  const { columns } = engine.graph;
  const ops = (query: string): Set<string> =>
    new Set(Array.from(engine.find(query), (node) => columns.op.texts[columns.op.of[node]!]!));
  assert.deepEqual(ops("/^mm$/"), new Set(["MmBackward0"]));
  assert.deepEqual(ops("op:mmbackward"), new Set(["MmBackward0"]));
  assert.equal(engine.find("mul").length, 0);
  assert.deepEqual(ops("accumulate"), new Set(["AccumulateGrad"]));
});

test("a filter by size leaves what lies within, and its open ends hold the rest", () => {
  const film = engineOf(recurrent(5)).film();
  const sizes = [1e-6, 0, 1, NaN, Infinity, -1, 100];
  film.size.fill(-1).set(sizes);
  const kept = (
    range: readonly [number, number] | null,
    paths: Uint8Array | null = null,
  ): number[] =>
    Array.from(left(film, paths, range).subarray(0, sizes.length).keys()).filter(
      (box) => left(film, paths, range)[box],
    );
  assert.deepEqual(kept([1e-7, 10]), [0, 2]);
  assert.deepEqual(kept([0, 10]), [0, 1, 2]);
  assert.deepEqual(kept([1, Infinity]), [2, 3, 4, 6]);
  assert.deepEqual(kept(null), [0, 1, 2, 3, 4, 5, 6]);
  const paths = new Uint8Array(film.ops);
  paths.set([1, 0, 0, 1]);
  assert.deepEqual(kept([0, Infinity], paths), [0, 3]);
});

test("the paths to a leaf are all boxes that its gradient comes through", () => {
  const engine = engineOf(blocks(4));
  const leaf = engine.find("name:net.blocks.3.proj.weight")[0]!;
  const marks = engine.pathsTo(leaf);
  const titles = [...marks].flatMap((mark, id) => (mark ? [engine.face(id).title] : []));
  assert.deepEqual(titles, ["loss", "NllLoss", "LogSoftmax", "Addmm", "Add", "Addmm"]);
});
