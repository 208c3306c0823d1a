// One pass as a film: what every box and edge shows at a moment. Pure functions over the record.
import { NOTHING } from "./lens/columns.js";
import { numeric } from "./numbers.js";
import { Scale } from "./palette.js";
import type { Edge, Node, Pass, Step, TensorView } from "./records.js";
import { sheetOf } from "./sheet.js";
import { wideReplay } from "./wide-replay.js";

export type Mode = "forward" | "backward";

/** What a Map answers, for passes that would make very large ones. */
export interface Lookup<T> {
  get(id: string): T | undefined;
  has(id: string): boolean;
}

/** A pass with its look-ups; made once per pass. */
export interface Replay {
  readonly pass: Pass;
  readonly nodes: Lookup<Node>;
  readonly edges: Lookup<Edge>;
  /** Edges that bring a node its gradient, in slot order of their senders. */
  readonly into: Lookup<readonly Edge[]>;
  /** Edges that a node sends along (of all kinds). */
  readonly from: Lookup<readonly Edge[]>;
  /** Node -> index of the step at which its gradient is there. The output has it from the start. */
  readonly stepOf: Lookup<number>;
  /** Edge -> index of the step that sends along it. */
  readonly sentAt: Lookup<number>;
  /** Node -> index of the frame that shows it first. */
  readonly frameOf: Lookup<number>;
  /** Name of a leaf -> its node. */
  readonly leaves: Lookup<string>;
  /** Per step the 2-norm of what arrived: NaN where that is not finite, NOTHING where nothing came. */
  readonly received: Float64Array;
  /** Per frame how many nodes it made. */
  readonly made: Int32Array;
  /** Line -> its nodes. */
  readonly onLine: (line: number) => readonly string[];
  readonly scale: Scale;
}

/** What a node is doing. "apart": no gradient ever comes here. */
export type Phase = "later" | "waiting" | "now" | "done" | "apart";

/** The gradient cell of a box. */
export type Grad =
  | { readonly is: "waiting" }
  | { readonly is: "apart" }
  | { readonly is: "none" }
  | { readonly is: "before"; readonly view: TensorView }
  | { readonly is: "known"; readonly view: TensorView };

/** What an edge shows. "flow": being sent right now; "none": nothing was or will be sent. */
export type EdgePhase = "later" | "waiting" | "flow" | "done" | "none" | "data";

export function replayOf(pass: Pass): Replay {
  const sheet = sheetOf(pass);
  if (sheet) return wideReplay(pass, sheet);
  const nodes = new Map(pass.nodes.map((node) => [node.id, node]));
  const edges = new Map(pass.edges.map((edge) => [edge.id, edge]));
  const into = grouped(
    pass.edges.filter((edge) => edge.kind === "gradient"),
    (edge) => edge.head,
  );
  const from = grouped(pass.edges, (edge) => edge.tail);
  const works = new Map(pass.steps.map((step) => [step.node, step.index]));
  const sentAt = sendingSteps(pass, nodes, works);
  const stepOf = gradientSteps(pass, works, into, sentAt);
  const scale = Scale.of(pass.edges.map((edge) => edge.gradient?.norm ?? null));
  const frameOf = firstFrames(pass);
  const leaves = new Map(pass.nodes.filter(isLeaf).map(({ id, name }) => [name ?? "", id]));
  const onLine = (line: number): string[] =>
    pass.nodes.filter((node) => node.line === line).map(({ id }) => id);
  const received = Float64Array.from(pass.steps, sizeOf);
  const made = Int32Array.from(pass.frames, (frame) => frame.nodes.length);
  const moments = { stepOf, sentAt, frameOf, received, made };
  return { pass, nodes, edges, into, from, ...moments, leaves, onLine, scale };
}

function sizeOf({ received }: Step): number {
  const view = received.find((one) => one !== null);
  if (!view) return NOTHING;
  return view.nonfinite > 0 ? NaN : numeric(view.norm ?? 0);
}

function isLeaf({ kind, name }: Node): boolean {
  return kind === "leaf" && name !== null;
}

function grouped<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}

/** Edge -> step. What no step names: out of the output at the root's step, out of others at theirs. */
function sendingSteps(
  pass: Pass,
  nodes: ReadonlyMap<string, Node>,
  works: ReadonlyMap<string, number>,
): Map<string, number> {
  const sentAt = new Map<string, number>();
  for (const step of pass.steps) for (const sent of step.sent) sentAt.set(sent.edge, step.index);
  for (const edge of pass.edges) {
    if (sentAt.has(edge.id) || edge.gradient === null) continue;
    const worker = nodes.get(edge.tail)?.kind === "output" ? edge.head : edge.tail;
    const step = works.get(worker);
    if (step !== undefined) sentAt.set(edge.id, step);
  }
  return sentAt;
}

/** Node -> step at which its gradient is complete: its own, else that of the last edge into it. */
function gradientSteps(
  pass: Pass,
  works: ReadonlyMap<string, number>,
  into: ReadonlyMap<string, readonly Edge[]>,
  sentAt: ReadonlyMap<string, number>,
): Map<string, number> {
  const stepOf = new Map(works);
  for (const node of pass.nodes) {
    if (node.kind === "output") stepOf.set(node.id, -1);
    if (stepOf.has(node.id)) continue;
    const arrivals = (into.get(node.id) ?? []).map((edge) => sentAt.get(edge.id) ?? -1);
    const last = Math.max(-1, ...arrivals);
    if (last >= 0) stepOf.set(node.id, last);
  }
  return stepOf;
}

/** Node -> frame. What no frame names (AccumulateGrad) comes with its first use, the output with
 *  the operation that made it. */
function firstFrames(pass: Pass): Map<string, number> {
  const frameOf = new Map<string, number>();
  pass.frames.forEach((frame, index) => {
    for (const id of frame.nodes) if (!frameOf.has(id)) frameOf.set(id, index);
  });
  const users = grouped(pass.edges, (edge) => edge.head);
  const used = grouped(pass.edges, (edge) => edge.tail);
  // Users stand before what they use in the order of nodes, so one sweep is enough.
  for (const { id } of pass.nodes) {
    if (frameOf.has(id)) continue;
    const frames = (users.get(id) ?? []).map((edge) => frameOf.get(edge.tail)).filter(known);
    const made = (used.get(id) ?? []).map((edge) => frameOf.get(edge.head)).filter(known);
    if (frames.length > 0) frameOf.set(id, Math.min(...frames));
    else if (made.length > 0) frameOf.set(id, Math.max(...made));
  }
  return frameOf;
}

function known(frame: number | undefined): frame is number {
  return frame !== undefined;
}

/** How many moments a mode has; 0 where it has nothing to show. */
export function moments(replay: Replay, mode: Mode): number {
  return mode === "forward" ? replay.pass.frames.length : replay.pass.steps.length;
}

export function phaseOf(replay: Replay, mode: Mode, at: number, id: string): Phase {
  if (mode === "forward") {
    const frame = replay.frameOf.get(id) ?? 0;
    return frame > at ? "later" : frame === at ? "now" : "done";
  }
  const step = replay.stepOf.get(id);
  if (step === undefined) return getsGradient(replay, id) ? "waiting" : "apart";
  if (step > at) return "waiting";
  return replay.pass.steps[at]?.node === id ? "now" : "done";
}

export function edgePhaseOf(replay: Replay, mode: Mode, at: number, edge: Edge): EdgePhase {
  if (mode === "forward") {
    const frame = Math.max(replay.frameOf.get(edge.tail) ?? 0, replay.frameOf.get(edge.head) ?? 0);
    return frame > at ? "later" : frame === at ? "flow" : "done";
  }
  if (edge.kind !== "gradient") return "data";
  const step = replay.sentAt.get(edge.id);
  const asked = step ?? replay.stepOf.get(edge.tail) ?? Infinity;
  if (asked > at) return "waiting";
  if (edge.gradient === null) return "none";
  return step === at ? "flow" : "done";
}

/** The gradient of a node (for a leaf: its `.grad`) at a moment of the backward replay. */
export function gradOf(replay: Replay, at: number, id: string): Grad {
  if (!getsGradient(replay, id)) return { is: "apart" };
  const step = replay.stepOf.get(id);
  if (step === undefined) {
    const over = at >= replay.pass.steps.length - 1 && replay.pass.steps.length > 0;
    return { is: over ? "none" : "waiting" };
  }
  const view = finalGrad(replay, id);
  if (step <= at) return view ? { is: "known", view } : { is: "none" };
  const before = accumulation(replay, id)?.before;
  return before ? { is: "before", view: before } : { is: "waiting" };
}

/** The gradient that a node ends up with in this pass. */
function finalGrad(replay: Replay, id: string): TensorView | null {
  const node = replay.nodes.get(id);
  if (node?.kind === "output") return replay.pass.v ?? replay.from.get(id)?.[0]?.gradient ?? null;
  const added = accumulation(replay, id);
  if (added?.total && node?.kind === "leaf") return added.total;
  const step = stepAt(replay, id);
  if (step) return step.received.find((view) => view !== null) ?? null;
  return replay.into.get(id)?.find((edge) => edge.gradient)?.gradient ?? null;
}

/** The step in which the node itself works. */
export function stepAt(replay: Replay, id: string): Step | null {
  const index = replay.stepOf.get(id);
  const step = index === undefined ? undefined : replay.pass.steps[index];
  return step?.node === id ? step : null;
}

/** The AccumulateGrad step behind a leaf, or of the AccumulateGrad node itself. */
export function accumulation(replay: Replay, id: string): Step | null {
  const node = replay.nodes.get(id);
  if (node?.kind !== "leaf") return node?.op === "AccumulateGrad" ? stepAt(replay, id) : null;
  const edge = replay.into.get(id)?.[0];
  return edge ? stepAt(replay, edge.tail) : null;
}

function getsGradient(replay: Replay, id: string): boolean {
  const kind = replay.nodes.get(id)?.kind;
  if (kind === "op" || kind === "leaf" || kind === "output") return true;
  return replay.into.has(id);
}

/** The node that a moment is about; of a frame the newest operation. */
export function subject(replay: Replay, mode: Mode, at: number): string | null {
  if (mode === "backward") return replay.pass.steps[at]?.node ?? null;
  const made = replay.pass.frames[at]?.nodes ?? [];
  return made.findLast((id) => replay.nodes.get(id)?.kind === "op") ?? made.at(-1) ?? null;
}

/** The moment that is about a node; null where it has none in this mode. */
export function momentOf(replay: Replay, mode: Mode, id: string): number | null {
  const moment = mode === "forward" ? replay.frameOf.get(id) : replay.stepOf.get(id);
  return moment === undefined ? null : Math.max(0, moment);
}
