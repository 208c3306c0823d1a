// Vertical places and the routes of edges: straight verticals joined by curves, docks spread apart.
import type { Widths } from "./coordinates.js";
import type { Layers } from "./layers.js";
import type { Digraph, Ranks } from "./ranks.js";

/** Where edges leave and arrive, as distances from the node's axis; NaN where any place will do. */
export interface Docks {
  readonly leave: Float64Array;
  readonly arrive: Float64Array;
}

export interface Routed {
  /** Middle of each node. */
  readonly y: Float64Array;
  readonly height: number;
  /** Edge e: triples (x, y, y') in points[from[e]] .. points[from[e + 1] - 1]: verticals at x from y
   * to y', joined by curves. */
  readonly from: Int32Array;
  readonly points: Float32Array;
}

const RANK_GAP = 21;
/** Ranks move apart a little where an edge between them goes far to the side. */
const GAP_PER_JUMP = 0.06;
const WIDEST_GAP = 1.6;
const DOCK_GAP = 14;
/** Docks keep away from the corners of a box. */
const INSET = 12;
/** Verticals closer than this are one. */
const SAME = 0.75;

interface Bands {
  readonly top: Float64Array;
  readonly bottom: Float64Array;
}

export function routed(
  graph: Digraph,
  ranks: Ranks,
  layers: Layers,
  axes: Float64Array,
  sizes: Widths & { readonly height: Float64Array },
  docks: Docks,
): Routed {
  const bands = bandsOf(graph.nodes, ranks, layers, axes, sizes.height);
  const y = Float64Array.from({ length: graph.nodes }, (_, node) => {
    const rank = ranks.rank[node]!;
    return (bands.top[rank]! + bands.bottom[rank]!) / 2;
  });
  const ends = dockings(graph, ranks, layers, axes, sizes, docks);
  const edges = graph.tail.length;
  const from = new Int32Array(edges + 1);
  const points: number[] = [];
  for (let edge = 0; edge < edges; edge += 1) {
    const [tail, head] = [graph.tail[edge]!, graph.head[edge]!];
    const start = y[tail]! + sizes.height[tail]! / 2;
    const end = y[head]! - sizes.height[head]! / 2;
    points.push(ends.leave[edge]!, start, start);
    for (
      let rank = ranks.rank[tail]! + 1, bend = layers.bend[edge]!;
      rank < ranks.rank[head]!;
      rank += 1, bend += 1
    ) {
      const last = points.length - 3;
      const straight = last > from[edge]! && Math.abs(points[last]! - axes[bend]!) < SAME;
      if (straight) points[last + 2] = bands.bottom[rank]!;
      else points.push(axes[bend]!, bands.top[rank]!, bands.bottom[rank]!);
    }
    points.push(ends.arrive[edge]!, end, end);
    from[edge + 1] = points.length;
  }
  const height = ranks.ranks ? bands.bottom[ranks.ranks - 1]! : 0;
  return { y, height, from, points: Float32Array.from(points) };
}

function bandsOf(
  nodes: number,
  { rank, ranks }: Ranks,
  layers: Layers,
  axes: Float64Array,
  height: Float64Array,
): Bands {
  const tallest = new Float64Array(ranks);
  for (let node = 0; node < nodes; node += 1)
    tallest[rank[node]!] = Math.max(tallest[rank[node]!]!, height[node]!);
  const jump = new Float64Array(ranks);
  layers.upper.forEach((above, segment) => {
    const at = layers.rank[above]!;
    jump[at] = Math.max(jump[at]!, Math.abs(axes[above]! - axes[layers.lower[segment]!]!));
  });
  const [top, bottom] = [new Float64Array(ranks), new Float64Array(ranks)];
  let y = 0;
  for (let at = 0; at < ranks; at += 1) {
    top[at] = y;
    bottom[at] = y + tallest[at]!;
    y = bottom[at]! + RANK_GAP + Math.min(RANK_GAP * WIDEST_GAP, jump[at]! * GAP_PER_JUMP);
  }
  return { top, bottom };
}

/** Spreads the ends of edges along the sides of their nodes, in the order in which they go away. */
function dockings(
  { nodes, tail, head }: Digraph,
  { out, into, spine, rank }: Ranks,
  { bend }: Layers,
  axes: Float64Array,
  widths: Widths,
  given: Docks,
): Docks {
  const edges = tail.length;
  const places = { leave: new Float64Array(edges), arrive: new Float64Array(edges) };
  const span = (edge: number): number => rank[head[edge]!]! - rank[tail[edge]!]!;
  const towards = {
    leave: (edge: number): number => axes[bend[edge]! < 0 ? head[edge]! : bend[edge]!]!,
    arrive: (edge: number): number =>
      axes[bend[edge]! < 0 ? tail[edge]! : bend[edge]! + span(edge) - 2]!,
  };
  for (const side of ["leave", "arrive"] as const) {
    const { from, list } = side === "leave" ? out : into;
    for (let node = 0; node < nodes; node += 1) {
      if (from[node] === from[node + 1]) continue;
      const here = list
        .slice(from[node]!, from[node + 1]!)
        .sort((a, b) => towards[side](a) - towards[side](b) || a - b);
      const offsets = spread(here, spine, widths.left[node]!, widths.right[node]!);
      here.forEach((edge, index) => {
        const fixed = given[side][edge]!;
        places[side][edge] = axes[node]! + (Number.isNaN(fixed) ? offsets[index]! : fixed);
      });
    }
  }
  return places;
}

/** Distances from the axis: the spine on it, the others at even gaps as far as there is room. */
function spread(edges: Int32Array, spine: Uint8Array, left: number, right: number): number[] {
  const middle = edges.findIndex((edge) => spine[edge] === 1);
  const last = edges.length - 1;
  const gap = (room: number, count: number): number =>
    count > 0 ? Math.min(DOCK_GAP, Math.max(0, room) / count) : 0;
  if (middle < 0) {
    const even = gap(left + right - 2 * INSET, last);
    const centre = last > 0 ? (right - left) / 2 : 0;
    return Array.from(edges, (_, index) => centre + even * (index - last / 2));
  }
  const [before, after] = [gap(left - INSET, middle), gap(right - INSET, last - middle)];
  return Array.from(edges, (_, index) => (index - middle) * (index < middle ? before : after));
}
