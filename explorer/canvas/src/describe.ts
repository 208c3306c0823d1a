// The record in words: titles, places and the sentence of each step. Also what screen readers get.
import { operandOf } from "./formulas/worked.js";
import { apart, marked } from "./namesakes.js";
import { short, summary } from "./numbers.js";
import type { CutKind, Edge, Node, Pass, Step, TensorView } from "./records.js";
import { accumulation, type Grad, gradOf, type Mode, moments, type Replay } from "./replay.js";

export const KINDS: Readonly<Record<Node["kind"], string>> = {
  op: "sends each input its gradient",
  leaf: "collects its gradient in .grad",
  input: "does not require grad, so no gradient comes here",
  constant: "gets no gradient",
  cut: "the graph ends here: no gradient passes",
  output: "backward starts here",
  saved: "tensor saved for backward",
};

/** What each kind of cut does, as a sentence about what comes out of it. */
export const CUTS: Readonly<Record<CutKind, string>> = {
  detach: "detach() gives the same numbers without their history.",
  data: ".data gives the same numbers without their history, and autograd does not notice changes.",
  no_grad: "Under no_grad nothing is recorded.",
  inference_mode: "In inference mode nothing is recorded.",
  integer: "Comparisons, indices and integers have no gradient.",
  "new tensor": "A tensor made from the numbers of another one is a new leaf.",
  number: "A Python number has no history.",
};

const WHY_NONE: Readonly<Record<string, string>> = {
  unused: "no operation used it",
  unreached: "it was used, but no path from where backward started leads here",
  "not asked": "backward was asked for other leaves only",
  stopped: "backward stopped with an error before it came here",
  returned: "torch.autograd.grad returns gradients and leaves .grad alone",
  "nothing sent": "None was sent here",
  emptied: "there was one, and it was emptied",
  no_requires_grad: "requires_grad is False",
  detach: "detach() cut it off",
  data: ".data cut it off",
  no_grad: "no_grad cut it off",
  inference_mode: "inference mode cut it off",
  integer: "integers and comparisons get no gradient",
  "new tensor": "it was copied into a new tensor, which has no history",
  number: "it left the graph as a Python number",
};

/** "None – detach() cut it off (line 5)", or that backward has not run. */
export function whyNone(why: string | null, line: number | null = null): string {
  if (why === "not run yet") return "not run yet";
  const place = line === null ? "" : ` (line ${line})`;
  return why ? `None – ${WHY_NONE[why] ?? why}${place}` : "None";
}

/** What a reader calls a node: variable first, else operation. */
export function nameOf(node: Node | undefined): string {
  if (!node) return "?";
  if (node.kind === "cut") return node.label;
  return node.name ?? node.op ?? (node.label.trim() || "(unnamed)");
}

/** The heading of a node: the operation, or the tensor's variable. */
export function titleOf(node: Node): string {
  if (node.kind === "cut") return `✂ ${node.label}`;
  return node.op ?? node.name ?? (node.label.trim() || "(unnamed)");
}

/** "model.0 Linear": path of a module and its class, where that is known. */
export function moduleOf({ modules }: Pass, path: string): string {
  return Object.hasOwn(modules, path) ? `${path} ${modules[path]}` : path;
}

/** "line 4", with the visit where the line ran more than once. */
export function placeOf(line: number | null, visit: number | null): string | null {
  if (line === null) return null;
  return visit !== null && visit > 1 ? `line ${line}, visit ${visit}` : `line ${line}`;
}

function gradText(grad: Grad): string {
  switch (grad.is) {
    case "known":
      return summary(grad.view);
    case "before":
      return `${summary(grad.view)} from before`;
    case "none":
      return "None";
    case "waiting":
      return "not run yet";
    case "apart":
      return "no gradient comes here";
  }
}

/** All facts of a box in one sentence. */
export function factsOf(replay: Replay, mode: Mode, at: number, node: Node): string {
  const value = node.value ? `value ${summary(node.value)}` : null;
  const here = mode === "backward" ? gradOf(replay, at, node.id) : null;
  const grad = here && `${here.is === "apart" ? "" : "gradient "}${gradText(here)}`;
  const name = node.name !== null && titleOf(node) !== node.name ? node.name : null;
  const facts = [titleOf(node), name, placeOf(node.line, node.visit), value, grad];
  return facts.filter((fact) => fact !== null).join(", ");
}

/** What happens at this moment. */
export function sentenceOf(replay: Replay, mode: Mode, at: number): string {
  if (moments(replay, mode) === 0) {
    return mode === "backward" ? "Backward has not run in this pass." : "";
  }
  return mode === "backward" ? backwardSentence(replay, at) : forwardSentence(replay, at);
}

function backwardSentence(replay: Replay, at: number): string {
  const step = replay.pass.steps[at];
  const node = step && replay.nodes.get(step.node);
  if (!step || !node) return "";
  const came = step.received.filter((view): view is TensorView => view !== null);
  const received = `${came.length > 0 ? came.map(summary).join(" and ") : "nothing"}${hooked(step)}`;
  const added = accumulation(replay, node.id);
  if (added?.total) {
    const leaf = nameOf(replay.nodes.get(replay.from.get(node.id)?.[0]?.head ?? ""));
    const before = added.before ? summary(added.before) : "None";
    return `${leaf}.grad was ${before}, ${received} arrived: now ${summary(added.total)}.`;
  }
  const about = [node.name, ...apart(replay.pass, node)].filter(Boolean).join(", ");
  const who = about ? `${titleOf(node)} (${about})` : titleOf(node);
  const sends = step.sent.map((sent) => sending(replay, replay.edges.get(sent.edge)));
  return `${who} received ${received}${sends.length > 0 ? ` and sends ${sends.join(", ")}` : ""}.`;
}

/** " (60 before the hook in line 8)", of the first hook that changed what came in. */
function hooked(step: Step): string {
  const hook = step.hooks.find((one) => one.kind !== "post accumulate");
  const before = hook?.before.find((view) => view !== null);
  if (!hook || !before) return "";
  const place = hook.line === null ? "a hook" : `the hook in line ${hook.line}`;
  return ` (${summary(before)} before ${place})`;
}

function sending(replay: Replay, edge: Edge | undefined): string {
  if (!edge) return "nothing";
  const gradient = edge.gradient ? summary(edge.gradient) : "nothing";
  const to = operandOf(replay, edge);
  return `${gradient} to ${to ? marked(nameOf(to), replay.pass, to) : "?"}`;
}

/** Name of who gets an edge's gradient; AccumulateGrad is called by its leaf. */
export function receiverOf(replay: Replay, edge: Edge): string {
  return nameOf(operandOf(replay, edge));
}

/** False of what a line did not make by itself: constants, sinks, the output of its operation. */
function isNews(node: Node): boolean {
  return !["output", "constant", "cut"].includes(node.kind) && node.op !== "AccumulateGrad";
}

function forwardSentence(replay: Replay, at: number): string {
  const frame = replay.pass.frames[at];
  if (!frame) return "";
  const made = frame.nodes
    .map((id) => replay.nodes.get(id))
    .filter((node) => node !== undefined)
    .filter((node, _, all) => all.length === 1 || isNews(node));
  const texts = made.map((node) => {
    const value = node.value ? ` = ${summary(node.value)}` : "";
    return node.op && node.name ? `${node.name}${value} by ${node.op}` : `${nameOf(node)}${value}`;
  });
  const place = placeOf(frame.line, frame.visit);
  const more = texts.length > 4 ? ` and ${texts.length - 4} more` : "";
  return `${place ? `${place[0]?.toUpperCase()}${place.slice(1)}` : "Here"} made ${texts.slice(0, 4).join("; ")}${more}.`;
}

/** "pass 2 of 3 · line 9 · loss.backward()". */
export function passTitle(pass: Pass, count: number, call: string | null): string {
  const made: Readonly<Record<Pass["how"], string>> = {
    backward: call ?? `${pass.root ?? "root"}.backward()`,
    grad: call ?? "torch.autograd.grad",
    automatic: `${pass.root ?? "the root"}.backward(), called by the explorer`,
    unfinished: "backward has not run",
  };
  const parts = [
    `pass ${pass.index + 1} of ${count}`,
    placeOf(pass.line, pass.visit),
    made[pass.how],
  ];
  if (pass.order > 1) parts.push(`order ${pass.order}`);
  if (!pass.full) parts.push("summary only");
  return parts.filter((part) => part !== null).join(" · ");
}

/** "gradient 2.5 (norm 2.5)" for an edge's label. */
export function edgeFacts(replay: Replay, edge: Edge): string {
  const ends = `from ${nameOf(replay.nodes.get(edge.tail))} to ${receiverOf(replay, edge)}`;
  if (edge.kind === "data") return `value ${ends}: no gradient flows here`;
  if (edge.kind === "cut") return `cut ${ends}: a gradient would have gone here`;
  if (!edge.gradient) return `gradient ${ends}: nothing was sent`;
  const norm = edge.gradient.norm === null ? "" : `, norm ${short(edge.gradient.norm)}`;
  return `gradient ${ends}: ${summary(edge.gradient)}${norm}`;
}
