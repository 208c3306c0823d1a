// What goes to the screen: plain arrays and short texts, made in the worker, drawn by the page.

/** Widths of texts in pixels, by font. */
export type Font = "title" | "note" | "chip";
export type Measure = (text: string, font: Font) => number;

/** Sizes in pixels at zoom 1; the renderer and the layout must agree on them. */
export const FONTS: Readonly<Record<Font, { readonly weight: number; readonly size: number }>> = {
  title: { weight: 600, size: 13 },
  note: { weight: 400, size: 11 },
  chip: { weight: 500, size: 10.5 },
};

export function fontText(font: Font, family: string, grown = 1): string {
  const { weight, size } = FONTS[font];
  return `${weight} ${size * grown}px ${family}`;
}

/** A leaf or input on the box that uses it; place and size within the box. */
export interface Chip {
  readonly node: number;
  readonly text: string;
  readonly leaf: boolean;
  /** What cut it off from its graph; "" for nothing. */
  readonly cut: string;
  /** 2-norm of what arrives over this use; -1 for nothing. */
  readonly size: number;
  readonly step: number;
  readonly uses: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

/** What a box says, whether it is open or closed. */
export interface Face {
  readonly id: number;
  /** As in tree.ts. */
  readonly kind: number;
  /** Node of the record; -1 for groups. */
  readonly node: number;
  readonly output: boolean;
  readonly title: string;
  readonly note: string;
  readonly detail: string;
  /** What it is in full, in lines. */
  readonly hint: readonly string[];
  readonly width: number;
  readonly height: number;
  readonly titleWidth: number;
  readonly noteWidth: number;
  readonly detailWidth: number;
  readonly chips: readonly Chip[];
  /** Chips that had no room. */
  readonly more: number;
  /** Largest gradient inside; -1 for none, NaN or Infinity where one is not finite. */
  readonly size: number;
  /** Largest gradient over backward time, for groups. */
  readonly profile: readonly number[];
  /** Interval of backward time: boxes low .. high - 1. */
  readonly low: number;
  readonly high: number;
  /** First and last step of its operations (their leaves may come later), and of the forward replay. */
  readonly steps: readonly [number, number];
  readonly frames: readonly [number, number];
}

/** One arrangement of boxes and edges. Open groups stand before what they hold. */
export interface View {
  readonly width: number;
  readonly height: number;
  readonly id: Int32Array;
  readonly parent: Int32Array;
  readonly depth: Uint8Array;
  readonly open: Uint8Array;
  /** x, y, width, height of each box; y from the side of the root. */
  readonly bounds: Float64Array;
  /** Where the main edge enters an open group, from its left side; 0 elsewhere. */
  readonly axis: Float64Array;
  readonly edges: Edges;
  /** Faces that were not sent before. */
  readonly faces: readonly Face[];
}

export interface Edges {
  /** Equal in two views for the same edge. */
  readonly key: Float64Array;
  /** Boxes or groups at its ends; -1 where it goes on outside of its group. */
  readonly tail: Int32Array;
  readonly head: Int32Array;
  readonly weight: Int32Array;
  readonly size: Float64Array;
  readonly first: Int32Array;
  readonly last: Int32Array;
  readonly frame: Int32Array;
  /** 1 where it ends at a closed box. */
  readonly arrow: Uint8Array;
  /** Triples (x, y, y') of edge e: points[from[e]] .. points[from[e + 1] - 1]. */
  readonly from: Int32Array;
  readonly points: Float64Array;
}

/** Drawn edges are named by group and edge of the record. */
const RECORD_EDGES = 2 ** 26;

export function edgeKey(group: number, edge: number): number {
  return group * RECORD_EDGES + edge;
}

export function recordEdge(key: number): number {
  return key % RECORD_EDGES;
}

/** The arrays of a view, for a transfer without copies. */
export function buffersOf(view: View): ArrayBuffer[] {
  const { edges } = view;
  const arrays = [
    view.id,
    view.parent,
    view.depth,
    view.open,
    view.bounds,
    view.axis,
    ...Object.values(edges),
  ];
  return arrays.map((array: { buffer: ArrayBufferLike }) => array.buffer as ArrayBuffer);
}
