// What the explorer lens is given, and what it tells.
import type { Pass } from "../records.js";
import type { Pin } from "../store.js";
import type { Port } from "./client.js";
import type { Palette } from "./colours.js";

export interface Status {
  /** Boxes on screen; all boxes with everything open; nodes of the record. */
  readonly boxes: number;
  readonly all: number;
  readonly nodes: number;
}

export interface Options {
  readonly pass: Pass;
  /** The program's text, by lines. */
  readonly source: readonly string[];
  readonly palette: Palette;
  /** Makes the end of a worker (or of a server on this thread) that answers for one lens. */
  readonly port: () => Port;
  readonly onSelect: (pin: Pin | null) => void;
  /** Nodes under the pointer; null for none. */
  readonly onHover: (nodes: readonly string[] | null) => void;
  /** Another view is on screen. */
  readonly onView?: (status: Status) => void;
  readonly onError?: (error: Error) => void;
}

/** What a search found, one after the other. */
export interface Finds {
  readonly count: number;
  /** Goes to the next one (or the one before) and opens what hides it; its place, from 0. */
  step(by: 1 | -1): Promise<number>;
  clear(): void;
}
