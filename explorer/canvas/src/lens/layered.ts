// Layered layout of one group on typed arrays: ranks, order, places, routes.
import { axesOf, extent, type Widths } from "./coordinates.js";
import { layersOf } from "./layers.js";
import { type Digraph, ranksOf } from "./ranks.js";
import { type Docks, type Routed, routed } from "./routes.js";

export interface Sizes extends Widths {
  readonly height: Float64Array;
}

export interface Layered extends Routed {
  /** Axis of each node; the drawing reaches from 0 to `width`. */
  readonly x: Float64Array;
  readonly width: number;
  readonly crossings: number;
}

/** Lays out an acyclic graph, tails above heads. `pin` as in ranks. */
export function layered(graph: Digraph, sizes: Sizes, pin: Uint8Array, docks: Docks): Layered {
  const turned = hasMoreStarts(graph);
  const down = turned ? { nodes: graph.nodes, tail: graph.head, head: graph.tail } : graph;
  const ranks = ranksOf(down, turned ? pin.map((end) => (end === 0 ? 0 : 3 - end)) : pin);
  const layers = layersOf(down, ranks);
  const axes = axesOf(layers, ranks, sizes);
  const [left, right] = extent(axes, sizes.left, sizes.right);
  for (let vertex = 0; vertex < axes.length; vertex += 1) axes[vertex]! -= left;
  const routes = routed(
    down,
    ranks,
    layers,
    axes,
    sizes,
    turned ? { leave: docks.arrive, arrive: docks.leave } : docks,
  );
  return {
    ...(turned ? upsideDown(routes) : routes),
    x: axes.slice(0, graph.nodes),
    width: right - left,
    crossings: layers.crossings,
  };
}

/** Drawings work best from the side with fewer ends; an autograd graph has one root and many leaves. */
function hasMoreStarts({ nodes, tail, head }: Digraph): boolean {
  const [sends, receives] = [new Uint8Array(nodes), new Uint8Array(nodes)];
  for (const node of tail) sends[node] = 1;
  for (const node of head) receives[node] = 1;
  const count = (marks: Uint8Array): number => marks.reduce((sum, mark) => sum + mark, 0);
  return count(sends) > count(receives);
}

/** The same drawing with tails above heads again. */
function upsideDown({ y, height, from, points }: Routed): Routed {
  const turned = new Float32Array(points.length);
  for (let edge = 0; edge + 1 < from.length; edge += 1) {
    const [start, end] = [from[edge]!, from[edge + 1]!];
    for (let i = start; i < end; i += 3) {
      const to = start + end - 3 - i;
      turned[to] = points[i]!;
      turned[to + 1] = height - points[i + 2]!;
      turned[to + 2] = height - points[i + 1]!;
    }
  }
  return { y: y.map((middle) => height - middle), height, from, points: turned };
}
