// The card of one node or edge: what it is, what came in, what it sends, what it keeps.
import type { Moment } from "./boxes.js";
import { KINDS, nameOf, placeOf, receiverOf, titleOf } from "./describe.js";
import { button, type Child, h } from "./dom.js";
import { bytes, count, shape, summary } from "./numbers.js";
import type { Edge, Node, Step, TensorView } from "./records.js";
import { accumulation, edgePhaseOf, gradOf, momentOf, type Replay, stepAt, subject } from "./replay.js";
import type { Pin, Store } from "./store.js";
import { tensor } from "./tensor.js";

export class Card {
  readonly element = h("aside", { class: "card", "aria-label": "Facts of the node or edge", tabindex: 0 });

  constructor(private readonly store: Store) {}

  paint(moment: Moment, source: readonly string[]): void {
    const pin = this.store.state.pin ?? this.followed(moment);
    const content = pin ? this.content(moment, pin, source) : [hint(moment)];
    this.element.replaceChildren(...content.filter((child) => child !== null));
  }

  private followed({ replay, mode, at }: Moment): Pin | null {
    const id = subject(replay, mode, at);
    return id === null ? null : { kind: "node", id };
  }

  private content(moment: Moment, pin: Pin, source: readonly string[]): (HTMLElement | null)[] {
    const { replay } = moment;
    if (pin.kind === "edge") {
      const edge = replay.edges.get(pin.id);
      return edge ? [this.holder(), ...edgeParts(moment, edge)] : [hint(moment)];
    }
    const node = replay.nodes.get(pin.id);
    return node ? [this.holder(), ...nodeParts(moment, node, source, this.store)] : [hint(moment)];
  }

  /** Whether the card follows the replay or is held. */
  private holder(): HTMLElement {
    if (!this.store.state.pin) return h("p", { class: "holder" }, "the node at work · click any box or arrow to hold it here");
    const free = button("Follow the replay again (Escape)", () => this.store.set({ pin: null }), { class: "small" }, "follow the replay");
    return h("p", { class: "holder" }, "held here ", free);
  }
}

function hint({ replay }: Moment): HTMLElement {
  const text = replay.pass.nodes.length > 0 ? "Click a box or an arrow to see its facts." : "No graph to show.";
  return h("p", { class: "quiet" }, text);
}

function nodeParts(moment: Moment, node: Node, source: readonly string[], store: Store): (HTMLElement | null)[] {
  const { mode, replay } = moment;
  const sizes = node.shape ?? node.value?.shape ?? null;
  const head = h(
    "header",
    {},
    h("span", { class: `chip ${node.kind}` }, node.op === "AccumulateGrad" ? "gradient sink" : node.kind === "op" ? "operation" : node.kind),
    h("strong", {}, titleOf(node)),
    node.op && node.name ? h("code", {}, node.name) : null,
  );
  const facts = [
    h("p", { class: "quiet" }, node.op === "AccumulateGrad" ? "adds what arrives to the leaf's .grad" : KINDS[node.kind]),
    codeOf(node, source),
    node.scope ? fact("module", node.scope) : null,
    node.view_of ? fact("a view of", nameOf(replay.nodes.get(node.view_of))) : null,
    sizes && sizes.length > 0 && !node.value ? fact("shape", shape(sizes)) : null,
    node.value ? part("value", "forward value", tensor(node.value, moment.theme)) : null,
  ];
  const gradients = mode === "backward" ? gradientParts(moment, node, store) : [];
  return [head, ...facts, ...gradients, savedPart(node)];
}

function codeOf(node: Node, source: readonly string[]): HTMLElement | null {
  if (node.line === null) return null;
  const text = source[node.line - 1]?.trim() ?? "";
  return h("p", { class: "code" }, h("span", { class: "quiet" }, placeOf(node.line, node.visit)), h("code", {}, text));
}

function gradientParts(moment: Moment, node: Node, store: Store): (HTMLElement | null)[] {
  const { replay, at, theme } = moment;
  const grad = gradOf(replay, at, node.id);
  if (grad.is === "apart") return [part("grad", "gradient", h("p", {}, "No gradient comes here."))];
  if (replay.pass.steps.length === 0) return [part("grad", "gradient", h("p", {}, "Backward has not run."))];
  if (grad.is === "none") return [part("grad", "gradient", h("p", {}, "None: nothing was sent here."))];
  if (grad.is !== "known") return [waiting(moment, node, store, grad.is === "before" ? grad.view : null)];
  const added = accumulation(replay, node.id);
  if (added) return [sumPart(replay, added, theme)];
  const own = stepAt(replay, node.id);
  if (!own) return [part("grad", node.kind === "output" ? "gradient v, where backward starts" : "gradient", tensor(grad.view, theme))];
  return [receivedPart(moment, node, own), sentPart(moment, node, own)];
}

function waiting({ replay }: Moment, node: Node, store: Store, before: TensorView | null): HTMLElement {
  const moment = momentOf(replay, "backward", node.id);
  const go = moment === null ? null : button(`Go to step ${moment + 1}`, () => store.go(moment), { class: "small" }, `go to step ${moment + 1}`);
  const text = before ? `Not run yet. .grad from before: ${summary(before)} ` : "Not run yet. ";
  return part("grad", "gradient", h("p", {}, text, go));
}

/** What arrived: one gradient per output of the node, and its contributions where paths meet. */
function receivedPart({ replay, theme }: Moment, node: Node, step: Step): HTMLElement {
  const edges = (replay.into.get(node.id) ?? []).filter((edge) => edge.gradient);
  const several = edges.length > 1;
  const parts = several ? [h("ul", { class: "terms" }, ...edges.map((edge) => term(edge, nameOf(replay.nodes.get(edge.tail)), "from")))] : [];
  const sums = step.received.map((view, output) => {
    const name = step.received.length > 1 ? h("div", { class: "shape" }, `output ${output}`) : null;
    if (!view) return step.received.length > 1 ? h("div", {}, name, h("p", { class: "quiet" }, "nothing arrived")) : null;
    return h("div", {}, name, tensor(view, theme));
  });
  const title = several ? `came in: the sum of ${edges.length} paths` : "came in";
  return part("grad", title, ...parts, ...sums);
}

function sentPart({ replay, at, mode, theme }: Moment, node: Node, step: Step): HTMLElement | null {
  const edges = (replay.from.get(node.id) ?? []).filter((edge) => edge.kind === "gradient");
  if (edges.length === 0) return null;
  const items = edges.map((edge) => {
    const nothing = edgePhaseOf(replay, mode, at, edge) === "none" || !edge.gradient;
    const to = h("div", { class: "to" }, "→ ", h("strong", {}, receiverOf(replay, edge)), ` (input ${edge.slot})`);
    return h("li", {}, to, nothing ? h("p", { class: "quiet" }, "None: nothing was sent") : edge.gradient && tensor(edge.gradient, theme));
  });
  const now = step.index === at ? "sends now" : "sent";
  return part("grad", now, h("ul", { class: "sent" }, ...items));
}

function term(edge: Edge, name: string, word: string): HTMLElement {
  const text = edge.gradient ? summary(edge.gradient) : "None";
  return h("li", {}, h("span", { class: "numbers" }, text), h("span", { class: "quiet" }, ` ${word} ${name}`));
}

/** `.grad` before + arrived = after. */
function sumPart(replay: Replay, step: Step, theme: Moment["theme"]): HTMLElement {
  const arrived = step.received.find((view) => view !== null) ?? null;
  const paths = (replay.into.get(step.node) ?? []).filter((edge) => edge.gradient);
  const row = (name: string, view: TensorView | null, none: string): HTMLElement =>
    h("li", { class: view === null || count(view.shape) === 1 ? "row" : null }, h("div", { class: "to" }, name), view ? tensor(view, theme) : h("span", { class: "quiet" }, none));
  const terms = paths.length > 1 ? [h("ul", { class: "terms" }, ...paths.map((edge) => term(edge, nameOf(replay.nodes.get(edge.tail)), "from")))] : [];
  return part(
    "grad",
    ".grad accumulates",
    h(
      "ul",
      { class: "sum" },
      row("before", step.before, "None"),
      row(paths.length > 1 ? `+ arrived: the sum of ${paths.length} paths` : "+ arrived", arrived, "nothing"),
      ...terms,
      row("= .grad after", step.total, "None"),
    ),
  );
}

function savedPart(node: Node): HTMLElement | null {
  if (node.saved.length === 0) return null;
  const items = node.saved.map((saved) =>
    h(
      "li",
      {},
      h("code", {}, saved.of && saved.of !== saved.name ? `${saved.name} = ${saved.of}` : saved.name),
      ` ${shape(saved.shape)} ${saved.dtype} · ${bytes(saved.bytes)} · version ${saved.version}`,
    ),
  );
  return part("saved", "saved for backward", h("ul", { class: "saved-list" }, ...items));
}

function edgeParts(moment: Moment, edge: Edge): (HTMLElement | null)[] {
  const { replay, mode, at, theme } = moment;
  const head = h(
    "header",
    {},
    h("span", { class: "chip edge" }, "arrow"),
    h("strong", {}, `${nameOf(replay.nodes.get(edge.tail))} → ${receiverOf(replay, edge)}`),
  );
  if (edge.kind === "data") return [head, h("p", { class: "quiet" }, "A value that was used; no gradient flows here.")];
  const facts = [fact("input of the sender", String(edge.slot)), edge.output > 0 ? fact("output of the receiver", String(edge.output)) : null];
  if (mode === "forward") return [head, ...facts, h("p", { class: "quiet" }, "Choose Backward to see the gradient on it.")];
  const phase = edgePhaseOf(replay, mode, at, edge);
  const body = phase === "waiting" ? h("p", {}, "Not run yet.") : edge.gradient ? tensor(edge.gradient, theme) : h("p", {}, "None: nothing was sent.");
  return [head, ...facts, part("grad", "gradient on this arrow", body)];
}

function part(name: string, title: string, ...children: Child[]): HTMLElement {
  return h("section", { class: `part ${name}` }, h("div", { class: "caption" }, title), ...children);
}

function fact(name: string, text: string): HTMLElement {
  return h("p", { class: "fact" }, h("span", { class: "quiet" }, name), h("code", {}, text));
}

