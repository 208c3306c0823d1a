// The replay in words: every backward step as a sentence with its formula and its numbers. Twin of
// `explorer/words.py`.
import { expanded } from "./formulas/instance.js";
import { Speller } from "./formulas/spelling.js";
import type { Tree } from "./formulas/table.js";
import { type Bench, benchFor, operandOf } from "./formulas/worked.js";
import { apart, marked } from "./namesakes.js";
import { summary } from "./numbers.js";
import type { Edge, Node, Pass, Step, TensorView } from "./records.js";
import type { Replay } from "./replay.js";

/** Where the pass starts, and with which v. */
export function heading(pass: Pass, many: number): string {
  const which = many > 1 ? `Pass ${pass.index + 1} of ${many}: backward` : "Backward";
  const place = pass.line === null ? "" : `, line ${pass.line}`;
  const v = pass.v && pass.steps.length > 0 ? `, v = ${summary(pass.v)}` : "";
  return `${which} from ${pass.root ?? "a tensor"}${place}${v}.`;
}

/** Why a pass has no steps to tell; null where it has. */
export function noSteps(pass: Pass): string | null {
  if (pass.steps.length > 0) return null;
  return pass.how === "unfinished" ? "Backward has not run." : "Its steps were not kept.";
}

/** What one step received, and what it sent by which formula. */
export function sentence(replay: Replay, step: Step): string {
  const node = replay.nodes.get(step.node);
  if (!node) return "";
  if (node.op === "AccumulateGrad") return accumulated(replay, node, step);
  const bench = benchFor(replay, node);
  const moved = bench?.row.rearranges ? " It only rearranges." : "";
  const sent = step.sent.flatMap(({ edge: id }) => {
    const edge = replay.edges.get(id);
    return edge ? [sending(replay, bench, edge)] : [];
  });
  return [`${who(replay, node)} received ${received(replay, node, step)}.${moved}`, ...sent].join(
    " ",
  );
}

/** "MulBackward0 (loss, line 6)", with the visit where the line made several. */
function who(replay: Replay, node: Node): string {
  const place = node.line === null ? null : `line ${node.line}`;
  const [, visit] = apart(replay.pass, node);
  const about = [node.name, place, visit].filter(Boolean).join(", ");
  const what = node.op || node.label;
  return about ? `${what} (${about})` : what;
}

/** "G = 6 + 6 = 12"; one sum for each output that got something. */
function received(replay: Replay, node: Node, step: Step): string {
  const texts = step.received.flatMap((view, output) => {
    if (!view) return [];
    const which = step.received.length > 1 ? `at output ${output} ` : "";
    return [`${which}G = ${sum(replay, node, output, view)}`];
  });
  return texts.length > 0 ? texts.join(" and ") : "nothing";
}

function sum(replay: Replay, node: Node, output: number, view: TensorView): string {
  const paths = (replay.into.get(node.id) ?? []).flatMap((edge) =>
    edge.output === output && edge.gradient ? [edge.gradient] : [],
  );
  if (paths.length < 2) return summary(view);
  if (paths.every((path) => path.shape.length === 0)) return `${plus(paths)} = ${summary(view)}`;
  return `${summary(view)}, the sum of ${paths.length} paths`;
}

/** "2 + (-3)". */
function plus(terms: readonly TensorView[]): string {
  return terms
    .map(summary)
    .map((text, place) => (place && text.startsWith("-") ? `(${text})` : text))
    .join(" + ");
}

function sending(replay: Replay, bench: Bench | null, edge: Edge): string {
  const to = operandOf(replay, edge);
  const name = to ? marked(to.name || to.op || to.label, replay.pass, to) : "?";
  if (!edge.gradient) return `To ${name}: nothing.`;
  const tree = bench?.sent(edge.slot) ?? null;
  if (!bench || tree === null) return `To ${name}: ${summary(edge.gradient)} (no formula here).`;
  const names = bench.names(tree);
  const formula = new Speller(bench.row.words, names ?? undefined).spell(tree);
  const equation = equated(bench, edge, edge.gradient, formula);
  const key = names ? "" : legend(bench, tree);
  return `To ${name}: ${equation}${undone(bench, edge.gradient)}${key}.`;
}

/** " (x: h; Y: result of TBackward0)". */
function legend(bench: Bench, tree: Tree): string {
  const entries = [...new Set(bench.speller.visible(tree))].flatMap((symbol) => {
    const name = bench.meaning(symbol);
    return name ? [`${symbol}: ${name}`] : [];
  });
  return entries.length > 0 ? ` (${entries.join("; ")})` : "";
}

/** "G · x = 14 · 3 = 42"; of a larger tensor one element beside the whole. */
function equated(bench: Bench, edge: Edge, gradient: TensorView, formula: string): string {
  const numbers = bench.row.rearranges ? null : bench.backward(edge.slot, gradient);
  const whole = `${formula} = ${summary(gradient)}`;
  if (!numbers || numbers.text === numbers.result) return whole;
  if (!numbers.place) return `${formula} = ${numbers.text} = ${numbers.result}`;
  return `${whole}, at ${numbers.place} ${numbers.text} = ${numbers.result}`;
}

/** What the engine added up because forward had repeated it. */
function undone(bench: Bench, gradient: TensorView): string {
  const full = bench.received;
  if (!bench.row.broadcasts || !full) return "";
  const axes = expanded(gradient.shape, full.shape);
  if (axes.length === 0) return "";
  const named = `ax${axes.length === 1 ? "is" : "es"} ${axes.join(", ")}`;
  return `, summed over ${named}, along which it was repeated`;
}

/** "w.grad was 5; 3 + 1 = 4 arrived: now 5 + 4 = 9." */
function accumulated(replay: Replay, node: Node, step: Step): string {
  const leaf = replay.nodes.get(replay.from.get(node.id)?.[0]?.head ?? "");
  const name = `${leaf?.name || "a leaf"}.grad`;
  const arrived = step.received.find((view) => view !== null) ?? null;
  if (!arrived) return `Nothing arrived for ${name}: it stays as it was.`;
  const before = step.before ? summary(step.before) : "None";
  const both =
    step.before && arrived.shape.length === 0 ? `${plus([step.before, arrived])} = ` : "";
  const came = sum(replay, node, 0, arrived);
  const stop = came.endsWith("paths") ? "," : "";
  if (!step.total)
    return `${name} was ${before}; ${came}${stop} arrived, and a hook has emptied it: now None.`;
  return `${name} was ${before}; ${came}${stop} arrived: now ${both}${summary(step.total)}.`;
}
