// What each box shows and how large it is.
import { short } from "../numbers.js";
import { type Columns, LEAF, NOTHING, OUTPUT } from "./columns.js";
import { larger, parametersOf } from "./graph.js";
import { INDENT, widthOf } from "./lettering.js";
import { grouped, Names } from "./names.js";
import { BOX, isGroup, REPEAT, SCOPE, type Tree } from "./tree.js";
import type { Chip, Face, Measure } from "./view.js";

const PLAIN_HEIGHT = 28;
const GROUP_HEIGHT = 60;
const NARROWEST = 60;
const NARROWEST_GROUP = 150;
export const CHIP_HEIGHT = 17;
const CHIP_TOP = 27;
const CHIP_GAP = 5;
const CHIP_PADDING = 15;
const CHIPS_PER_ROW = 3;
const CHIPS_SHOWN = 6;
/** Bars of a profile. */
const BARS = 28;
const LONGEST_NAME = 18;

/** Makes faces, each once. */
export class Faces {
  private readonly made = new Map<number, Face>();
  private readonly names: Names;

  constructor(
    private readonly tree: Tree,
    private readonly measure: Measure,
    source: readonly string[],
  ) {
    this.names = new Names(tree, source);
  }

  of(id: number): Face {
    let face = this.made.get(id);
    if (!face) {
      face = isGroup(this.tree, id) ? this.group(id) : this.box(id);
      this.made.set(id, face);
    }
    return face;
  }

  private box(id: number): Face {
    const { graph } = this.tree;
    const node = graph.node[id]!;
    const texts = this.texts(id, "");
    const { chips, more, width, height } = this.chips(id);
    return {
      ...texts,
      kind: BOX,
      node,
      output: graph.columns.kind[node] === OUTPUT,
      hint: this.boxHint(node),
      width: Math.max(NARROWEST, widthOf({ ...texts, kind: BOX }), width),
      height,
      chips,
      more,
      profile: [],
      ...this.interval(id),
    };
  }

  private group(id: number): Face {
    const count = this.tree.high[id]! - this.tree.low[id]!;
    const leaves = parametersOf(this.tree.graph, this.tree.low[id]!, this.tree.high[id]!);
    const kind = this.tree.kind[id]!;
    const made = kind === SCOPE || kind === REPEAT ? this.names.made(id) : "";
    const counts = [counted(count, "op"), leaves ? counted(leaves, "param") : ""];
    const texts = this.texts(id, [made, ...counts].filter(Boolean).join(" · "));
    const { path } = texts;
    return {
      ...texts,
      kind,
      node: -1,
      output: false,
      hint: [...(path && path !== texts.title ? [path] : []), texts.detail],
      width: Math.max(NARROWEST_GROUP, widthOf({ ...texts, kind })),
      height: GROUP_HEIGHT,
      chips: [],
      more: 0,
      profile: this.profile(id),
      ...this.interval(id),
    };
  }

  private texts(
    id: number,
    detail: string,
  ): Pick<
    Face,
    "id" | "path" | "title" | "note" | "detail" | "titleWidth" | "noteWidth" | "detailWidth"
  > {
    const [title, note] = [this.names.title(id), this.names.note(id)];
    return {
      id,
      path: this.names.path(id),
      title,
      note,
      detail,
      titleWidth: this.measure(title, "title"),
      noteWidth: note ? this.measure(note, "note") : 0,
      detailWidth: detail ? this.measure(detail, "note") : 0,
    };
  }

  private boxHint(node: number): string[] {
    const { columns } = this.tree.graph;
    const text = ({ of, texts }: { of: Int32Array; texts: readonly string[] }): string =>
      texts[of[node]!] ?? "";
    const place = [
      text(columns.scope),
      columns.line[node] ? `line ${columns.line[node]}` : "",
    ].filter(Boolean);
    return [
      [text(columns.op), text(columns.shape)].filter(Boolean).join("  "),
      place.join(" · "),
    ].filter(Boolean);
  }

  /** Leaves first, then inputs; as many as fit two rows. */
  private chips(id: number): { chips: Chip[]; more: number; width: number; height: number } {
    const { chips: all, columns } = this.tree.graph;
    const order: number[] = [];
    for (let chip = all.from[id]!; chip < all.from[id + 1]!; chip += 1) order.push(chip);
    if (order.length === 0) return { chips: [], more: 0, width: 0, height: PLAIN_HEIGHT };
    const isLeaf = (chip: number): boolean =>
      columns.kind[all.node[chip]!] === LEAF || all.step[chip]! >= 0;
    order.sort((one, other) => Number(isLeaf(other)) - Number(isLeaf(one)) || one - other);
    const shown = order.slice(0, CHIPS_SHOWN);
    const chips: Chip[] = [];
    let [x, y, width] = [INDENT - 3, CHIP_TOP, 0];
    for (const chip of shown) {
      if (chips.length > 0 && chips.length % CHIPS_PER_ROW === 0)
        [x, y] = [INDENT - 3, y + CHIP_HEIGHT + 3];
      const text = this.chipText(all.node[chip]!);
      const cut = cutOf(columns, all.node[chip]!);
      const room = this.measure(text, "chip") + CHIP_PADDING;
      const leaf = isLeaf(chip);
      chips.push({
        node: all.node[chip]!,
        text,
        leaf,
        cut,
        size: all.size[chip]!,
        step: all.step[chip]!,
        uses: all.uses[chip]!,
        x,
        y,
        width: room,
      });
      x += room + CHIP_GAP;
      width = Math.max(width, x);
    }
    const more = order.length - shown.length;
    const last = more ? x + this.measure(`+${more}`, "chip") + CHIP_GAP : 0;
    return { chips, more, width: Math.max(width, last) + 4, height: y + CHIP_HEIGHT + 6 };
  }

  private chipText(node: number): string {
    const { columns } = this.tree.graph;
    const { name, shape, kind } = columns;
    const full = name.texts[name.of[node]!] ?? "";
    // Only parameters have a path: the dot of a constant belongs to its value.
    const last = kind[node] === LEAF ? (full.split(".").at(-1) ?? full) : full;
    const own = last || (kind[node] === LEAF ? "leaf" : "input");
    const cut = own.length > LONGEST_NAME ? `${own.slice(0, LONGEST_NAME - 1)}…` : own;
    const sizes = shape.texts[shape.of[node]!] ?? "";
    const mark = cutOf(columns, node) && "✂";
    return [mark, cut, sizes === "scalar" ? "" : sizes].filter(Boolean).join(" ");
  }

  private interval(id: number): Pick<Face, "size" | "low" | "high" | "steps" | "frames"> {
    const { graph, low, high } = this.tree;
    const [start, end] = [low[id]!, high[id]!];
    const span = { size: NOTHING, first: -1, last: -1, from: Infinity, to: 0 };
    for (let box = start; box < end; box += 1) {
      span.size = larger(span.size, graph.size[box]!);
      const step = graph.step[box]!;
      if (step >= 0 && (span.first < 0 || step < span.first)) span.first = step;
      span.last = Math.max(span.last, step);
      span.from = Math.min(span.from, graph.frame[box]!);
      span.to = Math.max(span.to, graph.frame[box]!);
    }
    return {
      size: span.size,
      low: start,
      high: end,
      steps: [span.first, span.last],
      frames: [Math.min(span.from, span.to), span.to],
    };
  }

  /** Largest gradients of equal stretches of the interval. */
  private profile(id: number): number[] {
    const [start, end] = [this.tree.low[id]!, this.tree.high[id]!];
    const bars = Math.min(BARS, end - start);
    const profile = new Array<number>(bars).fill(NOTHING);
    for (let box = start; box < end; box += 1) {
      const bar = Math.floor(((box - start) * bars) / (end - start));
      profile[bar] = larger(profile[bar]!, this.tree.graph.size[box]!);
    }
    return profile;
  }
}

function cutOf({ cut }: Columns, node: number): string {
  return cut.texts[cut.of[node]!] ?? "";
}

/** "1 op", "12 ops"; `several` where an s is not enough. */
export function counted(count: number, one: string, several = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : several}`;
}

/** All that is known of a box, in lines. */
export function hintOf({ hint, size, steps: [first, last], node }: Face): string[] {
  const norm =
    size === NOTHING ? [] : [`${node < 0 ? "largest gradient" : "gradient"} ‖${short(size)}‖`];
  if (first < 0) return [...hint, ...norm];
  return [
    ...hint,
    ...norm,
    node >= 0 || first === last ? `step ${first + 1}` : `steps ${first + 1} – ${last + 1}`,
  ];
}
