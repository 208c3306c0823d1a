// A pass as columns of numbers: one typed array per fact, so that 100,000 nodes cost megabytes, not objects.
import { numeric, shape as shapeText } from "../numbers.js";
import type { Call, Node, Pass, Columns as Sheets } from "../records.js";
import { CUT_OFF, GRADIENT, KINDS, type Sheet, sheetOf, stretch } from "../sheet.js";
import { filled } from "./csr.js";

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
  /** Which run of which module made the node: place in `calls`; -1 where each module ran once. */
  readonly call: Int32Array;
  readonly calls: readonly Call[];
  /** Path of a module -> name of its class. */
  readonly modules: Readonly<Record<string, string>>;
  readonly shape: Texts;
  /** What cut a value off the graph: "detach(), line 4". */
  readonly cut: Texts;
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

/** Cuts stand last, so that places stay as they are. The chip of what enters says what cut it off. */
function withoutCuts(pass: Pass): Pass {
  const nodes = pass.nodes.filter((node) => node.kind !== "cut");
  const edges = pass.edges.filter((edge) => edge.kind !== "cut");
  return { ...pass, nodes, edges };
}

/** The columns of a recorded pass. */
export function columnsOf(pass: Pass): Columns {
  const sheet = sheetOf(pass);
  return sheet && pass.columns ? columnsFrom(pass, sheet, pass.columns) : columnsFromRecords(pass);
}

/** By whom the nodes of cut edges were cut off; `ends` are the places of both. */
function cutsOf(
  nodes: number,
  ends: Iterable<readonly [tail: number, cut: number]>,
  of: (cut: number) => { readonly label: string; readonly line: number | null },
): Texts {
  const words = new Words();
  const places = new Int32Array(nodes);
  for (const [tail, cut] of ends) {
    if (tail >= nodes || cut < nodes) continue;
    const { label, line } = of(cut);
    places[tail] = words.place(line ? `${label}, line ${line}` : label);
  }
  return { of: places, texts: words.texts };
}

/** Those that travelled, as the lens wants them, without cuts: those stand last. */
function columnsFrom(pass: Pass, sheet: Sheet, { words, shapes }: Sheets): Columns {
  const nodes = before(sheet.nodes.kind, KINDS.indexOf("cut"));
  const edges = before(sheet.edges.kind, CUT_OFF);
  const { kind, op, name, label, scope, call, shape, line, visit } = cutTo(nodes, sheet.nodes);
  const { tail, head, kind: way, gradient } = cutTo(edges, sheet.edges);
  const step = new Int32Array(nodes).fill(-1);
  sheet.steps.node.forEach((node, at) => {
    step[node] = at;
  });
  const frame = new Int32Array(nodes).fill(-1);
  const frames = sheet.made.from.length - 1;
  for (let at = frames - 1; at >= 0; at -= 1)
    for (const node of stretch(sheet.made, at)) frame[node] = at;
  const constant = KINDS.indexOf("constant");
  return {
    nodes,
    edges,
    kind: Uint8Array.from(kind),
    op: { of: op, texts: words },
    name: {
      of: name.map((word, at) => (word === 0 && kind[at] === constant ? label[at]! : word)),
      texts: words,
    },
    scope: { of: scope, texts: words },
    call,
    calls: pass.calls,
    modules: pass.modules,
    shape: { of: shape.map((at) => at + 1), texts: ["", ...shapes.map(shapeText)] },
    cut: cutsOf(nodes, pairs(sheet.edges, edges), (cut) => sheet.node(cut)),
    line,
    visit,
    step,
    frame,
    tail,
    head,
    size: filled(new Float64Array(edges), (at) => sheet.norm(gradient[at]!, NOTHING)),
    data: Uint8Array.from(way, (kind) => (kind === GRADIENT ? 0 : 1)),
    steps: sheet.steps.node.length,
    frames,
  };
}

/** Both ends of the edges from some row on. */
function* pairs(
  { tail, head }: { readonly tail: Int32Array; readonly head: Int32Array },
  from: number,
): Generator<readonly [number, number]> {
  for (let edge = from; edge < tail.length; edge += 1) yield [tail[edge]!, head[edge]!];
}

/** How many rows come before the first of a kind. */
function before(kinds: Int32Array, kind: number): number {
  const first = kinds.indexOf(kind);
  return first < 0 ? kinds.length : first;
}

function cutTo<Names extends string>(
  rows: number,
  columns: Readonly<Record<Names, Int32Array>>,
): Record<Names, Int32Array> {
  const cut = Object.entries<Int32Array>(columns).map(([name, column]) => [
    name,
    column.slice(0, rows),
  ]);
  return Object.fromEntries(cut) as Record<Names, Int32Array>;
}

function columnsFromRecords(whole: Pass): Columns {
  const pass = withoutCuts(whole);
  const [nodes, edges] = [pass.nodes.length, pass.edges.length];
  const places = new Map(whole.nodes.map((node, place) => [node.id, place]));
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
    cut: cutsOf(
      nodes,
      whole.edges
        .filter(({ kind }) => kind === "cut")
        .map((edge) => [place(edge.tail), place(edge.head)] as const),
      (cut) => whole.nodes[cut]!,
    ),
    call: Int32Array.from(pass.nodes, (node) => node.call ?? -1),
    calls: pass.calls,
    modules: pass.modules,
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
