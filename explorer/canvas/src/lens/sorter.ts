// The order of vertices in their ranks, so that few edges cross: barycentre sweeps from a depth-first
// start. Crossings are counted with an accumulator tree (Barth, Juenger, Mutzel: Simple and Efficient
// Bilayer Cross Counting, 2002).
import type { Bare, Layers } from "./layers.js";
import type { Digraph, Ranks } from "./ranks.js";

const SWEEPS = 24;
/** Sweeps without progress before giving up. */
const PATIENCE = 5;
const TRANSPOSE_ROUNDS = 6;
/** Branches up to this height are leaves of the drawing and go to the right of the spine. */
const LEAFY = 2;
/** Edges over more ranks are skips and go to the left. */
const LONG = 3;

/** Looks for the order with the fewest crossings. */
export class Sorter {
  private readonly order: Int32Array;
  private readonly place: Int32Array;
  private readonly key: Float64Array;
  private readonly ranks: number;
  private readonly tally: Int32Array;
  private readonly above: Int32Array;
  private readonly below: Int32Array;
  private fewest = Infinity;
  private winner: Int32Array;

  constructor(
    private readonly it: Bare,
    private readonly ranked: Ranks,
    private readonly graph: Digraph,
  ) {
    this.order = new Int32Array(it.vertices);
    this.winner = this.order;
    this.place = new Int32Array(it.vertices);
    this.key = new Float64Array(it.vertices);
    this.ranks = it.from.length - 1;
    let widest = 1;
    for (let rank = 0; rank < this.ranks; rank += 1)
      widest = Math.max(widest, it.from[rank + 1]! - it.from[rank]!);
    this.tally = new Int32Array(4 * widest + 8);
    this.above = Int32Array.from(it.up.list, (segment) => it.upper[segment]!);
    this.below = Int32Array.from(it.down.list, (segment) => it.lower[segment]!);
  }

  best(): Pick<Layers, "order" | "place" | "crossings"> {
    this.start(this.arranged());
    this.keep();
    this.sweeps();
    if (this.fewest > 0) {
      this.start(this.it.down.list);
      this.keep();
      this.sweeps();
    }
    this.order.set(this.winner);
    this.replace();
    if (this.fewest > 0) this.transpose();
    return { order: this.order, place: this.place, crossings: this.fewest };
  }

  /** Segments below each node: skips and branches left of the spine, leaves right of it. */
  private arranged(): Int32Array {
    const { nodes, down, edge, rank } = this.it;
    const { onward, height } = this.ranked;
    const { head, tail } = this.graph;
    const list = down.list.slice();
    for (let node = 0; node < nodes; node += 1) {
      const [from, to] = [down.from[node]!, down.from[node + 1]!];
      if (to - from < 2) continue;
      const [left, right, middle]: [number[], number[], number[]] = [[], [], []];
      for (let i = from; i < to; i += 1) {
        const segment = list[i]!;
        const along = edge[segment]!;
        const long = rank[head[along]!]! - rank[tail[along]!]! > LONG;
        if (along === onward[node] && middle.length === 0) middle.push(segment);
        else (height[head[along]!]! > LEAFY || long ? left : right).push(segment);
      }
      while (right.length > left.length + 1) left.push(right.shift()!);
      while (left.length > right.length + 1) right.push(left.pop()!);
      list.set([...left, ...middle, ...right], from);
    }
    return list;
  }

  /** Ranks filled in the order of a depth-first walk from the top. */
  private start(below: Int32Array): void {
    const { vertices, rank, up, down, lower, from } = this.it;
    const next = from.slice();
    const seen = new Uint8Array(vertices);
    const at = down.from.slice();
    const put = (vertex: number): void => {
      seen[vertex] = 1;
      this.order[next[rank[vertex]!]!++] = vertex;
    };
    const tops: number[] = [];
    for (let vertex = 0; vertex < vertices; vertex += 1)
      if (up.from[vertex] === up.from[vertex + 1]) tops.push(vertex);
    tops.sort((one, other) => rank[one]! - rank[other]! || one - other);
    const stack: number[] = [];
    for (const top of tops) {
      put(top);
      stack.push(top);
      while (stack.length > 0) {
        const vertex = stack[stack.length - 1]!;
        if (at[vertex]! >= down.from[vertex + 1]!) stack.pop();
        else {
          const to = lower[below[at[vertex]!++]!]!;
          if (seen[to]) continue;
          put(to);
          stack.push(to);
        }
      }
    }
    this.replace();
  }

  private replace(): void {
    const { from } = this.it;
    for (let rank = 0; rank < this.ranks; rank += 1) {
      for (let i = from[rank]!; i < from[rank + 1]!; i += 1)
        this.place[this.order[i]!] = i - from[rank]!;
    }
  }

  private sweeps(): void {
    let idle = 0;
    for (let sweep = 0; sweep < SWEEPS && this.fewest > 0 && idle < PATIENCE; sweep += 1) {
      this.sweep(sweep % 2 === 0);
      idle = this.keep() ? 0 : idle + 1;
    }
  }

  /** Remembers the order where it is the best so far. */
  private keep(): boolean {
    const crossings = this.crossings();
    if (crossings >= this.fewest) return false;
    this.fewest = crossings;
    this.winner = this.order.slice();
    return true;
  }

  private sweep(downward: boolean): void {
    const { from } = this.it;
    for (let step = 1; step < this.ranks; step += 1) {
      const rank = downward ? step : this.ranks - 1 - step;
      const [start, end] = [from[rank]!, from[rank + 1]!];
      if (end - start < 2) continue;
      this.weigh(start, end, downward);
      const sorted = this.order
        .slice(start, end)
        .sort((one, other) => this.key[one]! - this.key[other]!);
      this.order.set(sorted, start);
      for (let i = start; i < end; i += 1) this.place[this.order[i]!] = i - start;
    }
  }

  /** Keys of one rank: mean place of the neighbours; what has none stays behind its left neighbour. */
  private weigh(start: number, end: number, downward: boolean): void {
    const { from } = downward ? this.it.up : this.it.down;
    const others = downward ? this.above : this.below;
    let last = 0;
    for (let i = start; i < end; i += 1) {
      const vertex = this.order[i]!;
      const [first, stop] = [from[vertex]!, from[vertex + 1]!];
      let sum = 0;
      for (let j = first; j < stop; j += 1) sum += this.place[others[j]!]!;
      this.key[vertex] = stop > first ? sum / (stop - first) : last;
      last = Math.max(last, this.key[vertex]!);
    }
  }

  private crossings(): number {
    const { from, down } = this.it;
    let total = 0;
    for (let rank = 0; rank + 1 < this.ranks; rank += 1) {
      const [start, end] = [from[rank]!, from[rank + 1]!];
      const width = from[rank + 2]! - end;
      if (end - start < 2 || width < 2) continue;
      let leaves = 1;
      while (leaves < width) leaves *= 2;
      this.tally.fill(0, 0, 2 * leaves);
      for (let i = start; i < end; i += 1) {
        const vertex = this.order[i]!;
        const ends = this.below
          .slice(down.from[vertex]!, down.from[vertex + 1]!)
          .map((to) => this.place[to]!);
        if (ends.length > 1) ends.sort();
        for (const place of ends) total += this.count(place + leaves - 1);
      }
    }
    return total;
  }

  /** Adds an end to the accumulator tree; returns how many ends lie to its right. */
  private count(leaf: number): number {
    const { tally } = this;
    let [crossed, at] = [0, leaf];
    tally[at]! += 1;
    while (at > 0) {
      if (at & 1) crossed += tally[at + 1]!;
      at = (at - 1) >> 1;
      tally[at]! += 1;
    }
    return crossed;
  }

  /** Swaps neighbours wherever that saves crossings. */
  private transpose(): void {
    const { from } = this.it;
    for (let round = 0, better = true; better && round < TRANSPOSE_ROUNDS; round += 1) {
      better = false;
      for (let rank = 0; rank < this.ranks; rank += 1) {
        for (let i = from[rank]!; i + 1 < from[rank + 1]!; i += 1) {
          const [one, other] = [this.order[i]!, this.order[i + 1]!];
          const saved = this.between(one, other) - this.between(other, one);
          if (saved <= 0) continue;
          this.order[i] = other;
          this.order[i + 1] = one;
          this.place[other]! -= 1;
          this.place[one]! += 1;
          this.fewest -= saved;
          better = true;
        }
      }
    }
  }

  /** Crossings between the segments of two neighbours, `one` left of `other`. */
  private between(one: number, other: number): number {
    const { up, down } = this.it;
    let crossed = 0;
    for (const [{ from }, others] of [
      [up, this.above],
      [down, this.below],
    ] as const) {
      for (let i = from[one]!; i < from[one + 1]!; i += 1) {
        const place = this.place[others[i]!]!;
        for (let j = from[other]!; j < from[other + 1]!; j += 1)
          if (this.place[others[j]!]! < place) crossed += 1;
      }
    }
    return crossed;
  }
}
