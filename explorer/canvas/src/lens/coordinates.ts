// Horizontal places: Brandes and Koepf, Fast and Simple Horizontal Coordinate Assignment (2001), with
// the compaction on the graph of blocks (Brandes, Walter, Zink: Erratum, 2020). Beside the inner
// segments of long edges, those of the spine are kept straight before all others.
import type { Layers } from "./layers.js";
import type { Ranks } from "./ranks.js";

export interface Widths {
  /** Room that each node needs left and right of its axis. */
  readonly left: Float64Array;
  readonly right: Float64Array;
}

const NODE_GAP = 20;
const BEND_GAP = 12;
/** Half the room for an edge that passes by. */
const HALF_BEND = 2;

interface Marks {
  /** Vertex -> the segment that must be straight above and below it; -1 for none. */
  readonly hardAbove: Int32Array;
  readonly hardBelow: Int32Array;
  /** 1 for segments that may not be straight. */
  readonly bent: Uint8Array;
  /** Neighbours of each vertex from left to right, and the segments to them. */
  readonly above: Int32Array;
  readonly aboveBy: Int32Array;
  readonly below: Int32Array;
  readonly belowBy: Int32Array;
}

/** Axis of each vertex: the mean of the middle two of four extreme drawings. */
export function axesOf(layers: Layers, ranks: Ranks, widths: Widths): Float64Array {
  const left = new Float64Array(layers.vertices).fill(HALF_BEND);
  const right = new Float64Array(layers.vertices).fill(HALF_BEND);
  left.set(widths.left);
  right.set(widths.right);
  const marks = marked(layers, ranks);
  const drawings = [true, false].flatMap((fromAbove) =>
    [true, false].map((fromLeft) => ({
      fromLeft,
      x: drawn(layers, marks, left, right, fromAbove, fromLeft),
    })),
  );
  const ends = drawings.map(({ x }) => extent(x, left, right));
  const narrowest = ends.reduce((best, end) => (end[1] - end[0] < best[1] - best[0] ? end : best));
  drawings.forEach(({ fromLeft, x }, index) => {
    const shift = fromLeft ? narrowest[0] - ends[index]![0] : narrowest[1] - ends[index]![1];
    for (let vertex = 0; vertex < x.length; vertex += 1) x[vertex]! += shift;
  });
  return Float64Array.from({ length: layers.vertices }, (_, vertex) => {
    const four = drawings.map(({ x }) => x[vertex]!).sort((one, other) => one - other);
    return (four[1]! + four[2]!) / 2;
  });
}

/** Leftmost and rightmost point of all vertices; bends need less room than nodes. */
export function extent(x: Float64Array, left: Float64Array, right: Float64Array): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (let vertex = 0; vertex < x.length; vertex += 1) {
    low = Math.min(low, x[vertex]! - (left[vertex] ?? HALF_BEND));
    high = Math.max(high, x[vertex]! + (right[vertex] ?? HALF_BEND));
  }
  return x.length ? [low, high] : [0, 0];
}

function marked(layers: Layers, { spine }: Ranks): Marks {
  const { nodes, vertices, upper, lower, edge } = layers;
  const sorted = neighbours(layers);
  const segments = upper.length;
  const bent = new Uint8Array(segments);
  const hard = new Uint8Array(segments);
  for (let at = 0; at < segments; at += 1) {
    const inner = upper[at]! >= nodes && lower[at]! >= nodes;
    if (inner || spine[edge[at]!]) hard[at] = 1;
  }
  resolve(layers, sorted, hard, bent);
  const hardAbove = new Int32Array(vertices).fill(-1);
  const hardBelow = new Int32Array(vertices).fill(-1);
  for (let at = 0; at < segments; at += 1) {
    if (!hard[at]) continue;
    hardBelow[upper[at]!] = at;
    hardAbove[lower[at]!] = at;
  }
  for (let at = 0; at < segments; at += 1) {
    if (!hard[at] && (hardBelow[upper[at]!]! >= 0 || hardAbove[lower[at]!]! >= 0)) bent[at] = 1;
  }
  return { hardAbove, hardBelow, bent, ...sorted };
}

type Neighbours = Pick<Marks, "above" | "aboveBy" | "below" | "belowBy">;

function neighbours({ vertices, upper, lower, order, up, down }: Layers): Neighbours {
  const segments = upper.length;
  const [above, aboveBy] = [new Int32Array(segments), new Int32Array(segments)];
  const [below, belowBy] = [new Int32Array(segments), new Int32Array(segments)];
  const [nextAbove, nextBelow] = [up.from.slice(), down.from.slice()];
  for (let i = 0; i < vertices; i += 1) {
    const vertex = order[i]!;
    for (let j = down.from[vertex]!; j < down.from[vertex + 1]!; j += 1) {
      const segment = down.list[j]!;
      const slot = nextAbove[lower[segment]!]!++;
      above[slot] = vertex;
      aboveBy[slot] = segment;
    }
    for (let j = up.from[vertex]!; j < up.from[vertex + 1]!; j += 1) {
      const segment = up.list[j]!;
      const slot = nextBelow[upper[segment]!]!++;
      below[slot] = vertex;
      belowBy[slot] = segment;
    }
  }
  return { above, aboveBy, below, belowBy };
}

/** Of two crossing hard segments the left one stays hard; soft ones that cross a hard one bend. */
function resolve(
  layers: Layers,
  { above, aboveBy }: Neighbours,
  hard: Uint8Array,
  bent: Uint8Array,
): void {
  const { from, order, place, up } = layers;
  /** Place above of the hard segment into a vertex; those left of `low` cross one and give way. */
  const hardPlace = (vertex: number, low: number): number => {
    let found = -1;
    for (let j = up.from[vertex]!; j < up.from[vertex + 1]!; j += 1) {
      const segment = aboveBy[j]!;
      if (!hard[segment]) continue;
      if (found < 0 && place[above[j]!]! >= low) found = place[above[j]!]!;
      else {
        hard[segment] = 0;
        bent[segment] = 1;
      }
    }
    return found;
  };
  const bendOutside = (vertex: number, low: number, high: number): void => {
    for (let j = up.from[vertex]!; j < up.from[vertex + 1]!; j += 1) {
      const at = place[above[j]!]!;
      if ((at < low || at > high) && !hard[aboveBy[j]!]) bent[aboveBy[j]!] = 1;
    }
  };
  for (let rank = 0; rank + 2 < from.length; rank += 1) {
    const [start, end] = [from[rank + 1]!, from[rank + 2]!];
    let [low, scanned] = [0, start];
    for (let i = start; i < end; i += 1) {
      const inner = hardPlace(order[i]!, low);
      if (inner < 0 && i < end - 1) continue;
      const high = inner < 0 ? start - from[rank]! - 1 : inner;
      for (; scanned <= i; scanned += 1) bendOutside(order[scanned]!, low, high);
      low = high;
    }
  }
}

/** One extreme drawing: blocks aligned from above or below, packed from the left or the right. */
function drawn(
  layers: Layers,
  marks: Marks,
  left: Float64Array,
  right: Float64Array,
  fromAbove: boolean,
  fromLeft: boolean,
): Float64Array {
  const { root, align } = aligned(layers, marks, fromAbove, fromLeft);
  const x = packed(layers, root, align, left, right, fromLeft);
  if (!fromLeft) for (let vertex = 0; vertex < x.length; vertex += 1) x[vertex] = -x[vertex]!;
  return x;
}

interface Blocks {
  /** First vertex of the block; the next vertex of the block, in a ring. */
  readonly root: Int32Array;
  readonly align: Int32Array;
}

function aligned(layers: Layers, marks: Marks, fromAbove: boolean, fromLeft: boolean): Blocks {
  const { vertices, from, order, place, upper, lower } = layers;
  const bundles = fromAbove ? layers.up : layers.down;
  const [others, by] = fromAbove ? [marks.above, marks.aboveBy] : [marks.below, marks.belowBy];
  const hard = fromAbove ? marks.hardAbove : marks.hardBelow;
  const far = fromAbove ? upper : lower;
  const root = Int32Array.from({ length: vertices }, (_, vertex) => vertex);
  const align = root.slice();
  const ranks = from.length - 1;
  let reached = 0;
  const free = (at: number): boolean => (fromLeft ? reached < at : reached > at);
  const join = (other: number, vertex: number): void => {
    align[other] = vertex;
    root[vertex] = root[other]!;
    align[vertex] = root[vertex]!;
    reached = place[other]!;
  };
  for (let step = 0; step < ranks; step += 1) {
    const rank = fromAbove ? step : ranks - 1 - step;
    const [start, end] = [from[rank]!, from[rank + 1]!];
    reached = fromLeft ? -1 : Infinity;
    for (let i = start; i < end; i += 1) {
      const vertex = order[fromLeft ? i : start + end - 1 - i]!;
      const segment = hard[vertex]!;
      if (segment >= 0) {
        if (free(place[far[segment]!]!)) join(far[segment]!, vertex);
        continue;
      }
      const [first, count] = [
        bundles.from[vertex]!,
        bundles.from[vertex + 1]! - bundles.from[vertex]!,
      ];
      if (count === 0) continue;
      const [low, high] = [first + ((count - 1) >> 1), first + (count >> 1)];
      for (const median of fromLeft ? [low, high] : [high, low]) {
        if (align[vertex] === vertex && !marks.bent[by[median]!] && free(place[others[median]!]!))
          join(others[median]!, vertex);
      }
    }
  }
  return { root, align };
}

/** Packs blocks as far to the left as they go, then lets each move right up to its neighbours. */
function packed(
  layers: Layers,
  root: Int32Array,
  align: Int32Array,
  left: Float64Array,
  right: Float64Array,
  fromLeft: boolean,
): Float64Array {
  const { nodes, vertices, rank, from, order, place } = layers;
  const [near, away] = fromLeft ? [left, right] : [right, left];
  const gap = (one: number, other: number): number =>
    away[one]! +
    near[other]! +
    ((one < nodes ? NODE_GAP : BEND_GAP) + (other < nodes ? NODE_GAP : BEND_GAP)) / 2;
  const step = fromLeft ? 1 : -1;
  const beside = (vertex: number, by: number): number => {
    const [start, end] = [from[rank[vertex]!]!, from[rank[vertex]! + 1]!];
    const at = start + place[vertex]! + by;
    return at >= start && at < end ? order[at]! : -1;
  };
  const x = new Float64Array(vertices);
  const missing = new Int32Array(vertices);
  for (let vertex = 0; vertex < vertices; vertex += 1)
    if (beside(vertex, -step) >= 0) missing[root[vertex]!]! += 1;
  const queue: number[] = [];
  for (let vertex = 0; vertex < vertices; vertex += 1)
    if (root[vertex] === vertex && missing[vertex] === 0) queue.push(vertex);
  for (let at = 0; at < queue.length; at += 1) {
    const block = queue[at]!;
    let vertex = block;
    do {
      const next = beside(vertex, step);
      if (next >= 0) {
        const other = root[next]!;
        x[other] = Math.max(x[other]!, x[block]! + gap(vertex, next));
        missing[other]! -= 1;
        if (missing[other] === 0) queue.push(other);
      }
      vertex = align[vertex]!;
    } while (vertex !== block);
  }
  for (const block of queue.reverse()) {
    let [room, vertex] = [Infinity, block];
    do {
      const next = beside(vertex, step);
      if (next >= 0) room = Math.min(room, x[root[next]!]! - gap(vertex, next));
      vertex = align[vertex]!;
    } while (vertex !== block);
    if (room < Infinity && room > x[block]!) x[block] = room;
  }
  for (let vertex = 0; vertex < vertices; vertex += 1) x[vertex] = x[root[vertex]!]!;
  return x;
}
