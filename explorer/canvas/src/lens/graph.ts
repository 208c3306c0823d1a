// What is drawn of a pass: operations in backward time, with leaves and inputs as chips on their users.
import { type Columns, LEAF, NOTHING, OP, OUTPUT } from "./columns.js";
import { type Bundles, bundled, filled } from "./csr.js";
import { backwardTime } from "./time.js";

/** Operations that only look at their input in another way. */
const VIEW =
  /^(T|Transpose|View|UnsafeView|Expand|Unsqueeze|Squeeze|Permute|Alias|ReshapeAlias|AsStrided|Select|Slice|ToCopy|Clone)Backward\d*$/;
const ACCUMULATE = "AccumulateGrad";

/** Leaves and inputs beside the operation that uses them; chip c of op t stands in from[t] .. from[t + 1]. */
export interface Chips {
  readonly from: Int32Array;
  /** The leaf or input; the AccumulateGrad where its leaf has no node. */
  readonly node: Int32Array;
  /** Size of what arrives there over this use; NOTHING for inputs. */
  readonly size: Float64Array;
  /** Step of the AccumulateGrad; -1 where there is none. */
  readonly step: Int32Array;
  /** How many chips show the same node. */
  readonly uses: Int32Array;
}

/** Boxes are named by their place in backward time: 0 is the first to work. */
export interface Graph {
  readonly columns: Columns;
  readonly ops: number;
  /** Box -> node. */
  readonly node: Int32Array;
  /** Node -> box that shows it (for shared leaves the first in time); -1 for none. */
  readonly box: Int32Array;
  /** Per edge between boxes, parallel ones kept apart: boxes and place in the columns. */
  readonly tail: Int32Array;
  readonly head: Int32Array;
  readonly edge: Int32Array;
  readonly out: Bundles;
  readonly into: Bundles;
  readonly chips: Chips;
  /** Box -> largest gradient that it received; NOTHING where none came. */
  readonly size: Float64Array;
  /** Box -> its step; -1 where the engine never came. */
  readonly step: Int32Array;
  /** Box -> step in which it sends; an output hands over v in the first. */
  readonly sends: Int32Array;
  /** Box -> moment of the forward replay that makes it. */
  readonly frame: Int32Array;
}

interface Tidy {
  /** 1 for what is drawn as, or inside of, a chip. */
  readonly hidden: Uint8Array;
  /** Per chip: user, shown node, edge that brings the gradient, AccumulateGrad or -1. */
  readonly user: number[];
  readonly shown: number[];
  readonly edge: number[];
  readonly accumulate: number[];
  /** Hidden node -> its user; -1 for boxes. */
  readonly home: Int32Array;
}

export function graphOf(columns: Columns): Graph {
  const out = bundled(columns.nodes, columns.tail);
  const into = bundled(columns.nodes, columns.head);
  const tidy = tidied(columns, out, into);
  const node = backwardTime(columns, tidy.hidden, out, into);
  const box = new Int32Array(columns.nodes).fill(-1);
  for (let place = 0; place < node.length; place += 1) box[node[place]!] = place;
  for (let at = 0; at < columns.nodes; at += 1) {
    const home = tidy.home[at]!;
    if (home >= 0) box[at] = box[home]!;
  }
  const edges = edgesBetween(columns, tidy.hidden, box);
  const chips = chipsOf(columns, tidy, box, node.length);
  return {
    columns,
    ops: node.length,
    node,
    box,
    ...edges,
    out: bundled(node.length, edges.tail),
    into: bundled(node.length, edges.head),
    chips,
    size: received(columns, node, out, into),
    ...whens(columns, node),
  };
}

/** Finds leaves and inputs, and the single-use views before them, and moves them onto their users. */
function tidied(columns: Columns, out: Bundles, into: Bundles): Tidy {
  const { nodes, tail, kind, op } = columns;
  const accumulates = op.texts.map((text) => text === ACCUMULATE);
  const views = op.texts.map((text) => VIEW.test(text));
  const degree = (of: Bundles, at: number): number => of.from[at + 1]! - of.from[at]!;
  const tidy: Tidy = {
    hidden: new Uint8Array(nodes),
    user: [],
    shown: [],
    edge: [],
    accumulate: [],
    home: new Int32Array(nodes).fill(-1),
  };
  const isAccumulate = (at: number): boolean => kind[at] === OP && accumulates[op.of[at]!]!;
  const isEnd = (at: number): boolean =>
    isAccumulate(at) || (kind[at] !== OP && kind[at] !== OUTPUT && degree(out, at) === 0);
  /** Follows one use of an end to the operation that deserves the name of its user. */
  const userOf = (edge: number, accumulate: number): number => {
    let at = tail[edge]!;
    while (
      kind[at] === OP &&
      views[op.of[at]!] &&
      degree(into, at) === 1 &&
      degree(out, at) === 1
    ) {
      tidy.hidden[at] = 1;
      const above = tail[into.list[into.from[at]!]!]!;
      tidy.home[at] = above;
      at = above;
    }
    if (accumulate >= 0 && tidy.home[accumulate]! < 0) tidy.home[accumulate] = at;
    return at;
  };
  for (let at = 0; at < nodes; at += 1) {
    if (!isEnd(at) || degree(into, at) === 0) continue;
    const leaf = isAccumulate(at) ? leafBehind(columns, out, at) : at;
    for (let i = into.from[at]!; i < into.from[at + 1]!; i += 1) {
      const edge = into.list[i]!;
      if (isAccumulate(tail[edge]!) && degree(into, tail[edge]!) > 0) continue;
      const user = userOf(edge, isAccumulate(at) ? at : -1);
      tidy.user.push(user);
      tidy.shown.push(leaf);
      tidy.edge.push(edge);
      tidy.accumulate.push(isAccumulate(at) ? at : -1);
      if (tidy.home[leaf]! < 0) tidy.home[leaf] = user;
    }
    tidy.hidden[at] = 1;
    tidy.hidden[leaf] = 1;
  }
  // A view before a leaf may lead to another such view: the user is the first box on the way up.
  for (let at = 0; at < nodes; at += 1) {
    let home = tidy.home[at]!;
    while (home >= 0 && tidy.hidden[home]) home = tidy.home[home]!;
    tidy.home[at] = tidy.hidden[at] ? home : -1;
  }
  return tidy;
}

function leafBehind({ kind, head }: Columns, out: Bundles, accumulate: number): number {
  for (let i = out.from[accumulate]!; i < out.from[accumulate + 1]!; i += 1) {
    const to = head[out.list[i]!]!;
    if (kind[to] === LEAF) return to;
  }
  return accumulate;
}

function edgesBetween(
  columns: Columns,
  hidden: Uint8Array,
  box: Int32Array,
): Pick<Graph, "tail" | "head" | "edge"> {
  const { edges } = columns;
  const [tail, head, edge] = [new Int32Array(edges), new Int32Array(edges), new Int32Array(edges)];
  let count = 0;
  for (let e = 0; e < edges; e += 1) {
    const [from, to] = [columns.tail[e]!, columns.head[e]!];
    if (hidden[from] || hidden[to]) continue;
    tail[count] = box[from]!;
    head[count] = box[to]!;
    edge[count] = e;
    count += 1;
  }
  return { tail: tail.slice(0, count), head: head.slice(0, count), edge: edge.slice(0, count) };
}

function chipsOf(
  { size, step, data, nodes }: Columns,
  tidy: Tidy,
  box: Int32Array,
  ops: number,
): Chips {
  const chips = tidy.user.length;
  const { from, list } = bundled(
    ops,
    filled(new Int32Array(chips), (chip) => box[tidy.user[chip]!]!),
  );
  const uses = new Int32Array(nodes);
  for (const node of tidy.shown) uses[node]! += 1;
  return {
    from,
    node: filled(new Int32Array(chips), (at) => tidy.shown[list[at]!]!),
    size: filled(new Float64Array(chips), (at) =>
      data[tidy.edge[list[at]!]!] ? NOTHING : size[tidy.edge[list[at]!]!]!,
    ),
    step: filled(new Int32Array(chips), (at) =>
      tidy.accumulate[list[at]!]! < 0 ? -1 : step[tidy.accumulate[list[at]!]!]!,
    ),
    uses: filled(new Int32Array(chips), (at) => uses[tidy.shown[list[at]!]!]!),
  };
}

/** How many leaves these boxes use, each counted once. */
export function parametersOf({ chips, columns }: Graph, low: number, high: number): number {
  const leaves = new Set<number>();
  for (let chip = chips.from[low]!; chip < chips.from[high]!; chip += 1) {
    const node = chips.node[chip]!;
    if (columns.kind[node] === LEAF || chips.step[chip]! >= 0) leaves.add(node);
  }
  return leaves.size;
}

/** The larger of two sizes, where what is not finite is larger than all. */
export function larger(one: number, other: number): number {
  return Number.isNaN(one) || other <= one ? one : other;
}

/** What came into each box; for roots, what they send. */
function received({ size }: Columns, node: Int32Array, out: Bundles, into: Bundles): Float64Array {
  return filled(new Float64Array(node.length), (place) => {
    const at = node[place]!;
    const { from, list } = into.from[at] === into.from[at + 1] ? out : into;
    let most = NOTHING;
    for (let i = from[at]!; i < from[at + 1]!; i += 1) most = larger(most, size[list[i]!]!);
    return most;
  });
}

function whens(columns: Columns, node: Int32Array): Pick<Graph, "step" | "sends" | "frame"> {
  const { steps, frame, frames, kind } = columns;
  const ops = node.length;
  const step = filled(new Int32Array(ops), (place) => columns.step[node[place]!]!);
  const sends = filled(new Int32Array(ops), (place) =>
    kind[node[place]!] === OUTPUT && steps > 0 ? 0 : step[place]!,
  );
  // What no frame names was made together with what was made just before it.
  const made = new Int32Array(ops);
  for (let place = ops - 1, latest = 0; place >= 0; place -= 1) {
    const own = frame[node[place]!]!;
    if (own >= 0) latest = Math.min(own, frames);
    made[place] = latest;
  }
  return { step, sends, frame: made };
}
