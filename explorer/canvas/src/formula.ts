// The formula part of a card: what an operation does, and by which formula with which numbers.
import { receiverOf } from "./describe.js";
import { button, h, setAttribute } from "./dom.js";
import { expanded } from "./formulas/instance.js";
import type { Words } from "./formulas/spelling.js";
import { OWN, SENTENCES, type Tree } from "./formulas/table.js";
import { equation, type Side } from "./formulas/typeset.js";
import type { Bench, Numbers } from "./formulas/worked.js";
import { count, shape, short, summary } from "./numbers.js";
import type { Theme } from "./palette.js";
import { part } from "./parts.js";
import type { Edge, Node, TensorView } from "./records.js";
import type { Replay } from "./replay.js";
import { tensor } from "./tensor.js";

/** Characters of numbers that fit behind their formula. */
const FITTING = 16;

type Derivatives = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** What an operation does, in a sentence; null where nothing can be said. */
export function saying(node: Node, bench: Bench | null): string | null {
  if (bench) return bench.row.does;
  const op = node.op ?? "";
  if (SENTENCES[op] !== undefined) return SENTENCES[op];
  return /Backward$/.test(op) ? OWN : null;
}

/** The forward formula with its numbers, what its symbols stand for, and what came out. */
export function forwardPart(node: Node, bench: Bench, theme: Theme): HTMLElement {
  const { forward, words, where, rearranges } = bench.row;
  const numbers = rearranges ? null : bench.forward();
  const lines = worked(["z", forward], numbers, words, (flat) => bench.forward(flat));
  return part(
    "value",
    "forward",
    ...lines,
    definitions(where, bench),
    legendOf(bench),
    node.value && !tells(numbers) ? tensor(node.value, theme) : null,
  );
}

/** What the backward does, before its numbers are there: one formula per input. */
export function backwardPart(replay: Replay, bench: Bench, edges: readonly Edge[]): HTMLElement {
  const items = edges.map((edge) => {
    const tree = bench.sent(edge.slot);
    const to = h("span", { class: "to" }, "→ ", h("strong", {}, receiverOf(replay, edge)));
    return h("li", {}, to, tree === null ? null : line([tree], bench.row.words));
  });
  return part(
    "formula",
    "backward",
    h("p", {}, product(bench)),
    h("ul", { class: "sent" }, ...items),
    ...conventions(bench),
  );
}

/** What a backward does in a sentence. */
export function product(bench: Bench): string {
  return `Vector-Jacobian product: ${bench.row.back[0]?.toLowerCase()}${bench.row.back.slice(1)}`;
}

/** What went along one edge: its formula with the numbers, and the tensor where they leave it. */
export function sentParts(bench: Bench, edge: Edge, theme: Theme): readonly (HTMLElement | null)[] {
  const { words, rearranges } = bench.row;
  const tree = bench.sent(edge.slot);
  const { gradient } = edge;
  const numbers = rearranges ? null : bench.backward(edge.slot, gradient);
  return [
    ...(tree === null
      ? []
      : worked([tree], numbers, words, (flat) => bench.backward(edge.slot, gradient, flat))),
    gradient && repeated(bench, gradient),
    gradient && !tells(numbers) ? tensor(gradient, theme) : null,
  ];
}

/** What must be said besides the formulas: rules at corners, ties and settings. */
export function conventions(bench: Bench): readonly HTMLElement[] {
  const { corners = [], note, rearranges } = bench.row;
  const quiet = (...children: (HTMLElement | string)[]): HTMLElement =>
    h("p", { class: "quiet" }, ...children);
  const said = corners.map(({ says, at }) => {
    const met = at === undefined ? null : bench.meets(at);
    if (!met?.found) return quiet(says);
    const where = met.all ? elements(met.found) : `${met.found} of the first ${met.of} elements`;
    return quiet(says, h("strong", {}, ` Here at ${where}.`));
  });
  if (rearranges) said.unshift(quiet("Only rearranges: the same numbers in other places."));
  if (note) said.push(quiet(note));
  return said;
}

function elements(number: number): string {
  return number === 1 ? "1 element" : `${number} elements`;
}

/** No formula: PyTorch's own words where it has some. */
export function absent(
  node: Node,
  derivatives: Derivatives,
  source: readonly string[],
): HTMLElement {
  const op = node.op ?? "";
  const own = ownClass(op, source);
  if (own !== null)
    return part("formula", "formula", h("p", {}, `See class ${own.name}, line ${own.line}.`));
  const known = Object.entries(derivatives[op] ?? {});
  const words =
    known.length > 0
      ? ["No formula here. PyTorch's derivatives.yaml says:"]
      : ["No formula here: none is proven for this operation in this setting."];
  const items = known.map(([input, text]) =>
    h("li", {}, h("span", { class: "quiet" }, `${input}: `), h("code", {}, text)),
  );
  return part(
    "formula",
    "formula",
    h("p", {}, ...words),
    items.length ? h("ul", { class: "yaml" }, ...items) : null,
  );
}

/** Where the program defines a Function of its own. */
function ownClass(op: string, source: readonly string[]): { name: string; line: number } | null {
  if (!op.endsWith("Backward")) return null;
  const name = op.slice(0, -"Backward".length);
  const line = source.findIndex((text) => text.trim().startsWith(`class ${name}(`));
  return line < 0 ? null : { name, line: line + 1 };
}

/** "G · y = 14 · 3 = 42" in one line; of a larger tensor the formula, and one element below. */
function worked(
  formula: readonly Tree[],
  numbers: Numbers | null,
  words: Words | undefined,
  of: Elements,
): HTMLElement[] {
  if (!numbers) return [line(formula, words)];
  const steps = numbers.text === numbers.result ? [] : [numbers.tree];
  const sides = [...steps, { text: numbers.result }];
  if (!numbers.place) {
    const long = numbers.text.length > FITTING;
    return long
      ? [line(formula, words), line(sides, words, true)]
      : [line([...formula, ...sides], words)];
  }
  if (steps.length === 0) return [line(formula, words)];
  return [line(formula, words), element(numbers, words, of)];
}

/** The numbers of one element of a tensor. */
type Elements = (flat: number) => Numbers | null;

/** One element with its numbers, and a way to the others. */
function element(first: Numbers, words: Words | undefined, of: Elements): HTMLElement {
  const holder = h("div", { class: "element" });
  const show = (numbers: Numbers, flat: number): void => {
    const go = (to: number, name: string, mark: string): HTMLElement => {
      const there = of(to);
      const it = button(name, () => there && show(there, to), { class: "small" }, mark);
      it.disabled = there === null;
      return it;
    };
    holder.replaceChildren(
      h(
        "div",
        { class: "chosen" },
        h("span", { class: "quiet" }, `element ${numbers.place}`),
        go(flat - 1, "Element before", "‹"),
        go(flat + 1, "Next element", "›"),
      ),
      line([numbers.tree, { text: numbers.result }], words),
    );
    reachable(holder);
  };
  show(first, 0);
  return holder;
}

/** Whether the numbers say all that there is of a tensor. */
function tells(numbers: Numbers | null): boolean {
  return numbers !== null && numbers.place === "";
}

/** A formula in a row of its own; it scrolls where it is wider than the card. */
function line(sides: readonly Side[], words: Words | undefined, goesOn = false): HTMLElement {
  return h("div", { class: "line" }, equation(sides, words, goesOn));
}

/** What scrolls must be reachable by keyboard; to be called when the card is on the page. */
export function reachable(card: HTMLElement): void {
  for (const it of card.querySelectorAll<HTMLElement>(".line"))
    setAttribute(it, "tabindex", it.scrollWidth > it.clientWidth ? 0 : null);
}

function definitions(
  where: Readonly<Record<string, Tree>> | undefined,
  bench: Bench,
): HTMLElement | null {
  const entries = Object.entries(where ?? {});
  if (entries.length === 0) return null;
  const lines = entries.map(([symbol, tree]) => line([symbol, tree], bench.row.words));
  return h("div", { class: "where" }, h("span", { class: "quiet" }, "with"), ...lines);
}

/** Symbol, what the program calls it, and its value. */
function legendOf(bench: Bench): HTMLElement | null {
  const { inputs, saved = {} } = bench.row;
  const symbols = [...Object.keys(inputs), ...Object.keys(saved), "z"];
  const rows = symbols.flatMap((symbol) => {
    const meaning = bench.meaning(symbol);
    const plain = bench.plain(symbol);
    if (plain !== null && !meaning) return [entry(symbol, "", short(plain))];
    const view = bench.view(symbol);
    if (!meaning) return view ? [entry(symbol, "", summary(view))] : [];
    const own = symbol === "z" && meaning.startsWith("result of");
    return [entry(symbol, own ? "the result" : meaning, view ? summary(view) : "")];
  });
  if (rows.length === 0) return null;
  return h("dl", { class: "legend" }, ...rows);
}

function entry(symbol: string, name: string, value: string): HTMLElement {
  return h(
    "div",
    {},
    h("dt", {}, equation([symbol], undefined)),
    h(
      "dd",
      {},
      name ? h("code", {}, name) : null,
      value && value !== name ? h("span", { class: "numbers" }, value) : null,
    ),
  );
}

/** Which axes forward had repeated, and the sum that undoes it. */
function repeated(bench: Bench, gradient: TensorView): HTMLElement | null {
  const full = bench.received?.shape;
  if (!bench.row.broadcasts || !full) return null;
  const axes = expanded(gradient.shape, full);
  if (axes.length === 0) return null;
  const named = `ax${axes.length === 1 ? "is" : "es"} ${axes.join(", ")}`;
  const size = count(gradient.shape) === 1 ? "one number" : shape(gradient.shape);
  return h(
    "p",
    { class: "quiet" },
    `Broadcast: forward repeated ${size} along ${named} to ${shape(full)}; backward sums over ${named}.`,
  );
}
