// Names of the record <-> places in the columns.
import type { Pass } from "../records.js";

/** A pass as the record has it, or its columns as they travelled (ids are then "n0", "e0", ...). */
export type Graph = Pass | Uint8Array | string;

export function isRecord(graph: Graph): graph is Pass {
  return typeof graph === "object" && !(graph instanceof Uint8Array);
}

export class Ids {
  private readonly pass: Pass | null;
  private readonly nodes: ReadonlyMap<string, number>;

  constructor(graph: Graph) {
    this.pass = isRecord(graph) ? graph : null;
    this.nodes = new Map(this.pass?.nodes.map((node, at) => [node.id, at]));
  }

  node(at: number): string {
    return this.pass ? (this.pass.nodes[at]?.id ?? "") : `n${at}`;
  }

  edge(at: number): string {
    return this.pass ? (this.pass.edges[at]?.id ?? "") : `e${at}`;
  }

  /** Place of a node; -1 for none. */
  nodeAt(id: string): number {
    return this.pass ? (this.nodes.get(id) ?? -1) : numbered(id, "n");
  }

  edgeAt(id: string): number {
    return this.pass ? this.pass.edges.findIndex((edge) => edge.id === id) : numbered(id, "e");
  }
}

function numbered(id: string, letter: string): number {
  return id.startsWith(letter) && /^\w\d+$/.test(id) ? Number(id.slice(1)) : -1;
}
