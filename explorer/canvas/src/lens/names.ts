// What boxes and groups are called.
import { BOX, ITERATION, membersOf, REPEAT, SCOPE, SECTION, STATEMENT, type Tree } from "./tree.js";

/** Longest source text or class in a title. */
const LONGEST = 30;
/** Operations that name a stretch. */
const NAMED = 2;

/** "AddmmBackward0" -> "Addmm". */
export function opTitle(op: string): string {
  return op.replace(/Backward\d*$/, "") || op;
}

/** The last part of a module path; two parts where the last is a number. */
export function shortPath(path: string): string {
  const parts = path.split(".");
  const last = parts.at(-1) ?? "";
  return /^\d+$/.test(last) ? parts.slice(-2).join(".") : last;
}

const NUMBERS = new Intl.NumberFormat("en");

/** 12,345 */
export function grouped(count: number): string {
  return NUMBERS.format(count);
}

/** Names everything in a tree. `source` is the program's text by lines. */
export class Names {
  constructor(
    private readonly tree: Tree,
    private readonly source: readonly string[],
  ) {}

  title(id: number): string {
    const { kind, a, b, scopes } = this.tree;
    switch (kind[id]) {
      case BOX:
        return this.box(id);
      case SCOPE:
        return a[id] ? shortPath(scopes[a[id]!] ?? "") : "program";
      case REPEAT:
        return b[id]
          ? `${grouped(a[id]!)} iterations`
          : `${grouped(a[id]!)} × ${this.base(this.firstPart(id))}`;
      case ITERATION:
        return b[id] ? `iteration ${a[id]}` : `${this.base(id)} #${a[id]}`;
      case STATEMENT:
        return this.statement(a[id]!);
      default:
        return this.range(id);
    }
  }

  /** What stands beside the title in grey. */
  note(id: number): string {
    const { kind, a, b, alias, aliasRun, scopes, graph } = this.tree;
    const path = alias[id] ? shortPath(scopes[alias[id]!] ?? "") : "";
    const run = this.run(id, alias[id]!, aliasRun[id]!);
    if (kind[id] === BOX) {
      const node = graph.node[id]!;
      const { name, op } = graph.columns;
      const own = op.of[node] ? (name.texts[name.of[node]!] ?? "") : "output";
      const made = this.made(id);
      return [own, path, this.box(id).includes(made) ? "" : made, run].filter(Boolean).join(" · ");
    }
    if (kind[id] === SCOPE)
      return [path, run || this.run(id, a[id]!, b[id]!)].filter(Boolean).join(" · ");
    if (kind[id] === REPEAT) return this.numbers(id) || path;
    if (kind[id] !== STATEMENT) return this.title(id).includes(` ${path}`) ? "" : path;
    return b[id]! > 1 ? `line ${a[id]}, visit ${b[id]}` : `line ${a[id]}`;
  }

  /** Class of the module behind a box or group, or of each module of a repeat; "" for none. */
  made(id: number): string {
    const { modules } = this.tree.graph.columns;
    const path = this.path(this.tree.kind[id] === REPEAT ? this.firstPart(id) : id);
    const name = (Object.hasOwn(modules, path) && modules[path]) || "";
    return name.length > LONGEST ? `${name.slice(0, LONGEST - 1)}…` : name;
  }

  /** "16 … 12", of a repeat of modules that have numbers. */
  private numbers(id: number): string {
    const members = membersOf(this.tree, id);
    const ends = [this.edgeOf(members[0]!, 0), this.edgeOf(members[members.length - 1]!, -1)];
    const numbers = ends.map((end) => /\.(\d+)$/.exec(this.title(end))?.[1]);
    return this.tree.kind[ends[0]!] === SCOPE && numbers[0] && numbers[1] !== numbers[0]
      ? numbers.join(" … ")
      : "";
  }

  /** "call 2 of 3", of a module that ran more than once; nothing where a group around says the same. */
  private run(id: number, scope: number, number: number): string {
    const { times, parent, kind, a, b } = this.tree;
    if (!scope || !number || !times[scope]) return "";
    for (let at = parent[id]!; at >= 0; at = parent[at]!)
      if (kind[at] === SCOPE && b[at] === number && times[a[at]!] === times[scope]) return "";
    return `call ${grouped(number)} of ${grouped(times[scope]!)}`;
  }

  /** Full path of the module behind a group or box; "" for none. */
  path(id: number): string {
    const { kind, a, alias, scopes } = this.tree;
    return scopes[kind[id] === SCOPE ? a[id]! : alias[id]!] ?? "";
  }

  private box(id: number): string {
    const { columns, node } = this.tree.graph;
    const at = node[id]!;
    return (
      opTitle(columns.op.texts[columns.op.of[at]!] ?? "") ||
      columns.name.texts[columns.name.of[at]!] ||
      "output"
    );
  }

  private statement(line: number): string {
    const text = (this.source[line - 1] ?? "").trim();
    if (!text) return `line ${line}`;
    return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
  }

  /** The first member of a repeat that is not a section. */
  private firstPart(id: number): number {
    let at = membersOf(this.tree, id)[0]!;
    while (this.tree.kind[at] === SECTION) at = membersOf(this.tree, at)[0]!;
    return at;
  }

  /** What all times of a repeat are: a module without its number, or the operations in it. */
  private base(id: number): string {
    const { kind } = this.tree;
    if (kind[id] === BOX) return this.box(id);
    if (kind[id] === SCOPE) return this.title(id).replace(/\.\d+$/, "[i]");
    const members = membersOf(this.tree, id);
    const names = Array.from(members.subarray(0, NAMED), (member) => this.base(member));
    return names.join(", ") + (members.length > NAMED ? ", …" : "");
  }

  private range(id: number): string {
    const members = membersOf(this.tree, id);
    const [first, last] = [
      this.edgeOf(members[0]!, 0),
      this.edgeOf(members[members.length - 1]!, -1),
    ];
    const { kind, a, b } = this.tree;
    if (kind[first] === ITERATION && kind[last] === ITERATION)
      return `${b[first] ? "iterations " : "#"}${grouped(a[first]!)} … ${b[first] ? "" : "#"}${grouped(a[last]!)}`;
    const [one, other] = [this.title(first), this.title(last)];
    if (one !== other) return `${one} … ${other}`;
    const [from, to] = kind[first] === SCOPE && b[first] ? [b[first]!, b[last]!] : this.times(id);
    if (from > 0) return `${one} ${grouped(from)} … ${grouped(to)}`;
    return `${grouped(this.tree.high[id]! - this.tree.low[id]!)} × ${one}`;
  }

  /** Which times of the repeat around it a section holds, from the last to the first; 0 for none. */
  private times(id: number): [number, number] {
    const { kind, parent, a, low, high } = this.tree;
    let around = parent[id]!;
    while (kind[around] === SECTION) around = parent[around]!;
    const each = (high[around]! - low[around]!) / a[around]!;
    if (kind[around] !== REPEAT || !Number.isInteger(each)) return [0, 0];
    const passed = (box: number): number => (box - low[around]!) / each;
    return [a[around]! - passed(low[id]!), a[around]! - passed(high[id]!) + 1];
  }

  /** The first or last member that is not itself a section. */
  private edgeOf(id: number, at: 0 | -1): number {
    let it = id;
    while (this.tree.kind[it] === SECTION) it = Array.from(membersOf(this.tree, it)).at(at)!;
    return it;
  }
}
