// The nouns of `explorer/records.py`, name for name; what they mean is written there.

import type { Columns } from "./columns.js";

export type * from "./columns.js";

export const FORMAT = 2;

/** JSON has no NaN and no infinities, so they travel as words. */
export type Num = number | "nan" | "inf" | "-inf";

export type NodeKind = "op" | "leaf" | "input" | "constant" | "cut" | "output" | "saved";
export type EdgeKind = "gradient" | "data" | "cut";
export type CutKind =
  | "detach"
  | "data"
  | "no_grad"
  | "inference_mode"
  | "integer"
  | "new tensor"
  | "number";
export type PassKind = "backward" | "grad" | "automatic" | "unfinished";

export interface Program {
  readonly source: string;
  readonly seed: number;
  readonly root: string | null;
  readonly gradient: string | null;
  readonly detail: number | null;
  readonly jacobian: boolean;
  readonly check: boolean;
}

export interface TensorView {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly requires_grad: boolean;
  readonly values: readonly Num[];
  readonly imag: readonly Num[] | null;
  readonly low: Num | null;
  readonly high: Num | null;
  readonly mean: Num | null;
  readonly std: Num | null;
  readonly norm: Num | null;
  readonly zeros: number;
  readonly nonfinite: number;
  readonly heat: readonly (readonly Num[])[] | null;
  readonly truncated: boolean;
}

export interface Line {
  readonly line: number;
  readonly visit: number;
  readonly names: Readonly<Record<string, TensorView>>;
  readonly grad_fns: Readonly<Record<string, string>>;
  readonly others: Readonly<Record<string, string>>;
  readonly printed: string;
}

export interface Saved {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly bytes: number;
  /** When it was saved, and just before backward. */
  readonly version: number;
  readonly now: number;
  readonly of: string | null;
  /** Box of that very tensor; two Saved with equal (node, output) are one tensor. */
  readonly node: string | null;
  readonly output: number;
  readonly value: TensorView | null;
}

/** One run of a module's forward, of one that ran more than once; or one around such a run. */
export interface Call {
  readonly scope: string;
  readonly number: number;
  /** Place in `Pass.calls`; it stands before. */
  readonly parent: number | null;
}

export interface Node {
  readonly id: string;
  readonly kind: NodeKind;
  readonly label: string;
  readonly name: string | null;
  readonly op: string | null;
  readonly line: number | null;
  readonly visit: number | null;
  readonly columns: readonly [number, number] | null;
  readonly scope: string | null;
  /** Place in `Pass.calls`. */
  readonly call: number | null;
  readonly shape: readonly number[] | null;
  readonly value: TensorView | null;
  readonly saved: readonly Saved[];
  readonly freed: boolean | null;
  readonly settings: Readonly<Record<string, string>> | null;
  /** Of an output that is a view: box of its base. */
  readonly view_of: string | null;
  readonly retained: boolean;
  /** Pass that made this node while it ran, and the node at work there. */
  readonly made_in: number | null;
  readonly made_by: string | null;
  /** Of a "cut": what ended the graph. */
  readonly cut: CutKind | null;
}

export interface Edge {
  readonly id: string;
  readonly tail: string;
  readonly head: string;
  readonly slot: number;
  readonly output: number;
  readonly kind: EdgeKind;
  readonly gradient: TensorView | null;
}

export interface Sent {
  readonly edge: string;
  readonly gradient: TensorView | null;
}

export interface Hooked {
  readonly kind: "tensor" | "post accumulate" | "module" | "node";
  readonly name: string;
  readonly line: number | null;
  readonly before: readonly (TensorView | null)[];
  readonly after: readonly (TensorView | null)[];
}

export interface Step {
  readonly index: number;
  readonly node: string;
  readonly received: readonly (TensorView | null)[];
  readonly sent: readonly Sent[];
  readonly before: TensorView | null;
  readonly total: TensorView | null;
  readonly hooks: readonly Hooked[];
}

export interface Jacobian {
  /** Box of the leaf. */
  readonly leaf: string;
  /** One row per element of the root, one column per element of the leaf, both row-major. */
  readonly rows: readonly (readonly Num[])[];
}

export interface Frame {
  readonly line: number | null;
  readonly visit: number | null;
  readonly nodes: readonly string[];
}

export interface Drawing {
  readonly dressed: string;
  readonly classic: Readonly<Record<string, string>>;
  readonly boxes: number;
}

export interface Pass {
  readonly index: number;
  readonly how: PassKind;
  readonly root: string | null;
  readonly v: TensorView | null;
  readonly line: number | null;
  readonly visit: number | null;
  readonly order: number;
  readonly full: boolean;
  readonly nodes: readonly Node[];
  readonly edges: readonly Edge[];
  readonly steps: readonly Step[];
  readonly frames: readonly Frame[];
  readonly node_count: number;
  readonly note: string | null;
  readonly value: Num | null;
  readonly saved_bytes: number;
  readonly own_bytes: number;
  readonly calls: readonly Call[];
  /** Path of a module -> name of its class. */
  readonly modules: Readonly<Record<string, string>>;
  readonly jacobians: readonly Jacobian[];
  readonly drawing: Drawing | null;
  /** Of a pass of many nodes; `nodes`, `edges`, `steps` and `frames` then read from here. */
  readonly columns: Columns | null;
}

export interface Leaf {
  readonly name: string;
  readonly shape: readonly number[];
  readonly value: TensorView;
  readonly grad: TensorView | null;
  readonly why_none: string | null;
  readonly why_line: number | null;
  readonly line: number | null;
}

export interface Moved {
  readonly name: string;
  readonly gradient_norm: Num | null;
  readonly update_norm: Num | null;
  readonly norm: Num | null;
  readonly before: TensorView | null;
  readonly gradient: TensorView | null;
  readonly update: TensorView | null;
  readonly after: TensorView | null;
  readonly state: Readonly<Record<string, TensorView>>;
  readonly state_before: Readonly<Record<string, TensorView>>;
  readonly settings: Readonly<Record<string, number>>;
}

export interface GradChange {
  readonly leaf: string;
  readonly before: Num | null;
  readonly after: Num | null;
}

export interface Event {
  readonly index: number;
  readonly kind: string;
  readonly line: number | null;
  readonly visit: number | null;
  readonly detail: string;
  readonly pass_index: number | null;
  readonly moves: readonly Moved[];
  readonly grads: readonly GradChange[];
}

export interface Also {
  readonly line: number;
  readonly words: string;
}

export interface Fix {
  readonly code: string;
  readonly line: number;
  readonly until: number;
}

export interface Failure {
  readonly kind: string;
  readonly message: string;
  readonly line: number | null;
  readonly hint: string | null;
  readonly details: string | null;
  readonly also: readonly Also[];
  readonly fix: Fix | null;
}

export interface Alarm {
  readonly where: "forward" | "backward";
  readonly sentence: string;
  readonly hint: string | null;
  readonly pass_index: number | null;
  readonly node: string | null;
  readonly step: number | null;
  readonly line: number | null;
  readonly visit: number | null;
  readonly operands: Readonly<Record<string, TensorView>>;
}

export interface Trace {
  readonly format: number;
  readonly program: Program;
  readonly lines: readonly Line[];
  readonly passes: readonly Pass[];
  readonly leaves: readonly Leaf[];
  readonly events: readonly Event[];
  readonly printed: string;
  readonly seconds: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly failure: Failure | null;
  readonly alarm: Alarm | null;
  readonly notes: readonly string[];
  readonly fixes: Readonly<Record<string, Fix>>;
  readonly checks: readonly Check[];
  readonly derivatives: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** A leaf's gradient beside finite differences. */
export interface Check {
  readonly leaf: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly verdict: "agrees" | "differs" | "kink" | "unchecked";
  readonly elements: number;
  readonly at: readonly number[] | null;
  readonly gradient: Num | null;
  readonly slope: Num | null;
  readonly why: string | null;
}
