// Collects the boxes and edges of a view while open groups are gone through.
import type { Quotient } from "./quotient.js";
import { type Edges, edgeKey, type View } from "./view.js";

export class Sink {
  private readonly ids: number[] = [];
  private readonly parents: number[] = [];
  private readonly depths: number[] = [];
  private readonly opens: number[] = [];
  private readonly bounds: number[] = [];
  private readonly axes: number[] = [];
  private readonly edges: [Quotient, number][] = [];
  private readonly ends: [number, number, boolean][] = [];
  private readonly from = [0];
  private readonly points: number[] = [];
  private readonly keys: number[] = [];

  box(
    id: number,
    parent: number,
    depth: number,
    open: boolean,
    bounds: readonly number[],
    axis: number,
  ): void {
    this.ids.push(id);
    this.parents.push(parent);
    this.depths.push(Math.min(255, depth));
    this.opens.push(open ? 1 : 0);
    this.bounds.push(...bounds);
    this.axes.push(axis);
  }

  edge(
    quotient: Quotient,
    group: number,
    edge: number,
    tail: number,
    head: number,
    closed: boolean,
    route: readonly number[],
  ): void {
    this.edges.push([quotient, edge]);
    this.keys.push(edgeKey(group, quotient.edge[edge]!));
    this.ends.push([tail, head, closed]);
    for (const value of route) this.points.push(value);
    this.from.push(this.points.length);
  }

  columns(): Omit<View, "faces" | "width" | "height"> {
    const read = (name: "weight" | "first" | "last" | "frame"): Int32Array =>
      Int32Array.from(this.edges, ([quotient, edge]) => quotient[name][edge]!);
    const edges: Edges = {
      // The group and one edge of the record name a drawn edge in every view.
      key: Float64Array.from(this.keys),
      tail: Int32Array.from(this.ends, ([tail]) => tail),
      head: Int32Array.from(this.ends, ([, head]) => head),
      weight: read("weight"),
      size: Float64Array.from(this.edges, ([quotient, edge]) => quotient.size[edge]!),
      first: read("first"),
      last: read("last"),
      frame: read("frame"),
      arrow: Uint8Array.from(this.ends, ([, , closed]) => (closed ? 1 : 0)),
      from: Int32Array.from(this.from),
      points: Float64Array.from(this.points),
    };
    return {
      id: Int32Array.from(this.ids),
      parent: Int32Array.from(this.parents),
      depth: Uint8Array.from(this.depths),
      open: Uint8Array.from(this.opens),
      bounds: Float64Array.from(this.bounds),
      axis: Float64Array.from(this.axes),
      edges,
    };
  }
}
