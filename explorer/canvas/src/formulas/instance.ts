// A formula at one element: the same tree with a number in place of each symbol. Sums and matrix
// products become the terms that they add. Twin of `explorer/formulas/instance.py`.
import { count, place } from "../numbers.js";
import { OPERATORS, POINTWISE, type Row, type Tree } from "./table.js";
import { at, numberOf } from "./values.js";

export type Shape = readonly number[];
type Index = readonly number[];

/** A number that the record does not have, or words that stand for no arithmetic. */
export class Unknown extends Error {}

/** A tensor as far as it is known: the first elements, row by row. */
export interface Grid {
  readonly shape: Shape;
  readonly values: readonly number[];
}

/** Axes of a tensor; null: all of them. */
export interface Axes {
  readonly axes: readonly number[] | null;
}

/** What a symbol may stand for: a tensor, a number, axes. */
export type Known = Grid | Axes | number;

/** A piece of a formula: its shape, and its tree at one element. */
export interface Part {
  readonly shape: Shape;
  readonly at: (index: Index) => Tree;
}

export class Instance {
  constructor(
    private readonly row: Row,
    private readonly known: ReadonlyMap<string, Known>,
  ) {}

  /** The piece that a tree describes; throws Unknown. */
  part(tree: Tree): Part {
    if (typeof tree === "string") return this.symbol(tree);
    if (typeof tree === "number") return { shape: [], at: () => tree };
    const [name, ...parts] = tree;
    if (name === "cmp") {
      const signs = parts.filter((_, place) => place % 2 === 1);
      return comparison(
        signs,
        parts.filter((_, place) => place % 2 === 0).map((part) => this.part(part)),
      );
    }
    if (OPERATORS.has(name) || POINTWISE.has(name))
      return pointwise(
        name,
        parts.map((part) => this.part(part)),
      );
    const make = PLACING[name];
    if (this.row.words?.[name] !== undefined || !make) throw new Unknown(name);
    const [first, ...others] = parts;
    return make(this.part(first ?? 0), ...others.map((part) => this.argument(part)));
  }

  /** A further argument: a tensor, or the axes that a symbol names. */
  private argument(tree: Tree): Part | Axes {
    const known = typeof tree === "string" ? this.known.get(tree) : undefined;
    return typeof known === "object" && "axes" in known ? known : this.part(tree);
  }

  private symbol(name: string): Part {
    if (name === "pi") return { shape: [], at: () => name };
    const definition = this.row.where?.[name];
    if (definition !== undefined) {
      const part = this.part(definition);
      return { shape: part.shape, at: (index) => ["#", numberOf(part.at(index))] };
    }
    const known = this.known.get(name);
    if (typeof known === "number") return { shape: [], at: () => ["#", known] };
    if (known && "values" in known)
      return { shape: known.shape, at: (index) => ["#", element(known, index)] };
    throw new Unknown(name);
  }
}

function flatOf(index: Index, shape: Shape): number {
  return shape.reduce((flat, size, axis) => flat * size + (index[axis] ?? 0), 0);
}

export function equal(one: Shape, other: Shape): boolean {
  return one.length === other.length && one.every((size, axis) => size === other[axis]);
}

/** Axes of `full` along which a tensor of `shape` was repeated. */
export function expanded(shape: Shape, full: Shape): readonly number[] {
  const lead = full.length - shape.length;
  return full.flatMap((size, axis) =>
    axis < lead || (shape[axis - lead] === 1 && size !== 1) ? [axis] : [],
  );
}

/** The sum over what broadcasting had repeated. */
export function summedTo(part: Part, shape: Shape): Part {
  if (equal(part.shape, shape)) return part;
  const lead = part.shape.length - shape.length;
  if (lead < 0) throw new Unknown("shapes");
  const wide = new Set(expanded(shape, part.shape));
  const kept = part.shape.map((size, axis) => (wide.has(axis) ? 1 : size));
  if (!equal(kept.slice(lead), shape)) throw new Unknown("shapes");
  const front = new Array<number>(lead).fill(0);
  return { shape, at: (index) => joined("sum", termsOf(part, wide, [...front, ...index])) };
}

function element(known: Grid, index: Index): number {
  const value = known.values[flatOf(index, known.shape)];
  if (value === undefined) throw new Unknown("element");
  return value;
}

/** The index into a tensor that is repeated to a larger shape. */
function aligned(index: Index, shape: Shape): Index {
  const lead = index.length - shape.length;
  return shape.map((size, axis) => (size === 1 ? 0 : (index[axis + lead] ?? 0)));
}

function broadcast(shapes: readonly Shape[]): Shape {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = new Set(shapes.map((shape) => shape[axis - rank + shape.length] ?? 1));
    sizes.delete(1);
    if (sizes.size > 1) throw new Unknown("shapes");
    return [...sizes][0] ?? 1;
  });
}

function pointwise(name: string, parts: readonly Part[]): Part {
  return {
    shape: broadcast(parts.map((part) => part.shape)),
    at: (index) => [name, ...parts.map((part) => part.at(aligned(index, part.shape)))],
  };
}

function comparison(signs: readonly Tree[], parts: readonly Part[]): Part {
  return {
    shape: broadcast(parts.map((part) => part.shape)),
    at: (index) => [
      "cmp",
      ...parts.flatMap((part, number) => {
        const tree = part.at(aligned(index, part.shape));
        const sign = signs[number];
        return sign === undefined ? [tree] : [tree, sign];
      }),
    ],
  };
}

/** The elements that differ from `index` along some axes only. */
function termsOf(part: Part, axes: ReadonlySet<number>, index: Index): Tree[] {
  let indices: number[][] = [[]];
  part.shape.forEach((size, axis) => {
    const range = axes.has(axis) ? [...new Array<number>(size).keys()] : [index[axis] ?? 0];
    indices = indices.flatMap((start) => range.map((step) => [...start, step]));
  });
  return indices.map((one) => part.at(one));
}

/** A sum or product; of nothing it is 0 or 1. */
function joined(name: string, terms: readonly Tree[]): Tree {
  if (terms.length === 0) return name === "sum" ? 0 : 1;
  return terms.length === 1 ? at(terms, 0) : [name, ...terms];
}

type Argument = Part | Axes | undefined;

/** The axes to reduce, counted from the front, and the shape that is left. */
function reducing(part: Part, given: Argument): [ReadonlySet<number>, Shape] {
  const rank = part.shape.length;
  const axes = given && "axes" in given ? given.axes : null;
  if (axes === null) return [new Set(part.shape.keys()), []];
  const chosen = new Set(rank ? axes.map((axis) => ((axis % rank) + rank) % rank) : []);
  return [chosen, part.shape.map((size, axis) => (chosen.has(axis) ? 1 : size))];
}

function reduced(name: string): (part: Part, axes?: Argument) => Part {
  return (part, axes) => {
    const [chosen, shape] = reducing(part, axes);
    return { shape, at: (index) => joined(name, termsOf(part, chosen, index)) };
  };
}

function mean(part: Part, axes?: Argument): Part {
  const total = reduced("sum")(part, axes);
  const number = counted(part, axes);
  return { shape: total.shape, at: (index) => ["/", total.at(index), number.at(index)] };
}

function counted(part: Part, axes?: Argument): Part {
  const [chosen] = reducing(part, axes);
  const number = count(part.shape.filter((_, axis) => chosen.has(axis)));
  return { shape: [], at: () => ["#", number] };
}

/** Each element repeated along the axes of `like` that were reduced. */
function copies(part: Part, like: Argument, axes?: Argument): Part {
  const { shape } = tensor(like);
  const missing = shape.length - part.shape.length;
  const named = axes !== undefined && "axes" in axes && axes.axes !== null;
  const dropped = missing && named ? reducing(tensor(like), axes)[0] : new Set();
  return {
    shape,
    at: (index) =>
      part.at(
        aligned(
          index.filter((_, axis) => !dropped.has(axis)),
          part.shape,
        ),
      ),
  };
}

function tensor(argument: Argument): Part {
  if (!argument || !("at" in argument)) throw new Unknown("argument");
  return argument;
}

function reshaped(part: Part, like: Argument): Part {
  const { shape } = tensor(like);
  return { shape, at: (index) => part.at(place(flatOf(index, shape), part.shape)) };
}

function transposed(part: Part): Part {
  const rank = part.shape.length;
  if (rank < 2) throw new Unknown("shapes");
  const swap = (sizes: Index): number[] => [
    ...sizes.slice(0, -2),
    sizes[rank - 1] ?? 0,
    sizes[rank - 2] ?? 0,
  ];
  return { shape: swap(part.shape), at: (index) => part.at(swap(index)) };
}

/** Of matrices, of batches of them, or of a matrix and a vector. */
function product(left: Part, argument: Argument): Part {
  const right = tensor(argument);
  const inner = left.shape.at(-1) ?? 0;
  const vector = right.shape.length === 1;
  if (left.shape.length < 2 || inner !== right.shape.at(vector ? 0 : -2))
    throw new Unknown("shapes");
  const tail = vector ? [] : right.shape.slice(-1);
  return {
    shape: [...left.shape.slice(0, -1), ...tail],
    at: (index) => {
      const row = vector ? index : index.slice(0, -1);
      const front = row.slice(0, Math.max(0, right.shape.length - 2));
      const terms = [...new Array<number>(inner).keys()].map((k): Tree => {
        const other = vector ? [k] : [...front, k, index.at(-1) ?? 0];
        return ["*", left.at([...row, k]), right.at(other)];
      });
      return joined("sum", terms);
    },
  };
}

/** What looks at more than one element. */
const PLACING: Readonly<Record<string, (part: Part, ...more: Argument[]) => Part>> = {
  sum: reduced("sum"),
  prod: reduced("prod"),
  mean,
  count: counted,
  copies,
  repeated: copies,
  along: copies,
  fold: (part, like) => summedTo(part, tensor(like).shape),
  reshape: reshaped,
  T: transposed,
  "@": product,
};
