// Ranks of a layered drawing: longest path, ports pinned to the ends, slack pulled in, and the spine.
import { type Bundles, bundled } from "./csr.js";

/** A directed acyclic graph on 0 .. nodes - 1. */
export interface Digraph {
  readonly nodes: number;
  readonly tail: Int32Array;
  readonly head: Int32Array;
}

export const FREE = 0;
export const AT_START = 1;
export const AT_END = 2;

export interface Ranks {
  readonly out: Bundles;
  readonly into: Bundles;
  readonly order: Int32Array;
  readonly rank: Int32Array;
  readonly ranks: number;
  /** Length of the longest path that starts at the node. */
  readonly height: Int32Array;
  /** Per node the edge that goes on along the longest path; -1 at its end. */
  readonly onward: Int32Array;
  /** Per edge: 1 where it is drawn as a straight vertical. */
  readonly spine: Uint8Array;
}

/** `pin` holds FREE, AT_START or AT_END per node. Throws on a cycle. */
export function ranksOf(graph: Digraph, pin: Uint8Array): Ranks {
  const out = bundled(graph.nodes, graph.tail);
  const into = bundled(graph.nodes, graph.head);
  const order = topological(graph, out, into);
  const longest = longestPaths(graph, into, order, pin);
  const ranks = longest.reduce((most, rank) => Math.max(most, rank), -1) + 1;
  const rank = tightened(graph, out, into, order, pin, longest);
  return { out, into, order, rank, ranks, ...spineOf(graph, out, order, longest) };
}

function topological({ nodes, head }: Digraph, out: Bundles, into: Bundles): Int32Array {
  const order = new Int32Array(nodes);
  const missing = new Int32Array(nodes);
  let [read, written] = [0, 0];
  for (let node = 0; node < nodes; node += 1) {
    missing[node] = into.from[node + 1]! - into.from[node]!;
    if (missing[node] === 0) order[written++] = node;
  }
  while (read < written) {
    const node = order[read++]!;
    for (let i = out.from[node]!; i < out.from[node + 1]!; i += 1) {
      const to = head[out.list[i]!]!;
      missing[to]! -= 1;
      if (missing[to] === 0) order[written++] = to;
    }
  }
  if (written < nodes) throw new Error("the graph has a cycle");
  return order;
}

/** Ranks from the top; pinned nodes have the first and last rank for themselves. */
function longestPaths(
  { tail }: Digraph,
  into: Bundles,
  order: Int32Array,
  pin: Uint8Array,
): Int32Array {
  const rank = new Int32Array(order.length);
  const lowest = pin.includes(AT_START) ? 1 : 0;
  let most = 0;
  for (const node of order) {
    if (pin[node] === AT_START) continue;
    let deepest = lowest;
    for (let i = into.from[node]!; i < into.from[node + 1]!; i += 1) {
      deepest = Math.max(deepest, rank[tail[into.list[i]!]!]! + 1);
    }
    rank[node] = deepest;
    if (pin[node] === FREE) most = Math.max(most, deepest);
  }
  for (const node of order) if (pin[node] === AT_END) rank[node] = most + 1;
  return rank;
}

/** Lets nodes with more edges below than above sink as far as their edges allow. */
function tightened(
  { head }: Digraph,
  out: Bundles,
  into: Bundles,
  order: Int32Array,
  pin: Uint8Array,
  longest: Int32Array,
): Int32Array {
  const rank = longest.slice();
  for (let at = order.length - 1; at >= 0; at -= 1) {
    const node = order[at]!;
    const below = out.from[node + 1]! - out.from[node]!;
    if (pin[node] !== FREE || below === 0 || into.from[node + 1]! - into.from[node]! > below)
      continue;
    let lowest = Infinity;
    for (let i = out.from[node]!; i < out.from[node + 1]!; i += 1)
      lowest = Math.min(lowest, rank[head[out.list[i]!]!]! - 1);
    rank[node] = Math.max(rank[node]!, lowest);
  }
  return rank;
}

/** Heavy paths that share no node: each node goes on along its longest path, straight down. */
function spineOf(
  { nodes, tail, head }: Digraph,
  out: Bundles,
  order: Int32Array,
  longest: Int32Array,
): Pick<Ranks, "height" | "onward" | "spine"> {
  const height = new Int32Array(nodes);
  const onward = new Int32Array(nodes).fill(-1);
  for (let at = nodes - 1; at >= 0; at -= 1) {
    const node = order[at]!;
    const ties: number[] = [];
    let best = -1;
    for (let i = out.from[node]!; i < out.from[node + 1]!; i += 1) {
      const edge = out.list[i]!;
      const below = height[head[edge]!]!;
      if (below > best) ties.length = 0;
      if (below >= best) ties.push(edge);
      best = Math.max(best, below);
    }
    height[node] = best + 1;
    // Of many equal branches the middle one is straight, so that a fan is symmetric.
    if (ties.length > 0) onward[node] = ties.length > 2 ? ties[(ties.length - 1) >> 1]! : ties[0]!;
  }
  const taken = new Int32Array(nodes).fill(-1);
  for (const node of order) {
    const edge = onward[node]!;
    if (edge < 0) continue;
    const rival = taken[head[edge]!]!;
    if (rival < 0 || longest[tail[rival]!]! < longest[node]!) taken[head[edge]!] = edge;
  }
  const spine = new Uint8Array(tail.length);
  for (const edge of taken) if (edge >= 0) spine[edge] = 1;
  return { height, onward, spine };
}
