// The look-ups of a large pass: numbers in typed arrays, records made when somebody asks.
import { NOTHING } from "./lens/columns.js";
import { type Bundles, bundled, filled } from "./lens/csr.js";
import { Scale } from "./palette.js";
import type { Edge, Pass } from "./records.js";
import type { Lookup, Replay } from "./replay.js";
import { GRADIENT, KINDS, NONE, type Sheet, stretch } from "./sheet.js";

/** Not any moment; -1 is one: the output has its gradient before the first step. */
const NEVER = -2;
const LEAF = KINDS.indexOf("leaf");
const OUTPUT = KINDS.indexOf("output");

export function wideReplay(pass: Pass, sheet: Sheet): Replay {
  const { head, tail, gradient } = sheet.edges;
  const count = sheet.nodes.kind.length;
  const into = bundled(count, sheet.ends("head"));
  const from = bundled(count, tail);
  const works = workingSteps(sheet, count);
  const sentAt = sendingSteps(sheet, works);
  const edges = (bundles: Bundles): Lookup<readonly Edge[]> =>
    looking("n", count, (at) => edgesAt(sheet, stretch(bundles, at)));
  return {
    pass,
    nodes: looking("n", count, (at) => sheet.node(at)),
    edges: looking("e", tail.length, (at) => sheet.edge(at)),
    into: edges(into),
    from: edges(from),
    stepOf: moments("n", gradientSteps(sheet, works, into, sentAt)),
    sentAt: moments("e", sentAt),
    frameOf: moments("n", firstFrames(sheet, bundled(count, head), from)),
    received: receivedOf(sheet),
    made: sheet.frames.size,
    leaves: leavesOf(pass, sheet),
    onLine: (line) => nodesOn(sheet, line),
    scale: Scale.of(Array.from(gradient, (tensor) => sheet.norm(tensor, 0))),
  };
}

/** Answers for ids "n0", "n1", ... by their numbers. */
function looking<T>(letter: string, count: number, read: (at: number) => T | undefined): Lookup<T> {
  const get = (id: string): T | undefined => {
    const at = id.startsWith(letter) ? Number(id.slice(letter.length)) : NaN;
    return at >= 0 && at < count ? read(at) : undefined;
  };
  return { get, has: (id) => get(id) !== undefined };
}

function moments(letter: string, column: Int32Array): Lookup<number> {
  return looking(letter, column.length, (at) => (column[at] === NEVER ? undefined : column[at]));
}

function edgesAt(sheet: Sheet, edges: Int32Array): readonly Edge[] | undefined {
  return edges.length > 0 ? Array.from(edges, (edge) => sheet.edge(edge)) : undefined;
}

/** Node -> the step in which it works. */
function workingSteps({ steps }: Sheet, count: number): Int32Array {
  const works = new Int32Array(count).fill(NEVER);
  steps.node.forEach((node, step) => {
    works[node] = step;
  });
  return works;
}

/** Edge -> step. A node sends in its own; an output hands v over in the one of the root. */
function sendingSteps({ nodes, edges }: Sheet, works: Int32Array): Int32Array {
  const { tail, head, kind, gradient } = edges;
  return filled(new Int32Array(tail.length), (edge) => {
    if (kind[edge] !== GRADIENT) return NEVER;
    if (works[tail[edge]!] !== NEVER) return works[tail[edge]!]!;
    if (gradient[edge] === NONE) return NEVER;
    return nodes.kind[tail[edge]!] === OUTPUT ? works[head[edge]!]! : NEVER;
  });
}

/** Node -> step at which its gradient is complete: its own, else that of the last edge into it. */
function gradientSteps(
  { nodes }: Sheet,
  works: Int32Array,
  into: Bundles,
  sentAt: Int32Array,
): Int32Array {
  return filled(new Int32Array(works.length), (node) => {
    if (nodes.kind[node] === OUTPUT) return -1;
    if (works[node] !== NEVER) return works[node]!;
    let last = NEVER;
    for (const edge of stretch(into, node)) last = Math.max(last, sentAt[edge]!);
    return last >= 0 ? last : NEVER;
  });
}

/** Node -> frame. What no frame names comes with its first use, the output with what made it. */
function firstFrames({ made, edges }: Sheet, users: Bundles, from: Bundles): Int32Array {
  const count = users.from.length - 1;
  const frames = new Int32Array(count).fill(NEVER);
  for (let frame = made.from.length - 2; frame >= 0; frame -= 1)
    for (const node of stretch(made, frame)) frames[node] = frame;
  // Users stand before what they use in the order of nodes, so one sweep is enough.
  for (let node = 0; node < count; node += 1) {
    if (frames[node] !== NEVER) continue;
    let [first, last] = [Infinity, NEVER];
    for (const edge of stretch(users, node)) {
      const frame = frames[edges.tail[edge]!]!;
      if (frame !== NEVER) first = Math.min(first, frame);
    }
    for (const edge of stretch(from, node)) last = Math.max(last, frames[edges.head[edge]!]!);
    frames[node] = first < Infinity ? first : last;
  }
  return frames;
}

/** Size of the first gradient that came to each step. */
function receivedOf(sheet: Sheet): Float64Array {
  return filled(new Float64Array(sheet.steps.node.length), (step) => {
    const first = stretch(sheet.received, step).find((tensor) => tensor !== NONE) ?? NONE;
    const size = sheet.norm(first, NOTHING);
    return Number.isFinite(size) ? size : NaN;
  });
}

function leavesOf({ columns }: Pass, { nodes }: Sheet): Lookup<string> {
  const leaves = new Map<string, string>();
  nodes.kind.forEach((kind, at) => {
    if (kind === LEAF && nodes.name[at]) leaves.set(columns!.words[nodes.name[at]!]!, `n${at}`);
  });
  return leaves;
}

function nodesOn({ nodes }: Sheet, line: number): string[] {
  const found: string[] = [];
  nodes.line.forEach((one, at) => {
    if (one === line) found.push(`n${at}`);
  });
  return found;
}
