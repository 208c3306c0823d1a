// Layers of a drawing: nodes and the bends of long edges, rank by rank.
import { type Bundles, bundled } from "./csr.js";
import type { Digraph, Ranks } from "./ranks.js";
import { Sorter } from "./sorter.js";

/** Vertices are nodes, then bends; every segment goes from one rank to the next. */
export interface Layers {
  readonly nodes: number;
  readonly vertices: number;
  readonly rank: Int32Array;
  /** Segments: upper vertex, lower vertex, edge. */
  readonly upper: Int32Array;
  readonly lower: Int32Array;
  readonly edge: Int32Array;
  /** First bend of an edge; the others follow. -1 for edges of one segment. */
  readonly bend: Int32Array;
  readonly down: Bundles;
  readonly up: Bundles;
  /** Vertices rank by rank, from left to right: rank r is order[from[r]] .. order[from[r + 1] - 1]. */
  readonly from: Int32Array;
  readonly order: Int32Array;
  /** Place of a vertex in its rank. */
  readonly place: Int32Array;
  readonly crossings: number;
}

export function layersOf(graph: Digraph, ranks: Ranks): Layers {
  const bare = segmented(graph, ranks);
  const sorter = new Sorter(bare, ranks, graph);
  return { ...bare, ...sorter.best() };
}

/** Layers before anyone has ordered them. */
export type Bare = Omit<Layers, "order" | "place" | "crossings">;

function segmented({ nodes, tail, head }: Digraph, { rank, ranks }: Ranks): Bare {
  const edges = tail.length;
  let segments = 0;
  for (let edge = 0; edge < edges; edge += 1) segments += rank[head[edge]!]! - rank[tail[edge]!]!;
  const vertices = nodes + segments - edges;
  const rankOf = new Int32Array(vertices);
  rankOf.set(rank);
  const [upper, lower, edgeOf] = [
    new Int32Array(segments),
    new Int32Array(segments),
    new Int32Array(segments),
  ];
  const bend = new Int32Array(edges).fill(-1);
  let [next, segment] = [nodes, 0];
  for (let edge = 0; edge < edges; edge += 1) {
    let above = tail[edge]!;
    const span = rank[head[edge]!]! - rank[above]!;
    if (span > 1) bend[edge] = next;
    for (let step = 1; step <= span; step += 1) {
      const below = step < span ? next++ : head[edge]!;
      if (step < span) rankOf[below] = rank[tail[edge]!]! + step;
      upper[segment] = above;
      lower[segment] = below;
      edgeOf[segment++] = edge;
      above = below;
    }
  }
  return {
    nodes,
    vertices,
    rank: rankOf,
    upper,
    lower,
    edge: edgeOf,
    bend,
    down: bundled(vertices, upper),
    up: bundled(vertices, lower),
    from: bundled(ranks, rankOf).from,
  };
}
