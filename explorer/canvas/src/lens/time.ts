// Backward time: an order of the boxes in which every gradient flows from earlier to later.
import { type Columns, OUTPUT } from "./columns.js";
import type { Bundles } from "./csr.js";

/** Boxes in backward time: the engine's own order wherever it went, after their senders elsewhere. */
export function backwardTime(
  columns: Columns,
  hidden: Uint8Array,
  out: Bundles,
  into: Bundles,
): Int32Array {
  return asTheEngine(columns, hidden) ?? afterSenders(columns, hidden, out, into);
}

/** The engine's order; null where it does not hold all boxes or an edge runs against it. */
function asTheEngine(
  { nodes, edges, kind, step, steps, tail, head }: Columns,
  hidden: Uint8Array,
): Int32Array | null {
  const at = new Int32Array(steps).fill(-1);
  const order = new Int32Array(nodes);
  let count = 0;
  for (let node = 0; node < nodes; node += 1) {
    if (hidden[node]) continue;
    if (kind[node] === OUTPUT) order[count++] = node;
    else if (step[node]! < 0 || at[step[node]!]! >= 0) return null;
    else at[step[node]!] = node;
  }
  for (const node of at) if (node >= 0) order[count++] = node;
  for (let edge = 0; edge < edges; edge += 1) {
    const [from, to] = [tail[edge]!, head[edge]!];
    if (hidden[from] || hidden[to]) continue;
    const [sent, got] = [
      kind[from] === OUTPUT ? -1 : step[from]!,
      kind[to] === OUTPUT ? -1 : step[to]!,
    ];
    if (sent >= got) return null;
  }
  return order.slice(0, count);
}

/** A topological order that prefers early steps, then what the forward pass made last; among equals
 * it goes deep first, so that what belongs together stays together. */
function afterSenders(
  columns: Columns,
  hidden: Uint8Array,
  out: Bundles,
  into: Bundles,
): Int32Array {
  const { nodes, head, tail, step, frame } = columns;
  const missing = new Int32Array(nodes);
  const key = Int32Array.from(step);
  const ready = new Int32Array(nodes);
  let count = 0;
  const push = (node: number): void => {
    ready[node] = count++;
    heap.push(node);
  };
  const heap = new Heap(
    (a, b) => key[a]! - key[b]! || frame[b]! - frame[a]! || ready[b]! - ready[a]!,
  );
  for (let node = 0; node < nodes; node += 1) {
    if (hidden[node]) continue;
    for (let i = into.from[node]!; i < into.from[node + 1]!; i += 1)
      if (!hidden[tail[into.list[i]!]!]) missing[node]! += 1;
    if (missing[node] === 0) push(node);
  }
  const order: number[] = [];
  for (let node = heap.pop(); node !== null; node = heap.pop()) {
    order.push(node);
    for (let i = out.from[node]!; i < out.from[node + 1]!; i += 1) {
      const to = head[out.list[i]!]!;
      if (hidden[to]) continue;
      key[to] = Math.max(key[to]!, key[node]!);
      missing[to]! -= 1;
      if (missing[to] === 0) push(to);
    }
  }
  return Int32Array.from(order);
}

/** Smallest first. */
class Heap {
  private readonly items: number[] = [];

  constructor(private readonly compare: (a: number, b: number) => number) {}

  push(item: number): void {
    const { items, compare } = this;
    let place = items.push(item) - 1;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (compare(items[above]!, item) <= 0) break;
      items[place] = items[above]!;
      place = above;
    }
    items[place] = item;
  }

  pop(): number | null {
    const { items, compare } = this;
    const top = items[0];
    const last = items.pop();
    if (top === undefined || last === undefined) return null;
    if (items.length === 0) return top;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= items.length) break;
      if (below + 1 < items.length && compare(items[below + 1]!, items[below]!) < 0) below += 1;
      if (compare(last, items[below]!) <= 0) break;
      items[place] = items[below]!;
      place = below;
    }
    items[place] = last;
    return top;
  }
}
