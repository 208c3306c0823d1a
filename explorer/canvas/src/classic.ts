// A figure exactly as torchviz and Graphviz drew it, in their own colours and words.
import { BoxBase } from "./boxes.js";
import { s } from "./dom.js";
import type { Figure, Label, Shape } from "./picture.js";
import type { Node } from "./records.js";

/** A box in torchviz's look; the replay dims and marks it from outside. */
export class ClassicBox extends BoxBase {
  constructor(node: Node, figure: Figure) {
    super(node, figure);
    this.element.append(...drawn(figure));
    const { x, y, width, height } = figure.bounds;
    this.element.append(s("rect", { class: "ring", x, y, width, height, rx: 2 }));
  }

  protected override draw(): void {}
}

export function drawn(figure: Figure): SVGElement[] {
  return [...figure.shapes.map(shapeElement), ...figure.labels.map(labelElement)];
}

export function shapeElement(shape: Shape): SVGElement {
  const look = {
    fill: shape.fill,
    stroke: shape.stroke,
    "stroke-dasharray": shape.dashed ? "5 2" : null,
  };
  if (shape.kind === "path") return s("path", { d: shape.geometry, ...look });
  if (shape.kind === "ellipse") {
    const [cx, cy, rx, ry] = shape.geometry.split(" ");
    return s("ellipse", { cx, cy, rx, ry, ...look });
  }
  return s(shape.kind, { points: shape.geometry, ...look });
}

function labelElement({ x, y, anchor, size, text }: Label): SVGElement {
  return s("text", { x, y, "text-anchor": anchor, "font-size": size, class: "verbatim" }, text);
}
