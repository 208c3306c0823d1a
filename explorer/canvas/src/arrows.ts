// One edge: the line that Graphviz routed, coloured and as wide as the gradient sent along it.

import type { Moment } from "./boxes.js";
import { shapeElement } from "./classic.js";
import { edgeFacts } from "./describe.js";
import { s, setAttribute } from "./dom.js";
import { type Figure, pointsOf, type Shape } from "./picture.js";
import type { Edge } from "./records.js";
import { edgePhaseOf, type Replay } from "./replay.js";

type Point = readonly [number, number];

const WIDTH_OF_DATA = 1.2;
/** Heads grow with the line from this width on. */
const PLAIN_WIDTH = 1.8;

interface Head {
  readonly element: SVGPolygonElement;
  readonly tip: Point;
}

/** torchviz draws edges the way of the data, from the input of a computation to its result. The
 *  gradient goes the other way, so its head is the one at the start of the line. */
export class Arrow {
  readonly element: SVGGElement;
  private readonly line: SVGPathElement;
  private readonly route: string;
  private readonly gradientHead: Head | null;
  private readonly dataHead: Head | null;
  private shown = "";

  constructor(
    readonly edge: Edge,
    figure: Figure,
    private readonly classic: boolean,
  ) {
    const shape = figure.shapes.find((one) => one.kind === "path");
    this.route = shape?.geometry ?? "";
    const heads = figure.shapes.filter((one) => one.kind === "polygon");
    const ends = shape ? pointsOf(shape) : [];
    this.gradientHead = headNear(heads, ends[0], ends.at(-1));
    this.dataHead = headNear(heads, ends.at(-1), ends[0]);
    this.line = s("path", { class: "line", d: this.route });
    const classes = ["edge", edge.kind, classic && "verbatim"].filter(Boolean).join(" ");
    this.element = s(
      "g",
      { class: classes, "data-edge-id": edge.id },
      s("path", { class: "touch", d: this.route }),
    );
    this.element.append(...(classic ? figure.shapes.map(shapeElement) : [this.line]));
  }

  /** The tooltip, made when it is first wanted: a graph has hundreds of arrows. */
  tell(replay: Replay): void {
    if (this.element.firstElementChild?.tagName === "title") return;
    this.element.prepend(s("title", {}, edgeFacts(replay, this.edge)));
  }

  paint({ replay, mode, at, theme }: Moment): void {
    const phase = edgePhaseOf(replay, mode, at, this.edge);
    const shown = `${mode} ${phase} ${theme}`;
    if (shown === this.shown) return;
    this.shown = shown;
    setAttribute(this.element, "data-phase", phase);
    if (this.classic) return;
    // The arrow of data keeps its direction: nothing flows back along it.
    const backward = mode === "backward" && this.edge.kind === "gradient";
    const [head, hidden] = backward
      ? [this.gradientHead, this.dataHead]
      : [this.dataHead, this.gradientHead];
    hidden?.element.remove();
    if (head) this.element.append(head.element);
    this.line.setAttribute("d", this.extended(hidden));
    const sent = phase === "flow" || phase === "done" ? this.edge.gradient : null;
    const loud = sent !== null && sent.nonfinite > 0;
    const norm = loud ? "nan" : (sent?.norm ?? null);
    const coloured = backward && norm !== null;
    const width = coloured ? replay.scale.width(norm) : WIDTH_OF_DATA;
    const colour = coloured ? replay.scale.colour(norm, theme) : "";
    this.element.classList.toggle("loud", coloured && loud);
    this.line.style.stroke = colour;
    this.line.style.strokeWidth = `${width}px`;
    if (!head) return;
    head.element.style.fill = colour;
    scaleHead(head, Math.max(1, width / PLAIN_WIDTH));
  }

  /** The line up to the box at the end that has no visible head. */
  private extended(hidden: Head | null): string {
    if (!hidden) return this.route;
    const [x, y] = hidden.tip;
    return hidden === this.gradientHead
      ? this.route.replace(/^M\s*([-\d.]+)[,\s]+([-\d.]+)/, `M${x},${y}L$1,$2`)
      : `${this.route}L${x},${y}`;
  }
}

/** The head at this end of the line, with its tip: the corner farthest from the line. */
function headNear(heads: readonly Shape[], end?: Point, other?: Point): Head | null {
  if (!end || !other) return null;
  for (const shape of heads) {
    const points = pointsOf(shape);
    const gap = (to: Point): number => Math.min(...points.map((point) => distance(point, to)));
    if (gap(end) > gap(other)) continue;
    const tip = points.reduce((best, point) =>
      distance(point, end) > distance(best, end) ? point : best,
    );
    return { element: s("polygon", { points: shape.geometry, class: "head" }), tip };
  }
  return null;
}

function scaleHead({ element, tip: [x, y] }: Head, factor: number): void {
  const scaled = `translate(${x} ${y}) scale(${factor.toFixed(2)}) translate(${-x} ${-y})`;
  setAttribute(element, "transform", factor === 1 ? null : scaled);
}

function distance([ax, ay]: Point, [bx, by]: Point): number {
  return Math.hypot(ax - bx, ay - by);
}
