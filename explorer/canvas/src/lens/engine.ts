// The lens without a screen: a pass goes in, views come out. Runs in the worker, and in tests.
import type { Columns } from "./columns.js";
import { BUDGETS, boxesOf, closedTo, everything, openFor, reachable } from "./cut.js";
import { Faces } from "./faces.js";
import { type Film, filmOf } from "./film.js";
import { treeOf } from "./fold.js";
import { type Graph, graphOf } from "./graph.js";
import { LEGIBLE, READABLE } from "./legible.js";
import { Nest } from "./nest.js";
import { find, pathsTo } from "./search.js";
import { isGroup, type Tree } from "./tree.js";
import type { Face, Measure, View } from "./view.js";

/** What the page asks for. */
export type Want =
  /** As many groups open as fit `boxes`; null: what fits the room. */
  | {
      readonly kind: "budget";
      readonly boxes: number | null;
      readonly room: readonly [number, number];
    }
  | { readonly kind: "more" | "less" | "all" }
  | { readonly kind: "open" | "close" | "toggle"; readonly id: number }
  /** Opens what hides a node. */
  | { readonly kind: "reveal"; readonly node: number }
  | { readonly kind: "only"; readonly open: readonly number[] };

export interface Shown {
  readonly view: View;
  readonly open: readonly number[];
  /** Boxes on screen, and how many there are with everything open. */
  readonly boxes: number;
  readonly all: number;
}

export type Progress = readonly [done: number, of: number];

/** A view of fewer boxes opens further as long as titles are legible; one of more stays readable. */
const ENOUGH = 10;
/** Height of a group in a list, and of what stands around the list; to see how many fit a room. */
const PITCH = 80;
const AROUND = 230;
const FEWEST_PARTS = 5;
const MOST_PARTS = 10;
const GROWTH = 1.6;

export class Engine {
  readonly graph: Graph;
  readonly tree: Tree;
  private readonly faces: Faces;
  private readonly nest: Nest;
  private readonly sent = new Set<number>();
  private budget = BUDGETS[0]!;

  /** `height`: of the window; long repeats are cut into as many parts as fit. */
  constructor(
    columns: Columns,
    measure: Measure,
    source: readonly string[] = [],
    height = Infinity,
  ) {
    const parts = Math.floor((height / LEGIBLE - AROUND) / PITCH);
    this.graph = graphOf(columns);
    this.tree = treeOf(this.graph, Math.min(MOST_PARTS, Math.max(FEWEST_PARTS, parts)));
    this.faces = new Faces(this.tree, measure, source);
    this.nest = new Nest(this.tree, this.faces);
  }

  /** Groups that stand open. */
  get open(): ReadonlySet<number> {
    return this.nest.opened;
  }

  set open(open: ReadonlySet<number>) {
    this.nest.setOpen(open);
  }

  /** How many boxes a view would have, without laying it out. */
  count(want: Want): number {
    return boxesOf(this.tree, this.opened(want));
  }

  /** Lays out and composes; what is not needed any more can be left half done. */
  *show(want: Want): Generator<Progress, Shown> {
    if (want.kind === "budget" && want.boxes === null) this.fit(want.room);
    const open = this.opened(want);
    this.nest.setOpen(open);
    yield* this.nest.lay();
    const view = this.nest.compose();
    return {
      view: { ...view, faces: this.unsent(view.id) },
      open: [...open],
      boxes: boxesOf(this.tree, open),
      all: this.graph.ops,
    };
  }

  /** The same in one go. */
  shown(want: Want): Shown {
    const task = this.show(want);
    for (;;) {
      const step = task.next();
      if (step.done) return step.value;
    }
  }

  find(query: string): Int32Array {
    return find(this.graph, query);
  }

  pathsTo(node: number): Uint8Array {
    return pathsTo(this.graph, node);
  }

  face(id: number): Face {
    return this.faces.of(id);
  }

  private opened(want: Want): Set<number> {
    const open = new Set(this.nest.opened);
    const { root, parent } = this.tree;
    switch (want.kind) {
      case "budget":
        this.budget = want.boxes ?? this.budget;
        return openFor(this.tree, this.budget);
      case "more":
      case "less":
        return this.stepped(want.kind === "more");
      case "all":
        return everything(this.tree);
      case "only":
        return reachable(this.tree, new Set([root, ...want.open]));
      case "reveal":
        for (let at = parent[this.graph.box[want.node]!] ?? -1; at >= 0; at = parent[at]!)
          open.add(at);
        return open;
      default:
        return this.turned(open, want.id, want.kind);
    }
  }

  private turned(open: Set<number>, id: number, how: "open" | "close" | "toggle"): Set<number> {
    if (!isGroup(this.tree, id) || id === this.tree.root) return open;
    const opening = how === "toggle" ? !open.has(id) : how === "open";
    if (!opening) open.delete(id);
    else for (let at = id; at >= 0; at = this.tree.parent[at]!) open.add(at);
    return reachable(this.tree, open);
  }

  /** About so many times more boxes, or fewer; what the reader opened stays open, what is left of it
   * closes from the inside out. */
  private stepped(more: boolean): Set<number> {
    const { tree } = this;
    const open = this.nest.opened;
    const now = boxesOf(tree, open);
    if (!more) return closedTo(tree, open, Math.floor(now / GROWTH));
    for (let boxes = now; ; ) {
      boxes = Math.ceil(boxes * GROWTH) + 1;
      const next = openFor(tree, boxes, open);
      if (next.size > open.size || boxes > this.graph.ops) return next;
    }
  }

  /** The largest view that fits the room with legible text. */
  private fit([width, height]: readonly [number, number]): void {
    let [before, kept] = [-1, 0];
    this.budget = BUDGETS[0]!;
    for (const boxes of BUDGETS) {
      const open = openFor(this.tree, boxes);
      const count = boxesOf(this.tree, open);
      if (count === before) continue;
      before = count;
      this.nest.setOpen(open);
      for (const _ of this.nest.lay());
      const [wide, tall] = this.nest.size;
      const zoom = Math.min(width / wide, height / tall);
      if (boxes > BUDGETS[0]! && zoom < (kept < ENOUGH ? LEGIBLE : READABLE)) return;
      this.budget = boxes;
      kept = count;
    }
  }

  private unsent(ids: Int32Array): Face[] {
    const faces: Face[] = [];
    for (const id of ids) {
      if (this.sent.has(id)) continue;
      this.sent.add(id);
      faces.push(this.faces.of(id));
    }
    return faces;
  }

  film(): Film {
    return filmOf(this.graph);
  }
}
