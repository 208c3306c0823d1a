// One frame: background, open groups, edges, titles, boxes; only what is in the window.
import { type Brush, colourOf, SPOTS } from "./brush.js";
import { meets, type Rect } from "./camera.js";
import { paintFrame, paintTitle } from "./frames.js";
import { paintPlate } from "./plates.js";
import { NO_SHADE } from "./scene.js";
import { paintPulse, paintWire, routeOf } from "./wires.js";

const DOTS = 26;
/** Dots closer than this, in pixels on screen, would be a grey sheet. */
const DENSEST = 11;
/** From this many edges on, far away, all of one shade are drawn as one path of straight lines. */
const MANY = 2000;

/** Paints; returns how many things were drawn. */
export function paint(brush: Brush): number {
  const { ctx, ratio, camera, palette, scene, tween } = brush;
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.fillStyle = palette.sheet;
  ctx.fillRect(0, 0, camera.width, camera.height);
  dots(brush);
  const { zoom, x, y } = camera;
  ctx.setTransform(ratio * zoom, 0, 0, ratio * zoom, ratio * x, ratio * y);
  const window = camera.window;
  const frames = scene.opened
    .map((at) => ({ at, rect: tween?.rect(at) ?? scene.rect(at), alpha: tween?.shown(at) ?? 1 }))
    .filter(({ rect }) => meets(rect, window));
  for (const { at, rect, alpha } of frames) paintFrame(brush, scene.view.id[at]!, rect, alpha);
  let drawn = frames.length + paintEdges(brush, window);
  for (const { at, rect, alpha } of frames)
    paintTitle(brush, scene.faces[at]!, rect, scene.view.axis[at]!, alpha);
  drawn += paintBoxes(brush, window);
  for (const leaving of tween?.leaving ?? [])
    paintLeaving(brush, leaving.at, tween!.leave(leaving));
  return drawn;
}

function dots({ ctx, camera, palette }: Brush): void {
  const gap = DOTS * camera.zoom;
  if (gap < DENSEST) return;
  ctx.fillStyle = palette.dot;
  const start = (offset: number): number => ((offset % gap) + gap) % gap;
  for (let x = start(camera.x); x < camera.width; x += gap) {
    for (let y = start(camera.y); y < camera.height; y += gap) ctx.fillRect(x, y, 1.4, 1.4);
  }
}

/** While things move, what moves into the window may come from anywhere. */
function visible(brush: Brush, { y, height }: Rect, what: "boxes" | "edges"): Iterable<number> {
  const { scene, tween } = brush;
  if (tween) return what === "boxes" ? scene.closed : scene.view.edges.key.keys();
  return what === "boxes" ? scene.boxesBetween(y, y + height) : scene.edgesBetween(y, y + height);
}

function paintEdges(brush: Brush, window: Rect): number {
  const { edges } = brush.scene.view;
  if (brush.detail === SPOTS && !brush.tween && edges.key.length > MANY)
    return paintFar(brush, window);
  const flowing: [number, Float64Array][] = [];
  let drawn = 0;
  for (const edge of visible(brush, window, "edges")) {
    const points = routeOf(brush, edge);
    if (!meets(around(points), window)) continue;
    drawn += 1;
    if (paintWire(brush, edge, points)) flowing.push([edge, points]);
  }
  for (const [edge, points] of flowing) paintPulse(brush, edge, points);
  return drawn;
}

function around(points: Float64Array): Rect {
  let [left, right] = [Infinity, -Infinity];
  for (let i = 0; i < points.length; i += 3) {
    left = Math.min(left, points[i]!);
    right = Math.max(right, points[i]!);
  }
  const [top, bottom] = [points[1]!, points[points.length - 1]!];
  return {
    x: left - 4,
    y: Math.min(top, bottom),
    width: right - left + 8,
    height: Math.abs(bottom - top) + 0.01,
  };
}

/** Straight lines, all of one shade at once. */
function paintFar({ ctx, palette, camera, scene, moment }: Brush, window: Rect): number {
  const { edges } = scene.view;
  const lists = new Map<number, number[]>();
  let drawn = 0;
  for (const edge of scene.edgesBetween(window.y, window.y + window.height)) {
    const state = moment.edge(edge);
    const shade =
      moment.mode === "backward" && state !== "waiting" ? scene.edgeShade[edge]! : NO_SHADE;
    const list = lists.get(shade);
    if (list) list.push(edge);
    else lists.set(shade, [edge]);
    drawn += 1;
  }
  ctx.lineWidth = 1 / camera.zoom;
  for (const [shade, list] of lists) {
    ctx.strokeStyle = colourOf(palette, shade);
    ctx.beginPath();
    for (const edge of list) {
      const [from, to] = [edges.from[edge]!, edges.from[edge + 1]! - 3];
      ctx.moveTo(edges.points[from]!, camera.turned(edges.points[from + 1]!));
      ctx.lineTo(edges.points[to]!, camera.turned(edges.points[to + 2]!));
    }
    ctx.stroke();
  }
  return drawn;
}

function paintBoxes(brush: Brush, window: Rect): number {
  const { scene, tween } = brush;
  let drawn = 0;
  for (const at of visible(brush, window, "boxes")) {
    const rect = tween?.rect(at) ?? scene.rect(at);
    if (!meets(rect, window)) continue;
    paintPlate(brush, at, rect, tween?.shown(at) ?? 1);
    drawn += 1;
  }
  return drawn;
}

/** A box of the old scene on its way out. */
function paintLeaving(brush: Brush, at: number, rect: Rect): void {
  const { tween, moment } = brush;
  if (!tween) return;
  paintPlate(
    { ...brush, scene: tween.old, moment: moment.on(tween.old) },
    at,
    rect,
    1 - tween.part,
  );
}
