// What stays the same in all views of a pass: who works when, and how large gradients are.
import { NOTHING } from "./columns.js";
import { type Graph, larger } from "./graph.js";

/** Columns of a timeline. */
const TIMELINE = 600;

/** What the page must know of a pass to paint any view of it; arrays by box or node. */
export interface Film {
  readonly nodes: number;
  readonly ops: number;
  readonly steps: number;
  /** Smallest and largest gradient that is finite and not 0; 0 where there is none. */
  readonly range: readonly [number, number];
  /** Box -> node, and back. */
  readonly node: Int32Array;
  readonly box: Int32Array;
  /** Step -> box at work. */
  readonly worker: Int32Array;
  /** Per chip: its box and node. */
  readonly chipBox: Int32Array;
  readonly chipNode: Int32Array;
  /** Largest gradient per column of a timeline over all steps. */
  readonly profile: Float64Array;
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
    steps: columns.steps,
    range: rangeOf(columns.size),
    node: node.slice(),
    box: box.slice(),
    worker,
    chipBox,
    chipNode: chips.node.slice(),
    profile: profileOf(graph),
  };
}

function profileOf({ columns, ops, step, size }: Graph): Float64Array {
  const profile = new Float64Array(Math.min(TIMELINE, columns.steps)).fill(NOTHING);
  for (let box = 0; box < ops; box += 1) {
    if (step[box]! < 0) continue;
    const at = Math.floor((step[box]! * profile.length) / columns.steps);
    profile[at] = larger(profile[at]!, size[box]!);
  }
  return profile;
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
