// From a graph to its tree: modules, then loops and repeats, then statements, then sections.
import { OUTPUT } from "./columns.js";
import type { Graph } from "./graph.js";
import { balanced, rounded } from "./lengths.js";
import { type Run, runsIn } from "./repeats.js";
import { groupByScope, scopesOf } from "./scopes.js";
import { BOX, Builder, ITERATION, REPEAT, SCOPE, SECTION, STATEMENT, type Tree } from "./tree.js";

/** Groups in a list before it is folded further than its own structure asks for; an operation takes
 * less room than a group. */
const LONGEST = 12;
const ROOM_OF_BOX = 0.6;
/** Fewer equal stretches are as quickly seen as read about, unless their list is long. */
const FEWEST_TIMES = 4;
const FEWEST_IN_LONG = 2;
/** A run of single operations is folded later than one of groups: it is easy to see. */
const FEWEST_SINGLES = 8;
/** Boxes below which a run is not worth a group. */
const FEWEST_BOXES = 12;
/** Parts of a repeat whose times stand side by side: a window has less room for boxes in its width. */
const PARTS_ACROSS = 5;
/** Repeats inside of repeats. */
const LEVELS = 3;

/** `parts`: into how many a long repeat is cut at most, one below the other. */
export function treeOf(graph: Graph, parts: number): Tree {
  const scopes = scopesOf(graph);
  const builder = new Builder(graph);
  const folder = new Folder(graph, builder, parts);
  let members = groupByScope(graph, scopes, builder).map((id) => folder.tidy(id));
  while (members.length === 1 && builder.isGroup(members[0]!))
    members = builder.members(members[0]!);
  const root = builder.group(SCOPE, 0, 0, folder.arranged(members));
  return builder.finish(root, scopes);
}

/** Multiplicative mixing; good enough to tell structures apart, and equal on every machine. */
function mixed(hash: number, part: number): number {
  let it = Math.imul(hash ^ part, 0x9e3779b1);
  it ^= it >>> 15;
  return Math.imul(it, 0x85ebca77) ^ (it >>> 13);
}

class Folder {
  /** By group. */
  private readonly hashes: number[] = [];
  private readonly sizes: number[] = [];

  constructor(
    private readonly graph: Graph,
    private readonly builder: Builder,
    private readonly parts: number,
  ) {}

  /** Arranges what is inside, innermost first; a group of one gives way to what it holds. */
  tidy(id: number): number {
    const { builder } = this;
    if (!builder.isGroup(id)) return id;
    const inside = builder.members(id);
    for (let at = 0; at < inside.length; at += 1) inside[at] = this.tidy(inside[at]!);
    const members = this.arranged(inside);
    builder.setMembers(id, members);
    const [only] = members;
    if (members.length !== 1 || only === undefined) return id;
    if (builder.scopeOf(id) && !builder.scopeOf(only) && !builder.alias.has(only))
      builder.alias.set(only, id);
    return only;
  }

  /** The list with repeats, statements and sections folded. */
  arranged(list: number[]): number[] {
    let folded = list;
    for (let level = 0; level < LEVELS; level += 1) {
      const next = this.repeats(folded, FEWEST_TIMES);
      if (next === folded) break;
      folded = next;
    }
    if (this.isLong(folded)) folded = this.statements(folded);
    if (this.isLong(folded)) folded = this.repeats(folded, FEWEST_IN_LONG);
    if (this.isLong(folded)) folded = this.cut(folded, balanced);
    return folded;
  }

  private repeats(list: number[], fewest: number): number[] {
    const runs = runsIn(list.length, {
      hash: (at) => this.hash(list[at]!),
      visit: (at) => this.visit(list[at]!),
      worth: (run) => this.worth(list, run, fewest),
    });
    if (runs.length === 0) return list;
    const folded: number[] = [];
    let at = 0;
    for (const run of runs) {
      while (at < run.start) folded.push(list[at++]!);
      const rest = this.leftover(list, run);
      folded.push(this.repeat(list, run, rest));
      at += run.times * run.period + rest;
    }
    while (at < list.length) folded.push(list[at++]!);
    return folded;
  }

  private worth(list: number[], { start, period, times }: Run, fewest: number): boolean {
    const one = list[start]!;
    if (period === 1) {
      const kind = this.builder.kindOf(one);
      if (kind === BOX) return times >= FEWEST_SINGLES;
      return times >= (kind === SCOPE ? fewest : FEWEST_TIMES);
    }
    if (times < FEWEST_TIMES) return false;
    let boxes = 0;
    for (let at = start; at < start + period; at += 1) boxes += this.size(list[at]!);
    return boxes * times >= FEWEST_BOXES;
  }

  /** True where each time is one round of a loop: the program came to each line once in it. A module
   * may run several times in a round, so its lines do not count. */
  private isLoop(list: number[], { start, period, times }: Run): boolean {
    if (period === 1) return false;
    let lines = 0;
    for (let at = start; at < start + period; at += 1) {
      if (this.line(list[at]!) === 0) continue;
      lines += 1;
      const last = this.visit(list[at]!);
      for (let time = 1; time < times; time += 1)
        if (this.visit(list[at + time * period]!) !== last - time) return false;
    }
    return lines > 0;
  }

  /** The number of a loop's last round, which comes first in backward time. */
  private round(list: number[], { start }: Run): number {
    return this.visit(list.find((id, at) => at >= start && this.line(id) > 0)!);
  }

  /** Members after a loop's run that its lines made too: the first iteration often differs. */
  private leftover(list: number[], run: Run): number {
    if (!this.isLoop(list, run)) return 0;
    const { start, period, times } = run;
    const lines = new Set<number>();
    for (let at = start; at < start + period; at += 1) lines.add(this.firstLine(list[at]!));
    const end = start + times * period;
    let rest = 0;
    while (
      rest < 2 * period &&
      end + rest < list.length &&
      lines.has(this.firstLine(list[end + rest]!))
    )
      rest += 1;
    return rest;
  }

  /** One group for the run, holding one group per time (a single member needs none). */
  private repeat(list: number[], run: Run, rest: number): number {
    const { builder } = this;
    const { start, period, times } = run;
    const loop = this.isLoop(list, run) ? 1 : 0;
    const all = times + (rest > 0 ? 1 : 0);
    const last = loop ? this.round(list, run) : all;
    const parts: number[] = [];
    for (let time = 0; time < all; time += 1) {
      const part = list.slice(
        start + time * period,
        time < times ? start + (time + 1) * period : start + times * period + rest,
      );
      // Backward time runs from the last iteration to the first.
      parts.push(
        part.length === 1
          ? part[0]!
          : builder.group(ITERATION, last - time, loop, this.arranged(part)),
      );
    }
    return builder.group(REPEAT, all, loop, this.sections(parts));
  }

  /** Neighbours that one visit of one line made; where that is the line of all, it names none. */
  private statements(list: number[]): number[] {
    const folded: number[] = [];
    const lines = new Set(list.map((id) => this.line(id)).filter((line) => line > 0));
    const kind = lines.size > 1 ? STATEMENT : SECTION;
    for (let at = 0; at < list.length; ) {
      const [line, visit] = [this.line(list[at]!), this.visit(list[at]!)];
      let end = at + 1;
      while (
        line > 0 &&
        end < list.length &&
        this.line(list[end]!) === line &&
        this.visit(list[end]!) === visit
      )
        end += 1;
      if (end - at === 1 || end - at === list.length) folded.push(...list.slice(at, end));
      else folded.push(this.builder.group(kind, line, visit, this.arranged(list.slice(at, end))));
      at = end;
    }
    return folded;
  }

  private isLong(list: readonly number[]): boolean {
    const room = list.reduce((sum, id) => sum + (this.builder.isGroup(id) ? 1 : ROOM_OF_BOX), 0);
    return room > LONGEST;
  }

  /** A tree of contiguous parts, none longer than can be taken in at a glance. */
  private cut(list: number[], lengthsOf: (length: number) => readonly number[]): number[] {
    const parts: number[] = [];
    let at = 0;
    for (const length of lengthsOf(list.length)) {
      const part = list.slice(at, at + length);
      const inner = this.isLong(part) ? this.cut(part, lengthsOf) : part;
      parts.push(part.length === 1 ? part[0]! : this.builder.group(SECTION, 0, 0, inner));
      at += length;
    }
    return parts;
  }

  /** The times of a repeat, from the last to the first, cut at round numbers. */
  private sections(times: number[]): number[] {
    if (!this.isLong(times)) return times;
    const parts = this.leads(times[0]!, times[1]!) ? this.parts : PARTS_ACROSS;
    return this.cut(times, (length) => rounded(length, Math.min(this.parts, parts)));
  }

  /** True where a gradient goes from one member to the other. */
  private leads(one: number, other: number): boolean {
    const { out, head } = this.graph;
    const [[from, to], [low, high]] = [this.span(one), this.span(other)];
    for (let i = out.from[from]!; i < out.from[to + 1]!; i += 1) {
      const at = head[out.list[i]!]!;
      if (at >= low && at <= high) return true;
    }
    return false;
  }

  /** The first and the last box of a member. */
  private span(id: number): readonly [number, number] {
    let [first, last] = [id, id];
    while (this.builder.isGroup(first)) first = this.builder.members(first)[0]!;
    while (this.builder.isGroup(last)) last = this.builder.members(last).at(-1)!;
    return [first, last];
  }

  /** Equal for equal operations in equal nesting. Chips do not count: a loop's first time often has
   * a leaf where the others have the time before. */
  private hash(id: number): number {
    if (!this.builder.isGroup(id))
      return mixed(7, this.graph.columns.op.of[this.graph.node[id]!]! + 1);
    const group = id - this.graph.ops;
    this.hashes[group] ??= this.builder
      .members(id)
      .reduce((sum, member) => mixed(sum, this.hash(member)), 11);
    return this.hashes[group];
  }

  private size(id: number): number {
    if (!this.builder.isGroup(id)) return 1;
    const group = id - this.graph.ops;
    this.sizes[group] ??= this.builder
      .members(id)
      .reduce((sum, member) => sum + this.size(member), 0);
    return this.sizes[group];
  }

  /** The box that stands for a member's line and visit: its first. */
  private firstBox(id: number): number {
    let at = id;
    while (this.builder.isGroup(at)) at = this.builder.members(at)[0]!;
    return this.graph.node[at]!;
  }

  private visit(id: number): number {
    return this.graph.columns.visit[this.firstBox(id)]!;
  }

  private firstLine(id: number): number {
    return this.graph.columns.line[this.firstBox(id)]!;
  }

  /** A module has no line of its own, its operations' lines lie inside of it; an output stands by itself. */
  private line(id: number): number {
    let at = id;
    while (this.builder.isGroup(at)) {
      if (this.builder.kindOf(at) === SCOPE) return 0;
      at = this.builder.members(at)[0]!;
    }
    const node = this.graph.node[at]!;
    return this.graph.columns.kind[node] === OUTPUT ? 0 : this.graph.columns.line[node]!;
  }
}
