// Names of the record <-> places in the columns.
import type { Pass } from "../records.js";

/** By name; of a pass that travelled as columns, the names are their places. */
type Places = ReadonlyMap<string, number> | null;

export class Ids {
  private readonly nodes: Places;
  private readonly edges: Places;

  constructor(private readonly pass: Pass) {
    const named = !pass.columns;
    this.nodes = named ? new Map(pass.nodes.map(({ id }, at) => [id, at])) : null;
    this.edges = named ? new Map(pass.edges.map(({ id }, at) => [id, at])) : null;
  }

  node(at: number): string {
    return this.nodes ? (this.pass.nodes[at]?.id ?? "") : `n${at}`;
  }

  /** Place of a node; -1 for none. */
  nodeAt(id: string): number {
    return this.nodes ? (this.nodes.get(id) ?? -1) : numbered(id, "n");
  }

  edge(at: number): string {
    return this.edges ? (this.pass.edges[at]?.id ?? "") : `e${at}`;
  }

  edgeAt(id: string): number {
    return this.edges ? (this.edges.get(id) ?? -1) : numbered(id, "e");
  }
}

/** What a group is called outside of the lens. */
export function groupName(id: number): string {
  return `group-${id}`;
}

/** Id of a group; -1 where the name is none. */
export function groupAt(name: string): number {
  return /^group-\d+$/.test(name) ? Number(name.slice("group-".length)) : -1;
}

function numbered(id: string, letter: string): number {
  return id.startsWith(letter) && /^\w\d+$/.test(id) ? Number(id.slice(1)) : -1;
}
