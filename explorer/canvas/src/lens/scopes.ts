// Module paths as a tree, and the boxes of each run inside a module as a group.
import type { Graph } from "./graph.js";
import { type Builder, SCOPE } from "./tree.js";

export interface Scopes {
  /** Full path of each; 0 is the program itself. */
  readonly texts: readonly string[];
  readonly parent: readonly number[];
  /** Place in the columns' scope texts -> place here. */
  readonly of: readonly number[];
}

/** All prefixes of all paths. */
export function scopesOf(paths: readonly string[]): Scopes {
  const [texts, parent] = [[""], [-1]];
  const places = new Map([["", 0]]);
  const place = (path: string): number => {
    const known = places.get(path);
    if (known !== undefined) return known;
    const around = place(path.slice(0, Math.max(0, path.lastIndexOf("."))));
    places.set(path, texts.length);
    parent.push(around);
    return texts.push(path) - 1;
  };
  return { of: paths.map(place), texts, parent };
}

/** One group per run of neighbours in backward time that share a path; returns the root's members. */
export function groupByScope(graph: Graph, scopes: Scopes, builder: Builder): number[] {
  const { columns, node, ops } = graph;
  const top: number[] = [];
  const stack = [{ scope: 0, members: top }];
  const path: number[] = [];
  for (let place = 0; place < ops; place += 1) {
    const scope = scopes.of[columns.scope.of[node[place]!]!]!;
    if (stack[stack.length - 1]!.scope !== scope) {
      path.length = 0;
      for (let at = scope; at > 0; at = scopes.parent[at]!) path.push(at);
      path.reverse();
      let kept = 0;
      while (kept < path.length && stack[kept + 1]?.scope === path[kept]) kept += 1;
      stack.length = kept + 1;
      for (const at of path.slice(kept)) {
        const members: number[] = [];
        stack[stack.length - 1]!.members.push(builder.group(SCOPE, at, 0, members));
        stack.push({ scope: at, members });
      }
    }
    stack[stack.length - 1]!.members.push(place);
  }
  return top;
}
