// What stays the same in all views of a pass: who works when, and how large gradients are.
import { OUTPUT } from "./columns.js";
import { type Graph, parametersOf } from "./graph.js";

/** What the page must know of a pass to paint any view of it; arrays by box or node. */
export interface Film {
  readonly nodes: number;
  readonly ops: number;
  /** Of them those that are operations, not outputs; and distinct leaves. */
  readonly operations: number;
  readonly parameters: number;
  readonly steps: number;
  /** Smallest and largest gradient that is finite and not 0; 0 where there is none. */
  readonly range: readonly [number, number];
  /** Box -> node, and back. */
  readonly node: Int32Array;
  readonly box: Int32Array;
  /** Box -> largest gradient that it received; NOTHING where none came. */
  readonly size: Float64Array;
  /** Step -> box at work. */
  readonly worker: Int32Array;
  /** Frame of the forward replay -> box that it made last; -1 before the first. */
  readonly maker: Int32Array;
  /** Per chip: its box and node. */
  readonly chipBox: Int32Array;
  readonly chipNode: Int32Array;
}

export function filmOf(graph: Graph): Film {
  const { columns, ops, node, box, chips } = graph;
  const worker = new Int32Array(columns.steps).fill(-1);
  for (let at = 0; at < columns.nodes; at += 1) {
    if (columns.step[at]! >= 0) worker[columns.step[at]!] = box[at]!;
  }
  const chipBox = new Int32Array(chips.node.length);
  for (let at = 0; at < ops; at += 1) chipBox.fill(at, chips.from[at]!, chips.from[at + 1]!);
  // Copies: what is sent to the page is gone from here.
  return {
    nodes: columns.nodes,
    ops,
    operations: node.reduce((sum, at) => sum + (columns.kind[at] === OUTPUT ? 0 : 1), 0),
    parameters: parametersOf(graph, 0, graph.ops),
    size: graph.size.slice(),
    steps: columns.steps,
    range: rangeOf(columns.size),
    node: node.slice(),
    box: box.slice(),
    worker,
    maker: makersOf(graph),
    chipBox,
    chipNode: chips.node.slice(),
  };
}

/** Frames that made no box have that of the frame before. */
function makersOf({ columns, ops, node, frame }: Graph): Int32Array {
  const makers = new Int32Array(columns.frames + 1).fill(-1);
  // Later places in backward time were made earlier.
  for (let box = ops - 1; box >= 0; box -= 1) {
    if (columns.kind[node[box]!] !== OUTPUT) makers[frame[box]!] = box;
  }
  for (let at = 1; at < makers.length; at += 1) if (makers[at]! < 0) makers[at] = makers[at - 1]!;
  return makers;
}

function rangeOf(sizes: Float64Array): [number, number] {
  let [low, high] = [Infinity, 0];
  for (const size of sizes) {
    if (!(size > 0) || size === Infinity) continue;
    low = Math.min(low, size);
    high = Math.max(high, size);
  }
  return high > 0 ? [low, high] : [0, 0];
}
