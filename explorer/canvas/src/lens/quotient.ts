// The edges inside one group, with what lies in its members drawn together.
import { larger } from "./graph.js";
import { memberAt, membersOf, type Tree } from "./tree.js";

/**
 * Edges between the members of a group and its ports. Ports stand for the neighbours outside: one
 * per neighbour and direction, named by the member of the nearest group that holds both. They do
 * not depend on what is open, so a quotient is computed once.
 */
export interface Quotient {
  readonly members: Int32Array;
  /** Per port: the neighbour; 1 if the gradient comes in here, 0 if it leaves. */
  readonly other: readonly number[];
  readonly inward: readonly number[];
  /** Per edge: its ends as places, members first, then ports. */
  readonly tail: Int32Array;
  readonly head: Int32Array;
  /** How many edges of the record it stands for, and that of them with the largest gradient. */
  readonly weight: Int32Array;
  readonly edge: Int32Array;
  /** Largest gradient over it. */
  readonly size: Float64Array;
  /** First and last step and first frame at which it carries something. */
  readonly first: Int32Array;
  readonly last: Int32Array;
  readonly frame: Int32Array;
}

interface Tie {
  readonly tail: number;
  readonly head: number;
  edge: number;
  weight: number;
  size: number;
  first: number;
  last: number;
  frame: number;
}

export function quotientOf(tree: Tree, group: number): Quotient {
  const members = membersOf(tree, group);
  const collector = new Collector(tree, group, members);
  const { graph, low, high } = tree;
  const [from, to] = [low[group]!, high[group]!];
  for (let place = 0; place < members.length; place += 1) {
    const member = members[place]!;
    const [start, end] = [low[member]!, high[member]!];
    for (let box = start; box < end; box += 1) {
      for (let i = graph.out.from[box]!; i < graph.out.from[box + 1]!; i += 1) {
        const edge = graph.out.list[i]!;
        const head = graph.head[edge]!;
        if (head >= start && head < end) continue;
        collector.add(place, head < to ? collector.place(head) : collector.port(head, 0), edge);
      }
      for (let i = graph.into.from[box]!; i < graph.into.from[box + 1]!; i += 1) {
        const edge = graph.into.list[i]!;
        if (graph.tail[edge]! < from)
          collector.add(collector.port(graph.tail[edge]!, 1), place, edge);
      }
    }
  }
  return collector.finish();
}

class Collector {
  private readonly ties = new Map<number, Tie>();
  private readonly ports = new Map<number, number>();
  private readonly other: number[] = [];
  private readonly inward: number[] = [];
  private readonly places = new Map<number, number>();

  constructor(
    private readonly tree: Tree,
    private readonly group: number,
    private readonly members: Int32Array,
  ) {
    members.forEach((member, place) => {
      this.places.set(member, place);
    });
  }

  place(box: number): number {
    return this.places.get(memberAt(this.tree, this.group, box)) ?? 0;
  }

  port(box: number, inward: 0 | 1): number {
    const other = this.neighbour(box);
    const key = 2 * other + inward;
    let port = this.ports.get(key);
    if (port === undefined) {
      port = this.members.length + this.other.push(other) - 1;
      this.inward.push(inward);
      this.ports.set(key, port);
    }
    return port;
  }

  /** The member, outside of this group, of the nearest group that holds both. */
  private neighbour(box: number): number {
    const { parent, low, high } = this.tree;
    let at = parent[this.group]!;
    while (box < low[at]! || box >= high[at]!) at = parent[at]!;
    return memberAt(this.tree, at, box);
  }

  add(tail: number, head: number, edge: number): void {
    const { graph } = this.tree;
    const key = tail * 2 ** 26 + head;
    const record = graph.edge[edge]!;
    const size = graph.columns.size[record]!;
    const sender = graph.tail[edge]!;
    const [step, frame] = [graph.sends[sender]!, graph.frame[sender]!];
    const tie = this.ties.get(key);
    if (!tie) {
      this.ties.set(key, {
        tail,
        head,
        edge: record,
        weight: 1,
        size,
        first: step,
        last: step,
        frame,
      });
      return;
    }
    tie.weight += 1;
    if (!Object.is(larger(tie.size, size), tie.size)) [tie.edge, tie.size] = [record, size];
    if (step >= 0 && (tie.first < 0 || step < tie.first)) tie.first = step;
    tie.last = Math.max(tie.last, step);
    tie.frame = Math.min(tie.frame, frame);
  }

  finish(): Quotient {
    const ties = [...this.ties.values()];
    const column = (read: (tie: Tie) => number): Int32Array => Int32Array.from(ties, read);
    return {
      members: this.members,
      other: this.other,
      inward: this.inward,
      tail: column((tie) => tie.tail),
      head: column((tie) => tie.head),
      weight: column((tie) => tie.weight),
      edge: column((tie) => tie.edge),
      size: Float64Array.from(ties, (tie) => tie.size),
      first: column((tie) => tie.first),
      last: column((tie) => tie.last),
      frame: column((tie) => tie.frame),
    };
  }
}
