// A view made ready for drawing: indexed by height, coloured by the size of gradients.
import type { Scale } from "../palette.js";
import { SHADES } from "../palette.js";
import type { Rect } from "./camera.js";
import { NOTHING } from "./columns.js";
import type { Face, View } from "./view.js";

/** Shade of what is not finite, and of what has no gradient. */
export const LOUD_SHADE = SHADES;
export const NO_SHADE = SHADES + 1;

/** Heights of the bands of the index, in pixels at zoom 1. */
const BAND = 240;

export class Scene {
  readonly count: number;
  readonly places = new Map<number, number>();
  readonly faces: readonly Face[];
  readonly boxShade: Uint8Array;
  readonly edgeShade: Uint8Array;
  readonly edgeWidth: Float32Array;
  /** Open groups, outermost first. */
  readonly opened: readonly number[];
  /** Closed boxes in backward time. */
  readonly closed: Int32Array;
  private readonly boxBands: Bands;
  private readonly edgeBands: Bands;

  constructor(
    readonly view: View,
    known: ReadonlyMap<number, Face>,
    scale: Scale,
  ) {
    const { id, bounds, open, edges, height } = view;
    this.count = id.length;
    id.forEach((it, at) => {
      this.places.set(it, at);
    });
    this.faces = Array.from(id, (it) => known.get(it)!);
    this.boxShade = Uint8Array.from(this.faces, (face) => shadeOf(face.size, scale));
    this.edgeShade = Uint8Array.from(edges.size, (size) => shadeOf(size, scale));
    this.edgeWidth = Float32Array.from(edges.size, (size) =>
      size === NOTHING ? 1.2 : scale.width(size),
    );
    this.opened = Array.from(id.keys()).filter((at) => open[at]);
    const closed = Array.from(id.keys()).filter((at) => !open[at]);
    closed.sort((one, other) => this.faces[one]!.low - this.faces[other]!.low);
    this.closed = Int32Array.from(closed);
    this.boxBands = new Bands(height, this.count, (at) =>
      open[at] ? null : [bounds[4 * at + 1]!, bounds[4 * at + 1]! + bounds[4 * at + 3]!],
    );
    this.edgeBands = new Bands(height, edges.key.length, (edge) => [
      edges.points[edges.from[edge]! + 1]!,
      edges.points[edges.from[edge + 1]! - 1]!,
    ]);
  }

  rect(at: number): Rect {
    const { bounds } = this.view;
    return {
      x: bounds[4 * at]!,
      y: bounds[4 * at + 1]!,
      width: bounds[4 * at + 2]!,
      height: bounds[4 * at + 3]!,
    };
  }

  /** Closed boxes between two heights, each once. */
  boxesBetween(top: number, bottom: number): Iterable<number> {
    return this.boxBands.between(top, bottom);
  }

  edgesBetween(top: number, bottom: number): Iterable<number> {
    return this.edgeBands.between(top, bottom);
  }

  /** Place of the closed box that shows a moment of backward time. */
  at(time: number): number {
    let [from, to] = [0, this.closed.length - 1];
    while (from < to) {
      const middle = (from + to + 1) >> 1;
      if (this.faces[this.closed[middle]!]!.low <= time) from = middle;
      else to = middle - 1;
    }
    return this.closed[from] ?? -1;
  }

  /** Place of the closed box that is nearest to a point; -1 where there is none. */
  nearest(x: number, y: number): number {
    let [best, least] = [-1, Infinity];
    for (const at of this.closed) {
      const it = this.rect(at);
      const across = Math.max(it.x - x, 0, x - it.x - it.width);
      const along = Math.max(it.y - y, 0, y - it.y - it.height);
      const away = Math.hypot(across, along);
      if (away < least) [best, least] = [at, away];
    }
    return best;
  }

  /** Where the root is, from left to right. */
  get root(): number {
    const { x, width } = this.rect(this.closed[0] ?? 0);
    return this.closed.length > 0 ? x + width / 2 : 0;
  }

  /** The innermost thing at a point: a closed box, else an open group; -1 for none. */
  hit(x: number, y: number): number {
    for (const at of this.boxesBetween(y, y)) if (this.holds(at, x, y)) return at;
    return this.around(x, y).at(-1) ?? -1;
  }

  /** Open groups around a point, outermost first. */
  around(x: number, y: number): number[] {
    return this.opened.filter((at) => this.holds(at, x, y));
  }

  private holds(at: number, x: number, y: number): boolean {
    const it = this.rect(at);
    return x >= it.x && x <= it.x + it.width && y >= it.y && y <= it.y + it.height;
  }
}

export function shadeOf(size: number, scale: Scale): number {
  if (size === NOTHING) return NO_SHADE;
  const place = scale.place(size);
  return place === null ? LOUD_SHADE : Math.round(place * (SHADES - 1));
}

/** Things by the heights they reach over. */
class Bands {
  private readonly bands: number[][];
  private readonly tall: number[] = [];
  private readonly band: number;

  constructor(
    height: number,
    count: number,
    span: (at: number) => readonly [number, number] | null,
  ) {
    // Not many more bands than things, however tall the drawing.
    this.band = Math.max(BAND, height / Math.max(1, count));
    this.bands = Array.from({ length: Math.ceil(height / this.band) + 1 }, () => []);
    for (let at = 0; at < count; at += 1) {
      const reach = span(at);
      if (!reach) continue;
      const [from, to] = [this.index(reach[0]), this.index(reach[1])];
      // What reaches over many bands is looked at every time rather than put into all.
      if (to - from > 8) this.tall.push(at);
      else for (let band = from; band <= to; band += 1) this.bands[band]!.push(at);
    }
  }

  private index(y: number): number {
    return Math.min(this.bands.length - 1, Math.max(0, Math.floor(y / this.band)));
  }

  *between(top: number, bottom: number): Generator<number> {
    const [from, to] = [this.index(top), this.index(bottom)];
    yield* this.tall;
    if (from === to) {
      yield* this.bands[from]!;
      return;
    }
    const seen = new Set<number>();
    for (let band = from; band <= to; band += 1) {
      for (const at of this.bands[band]!) {
        if (seen.has(at)) continue;
        seen.add(at);
        yield at;
      }
    }
  }
}
