// What is marked in a picture: selected, pointed at, found, on the way to a leaf.
import type { Range } from "../sizes.js";
import type { Pin } from "../store.js";
import { NOTHING } from "./columns.js";
import { filled } from "./csr.js";
import type { Film } from "./film.js";
import { groupAt, type Ids } from "./ids.js";
import type { Face } from "./view.js";

/** Boxes of a set, counted from the start of backward time, so that any interval is counted at once. */
export class Marked {
  private constructor(
    private readonly before: Int32Array,
    /** Nodes of the set, for chips; null where boxes were marked. */
    readonly nodes: ReadonlySet<number> | null,
  ) {}

  static boxes(marks: ArrayLike<number>): Marked {
    const before = new Int32Array(marks.length + 1);
    for (let box = 0; box < marks.length; box += 1) before[box + 1] = before[box]! + marks[box]!;
    return new Marked(before, null);
  }

  /** Nodes wherever they are shown: a leaf stands on every box that uses it. */
  static nodes(film: Film, nodes: Iterable<number>): Marked {
    const set = new Set(nodes);
    const marks = new Int32Array(film.ops);
    for (const node of set) if (film.node[film.box[node]!] === node) marks[film.box[node]!]! += 1;
    const shown = new Set<number>();
    film.chipNode.forEach((node, chip) => {
      if (!set.has(node)) return;
      marks[film.chipBox[chip]!]! += 1;
      shown.add(node);
    });
    // Views and AccumulateGrad inside of chips have no mark of their own: their box has it.
    for (const node of set) {
      const box = film.box[node]!;
      if (box >= 0 && film.node[box] !== node && !shown.has(node)) marks[box]! += 1;
    }
    return new Marked(Marked.boxes(marks).before, set);
  }

  in({ low, high }: Face): number {
    return this.before[high]! - this.before[low]!;
  }
}

/** 1 per box that a filter leaves: on a path, and with a gradient of some size. */
export function left(film: Film, paths: Uint8Array | null, sizes: Range): Uint8Array {
  return filled(new Uint8Array(film.ops), (box) =>
    (!paths || paths[box]) && (!sizes || within(film.size[box]!, sizes)) ? 1 : 0,
  );
}

/** What is not finite is larger than everything. */
function within(size: number, [low, high]: NonNullable<Range>): boolean {
  if (size === NOTHING) return false;
  return Number.isFinite(size) ? size >= low && size <= high : high === Infinity;
}

export interface Marks {
  /** Selected node, or -1. */
  readonly node: number;
  readonly selected: Marked | null;
  /** Selected group, or -1. */
  readonly group: number;
  /** Selected edge of the record, or -1. It is drawn in pieces where it goes through open groups. */
  readonly edge: number;
  /** Key of the edge under the pointer, or -1. */
  readonly edgeHover: number;
  /** Id of the box or group under the pointer, or -1. */
  readonly hover: number;
  readonly focus: number;
  readonly glow: Marked | null;
  readonly found: Marked | null;
  /** What is not in it steps back. */
  readonly only: Marked | null;
}

/** Marks of what is held. */
export function held(
  pin: Pin | null,
  ids: Ids,
  film: Film | null,
): Pick<Marks, "node" | "selected" | "group" | "edge"> {
  const node = pin?.kind === "node" ? ids.nodeAt(pin.id) : -1;
  return {
    node,
    selected: node >= 0 && film ? Marked.nodes(film, [node]) : null,
    group: pin?.kind === "group" ? groupAt(pin.id) : -1,
    edge: pin?.kind === "edge" ? ids.edgeAt(pin.id) : -1,
  };
}

export const UNMARKED: Marks = {
  node: -1,
  selected: null,
  group: -1,
  edge: -1,
  edgeHover: -1,
  hover: -1,
  focus: -1,
  glow: null,
  found: null,
  only: null,
};
