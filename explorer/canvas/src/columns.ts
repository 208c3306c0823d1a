// The nouns of `explorer/columns.py`: a large pass as columns. They travel as base64; sheet.ts reads them.
import type { Hooked, TensorView } from "./records.js";

export interface TensorColumns {
  readonly count: number;
  readonly shape: string;
  readonly dtype: string;
  readonly requires_grad: string;
  readonly low: string;
  readonly high: string;
  readonly mean: string;
  readonly std: string;
  readonly norm: string;
  readonly zeros: string;
  readonly nonfinite: string;
}

export interface NodeColumns {
  readonly count: number;
  readonly kind: string;
  readonly label: string;
  readonly op: string;
  readonly name: string;
  readonly scope: string;
  readonly call: string;
  readonly line: string;
  readonly visit: string;
  readonly start: string;
  readonly end: string;
  readonly shape: string;
  readonly value: string;
  readonly view_of: string;
  readonly made_in: string;
  readonly made_by: string;
  readonly cut: string;
  readonly retained: string;
  readonly settings: string;
  readonly freed: string;
}

export interface SavedColumns {
  readonly count: number;
  readonly owner: string;
  readonly name: string;
  readonly shape: string;
  readonly dtype: string;
  readonly size: string;
  readonly version: string;
  readonly now: string;
  readonly of: string;
  readonly node: string;
  readonly output: string;
  readonly value: string;
}

export interface EdgeColumns {
  readonly count: number;
  readonly tail: string;
  readonly head: string;
  readonly slot: string;
  readonly output: string;
  readonly kind: string;
  readonly gradient: string;
}

export interface HookedStep {
  readonly step: number;
  readonly hooks: readonly Hooked[];
}

export interface StepColumns {
  readonly count: number;
  readonly node: string;
  readonly outputs: string;
  readonly received: string;
  readonly before: string;
  readonly total: string;
  readonly hooked: readonly HookedStep[];
}

export interface FrameColumns {
  readonly count: number;
  readonly line: string;
  readonly visit: string;
  readonly size: string;
  readonly nodes: string;
}

export interface Columns {
  readonly words: readonly string[];
  readonly shapes: readonly (readonly number[])[];
  readonly tensors: readonly TensorView[];
  readonly statistics: TensorColumns;
  readonly nodes: NodeColumns;
  readonly saved: SavedColumns;
  readonly settings: readonly Readonly<Record<string, string>>[];
  readonly edges: EdgeColumns;
  readonly steps: StepColumns;
  readonly frames: FrameColumns;
}
