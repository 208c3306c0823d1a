// A pass as columns of numbers: one typed array per fact, so that 100,000 nodes cost megabytes, not objects.
import { numeric, shape as shapeText } from "../numbers.js";
import type { Node, NodeKind, Num, Pass } from "../records.js";

export const KINDS: readonly NodeKind[] = [
  "op",
  "leaf",
  "input",
  "constant",
  "cut",
  "output",
  "saved",
];
export const OP = 0;
export const LEAF = 1;
export const OUTPUT = 5;

/** `of[i]` is the place of i's text in `texts`; 0 is always "". */
export interface Texts {
  readonly of: Int32Array;
  readonly texts: readonly string[];
}

export interface Columns {
  readonly nodes: number;
  readonly edges: number;
  /** Per node: place in KINDS. */
  readonly kind: Uint8Array;
  /** Type name of the autograd node; "" for tensors. */
  readonly op: Texts;
  readonly name: Texts;
  /** Path of the module: "model.0". */
  readonly scope: Texts;
  readonly shape: Texts;
  /** 1-based; 0 where unknown. */
  readonly line: Int32Array;
  /** 1-based; 0 where unknown. */
  readonly visit: Int32Array;
  /** Place in the engine's order; -1 where the engine never came. */
  readonly step: Int32Array;
  /** Place in the forward replay; -1 where no frame names the node. */
  readonly frame: Int32Array;
  /** Per edge: the node that sends, the node that receives. */
  readonly tail: Int32Array;
  readonly head: Int32Array;
  /** 2-norm of the gradient over the edge; NOTHING where none was sent. */
  readonly size: Float64Array;
  /** 1 for values that get no gradient. */
  readonly data: Uint8Array;
  readonly steps: number;
  readonly frames: number;
}

export const NOTHING = -1;

/** Columns as they travel: plain arrays of strict JSON. Leave out a column that has nothing to say. */
export interface Compact {
  readonly kind: readonly number[];
  readonly ops: readonly string[];
  readonly op: readonly number[];
  readonly names?: readonly string[];
  readonly name?: readonly number[];
  readonly scopes?: readonly string[];
  readonly scope?: readonly number[];
  readonly shapes?: readonly string[];
  readonly shape?: readonly number[];
  readonly line?: readonly number[];
  readonly visit?: readonly number[];
  readonly step?: readonly number[];
  readonly frame?: readonly number[];
  readonly tail: readonly number[];
  readonly head: readonly number[];
  readonly size?: readonly (Num | null)[];
  /** Places of the edges of kind "data". */
  readonly data?: readonly number[];
}

/** Reads columns that travelled. Texts count from 0 = "". */
export function columnsFrom(it: Compact): Columns {
  const [nodes, edges] = [it.kind.length, it.tail.length];
  const data = new Uint8Array(edges);
  for (const edge of it.data ?? []) data[edge] = 1;
  const step = filled(it.step, nodes, -1);
  const frame = filled(it.frame, nodes, -1);
  return {
    nodes,
    edges,
    kind: Uint8Array.from(it.kind),
    op: { of: filled(it.op, nodes, 0), texts: it.ops },
    name: { of: filled(it.name, nodes, 0), texts: it.names ?? [""] },
    scope: { of: filled(it.scope, nodes, 0), texts: it.scopes ?? [""] },
    shape: { of: filled(it.shape, nodes, 0), texts: it.shapes ?? [""] },
    line: filled(it.line, nodes, 0),
    visit: filled(it.visit, nodes, 0),
    step,
    frame,
    tail: filled(it.tail, edges, 0),
    head: filled(it.head, edges, 0),
    size: sizes(it.size, edges),
    data,
    steps: most(step) + 1,
    frames: most(frame) + 1,
  };
}

function filled(
  given: readonly number[] | undefined,
  length: number,
  otherwise: number,
): Int32Array {
  return given ? Int32Array.from(given) : new Int32Array(length).fill(otherwise);
}

function sizes(given: readonly (Num | null)[] | undefined, length: number): Float64Array {
  const size = new Float64Array(length).fill(NOTHING);
  given?.forEach((norm, edge) => {
    if (norm !== null) size[edge] = numeric(norm);
  });
  return size;
}

function most(column: Int32Array): number {
  let highest = -1;
  for (const value of column) if (value > highest) highest = value;
  return highest;
}

/** Texts, each kept once. */
class Words {
  readonly texts: string[] = [""];
  private readonly places = new Map<string, number>([["", 0]]);

  place(text: string | null): number {
    if (!text) return 0;
    let place = this.places.get(text);
    if (place === undefined) {
      place = this.texts.push(text) - 1;
      this.places.set(text, place);
    }
    return place;
  }
}

/** What a constant without a name is known by: its value. */
function labelOf({ kind, label }: Node): string | null {
  return kind === "constant" ? label : null;
}

/** Cuts stand last, so that places stay as they are. A chip says what enters, not what was cut off. */
function withoutCuts(pass: Pass): Pass {
  const nodes = pass.nodes.filter((node) => node.kind !== "cut");
  const edges = pass.edges.filter((edge) => edge.kind !== "cut");
  return { ...pass, nodes, edges };
}

/** The columns of a recorded pass. */
export function columnsOf(whole: Pass): Columns {
  const pass = withoutCuts(whole);
  const [nodes, edges] = [pass.nodes.length, pass.edges.length];
  const places = new Map(pass.nodes.map((node, place) => [node.id, place]));
  const place = (id: string): number => places.get(id) ?? 0;
  const [ops, names, scopes, shapes] = [new Words(), new Words(), new Words(), new Words()];
  const columns: Columns = {
    nodes,
    edges,
    kind: Uint8Array.from(pass.nodes, (node) => KINDS.indexOf(node.kind)),
    op: { of: Int32Array.from(pass.nodes, (node) => ops.place(node.op)), texts: ops.texts },
    name: {
      of: Int32Array.from(pass.nodes, (node) => names.place(node.name ?? labelOf(node))),
      texts: names.texts,
    },
    scope: {
      of: Int32Array.from(pass.nodes, (node) => scopes.place(node.scope)),
      texts: scopes.texts,
    },
    shape: {
      of: Int32Array.from(pass.nodes, ({ shape }) => shapes.place(shape && shapeText(shape))),
      texts: shapes.texts,
    },
    line: Int32Array.from(pass.nodes, (node) => node.line ?? 0),
    visit: Int32Array.from(pass.nodes, (node) => node.visit ?? 0),
    step: new Int32Array(nodes).fill(-1),
    frame: new Int32Array(nodes).fill(-1),
    tail: Int32Array.from(pass.edges, (edge) => place(edge.tail)),
    head: Int32Array.from(pass.edges, (edge) => place(edge.head)),
    size: Float64Array.from(pass.edges, ({ gradient }) =>
      gradient ? numeric(gradient.norm ?? 0) : NOTHING,
    ),
    data: Uint8Array.from(pass.edges, (edge) => (edge.kind === "data" ? 1 : 0)),
    steps: pass.steps.length,
    frames: pass.frames.length,
  };
  for (const step of pass.steps) columns.step[place(step.node)] = step.index;
  pass.frames.forEach((frame, index) => {
    for (const id of frame.nodes)
      if (columns.frame[place(id)] === -1) columns.frame[place(id)] = index;
  });
  return columns;
}
