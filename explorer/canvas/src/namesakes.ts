// Which box a name means, where several of a pass have it. Twin of `Look.apart` in
// `explorer/look.py`.
import type { Node, Pass } from "./records.js";
import { sheetOf } from "./sheet.js";

/** Where boxes of one name were made: the first of them, and whether others were made elsewhere. */
interface Places {
  readonly line: number;
  readonly visit: number;
  lines: boolean;
  visits: boolean;
}

const known = new WeakMap<Pass, Map<string, Places>>();

/** "line 6" and "visit 9", each null where it tells a box from no other of its name. */
export function apart(pass: Pass, node: Node): [line: string | null, visit: string | null] {
  const all = known.get(pass) ?? placesOf(pass);
  known.set(pass, all);
  const places = node.line === null ? undefined : all.get(node.name || node.op || node.label);
  const line = places?.lines ? `line ${node.line}` : null;
  const visit = places?.visits ? `visit ${node.visit ?? 1}` : null;
  return [line, visit];
}

/** "h (line 6, visit 9)". */
export function marked(name: string, pass: Pass, node: Node): string {
  const about = apart(pass, node).filter((text) => text !== null);
  return about.length > 0 ? `${name} (${about.join(", ")})` : name;
}

/** What a node is called -> where such were made. */
function placesOf(pass: Pass): Map<string, Places> {
  const found = new Map<string, Places>();
  const add = (name: string, line: number, visit: number): void => {
    const places = found.get(name);
    if (!places) {
      found.set(name, { line, visit, lines: false, visits: false });
      return;
    }
    places.lines ||= line !== places.line;
    places.visits ||= visit !== places.visit;
  };
  const sheet = sheetOf(pass);
  if (!sheet || !pass.columns) {
    for (const { name, op, label, line, visit } of pass.nodes)
      if (line !== null) add(name || op || label, line, visit ?? 1);
    return found;
  }
  const { words } = pass.columns;
  const { name, op, label, line, visit } = sheet.nodes;
  for (let at = 0; at < line.length; at += 1) {
    if (!line[at]) continue;
    const said = words[name[at]!] || words[op[at]!] || words[label[at]!]!;
    add(said, line[at]!, visit[at] || 1);
  }
  return found;
}
