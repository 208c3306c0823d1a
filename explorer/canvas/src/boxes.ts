// One box of the dressed picture: Graphviz gave its rectangle, the record gives what stands in it.
import { factsOf, titleOf } from "./describe.js";
import { s, setAttribute, setText } from "./dom.js";
import { glance, shape } from "./numbers.js";
import { LOUD, type Theme } from "./palette.js";
import type { Bounds, Figure, Label } from "./picture.js";
import type { Node } from "./records.js";
import { type Grad, gradOf, type Mode, phaseOf, type Replay } from "./replay.js";

const RADIUS = 6;
const INSET = 5;
const BAR = 4;
const ROW = 15;
/** From the baseline of the numbers up to the top of their cells. */
const RISE = 11;
const LONGEST = 36;

export interface Moment {
  readonly replay: Replay;
  readonly mode: Mode;
  readonly at: number;
  readonly theme: Theme;
}

/** What the figure does with boxes, whichever lens drew them. */
export interface Box {
  readonly element: SVGGElement;
  readonly node: Node;
  readonly bounds: Bounds;
  paint(moment: Moment): void;
}

/** The shared part: identity, phase, name for assistive technology. */
export abstract class BoxBase implements Box {
  readonly element: SVGGElement;
  readonly bounds: Bounds;
  private shown = "";

  constructor(
    readonly node: Node,
    figure: Figure,
  ) {
    this.bounds = figure.bounds;
    const portal = /\.\d+$/.test(figure.id);
    this.element = s("g", {
      class: ["node", node.kind, portal && "portal"].filter(Boolean).join(" "),
      "data-node-id": node.id,
      "data-box-id": figure.id,
      tabindex: 0,
      role: "button",
    });
  }

  paint(moment: Moment): void {
    const { replay, mode, at } = moment;
    const phase = phaseOf(replay, mode, at, this.node.id);
    const grad: Grad = mode === "backward" ? gradOf(replay, at, this.node.id) : { is: "waiting" };
    const shown = `${mode} ${phase} ${grad.is} ${moment.theme}`;
    if (shown === this.shown) return;
    this.shown = shown;
    setAttribute(this.element, "data-phase", phase);
    setAttribute(this.element, "aria-label", factsOf(replay, mode, at, this.node));
    setAttribute(this.element, "tabindex", phase === "later" ? -1 : 0);
    this.draw(moment, grad);
  }

  protected abstract draw(moment: Moment, grad: Grad): void;
}

export class DressedBox extends BoxBase {
  private readonly bar: SVGRectElement;
  private readonly gradCell: SVGGElement | null = null;
  private readonly gradNumber: SVGTextElement | null = null;

  constructor(node: Node, figure: Figure) {
    super(node, figure);
    const { x, y, width, height } = figure.bounds;
    const [first, ...rest] = figure.labels;
    this.bar = s("rect", { class: "bar", x, y: y + 2, width: BAR, height: height - 4, rx: 2 });
    this.element.append(s("rect", { class: "plate", x, y, width, height, rx: RADIUS }), this.bar);
    if (first) this.element.append(line("title", first, cut(titleOf(node))));
    const numbers = node.value && rest.length > 0 ? rest.at(-1) : undefined;
    for (const label of rest) {
      if (label !== numbers) this.element.append(line("subtitle", label, label.text));
    }
    if (!numbers || !node.value) return;
    const graded = node.kind === "op" || node.kind === "leaf" || node.kind === "output";
    const [left, right] = halves(figure.bounds, numbers, graded);
    this.element.append(cell("value", left, numbers, "value", glance(node.value))[0]);
    if (!right) return;
    const word = node.kind === "leaf" ? ".grad" : "grad";
    [this.gradCell, this.gradNumber] = cell("grad", right, numbers, word, "·");
    this.element.append(this.gradCell);
  }

  protected override draw({ replay, theme }: Moment, grad: Grad): void {
    const view = grad.is === "known" ? grad.view : null;
    const norm = view?.norm ?? null;
    this.bar.style.fill = norm === null ? "" : replay.scale.colour(norm, theme);
    const loud = view !== null && view.nonfinite > 0;
    this.element.classList.toggle("loud", loud);
    if (loud) this.bar.style.fill = LOUD[theme];
    if (!this.gradCell || !this.gradNumber) return;
    setAttribute(this.gradCell, "data-grad", grad.is);
    setText(this.gradNumber, gradGlance(grad));
  }
}

/** The gradient in a cell: "·" before it is known, so that it never looks like 0 or None. */
export function gradGlance(grad: Grad): string {
  switch (grad.is) {
    case "known":
    case "before":
      return glance(grad.view);
    case "none":
      return "None";
    case "waiting":
      return "·";
    case "apart":
      return "–";
  }
}

function line(name: string, label: Label, text: string): SVGTextElement {
  return s("text", { class: name, x: label.x, y: label.y, "font-size": label.size, "text-anchor": "middle" }, text);
}

function halves(box: Bounds, label: Label, both: boolean): [Bounds, Bounds | null] {
  const whole = { x: box.x + INSET + 2, y: label.y - RISE, width: box.width - 2 * INSET - 2, height: ROW };
  if (!both) return [whole, null];
  const width = (whole.width - 4) / 2;
  return [
    { ...whole, width },
    { ...whole, x: whole.x + width + 4, width },
  ];
}

function cell(
  name: string,
  place: Bounds,
  label: Label,
  word: string,
  number: string,
): [SVGGElement, SVGTextElement] {
  const text = s("text", { class: "number", x: place.x + place.width - 4, y: label.y, "text-anchor": "end" }, number);
  const group = s(
    "g",
    { class: `cell ${name}` },
    s("rect", { ...place, rx: 3 }),
    s("text", { class: "word", x: place.x + 4, y: label.y }, word),
    text,
  );
  return [group, text];
}

function cut(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`;
}

/** What a node's box says of its tensor: "3×4", where its shape is known. */
export function shapeOf(node: Node): string | null {
  const sizes = node.shape ?? node.value?.shape ?? null;
  return sizes ? shape(sizes) : null;
}
