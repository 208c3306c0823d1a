// Modules at work: each run of each module as a group of the boxes that it made.
import type { Graph } from "./graph.js";
import { type Builder, SCOPE } from "./tree.js";

export interface Scopes {
  /** Full path of each module, and all prefixes of these; 0 is the program itself. */
  readonly texts: readonly string[];
  /** How often each ran, where that was more than once; else 0. */
  readonly times: Int32Array;
  /** Frames are modules at work, inside of others; 0 is the program. */
  readonly scope: readonly number[];
  readonly parent: readonly number[];
  /** Which run of its module it is; 0 where there is only one. */
  readonly number: readonly number[];
  /** Node -> frame. */
  frame(node: number): number;
}

/** The frames of a pass: by its calls where a module ran more than once, else by paths alone. */
export function scopesOf({ columns }: Graph): Scopes {
  const { scope, call, calls } = columns;
  const paths = new Paths();
  const frames = new Frames(paths);
  const ofCall: number[] = [];
  for (const { scope: path, number, parent } of calls)
    ofCall.push(frames.within(parent === null ? 0 : ofCall[parent]!, paths.place(path), number));
  const ofPath = scope.texts.map(() => -1);
  const times = new Int32Array(paths.texts.length + scope.texts.length);
  for (const { scope: path } of calls) times[paths.place(path)]! += 1;
  return {
    texts: paths.texts,
    times: times.map((count) => (count > 1 ? count : 0)),
    scope: frames.scope,
    parent: frames.parent,
    number: frames.number,
    frame(node) {
      if (call[node]! >= 0) return ofCall[call[node]!]!;
      const path = scope.of[node]!;
      if (ofPath[path]! < 0) ofPath[path] = frames.within(0, paths.place(scope.texts[path]!), 0);
      return ofPath[path]!;
    },
  };
}

/** Module paths and their prefixes, each once. */
class Paths {
  readonly texts = [""];
  readonly parent = [-1];
  private readonly places = new Map([["", 0]]);

  place(path: string): number {
    const known = this.places.get(path);
    if (known !== undefined) return known;
    const around = this.place(path.slice(0, Math.max(0, path.lastIndexOf("."))));
    this.places.set(path, this.texts.length);
    this.parent.push(around);
    return this.texts.push(path) - 1;
  }
}

class Frames {
  readonly scope = [0];
  readonly parent = [-1];
  readonly number = [0];
  private readonly places = new Map<string, number>();

  constructor(private readonly paths: Paths) {}

  /** A run of a module inside of another frame, with containers that never run themselves between. */
  within(frame: number, scope: number, number: number): number {
    const between: number[] = [];
    let at = this.paths.parent[scope]!;
    for (; at > 0 && at !== this.scope[frame]; at = this.paths.parent[at]!) between.push(at);
    // A module that is not a part of the one that called it stands in it by itself.
    if (at !== this.scope[frame]) between.length = 0;
    let inner = frame;
    for (const container of between.reverse()) inner = this.place(inner, container, 0);
    return scope === 0 ? frame : this.place(inner, scope, number);
  }

  private place(parent: number, scope: number, number: number): number {
    const key = `${parent} ${scope} ${number}`;
    let place = this.places.get(key);
    if (place === undefined) {
      place = this.scope.push(scope) - 1;
      this.parent.push(parent);
      this.number.push(number);
      this.places.set(key, place);
    }
    return place;
  }
}

/** One group per run of neighbours in backward time that share a frame; returns the root's members. */
export function groupByScope(graph: Graph, scopes: Scopes, builder: Builder): number[] {
  const { node, ops } = graph;
  const top: number[] = [];
  const stack = [{ frame: 0, members: top }];
  const path: number[] = [];
  for (let place = 0; place < ops; place += 1) {
    const frame = scopes.frame(node[place]!);
    if (stack[stack.length - 1]!.frame !== frame) {
      path.length = 0;
      for (let at = frame; at > 0; at = scopes.parent[at]!) path.push(at);
      path.reverse();
      let kept = 0;
      while (kept < path.length && stack[kept + 1]?.frame === path[kept]) kept += 1;
      stack.length = kept + 1;
      for (const at of path.slice(kept)) {
        const members: number[] = [];
        const group = builder.group(SCOPE, scopes.scope[at]!, scopes.number[at]!, members);
        stack[stack.length - 1]!.members.push(group);
        stack.push({ frame: at, members });
      }
    }
    stack[stack.length - 1]!.members.push(place);
  }
  return top;
}
