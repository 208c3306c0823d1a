// The picture of one pass as SVG: boxes and arrows that follow the replay, and the camera.
import { Arrow } from "./arrows.js";
import { type Box, DressedBox, type Moment } from "./boxes.js";
import { Camera } from "./camera.js";
import { ClassicBox, drawn } from "./classic.js";
import { s } from "./dom.js";
import { type Bounds, type Figure as Drawn, type Picture, union } from "./picture.js";
import type { Edge } from "./records.js";
import { type Replay, subject } from "./replay.js";
import { svgOf } from "./saving.js";
import type { Pin } from "./store.js";

export class Figure {
  readonly element: SVGSVGElement;
  readonly camera: Camera;
  private readonly stage: SVGGElement;
  private boxes: Box[] = [];
  private arrows: Arrow[] = [];
  private replay: Replay | null = null;
  private bounds: Bounds = { x: 0, y: 0, width: 0, height: 0 };
  private readonly boxesOf = new Map<string, Box[]>();

  /** `pick` hears of clicks; null: on the background. `point` hears of the pointer. */
  constructor(
    stop: AbortSignal,
    private readonly pick: (pin: Pin | null) => void,
    private readonly point: (nodes: readonly string[] | null) => void,
  ) {
    this.stage = s("g", { class: "stage" });
    this.element = s("svg", { class: "figure", role: "group", "aria-label": "Graph" }, this.stage);
    this.camera = new Camera(this.element, this.stage, stop);
    this.listen(stop);
  }

  /** Draws a picture anew. `classic`: in torchviz's own look. */
  show(picture: Picture, moment: Moment, classic: boolean): void {
    const { replay } = moment;
    this.replay = replay;
    this.bounds = picture.bounds;
    const edges = figuresOf(picture, "edge");
    const nodes = figuresOf(picture, "node");
    this.boxes = [];
    this.boxesOf.clear();
    const find = edgeFinder(replay);
    const elements: SVGElement[] = [];
    this.arrows = [];
    for (const drawing of edges) {
      const edge = find(drawing);
      if (!edge) {
        elements.push(s("g", { class: `aside${classic ? " verbatim" : ""}` }, ...drawn(drawing)));
        continue;
      }
      const arrow = new Arrow(edge, drawing, classic);
      this.arrows.push(arrow);
      elements.push(arrow.element);
    }
    for (const drawing of nodes) elements.push(this.boxFor(drawing, replay, classic));
    this.element.classList.toggle("classic", classic);
    this.paint(moment);
    this.stage.replaceChildren(...elements);
    const root = this.boxes.find((box) => box.node.kind === "output") ?? this.boxes[0];
    this.camera.look(picture.bounds, root?.bounds ?? null);
  }

  private boxFor(drawing: Drawn, replay: Replay, classic: boolean): SVGElement {
    const node = replay.nodes.get(ownerOf(drawing.id)) ?? replay.nodes.get(ownerOf(drawing.title));
    const extra = /\.(s\d+|base)$/.test(drawing.id);
    if (!node || extra)
      return s("g", { class: `aside${classic ? " verbatim" : ""}` }, ...drawn(drawing));
    const box = classic ? new ClassicBox(node, drawing) : new DressedBox(node, drawing);
    this.boxes.push(box);
    const known = this.boxesOf.get(node.id);
    if (known) known.push(box);
    else this.boxesOf.set(node.id, [box]);
    return box.element;
  }

  /** The whole picture as an SVG file. */
  svg(): string {
    return svgOf(this.element, this.bounds);
  }

  get count(): number {
    return this.boxes.length;
  }

  paint(moment: Moment): void {
    for (const box of this.boxes) box.paint(moment);
    for (const arrow of this.arrows) arrow.paint(moment);
  }

  /** Brings the node at work into view, and in a backward pass what it sends to. */
  follow({ replay, mode, at }: Moment): void {
    const id = subject(replay, mode, at);
    const box = id === null ? undefined : this.boxesOf.get(id)?.[0];
    if (!box) return;
    const sent = mode === "backward" ? (replay.from.get(box.node.id) ?? []) : [];
    const receivers = sent.flatMap(({ gradient, head }) =>
      gradient ? (this.nearest(head, box.bounds) ?? []) : [],
    );
    this.camera.follow(box.bounds, union([box.bounds, ...receivers]));
  }

  /** Bounds of a node's box; of several, the closest to a place. */
  private nearest(id: string, { x, y }: Bounds): Bounds | undefined {
    const away = (one: Bounds): number => Math.hypot(one.x - x, one.y - y);
    const boxes = this.boxesOf.get(id)?.map(({ bounds }) => bounds);
    return boxes?.sort((one, other) => away(one) - away(other))[0];
  }

  mark(pin: Pin | null): void {
    for (const box of this.boxes) {
      const on = pin?.kind === "node" && pin.id === box.node.id;
      box.element.classList.toggle("pinned", on);
    }
    for (const { edge, element } of this.arrows) {
      element.classList.toggle("pinned", pin?.kind === "edge" && pin.id === edge.id);
    }
  }

  glow(nodes: readonly string[]): void {
    for (const element of this.stage.querySelectorAll(".glow")) element.classList.remove("glow");
    for (const id of nodes) {
      for (const box of this.boxesOf.get(id) ?? []) box.element.classList.add("glow");
    }
  }

  private listen(stop: AbortSignal): void {
    const on = { signal: stop };
    this.element.addEventListener("click", (event) => this.pick(targetOf(event)), on);
    this.element.addEventListener(
      "pointerover",
      (event) => {
        const pin = targetOf(event);
        if (pin?.kind === "edge" && this.replay)
          this.arrows.find((arrow) => arrow.edge.id === pin.id)?.tell(this.replay);
        this.point(pin?.kind === "node" ? [pin.id] : null);
      },
      on,
    );
    this.element.addEventListener("pointerleave", () => this.point(null), on);
    this.element.addEventListener(
      "focusin",
      (event) => {
        const pin = targetOf(event);
        const box = pin && this.boxesOf.get(pin.id)?.[0];
        if (box && (event.target as Element).matches(":focus-visible"))
          this.camera.follow(box.bounds);
      },
      on,
    );
  }
}

function figuresOf(picture: Picture, kind: Drawn["kind"]): Drawn[] {
  return picture.figures.filter((figure) => figure.kind === kind);
}

/** What an event happened on. */
function targetOf(event: Event): Pin | null {
  const element = (event.target as Element).closest("[data-node-id], [data-edge-id]");
  const node = element?.getAttribute("data-node-id");
  if (node) return { kind: "node", id: node };
  const edge = element?.getAttribute("data-edge-id");
  return edge ? { kind: "edge", id: edge } : null;
}

/** Box or edge id -> id in the record: "n7.2" is the second portal of "n7". */
export function ownerOf(id: string): string {
  return id.split(".")[0] ?? id;
}

/** Finds the record's edge by id, else by its ends; each edge is given once for its ends. */
function edgeFinder(replay: Replay): (drawing: Drawn) => Edge | null {
  const left = new Map<string, Edge[]>();
  for (const edge of replay.pass.edges) {
    const ends = `${edge.head}->${edge.tail}`;
    left.set(ends, [...(left.get(ends) ?? []), edge]);
  }
  return (drawing) => {
    const named = replay.edges.get(ownerOf(drawing.id));
    if (named) return named;
    const [tail = "", head = ""] = drawing.title.split("->");
    return left.get(`${ownerOf(tail)}->${ownerOf(head)}`)?.shift() ?? null;
  };
}
