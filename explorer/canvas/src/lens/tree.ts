// The tree of groups over the boxes: every group is an interval of backward time.
//
// Contracting disjoint intervals of a topological order can never make a cycle, so whatever is open
// or closed, what is on screen is a directed acyclic graph.
import type { Graph } from "./graph.js";
import type { Scopes } from "./scopes.js";

export const BOX = 0;
/** A module's forward. `a`: place in the scope texts; `b`: which run of it, 0 if there is only one. */
export const SCOPE = 1;
/** The same structure many times in a row. `a`: how often; `b`: 1 if it is a loop of the program. */
export const REPEAT = 2;
/** One time of a repeat. `a`: its number, from 1; `b`: as in the repeat. */
export const ITERATION = 3;
/** A statement of the program. `a`: line; `b`: visit. */
export const STATEMENT = 4;
/** A part of a long list, made only so that it fits the screen. */
export const SECTION = 5;

/** Ids below `graph.ops` are boxes, by place in backward time; groups follow. */
export interface Tree {
  readonly graph: Graph;
  readonly root: number;
  readonly count: number;
  readonly kind: Uint8Array;
  readonly a: Int32Array;
  readonly b: Int32Array;
  /** The module that held nothing but this box or group: place in `scopes`, or 0; and which run. */
  readonly alias: Int32Array;
  readonly aliasRun: Int32Array;
  readonly scopes: readonly string[];
  /** How often each module ran, where that was more than once; else 0. */
  readonly times: Int32Array;
  /** Members of group g: `members[from[g - ops]] ..`, in backward time. */
  readonly from: Int32Array;
  readonly members: Int32Array;
  readonly parent: Int32Array;
  readonly depth: Int32Array;
  /** Interval of boxes: low <= place < high. */
  readonly low: Int32Array;
  readonly high: Int32Array;
}

export function isGroup(tree: Tree, id: number): boolean {
  return id >= tree.graph.ops;
}

export function membersOf(tree: Tree, id: number): Int32Array {
  const group = id - tree.graph.ops;
  return group < 0
    ? tree.members.subarray(0, 0)
    : tree.members.subarray(tree.from[group]!, tree.from[group + 1]!);
}

/** The member of a group that holds a place in backward time. */
export function memberAt(tree: Tree, id: number, place: number): number {
  const group = id - tree.graph.ops;
  let [from, to] = [tree.from[group]!, tree.from[group + 1]! - 1];
  while (from < to) {
    const middle = (from + to + 1) >> 1;
    if (tree.low[tree.members[middle]!]! <= place) from = middle;
    else to = middle - 1;
  }
  return tree.members[from]!;
}

/** Grows groups; `finish` turns them into a tree. */
export class Builder {
  private readonly kinds: number[] = [];
  private readonly as: number[] = [];
  private readonly bs: number[] = [];
  private readonly lists: number[][] = [];
  /** Member -> group of a module that held nothing else. */
  readonly alias = new Map<number, number>();

  constructor(private readonly graph: Graph) {}

  group(kind: number, a: number, b: number, members: number[] = []): number {
    this.kinds.push(kind);
    this.as.push(a);
    this.bs.push(b);
    return this.graph.ops + this.lists.push(members) - 1;
  }

  isGroup(id: number): boolean {
    return id >= this.graph.ops;
  }

  kindOf(id: number): number {
    return this.isGroup(id) ? this.kinds[id - this.graph.ops]! : BOX;
  }

  members(id: number): number[] {
    return this.lists[id - this.graph.ops]!;
  }

  setMembers(id: number, members: number[]): void {
    this.lists[id - this.graph.ops] = members;
  }

  scopeOf(id: number): number {
    return this.kindOf(id) === SCOPE ? this.as[id - this.graph.ops]! : 0;
  }

  finish(root: number, { texts, times }: Pick<Scopes, "texts" | "times">): Tree {
    const { graph, lists } = this;
    const count = graph.ops + lists.length;
    const from = new Int32Array(lists.length + 1);
    lists.forEach((list, group) => {
      from[group + 1] = from[group]! + list.length;
    });
    const members = new Int32Array(from[lists.length]!);
    lists.forEach((list, group) => {
      members.set(list, from[group]!);
    });
    const [alias, aliasRun] = [new Int32Array(count), new Int32Array(count)];
    for (const [id, group] of this.alias) {
      alias[id] = this.as[group - graph.ops]!;
      aliasRun[id] = this.bs[group - graph.ops]!;
    }
    const tree: Tree = {
      graph,
      root,
      count,
      kind: this.column(new Uint8Array(count), this.kinds),
      a: this.column(new Int32Array(count), this.as),
      b: this.column(new Int32Array(count), this.bs),
      alias,
      aliasRun,
      scopes: texts,
      times,
      from,
      members,
      parent: new Int32Array(count).fill(-1),
      depth: new Int32Array(count),
      low: new Int32Array(count),
      high: new Int32Array(count),
    };
    measure(tree);
    return tree;
  }

  /** Values of groups; boxes have 0. */
  private column<T extends Int32Array | Uint8Array>(column: T, values: readonly number[]): T {
    column.set(values, this.graph.ops);
    return column;
  }
}

/** Fills parents, depths and intervals. */
function measure(tree: Tree): void {
  const { graph, parent, depth, low, high } = tree;
  const order = [tree.root];
  for (let at = 0; at < order.length; at += 1) {
    const id = order[at]!;
    for (const member of membersOf(tree, id)) {
      parent[member] = id;
      depth[member] = depth[id]! + 1;
      if (isGroup(tree, member)) order.push(member);
    }
  }
  for (let place = 0; place < graph.ops; place += 1) {
    low[place] = place;
    high[place] = place + 1;
  }
  for (const id of order.reverse()) {
    const members = membersOf(tree, id);
    low[id] = members.length ? low[members[0]!]! : 0;
    high[id] = members.length ? high[members[members.length - 1]!]! : 0;
  }
}
