// The gradient part of a card: contributions, their sum, and what goes on to whom.
import type { Moment } from "./boxes.js";
import { nameOf, placeOf, receiverOf } from "./describe.js";
import { button, h } from "./dom.js";
import { conventions, product, sentParts } from "./formula.js";
import type { Bench } from "./formulas/worked.js";
import { count, summary } from "./numbers.js";
import { part } from "./parts.js";
import type { Edge, Hooked, Node, Step, TensorView } from "./records.js";
import { accumulation, edgePhaseOf, gradOf, momentOf, type Replay, stepAt } from "./replay.js";
import type { Store } from "./store.js";
import { tensor } from "./tensor.js";

/** The gradient side of a node at a moment: what came in, what it sends, what it adds up. */
export function gradientParts(
  moment: Moment,
  node: Node,
  store: Store,
  bench: Bench | null,
): (HTMLElement | null)[] {
  const { replay, at, theme } = moment;
  const grad = gradOf(replay, at, node.id);
  if (grad.is === "apart") return [part("grad", "gradient", h("p", {}, "No gradient comes here."))];
  if (replay.pass.steps.length === 0)
    return [part("grad", "gradient", h("p", {}, "Backward has not run."))];
  if (grad.is === "none")
    return [part("grad", "gradient", h("p", {}, "None: nothing was sent here."))];
  if (grad.is !== "known")
    return [waiting(moment, node, store, grad.is === "before" ? grad.view : null)];
  const added = accumulation(replay, node.id);
  if (added) return [sumPart(replay, added, theme)];
  const own = stepAt(replay, node.id);
  if (!own)
    return [
      part(
        "grad",
        node.kind === "output" ? "gradient v, where backward starts" : "gradient",
        tensor(grad.view, theme),
      ),
    ];
  return [receivedPart(moment, node, own, bench !== null), sentPart(moment, node, own, bench)];
}

/** Contributions that are listed of one sum: a shared weight may have thousands. */
const MOST_TERMS = 12;

const HOOKS: Readonly<Record<Hooked["kind"], string>> = {
  tensor: "hook of the tensor",
  "post accumulate": "hook after accumulation",
  module: "backward hook of the module",
  node: "hook of the autograd node",
};

/** What hooks of the program made of a gradient: "12 → 24 by double, line 6 (hook of the tensor)". */
function hookTerms(hooks: readonly Hooked[]): HTMLElement | null {
  if (hooks.length === 0) return null;
  const items = hooks.flatMap((hook) =>
    hook.after.map((after, index) => {
      const [old, now] = [hook.before[index] ?? null, after].map((view) =>
        view ? summary(view) : "None",
      );
      return h(
        "li",
        {},
        h("span", { class: "numbers" }, `${old} → ${now}`),
        h("span", { class: "quiet" }, " by ", h("code", {}, hook.name), hookPlace(hook)),
      );
    }),
  );
  return h("ul", { class: "terms hooks" }, ...items);
}

function hookPlace({ line, kind }: Hooked): string {
  const place = placeOf(line, null);
  return `${place ? `, ${place}` : ""} (${HOOKS[kind]})`;
}

/** Hooks before a node works, and after it: only those of accumulation come after. */
function hooksOf(step: Step, after: boolean): readonly Hooked[] {
  return step.hooks.filter(({ kind }) => (kind === "post accumulate") === after);
}

function waiting(
  { replay }: Moment,
  node: Node,
  store: Store,
  before: TensorView | null,
): HTMLElement {
  const moment = momentOf(replay, "backward", node.id);
  const go =
    moment === null
      ? null
      : button(
          `Go to step ${moment + 1}`,
          () => store.go(moment),
          { class: "small" },
          `go to step ${moment + 1}`,
        );
  const text = before ? `Not run yet. .grad from before: ${summary(before)} ` : "Not run yet. ";
  return part("grad", "gradient", h("p", {}, text, go));
}

/** What arrived: one gradient per output of the node, and its contributions where paths meet. */
function receivedPart(
  { replay, theme }: Moment,
  node: Node,
  step: Step,
  named: boolean,
): HTMLElement {
  const edges = (replay.into.get(node.id) ?? []).filter((edge) => edge.gradient);
  const several = edges.length > 1;
  const parts = several ? [termsOf(replay, edges)] : [];
  const sums = step.received.map((view, output) => {
    const name = step.received.length > 1 ? h("div", { class: "shape" }, `output ${output}`) : null;
    if (!view)
      return step.received.length > 1
        ? h("div", {}, name, h("p", { class: "quiet" }, "nothing arrived"))
        : null;
    return h("div", {}, name, tensor(view, theme));
  });
  const changed = hookTerms(hooksOf(step, false));
  const what = named ? "G came in" : "came in";
  const title = `${what}${several ? `: the sum of ${edges.length} paths` : ""}${changed ? ", then a hook" : ""}`;
  return part("grad", title, ...parts, changed, ...sums);
}

function sentPart(
  { replay, at, mode, theme }: Moment,
  node: Node,
  step: Step,
  bench: Bench | null,
): HTMLElement | null {
  const edges = (replay.from.get(node.id) ?? []).filter((edge) => edge.kind === "gradient");
  if (edges.length === 0) return null;
  const items = edges.map((edge) => {
    const nothing = edgePhaseOf(replay, mode, at, edge) === "none" || !edge.gradient;
    const to = h(
      "div",
      { class: "to" },
      "→ ",
      h("strong", {}, receiverOf(replay, edge)),
      ` (input ${edge.slot})`,
    );
    return h(
      "li",
      {},
      to,
      ...(nothing
        ? [h("p", { class: "quiet" }, "None: nothing was sent")]
        : bench
          ? sentParts(bench, edge, theme)
          : [edge.gradient && tensor(edge.gradient, theme)]),
    );
  });
  const now = step.index === at ? "sends now" : "sent";
  return part(
    "grad",
    now,
    bench && h("p", {}, product(bench)),
    h("ul", { class: "sent" }, ...items),
    ...(bench ? conventions(bench) : []),
  );
}

/** The contributions of a sum, the first of them where there are many. */
function termsOf(replay: Replay, edges: readonly Edge[]): HTMLElement {
  const items = edges
    .slice(0, MOST_TERMS)
    .map((edge) => term(edge, nameOf(replay.nodes.get(edge.tail)), "from"));
  const more = edges.length - items.length;
  if (more > 0) items.push(h("li", { class: "quiet" }, `and ${more.toLocaleString("en")} more`));
  return h("ul", { class: "terms" }, ...items);
}

function term(edge: Edge, name: string, word: string): HTMLElement {
  const text = edge.gradient ? summary(edge.gradient) : "None";
  return h(
    "li",
    {},
    h("span", { class: "numbers" }, text),
    h("span", { class: "quiet" }, ` ${word} ${name}`),
  );
}

/** `.grad` before + arrived = after. */
function sumPart(replay: Replay, step: Step, theme: Moment["theme"]): HTMLElement {
  const arrived = step.received.find((view) => view !== null) ?? null;
  const paths = (replay.into.get(step.node) ?? []).filter((edge) => edge.gradient);
  const row = (name: string, view: TensorView | null, none: string): HTMLElement =>
    h(
      "li",
      { class: view === null || count(view.shape) === 1 ? "row" : null },
      h("div", { class: "to" }, name),
      view ? tensor(view, theme) : h("span", { class: "quiet" }, none),
    );
  const terms = paths.length > 1 ? [termsOf(replay, paths)] : [];
  return part(
    "grad",
    ".grad accumulates",
    h(
      "ul",
      { class: "sum" },
      row("before", step.before, "None"),
      row(
        paths.length > 1 ? `+ arrived: the sum of ${paths.length} paths` : "+ arrived",
        arrived,
        "nothing",
      ),
      ...terms,
      hookTerms(hooksOf(step, false)),
      hookTerms(hooksOf(step, true)),
      row("= .grad after", step.total, "None"),
    ),
  );
}
