// What the page and the lens's worker say to each other.
import type { Columns } from "./columns.js";
import type { Progress, Shown, Want } from "./engine.js";
import type { Film } from "./film.js";

export type Request = { readonly id: number } & (
  | {
      readonly kind: "load";
      readonly graph: Columns;
      readonly source: readonly string[];
      readonly family: string;
      readonly room: readonly [number, number];
    }
  /** `sure`: also where it will take long. */
  | { readonly kind: "show"; readonly want: Want; readonly sure: boolean }
  | { readonly kind: "find"; readonly query: string }
  | { readonly kind: "paths"; readonly node: number }
  | { readonly kind: "cancel" }
);

export type Answer = { readonly id: number } & (
  | { readonly kind: "loaded"; readonly film: Film; readonly shown: Shown }
  | { readonly kind: "shown"; readonly shown: Shown }
  | { readonly kind: "progress"; readonly progress: Progress }
  /** The view would have so many boxes: ask first. */
  | { readonly kind: "large"; readonly boxes: number }
  /** A newer request, or a cancel, took this one's place. */
  | { readonly kind: "dropped" }
  | { readonly kind: "found"; readonly nodes: Int32Array }
  | { readonly kind: "paths"; readonly marks: Uint8Array }
  | { readonly kind: "failed"; readonly message: string }
);
