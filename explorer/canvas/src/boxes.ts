// One box of the dressed picture: Graphviz gave its rectangle, the record gives what stands in it.
import { factsOf, titleOf } from "./describe.js";
import { s, setAttribute, setText } from "./dom.js";
import { widthOf } from "./letters.js";
import { glance } from "./numbers.js";
import { LOUD, type Theme } from "./palette.js";
import type { Bounds, Figure, Label } from "./picture.js";
import type { Node } from "./records.js";
import { type Grad, gradOf, type Mode, phaseOf, type Replay } from "./replay.js";

const RADIUS = 6;
const BAR = 4;
/** Free room at the left (after the bar) and right of a box's text. */
const SIDE = 7;
/** A box with numbers, from its top: baselines of title and subtitle; from its bottom: the cells. */
const TITLE = 14.6;
const SUBTITLE = 26;
const CELL = { height: 15.5, below: 3, baseline: 7 } as const;
/** Our letters are mostly narrower than the Courier that Graphviz measured: they may be larger. */
const GROWTH = { title: 1.3, subtitle: 0.98 } as const;
const WEIGHT = { title: 650, subtitle: 400 } as const;
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
      class: ["node", node.kind, portal && "portal", node.made_in !== null && "made"]
        .filter(Boolean)
        .join(" "),
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
    this.bar = s("rect", {
      class: "bar",
      x: x + 1,
      y: y + 2,
      width: BAR,
      height: height - 4,
      rx: 2,
    });
    this.element.append(s("rect", { class: "plate", x, y, width, height, rx: RADIUS }), this.bar);
    const numbers = node.value !== null && rest.length > 0;
    if (first)
      this.element.append(
        line("title", first, titleOf(node), figure.bounds, numbers ? y + TITLE : first.y),
      );
    const second = rest.length > 1 || !numbers ? rest[0] : undefined;
    if (second)
      this.element.append(
        line("subtitle", second, second.text, figure.bounds, numbers ? y + SUBTITLE : second.y),
      );
    if (!numbers || !node.value) return;
    const graded = node.kind === "op" || node.kind === "leaf" || node.kind === "output";
    const [left, right] = cells(figure.bounds, graded);
    this.element.append(cell("value", left, "value", glance(node.value))[0]);
    if (!right) return;
    const word = node.kind === "leaf" ? ".grad" : "grad";
    [this.gradCell, this.gradNumber] = cell("grad", right, word, "·");
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
function gradGlance(grad: Grad): string {
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

/** A centred line of text, as large as fits. */
function line(
  name: keyof typeof GROWTH,
  label: Label,
  whole: string,
  box: Bounds,
  y: number,
): SVGTextElement {
  const text = cut(whole);
  const room = (box.width - 2 * SIDE) / Math.max(0.1, widthOf(text, WEIGHT[name]));
  const size = Math.min(label.size * GROWTH[name], room);
  const place = {
    x: box.x + box.width / 2 + BAR / 2,
    y,
    "font-size": size.toFixed(1),
    "text-anchor": "middle",
  };
  return s("text", { class: name, ...place }, text);
}

function cells(box: Bounds, both: boolean): [Bounds, Bounds | null] {
  const whole = {
    x: box.x + SIDE,
    y: box.y + box.height - CELL.height - CELL.below,
    width: box.width - SIDE - BAR,
    height: CELL.height,
  };
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
  word: string,
  number: string,
): [SVGGElement, SVGTextElement] {
  const y = place.y + place.height - CELL.baseline + CELL.below;
  const text = s(
    "text",
    { class: "number", x: place.x + place.width - 4, y, "text-anchor": "end" },
    number,
  );
  const group = s(
    "g",
    { class: `cell ${name}` },
    s("rect", { ...place, rx: 3 }),
    s("text", { class: "word", x: place.x + 4, y: y - 0.5 }, word),
    text,
  );
  return [group, text];
}

function cut(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`;
}
