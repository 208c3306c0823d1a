// Finding nodes: by text, regular expression, operation, name, scope, line and size of the gradient.
import { type Columns, NOTHING, type Texts } from "./columns.js";
import { type Graph, larger } from "./graph.js";
import { opTitle } from "./names.js";

type Test = (node: number) => boolean;

/** Why a query cannot be read, in words for people. */
export class QueryError extends Error {}

const ACCUMULATE = "AccumulateGrad";

/** Nodes that match, in backward time, each with the box that shows it.
 *
 * Words are joined by "and": `tanh`, `op:mul`, `name:weight`, `scope:layer1`, `line:12`, `line 12`,
 * `line:3-7`, `size>100`, `size<1e-6`, `size=nan`, `/regular expression/`. A number is also a line.
 */
export function find(graph: Graph, query: string): Int32Array {
  const tests = words(query).map((word) => testOf(graph, word));
  if (tests.length === 0) return new Int32Array(0);
  const found: number[] = [];
  for (let node = 0; node < graph.columns.nodes; node += 1) {
    if (graph.box[node]! >= 0 && tests.every((test) => test(node))) found.push(node);
  }
  found.sort((one, other) => graph.box[one]! - graph.box[other]! || one - other);
  return Int32Array.from(found);
}

/** Splits at blanks, but not inside of a regular expression or behind the word "line". */
function words(query: string): string[] {
  const joined = query.replace(/\bline\s+(?=\d)/gi, "line:");
  return joined.match(/\/(?:\\.|[^/\\])+\/i?|\S+/g) ?? [];
}

function testOf(graph: Graph, word: string): Test {
  const { columns } = graph;
  const regular = /^\/(.+)\/i?$/.exec(word);
  if (regular) return anywhere(columns, expression(regular[1]!));
  const field = /^(op|name|scope|line):(.+)$/i.exec(word);
  if (field)
    return field[1]!.toLowerCase() === "line"
      ? lineTest(columns, field[2]!)
      : fieldTest(columns, field[1]!, field[2]!);
  const size = /^size([<>=])(.+)$/i.exec(word);
  if (size) return sizeTest(columns, size[1]!, size[2]!);
  const named = anywhere(columns, literal(word.replace(/^self\./, "")));
  if (!/^\d+$/.test(word)) return named;
  const inLine = lineTest(columns, word);
  return (node) => inLine(node) || named(node);
}

function expression(pattern: string): RegExp {
  try {
    return new RegExp(pattern, "i");
  } catch (error) {
    throw new QueryError(
      `This is not a regular expression: ${error instanceof Error ? error.message : pattern}`,
    );
  }
}

function literal(text: string): RegExp {
  return new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "i");
}

/** Each text is tested once, however many nodes have it. */
function textTest({ of, texts }: Texts, pattern: RegExp): Test {
  const fits = texts.map((text) => text !== "" && pattern.test(text));
  return (node) => fits[of[node]!]!;
}

/** By what stands in the box or by PyTorch's own name. What adds to a leaf is meant only where its
 * name is begun: it would be found by "mul". */
function opTest({ op: { of, texts } }: Columns, pattern: RegExp): Test {
  const fits = texts.map((op) =>
    op === ACCUMULATE ? op.search(pattern) === 0 : pattern.test(opTitle(op)) || pattern.test(op),
  );
  return (node) => fits[of[node]!]!;
}

function anywhere(columns: Columns, pattern: RegExp): Test {
  const tests = [
    opTest(columns, pattern),
    textTest(columns.name, pattern),
    textTest(columns.scope, pattern),
  ];
  return (node) => tests.some((test) => test(node));
}

function fieldTest(columns: Columns, field: string, text: string): Test {
  const pattern = literal(text);
  const name = field.toLowerCase() as "op" | "name" | "scope";
  return name === "op" ? opTest(columns, pattern) : textTest(columns[name], pattern);
}

function lineTest({ line }: Columns, text: string): Test {
  const [from, to] = text.split("-").map(Number);
  if (!Number.isInteger(from)) throw new QueryError(`"line:" needs a number, not "${text}".`);
  return (node) => line[node]! >= from! && line[node]! <= (to ?? from!);
}

function sizeTest(columns: Columns, sign: string, text: string): Test {
  const size = sizesInto(columns);
  if (/^(nan|inf|-inf)$/i.test(text))
    return (node) => size[node] !== NOTHING && !Number.isFinite(size[node]);
  const bound = Number(text);
  if (Number.isNaN(bound)) throw new QueryError(`"size${sign}" needs a number, not "${text}".`);
  const compare: Record<string, (it: number) => boolean> = {
    "<": (it) => it < bound,
    ">": (it) => it > bound || Number.isNaN(it),
    "=": (it) => it === bound,
  };
  return (node) => size[node] !== NOTHING && compare[sign]!(size[node]!);
}

/** Largest gradient that each node received. */
function sizesInto({ nodes, edges, head, size }: Columns): Float64Array {
  const into = new Float64Array(nodes).fill(NOTHING);
  for (let edge = 0; edge < edges; edge += 1)
    into[head[edge]!] = larger(into[head[edge]!]!, size[edge]!);
  return into;
}

/** Boxes on the paths by which a node's gradient comes to it: 1 per box in backward time. */
export function pathsTo(graph: Graph, node: number): Uint8Array {
  const { chips, into, tail, ops, box } = graph;
  const marks = new Uint8Array(ops);
  const queue: number[] = [];
  const mark = (at: number): void => {
    if (at < 0 || marks[at]) return;
    marks[at] = 1;
    queue.push(at);
  };
  mark(box[node]!);
  for (let at = 0; at < ops; at += 1) {
    for (let chip = chips.from[at]!; chip < chips.from[at + 1]!; chip += 1)
      if (chips.node[chip] === node) mark(at);
  }
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    for (let i = into.from[at]!; i < into.from[at + 1]!; i += 1) mark(tail[into.list[i]!]!);
  }
  return marks;
}
