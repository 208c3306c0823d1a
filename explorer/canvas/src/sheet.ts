// Columns of a large pass, read: typed arrays, and records that are made when somebody reads them.
import { type Bundles, bundled } from "./lens/csr.js";
import { Measured } from "./measured.js";
import { count, numeric } from "./numbers.js";
import type {
  Columns,
  CutKind,
  Edge,
  EdgeKind,
  Frame,
  Hooked,
  Node,
  NodeKind,
  Pass,
  Saved,
  Sent,
  Step,
  TensorView,
} from "./records.js";
import { type Read, read, stretches } from "./rows.js";

/** In the order in which columns number them. */
export const KINDS: readonly NodeKind[] = [
  "op",
  "leaf",
  "input",
  "constant",
  "cut",
  "output",
  "saved",
];

const WAYS: readonly EdgeKind[] = ["gradient", "data", "cut"];
/** The first of them. */
export const GRADIENT = 0;
export const CUT_OFF = WAYS.indexOf("cut");

const CUTS: readonly (CutKind | null)[] = [
  null,
  "detach",
  "data",
  "no_grad",
  "inference_mode",
  "integer",
  "new tensor",
  "number",
];

/** What becomes of what a node has saved. */
const FATES = [null, false, true] as const;

/** A place that leads nowhere. */
export const NONE = -1;

// What an empty column holds in every row.
const NODES = {
  ...{ kind: 0, label: 0, op: 0, name: 0, scope: 0, call: NONE, line: 0, visit: 0 },
  ...{ start: NONE, end: NONE, shape: NONE, value: NONE, view_of: NONE },
  ...{ made_in: NONE, made_by: NONE, cut: 0, retained: 0, settings: NONE, freed: 0 },
};
const SAVED = {
  ...{ owner: 0, name: 0, shape: 0, dtype: 0, size: 0, version: 0, now: 0, of: 0 },
  ...{ node: NONE, output: 0, value: NONE },
};
const EDGES = { tail: 0, head: 0, slot: 0, output: 0, kind: 0, gradient: NONE };
const STEPS = { node: 0, outputs: 0, before: NONE, total: NONE };
const FRAMES = { line: 0, visit: 0, size: 0 };
const STATISTICS = { shape: 0, dtype: 0, requires_grad: 0, zeros: 0, nonfinite: 0 };

export class Sheet {
  readonly nodes: Read<typeof NODES>;
  readonly edges: Read<typeof EDGES>;
  readonly steps: Read<typeof STEPS>;
  readonly frames: Read<typeof FRAMES>;
  /** Tensors that steps received, those of step s at `received.list[received.from[s]] ..`. */
  readonly received: Bundles;
  /** Nodes of the frames, likewise. */
  readonly made: Bundles;
  /** Gradient edges by the node that sends over them. */
  readonly sends: Bundles;
  private readonly saved: Read<typeof SAVED>;
  /** Rows of `saved` by the node that keeps them. */
  private readonly keeps: Bundles;
  private readonly hooked = new Map<number, readonly Hooked[]>();
  private readonly statistics: Read<typeof STATISTICS>;
  private readonly measured: Measured;

  constructor(private readonly columns: Columns) {
    const { nodes, edges, steps, frames, statistics, saved } = columns;
    this.nodes = read(nodes, NODES);
    this.saved = read(saved, SAVED);
    this.keeps = bundled(nodes.count, this.saved.owner);
    this.edges = read(edges, EDGES);
    this.steps = read(steps, STEPS);
    this.frames = read(frames, FRAMES);
    this.statistics = read(statistics, STATISTICS);
    this.measured = new Measured(statistics, this.statistics.shape, columns.shapes);
    this.received = stretches(this.steps.outputs, steps.received, NONE);
    this.made = stretches(this.frames.size, frames.nodes, 0);
    this.sends = bundled(nodes.count, this.ends("tail"));
    for (const { step, hooks } of steps.hooked) this.hooked.set(step, hooks);
  }

  /** Node at one end of each gradient edge; NONE for other edges. */
  ends(end: "tail" | "head"): Int32Array {
    const { kind } = this.edges;
    return this.edges[end].map((node, edge) => (kind[edge] === GRADIENT ? node : NONE));
  }

  /** 2-norm of a tensor; `otherwise` where there is none. */
  norm(tensor: number, otherwise: number): number {
    if (tensor < 0) return otherwise;
    const { tensors } = this.columns;
    if (tensor >= tensors.length) return this.measured.norm(tensor - tensors.length);
    return numeric(tensors[tensor]!.norm ?? 0);
  }

  tensor(at: number): TensorView | null {
    const { tensors, shapes, words } = this.columns;
    if (at < tensors.length) return tensors[at] ?? null;
    const row = at - tensors.length;
    const { shape, dtype, requires_grad, zeros, nonfinite } = this.statistics;
    const { low, high, mean, std, norm } = this.measured.of(row);
    const sizes = shapes[shape[row]!]!;
    return {
      shape: sizes,
      dtype: words[dtype[row]!]!,
      requires_grad: requires_grad[row] === 1,
      values: count(sizes) === 1 ? [low] : [],
      imag: null,
      low,
      high,
      mean,
      std,
      norm,
      zeros: zeros[row]!,
      nonfinite: nonfinite[row]!,
      heat: null,
      truncated: false,
    };
  }

  node(at: number): Node {
    const { kind, label, op, name, scope, line, visit, start, end, shape, value } = this.nodes;
    const { call, view_of, made_in, made_by, cut, retained, settings, freed } = this.nodes;
    const { words, shapes, settings: all } = this.columns;
    return {
      id: `n${at}`,
      kind: KINDS[kind[at]!]!,
      label: words[label[at]!]!,
      name: words[name[at]!] || null,
      op: words[op[at]!] || null,
      line: line[at] || null,
      visit: visit[at] || null,
      columns: start[at]! < 0 ? null : [start[at]!, end[at]!],
      scope: words[scope[at]!] || null,
      call: call[at]! < 0 ? null : call[at]!,
      shape: shapes[shape[at]!] ?? null,
      value: this.tensor(value[at]!),
      saved: Array.from(stretch(this.keeps, at), (row) => this.kept(row)),
      settings: all[settings[at]!] ?? null,
      freed: FATES[freed[at]!] ?? null,
      view_of: view_of[at]! < 0 ? null : `n${view_of[at]}`,
      made_in: made_in[at]! < 0 ? null : made_in[at]!,
      made_by: made_by[at]! < 0 ? null : `n${made_by[at]}`,
      cut: CUTS[cut[at]!] ?? null,
      retained: retained[at] === 1,
    };
  }

  private kept(row: number): Saved {
    const { name, shape, dtype, size, version, now, of, node, output, value } = this.saved;
    const { words, shapes } = this.columns;
    return {
      name: words[name[row]!]!,
      shape: shapes[shape[row]!]!,
      dtype: words[dtype[row]!]!,
      bytes: size[row]!,
      version: version[row]!,
      now: now[row]!,
      of: words[of[row]!] || null,
      node: node[row]! < 0 ? null : `n${node[row]}`,
      output: output[row]!,
      value: this.tensor(value[row]!),
    };
  }

  edge(at: number): Edge {
    const { tail, head, slot, output, kind, gradient } = this.edges;
    return {
      id: `e${at}`,
      tail: `n${tail[at]}`,
      head: `n${head[at]}`,
      slot: slot[at]!,
      output: output[at]!,
      kind: WAYS[kind[at]!]!,
      gradient: this.tensor(gradient[at]!),
    };
  }

  step(at: number): Step {
    const { node, before, total } = this.steps;
    return {
      index: at,
      node: `n${node[at]}`,
      received: Array.from(stretch(this.received, at), (tensor) => this.tensor(tensor)),
      sent: Array.from(stretch(this.sends, node[at]!), (edge) => this.sent(edge)),
      before: this.tensor(before[at]!),
      total: this.tensor(total[at]!),
      hooks: this.hooked.get(at) ?? [],
    };
  }

  frame(at: number): Frame {
    return {
      line: this.frames.line[at] || null,
      visit: this.frames.visit[at] || null,
      nodes: Array.from(stretch(this.made, at), (node) => `n${node}`),
    };
  }

  private sent(edge: number): Sent {
    return { edge: `e${edge}`, gradient: this.tensor(this.edges.gradient[edge]!) };
  }
}

const sheets = new WeakMap<Columns, Sheet>();

/** The columns of a pass, read once; null where it has none. */
export function sheetOf({ columns }: Pass): Sheet | null {
  if (!columns) return null;
  const sheet = sheets.get(columns) ?? new Sheet(columns);
  sheets.set(columns, sheet);
  return sheet;
}

/** The pass with lists that read from its columns. */
export function spread(pass: Pass): Pass {
  const sheet = sheetOf(pass);
  if (!sheet || !pass.columns) return pass;
  const { nodes, edges, steps, frames } = pass.columns;
  return {
    ...pass,
    nodes: lazily(nodes.count, (at) => sheet.node(at)),
    edges: lazily(edges.count, (at) => sheet.edge(at)),
    steps: lazily(steps.count, (at) => sheet.step(at)),
    frames: lazily(frames.count, (at) => sheet.frame(at)),
  };
}

/** A list whose items are made when they are read: 100,000 of them cost nothing until then. */
export function lazily<T>(length: number, make: (at: number) => T): readonly T[] {
  const place = (key: string | symbol): number => (typeof key === "string" ? Number(key) : NaN);
  const holds = (key: string | symbol): boolean => place(key) >= 0 && place(key) < length;
  return new Proxy<T[]>([], {
    get(list, key) {
      if (key === "length") return length;
      return holds(key) ? make(place(key)) : (Reflect.get(list, key) as unknown);
    },
    has: (list, key) => holds(key) || Reflect.has(list, key),
  });
}

export function stretch({ from, list }: Bundles, at: number): Int32Array {
  return list.subarray(from[at]!, from[at + 1]!);
}
