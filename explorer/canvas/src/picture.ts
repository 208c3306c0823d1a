// Graphviz's SVG text -> plain geometry. Only what is named here gets in; nothing is ever imported
// into the page as markup, so no script, link, image, style or handler in it can do anything.

export interface Bounds {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Label {
  readonly x: number;
  readonly y: number;
  readonly anchor: "start" | "middle" | "end";
  /** In pixels at zoom 1. */
  readonly size: number;
  readonly text: string;
}

export interface Shape {
  readonly kind: "path" | "polygon" | "ellipse" | "polyline";
  /** Path data, points, or "cx cy rx ry". */
  readonly geometry: string;
  readonly fill: string;
  readonly stroke: string;
  readonly dashed: boolean;
}

export interface Figure {
  readonly kind: "node" | "edge";
  /** The id that the DOT text gave; the title where it gave none. */
  readonly id: string;
  /** Name of the node, or "tail->head" in DOT's direction. */
  readonly title: string;
  readonly classes: readonly string[];
  readonly shapes: readonly Shape[];
  readonly labels: readonly Label[];
  /** Around the shapes; of nodes only. */
  readonly bounds: Bounds;
}

export interface Picture {
  readonly bounds: Bounds;
  readonly figures: readonly Figure[];
}

const TAG =
  /<!--[\s\S]*?-->|<[!?][^>]*>|<(\/?)([A-Za-z][\w:.-]*)((?:\s+[\w:.-]+\s*=\s*"[^"]*")*)\s*(\/?)>|([^<]+)/g;
const ATTRIBUTE = /([\w:.-]+)\s*=\s*"([^"]*)"/g;
const ENTITY = /&(?:#x([0-9a-fA-F]+)|#(\d+)|(amp|lt|gt|quot|apos|nbsp));/g;
const NAMED: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: "\u00a0",
};
const NUMBER = /-?\d+(?:\.\d+)?(?:e[-+]?\d+)?/g;
const PATH_DATA = /^[MLCQSTHVAZmlcqsthvaz0-9eE+\-.,\s]*$/;
const COLOUR = /^(?:#[0-9a-fA-F]{3,8}|[a-zA-Z]{3,24}|none)$/;
const SHAPES = new Set<string>(["path", "polygon", "ellipse", "polyline"]);

const NOWHERE: Bounds = { x: 0, y: 0, width: 0, height: 0 };

/** Elements whose attributes mean anything to us. */
const READ = new Set<string>(["svg", "g", "text", ...SHAPES]);

type Attributes = ReadonlyMap<string, string>;
const NONE: Attributes = new Map();

/** A figure while it is read. */
interface Draft {
  kind: "node" | "edge";
  id: string;
  title: string;
  classes: string[];
  shapes: Shape[];
  labels: Label[];
  depth: number;
}

/** Reads what Graphviz wrote; throws where it is not an SVG of Graphviz at all. */
export function readPicture(svg: string): Picture {
  if (!/<svg[\s>]/.test(svg)) throw new Error("the layout engine gave no picture");
  const reader = new Reader();
  for (const [, closing, name, attributes, single, text] of svg.matchAll(TAG)) {
    if (text !== undefined) reader.text(text);
    else if (name === undefined) continue;
    else if (closing) reader.close();
    else {
      reader.open(name, READ.has(name) ? attributesOf(attributes ?? "") : NONE);
      if (single) reader.close();
    }
  }
  return { bounds: reader.bounds, figures: reader.figures };
}

class Reader {
  readonly figures: Figure[] = [];
  bounds: Bounds = NOWHERE;
  private readonly path: string[] = [];
  private draft: Draft | null = null;
  private label: { attributes: Attributes; text: string } | null = null;

  open(name: string, attributes: Attributes): void {
    this.path.push(name);
    if (this.path.length <= 2) this.frame(name, attributes);
    const kind = attributes.get("class")?.split(/\s+/)[0];
    if (name === "g" && !this.draft && (kind === "node" || kind === "edge")) {
      const classes = (attributes.get("class") ?? "").split(/\s+/).slice(1);
      const id = attributes.get("id") ?? "";
      this.draft = {
        kind,
        id,
        title: "",
        classes,
        shapes: [],
        labels: [],
        depth: this.path.length,
      };
    } else if (this.draft && SHAPES.has(name)) {
      const shape = shapeOf(name as Shape["kind"], attributes);
      if (shape) this.draft.shapes.push(shape);
    } else if (this.draft && name === "text") {
      this.label = { attributes, text: "" };
    }
  }

  /** The picture's size stands in the viewBox, its origin in the first group's translation. */
  private frame(name: string, attributes: Attributes): void {
    const numbers = (
      attributes.get(name === "svg" ? "viewBox" : "transform")?.match(NUMBER) ?? []
    ).map(Number);
    if (name === "svg")
      this.bounds = { x: 0, y: 0, width: numbers[2] ?? 0, height: numbers[3] ?? 0 };
    else if (numbers.length >= 2)
      this.bounds = { ...this.bounds, x: -(numbers.at(-2) ?? 0), y: -(numbers.at(-1) ?? 0) };
  }

  text(text: string): void {
    const inside = this.path.at(-1);
    if (!this.draft) return;
    if (inside === "title") this.draft.title += decoded(text);
    else if (this.label && (inside === "text" || inside === "tspan"))
      this.label.text += decoded(text);
  }

  close(): void {
    const depth = this.path.length;
    const name = this.path.pop();
    if (!this.draft) return;
    if (name === "text" && this.label) {
      this.draft.labels.push(labelOf(this.label.attributes, this.label.text));
      this.label = null;
    }
    if (depth === this.draft.depth) this.finish(this.draft);
  }

  private finish(draft: Draft): void {
    this.draft = null;
    const bounds = draft.kind === "node" ? union(draft.shapes.map(boundsOf)) : NOWHERE;
    const { kind, title, classes, shapes, labels } = draft;
    this.figures.push({ kind, id: draft.id || title, title, classes, shapes, labels, bounds });
  }
}

function attributesOf(text: string): Attributes {
  return new Map(
    [...text.matchAll(ATTRIBUTE)].map(([, name, value]) => [name ?? "", decoded(value ?? "")]),
  );
}

function decoded(text: string): string {
  return text.replace(ENTITY, (_, hex?: string, decimal?: string, name?: string) => {
    if (name) return NAMED[name] ?? "";
    const code = hex ? parseInt(hex, 16) : parseInt(decimal ?? "", 10);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd";
  });
}

function shapeOf(kind: Shape["kind"], attributes: Attributes): Shape | null {
  const of = (name: string): string => attributes.get(name) ?? "";
  const geometry =
    kind === "path"
      ? of("d")
      : kind === "ellipse"
        ? ["cx", "cy", "rx", "ry"].map(of).join(" ")
        : of("points");
  if (!geometry || !PATH_DATA.test(geometry)) return null;
  const colour = (name: string): string => (COLOUR.test(of(name)) ? of(name) : "none");
  const dashed = attributes.has("stroke-dasharray");
  return { kind, geometry, fill: colour("fill"), stroke: colour("stroke"), dashed };
}

function labelOf(attributes: Attributes, text: string): Label {
  const of = (name: string): number => Number.parseFloat(attributes.get(name) ?? "") || 0;
  const anchor = attributes.get("text-anchor");
  return {
    x: of("x"),
    y: of("y"),
    anchor: anchor === "start" || anchor === "end" ? anchor : "middle",
    size: of("font-size") || 10,
    text,
  };
}

/** All coordinates of a shape, in pairs. */
export function pointsOf(shape: Shape): readonly (readonly [number, number])[] {
  const numbers = (shape.geometry.match(NUMBER) ?? []).map(Number);
  if (shape.kind === "ellipse") {
    const [cx = 0, cy = 0, rx = 0, ry = 0] = numbers;
    return [
      [cx - rx, cy - ry],
      [cx + rx, cy + ry],
    ];
  }
  return Array.from({ length: numbers.length >> 1 }, (_, pair) => [
    numbers[2 * pair] ?? 0,
    numbers[2 * pair + 1] ?? 0,
  ]);
}

/** The rectangle of a shape's points; control points of Graphviz's rounded boxes lie inside. */
function boundsOf(shape: Shape): Bounds {
  const points = pointsOf(shape);
  if (points.length === 0) return NOWHERE;
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

/** The smallest bounds that hold all of these. */
export function union(boxes: readonly Bounds[]): Bounds {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const box of boxes) {
    left = Math.min(left, box.x);
    top = Math.min(top, box.y);
    right = Math.max(right, box.x + box.width);
    bottom = Math.max(bottom, box.y + box.height);
  }
  if (left > right) return NOWHERE;
  return { x: left, y: top, width: right - left, height: bottom - top };
}
