// The card of one node, edge or group: what it is, what came in, what it sends, what it keeps.
import type { Moment } from "./boxes.js";
import { gradientParts } from "./contributions.js";
import { CUTS, KINDS, moduleOf, nameOf, placeOf, receiverOf, titleOf } from "./describe.js";
import { button, h } from "./dom.js";
import { absent, backwardPart, forwardPart, reachable, saying } from "./formula.js";
import { type Bench, benchFor } from "./formulas/worked.js";
import { groupParts } from "./group-card.js";
import type { Contents } from "./lens/contents.js";
import { grouped } from "./lens/names.js";
import { shape } from "./numbers.js";
import { fact, part } from "./parts.js";
import type { Edge, Node } from "./records.js";
import { edgePhaseOf, gradOf, subject } from "./replay.js";
import { heldPart, savedPart } from "./saved.js";
import type { Pin, Store } from "./store.js";
import { tensor } from "./tensor.js";

export class Card {
  readonly element = h("aside", {
    class: "card",
    "aria-label": "Facts of the node, edge or group",
    tabindex: 0,
  });

  /** `contents`: what lies in a group of the folded view. */
  constructor(
    private readonly store: Store,
    private readonly contents: (group: string) => Contents | null,
  ) {
    // The width may change without a new moment: a scrollbar, a window, a panel beside it.
    new ResizeObserver(() => reachable(this.element)).observe(this.element);
  }

  paint(moment: Moment, source: readonly string[]): void {
    const pin = this.store.state.pin ?? this.followed(moment);
    const content = pin ? this.content(moment, pin, source) : [hint(moment)];
    const focused = this.element.matches(":focus-within");
    this.element.replaceChildren(...content.filter((child) => child !== null));
    // The button that was pressed is gone; keys go on from here.
    if (focused && !this.element.matches(":focus-within"))
      this.element.focus({ preventScroll: true });
    reachable(this.element);
  }

  private followed({ replay, mode, at }: Moment): Pin | null {
    const id = subject(replay, mode, at);
    return id === null ? null : { kind: "node", id };
  }

  private content(moment: Moment, pin: Pin, source: readonly string[]): (HTMLElement | null)[] {
    const { replay } = moment;
    if (pin.kind === "edge") {
      const edge = replay.edges.get(pin.id);
      return edge ? [this.holder(), ...edgeParts(moment, edge, pin.of ?? 1)] : [hint(moment)];
    }
    if (pin.kind === "group") {
      const contents = this.contents(pin.id);
      if (!contents) return [hint(moment)];
      return [this.holder(), ...groupParts(moment, contents, source, this.store)];
    }
    const node = replay.nodes.get(pin.id);
    return node ? [this.holder(), ...nodeParts(moment, node, source, this.store)] : [hint(moment)];
  }

  /** Whether the card follows the replay or is held. */
  private holder(): HTMLElement {
    if (!this.store.state.pin)
      return h(
        "p",
        { class: "holder" },
        "the node at work · click any box or arrow to hold it here",
      );
    const free = button(
      "Follow the replay again (Escape)",
      () => this.store.set({ pin: null }),
      { class: "small" },
      "follow the replay",
    );
    return h("p", { class: "holder" }, "held here ", free);
  }
}

function hint({ replay }: Moment): HTMLElement {
  const text =
    replay.pass.nodes.length > 0
      ? "Click a box or an arrow to see its facts."
      : "No graph to show.";
  return h("p", { class: "quiet" }, text);
}

function nodeParts(
  moment: Moment,
  node: Node,
  source: readonly string[],
  store: Store,
): (HTMLElement | null)[] {
  const { mode, replay } = moment;
  const bench = node.kind === "op" ? benchFor(replay, node) : null;
  const formulas = formulaParts(moment, node, bench, source, store);
  const sizes = node.shape ?? node.value?.shape ?? null;
  const head = h(
    "header",
    {},
    h(
      "span",
      { class: `chip ${node.kind}` },
      node.op === "AccumulateGrad" ? "gradient sink" : node.kind === "op" ? "operation" : node.kind,
    ),
    h("strong", {}, titleOf(node)),
    node.op && node.name ? h("code", {}, node.name) : null,
  );
  const facts = [
    h("p", { class: "quiet" }, saying(node, bench) ?? KINDS[node.kind]),
    codeOf(node, source),
    node.retained
      ? h(
          "p",
          {},
          `retain_grad() keeps the gradient that comes here as ${node.name ?? "its"}.grad.`,
        )
      : null,
    node.made_in === null ? null : makerPart(node, store),
    node.cut ? h("p", {}, CUTS[node.cut]) : null,
    node.cut && node.name ? fact("cut off", node.name) : null,
    node.scope ? fact("module", moduleOf(replay.pass, node.scope)) : null,
    node.view_of ? fact("a view of", nameOf(replay.nodes.get(node.view_of))) : null,
    sizes && sizes.length > 0 && !node.value ? fact("shape", shape(sizes)) : null,
    node.value && !bench ? part("value", "forward value", tensor(node.value, moment.theme)) : null,
  ];
  const gradients =
    mode === "backward" && node.kind !== "cut" ? gradientParts(moment, node, store, bench) : [];
  // What just happens stands first.
  const parts =
    gradients.length > 0 && bench ? [...gradients, ...formulas] : [...formulas, ...gradients];
  return [head, ...facts, ...parts, savedPart(node), heldPart(replay.pass, node)];
}

/** A node of the gradients' own graph: which pass made it, and while which node was at work. */
function makerPart(node: Node, store: Store): HTMLElement {
  const made = store.state.shown?.trace.passes[node.made_in ?? -1];
  const maker = made?.nodes.find((one) => one.id === node.made_by);
  const who = maker
    ? `${titleOf(maker)}${maker.line === null ? "" : ` of line ${maker.line}`}`
    : "backward";
  return h(
    "p",
    {},
    `Made by pass ${(node.made_in ?? 0) + 1} while ${who} was at work: it is part of that gradient's own computation.`,
  );
}

/** Formulas; those of what was sent stand beside the numbers, so here only while there are none. */
function formulaParts(
  { replay, mode, at, theme }: Moment,
  node: Node,
  bench: Bench | null,
  source: readonly string[],
  store: Store,
): (HTMLElement | null)[] {
  if (node.kind !== "op" || node.op === "AccumulateGrad") return [];
  if (!bench) return [absent(node, store.state.shown?.trace.derivatives ?? {}, source)];
  const sent = mode === "backward" && gradOf(replay, at, node.id).is === "known";
  const edges = (replay.from.get(node.id) ?? []).filter((edge) => edge.kind === "gradient");
  return [forwardPart(node, bench, theme), sent ? null : backwardPart(replay, bench, edges)];
}

function codeOf(node: Node, source: readonly string[]): HTMLElement | null {
  if (node.line === null) return null;
  const text = source[node.line - 1]?.trim() ?? "";
  return h(
    "p",
    { class: "code" },
    h("span", { class: "quiet" }, placeOf(node.line, node.visit)),
    h("code", {}, text),
  );
}

const ASIDE: Readonly<Record<"data" | "cut", string>> = {
  data: "A value that was used; no gradient flows here.",
  cut: "The value came from here, but its history was cut: no gradient flows.",
};

/** `of`: how many edges the arrow stands for. */
function edgeParts(moment: Moment, edge: Edge, of: number): (HTMLElement | null)[] {
  const { replay, mode, at, theme } = moment;
  const head = h(
    "header",
    {},
    h("span", { class: "chip edge" }, "arrow"),
    h("strong", {}, `${nameOf(replay.nodes.get(edge.tail))} → ${receiverOf(replay, edge)}`),
  );
  if (edge.kind !== "gradient") return [head, h("p", { class: "quiet" }, ASIDE[edge.kind])];
  const facts = [
    of > 1 ? h("p", {}, `The largest of ${grouped(of)} edges that are drawn as this arrow.`) : null,
    fact("input of the sender", String(edge.slot)),
    edge.output > 0 ? fact("output of the receiver", String(edge.output)) : null,
  ];
  if (mode === "forward")
    return [
      head,
      ...facts,
      h("p", { class: "quiet" }, "Choose Backward to see the gradient on it."),
    ];
  const phase = edgePhaseOf(replay, mode, at, edge);
  const body =
    phase === "waiting"
      ? h("p", {}, "Not run yet.")
      : edge.gradient
        ? tensor(edge.gradient, theme)
        : h("p", {}, "None: nothing was sent.");
  return [head, ...facts, part("grad", "gradient on this arrow", body)];
}
