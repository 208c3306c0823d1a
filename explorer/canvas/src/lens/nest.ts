// Lays out open groups, each on its own and once, and composes them into one view.
import type { Faces } from "./faces.js";
import { type Layered, layered } from "./layered.js";
import { type Quotient, quotientOf } from "./quotient.js";
import { AT_END, AT_START, FREE } from "./ranks.js";
import { Sink } from "./sink.js";
import type { Tree } from "./tree.js";
import type { View } from "./view.js";

const SIDE = 16;
const HEADER = 30;
const FOOT = 16;
/** Around what stands right of the edge that enters. */
const WORDS_ROOM = 26;
const PORT_HEADER = 16;
const PORT_FOOT = 0;
/** Around a group's title: its sign on the left, room up to the edge that enters on the right. */
const TITLE_ROOM = 34;
/** A port is as wide as an edge and not high. */
const PORT = 4;

/** A group with its members placed; everything measured from its own upper left corner. */
interface Laid {
  readonly quotient: Quotient;
  readonly drawing: Layered;
  readonly width: number;
  readonly height: number;
  readonly dx: number;
  readonly dy: number;
  /** Axis on which the group itself is placed in its parent. */
  readonly axis: number;
  /** 2 * neighbour + inward -> x of that port. */
  readonly ports: ReadonlyMap<number, number>;
}

export class Nest {
  private readonly laid = new Map<number, Laid>();
  private readonly quotients = new Map<number, Quotient>();
  private open: ReadonlySet<number> = new Set();

  constructor(
    private readonly tree: Tree,
    private readonly faces: Faces,
  ) {}

  /** Takes a new set of open groups; only what changed, and what holds it, is laid out again. */
  setOpen(open: ReadonlySet<number>): void {
    for (const id of this.open) if (!open.has(id)) this.forget(id);
    for (const id of open) if (!this.open.has(id)) this.forget(id);
    this.open = open;
  }

  get opened(): ReadonlySet<number> {
    return this.open;
  }

  private forget(id: number): void {
    for (let at = id; at >= 0; at = this.tree.parent[at]!) this.laid.delete(at);
  }

  /** Lays out what is missing, innermost first; yields how many of how many groups are done. */
  *lay(): Generator<readonly [number, number], void> {
    const missing = [...this.open].filter((id) => !this.laid.has(id));
    missing.sort((one, other) => this.tree.depth[other]! - this.tree.depth[one]! || one - other);
    for (let done = 0; done < missing.length; done += 1) {
      this.laid.set(missing[done]!, this.layGroup(missing[done]!));
      yield [done + 1, missing.length];
    }
  }

  /** Size of the whole, after `lay`. */
  get size(): readonly [number, number] {
    const { width, height } = this.get(this.tree.root);
    return [width, height];
  }

  private get(id: number): Laid {
    const laid = this.laid.get(id);
    if (!laid) throw new Error(`group ${id} is not laid out`);
    return laid;
  }

  private quotient(id: number): Quotient {
    let quotient = this.quotients.get(id);
    if (!quotient) {
      quotient = quotientOf(this.tree, id);
      this.quotients.set(id, quotient);
    }
    return quotient;
  }

  private layGroup(id: number): Laid {
    const quotient = this.quotient(id);
    const drawing = this.draw(quotient);
    const { other, inward, members } = quotient;
    const axisIn = mainPort(quotient, drawing);
    const isRoot = id === this.tree.root;
    const face = this.faces.of(id);
    const title = isRoot ? 0 : face.titleWidth + TITLE_ROOM;
    const entered = inward.includes(1);
    const dx = isRoot ? 0 : Math.max(SIDE, entered ? title - axisIn : SIDE);
    const words = isRoot
      ? 0
      : Math.max(title, entered ? dx + axisIn : 0) + face.detailWidth + WORDS_ROOM;
    const width = Math.max(drawing.width + (isRoot ? 0 : dx + SIDE), words);
    const ports = new Map<number, number>();
    other.forEach((neighbour, port) => {
      ports.set(2 * neighbour + inward[port]!, drawing.x[members.length + port]! + dx);
    });
    // The way from a port to its first box is room enough for the title.
    const dy = isRoot ? 0 : entered ? PORT_HEADER : HEADER;
    const foot = isRoot ? 0 : inward.includes(0) ? PORT_FOOT : FOOT;
    return {
      quotient,
      drawing,
      width,
      height: dy + drawing.height + foot,
      dx,
      dy,
      axis: axisIn + dx,
      ports,
    };
  }

  private draw(quotient: Quotient): Layered {
    const { members, inward, tail, head } = quotient;
    const nodes = members.length + inward.length;
    const sizes = {
      left: new Float64Array(nodes),
      right: new Float64Array(nodes),
      height: new Float64Array(nodes),
    };
    const pin = new Uint8Array(nodes);
    for (let at = 0; at < nodes; at += 1) {
      const [left, right, height] =
        at < members.length ? this.sizeOf(members[at]!) : [PORT, PORT, 0];
      sizes.left[at] = left;
      sizes.right[at] = right;
      sizes.height[at] = height;
      pin[at] = at < members.length ? FREE : inward[at - members.length] ? AT_START : AT_END;
    }
    const docks = {
      leave: Float64Array.from(tail, (from, edge) => this.dock(quotient, from, head[edge]!, 0)),
      arrive: Float64Array.from(head, (to, edge) => this.dock(quotient, to, tail[edge]!, 1)),
    };
    return layered({ nodes, tail, head }, sizes, pin, docks);
  }

  private sizeOf(member: number): readonly [number, number, number] {
    if (this.open.has(member)) {
      const { width, height, axis } = this.get(member);
      return [axis, width - axis, height];
    }
    const { width, height } = this.faces.of(member);
    return [width / 2, width / 2, height];
  }

  /** Where an edge docks at an open member: at the port that it goes on from. */
  private dock({ members, other }: Quotient, at: number, far: number, inward: 0 | 1): number {
    if (at >= members.length || !this.open.has(members[at]!)) return NaN;
    const neighbour = far < members.length ? members[far]! : other[far - members.length]!;
    const { ports, axis } = this.get(members[at]!);
    return (ports.get(2 * neighbour + inward) ?? NaN) - axis;
  }

  /** The whole as one view; faces are left to the caller. */
  compose(): Omit<View, "faces"> {
    const sink = new Sink();
    const { root } = this.tree;
    this.place(root, 0, 0, sink);
    const { width, height } = this.get(root);
    return { width, height, ...sink.columns() };
  }

  private place(id: number, left: number, top: number, sink: Sink): void {
    const laid = this.get(id);
    const { quotient, drawing } = laid;
    const { members } = quotient;
    const [x, y] = [left + laid.dx, top + laid.dy];
    for (let at = 0; at < members.length; at += 1) {
      const member = members[at]!;
      const open = this.open.has(member);
      const { width, height } = open ? this.get(member) : this.faces.of(member);
      const axis = open ? this.get(member).axis : width / 2;
      const [boxX, boxY] = [x + drawing.x[at]! - axis, y + drawing.y[at]! - height / 2];
      const inside = id === this.tree.root ? 0 : this.tree.depth[id]!;
      sink.box(
        member,
        id === this.tree.root ? -1 : id,
        inside,
        open,
        [boxX, boxY, width, height],
        open ? axis : 0,
      );
      if (open) this.place(member, boxX, boxY, sink);
    }
    this.routes(id, laid, x, y, top, sink);
  }

  private routes(
    id: number,
    { quotient, drawing, height }: Laid,
    x: number,
    y: number,
    top: number,
    sink: Sink,
  ): void {
    const { members, tail, head } = quotient;
    for (let edge = 0; edge < tail.length; edge += 1) {
      const points = drawing.points.slice(drawing.from[edge]!, drawing.from[edge + 1]!);
      const route = Array.from(points, (value, at) => value + (at % 3 === 0 ? x : y));
      const [from, to] = [tail[edge]!, head[edge]!];
      // Ports reach through the margin to the border of their group.
      if (from >= members.length) route[1] = top;
      if (to >= members.length) route[route.length - 1] = top + height;
      const closed = to < members.length && !this.open.has(members[to]!);
      sink.edge(quotient, id, edge, members[from] ?? -1, members[to] ?? -1, closed, route);
    }
  }
}

/** x of the port with the most behind it, what comes in before what goes out; else of the first member. */
function mainPort({ members, inward, tail, head, weight }: Quotient, { x }: Layered): number {
  let [best, most] = [-1, -1];
  for (let port = 0; port < inward.length; port += 1) {
    const at = members.length + port;
    let behind = inward[port] ? 2 ** 30 : 0;
    for (let edge = 0; edge < tail.length; edge += 1)
      if (tail[edge] === at || head[edge] === at) behind += weight[edge]!;
    if (behind > most) [best, most] = [at, behind];
  }
  return x[Math.max(0, best)] ?? 0;
}
