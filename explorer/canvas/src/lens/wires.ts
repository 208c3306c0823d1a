// Edges: verticals joined by curves, as wide and dark as the gradient is large, and what travels along.
import { type Brush, colourOf, SPOTS } from "./brush.js";
import type { Camera } from "./camera.js";
import { LOUD_SHADE, type Scene } from "./scene.js";

/** Verticals closer than this are one. */
const SAME = 0.6;
/** How far a curve leaves its ends straight. */
const BOW = 0.55;
const IDLE_WIDTH = 1.2;
const MARKED_EXTRA = 1.6;
const TAIL_DOTS = 5;
const CURVE_STEPS = 16;

/** Draws the route into the current path, y turned with the camera. */
export function trace(
  ctx: CanvasRenderingContext2D,
  camera: Camera,
  points: Float64Array,
  end: number,
): void {
  let [x, y] = [points[0]!, camera.turned(points[2]!)];
  ctx.moveTo(x, camera.turned(points[1]!));
  ctx.lineTo(x, y);
  for (let i = 3; i < points.length; i += 3) {
    const last = i === points.length - 3;
    const [nextX, top, bottom] = [
      points[i]!,
      camera.turned(points[i + 1]! - (last ? end : 0)),
      camera.turned(points[i + 2]! - (last ? end : 0)),
    ];
    if (Math.abs(nextX - x) < SAME) ctx.lineTo(nextX, top);
    else {
      const bow = (top - y) * BOW;
      ctx.bezierCurveTo(x, y + bow, nextX, top - bow, nextX, top);
    }
    if (bottom !== top) ctx.lineTo(nextX, bottom);
    [x, y] = [nextX, bottom];
  }
}

/** Point at a part of the way along a route. */
export function along(points: Float64Array, part: number): readonly [number, number] {
  const lengths: number[] = [];
  for (let i = 0; i + 2 < points.length; i += 3) {
    lengths.push(Math.abs(points[i + 2]! - points[i + 1]!));
    if (i + 3 < points.length)
      lengths.push(Math.hypot(points[i + 3]! - points[i]!, points[i + 4]! - points[i + 2]!));
  }
  let left = part * lengths.reduce((sum, length) => sum + length, 0);
  for (let piece = 0; piece < lengths.length; piece += 1) {
    const length = lengths[piece]!;
    if (left > length && piece < lengths.length - 1) {
      left -= length;
      continue;
    }
    const i = 3 * (piece >> 1);
    const t = length > 0 ? Math.min(1, left / length) : 0;
    if (piece % 2 === 0)
      return [points[i]!, points[i + 1]! + (points[i + 2]! - points[i + 1]!) * t];
    return curve(points[i]!, points[i + 2]!, points[i + 3]!, points[i + 4]!, t);
  }
  return [points[0]!, points[1]!];
}

function curve(
  x: number,
  y: number,
  toX: number,
  toY: number,
  t: number,
): readonly [number, number] {
  const [u, bow] = [1 - t, (toY - y) * BOW];
  const [a, b, c, d] = [u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t];
  return [(a + b) * x + (c + d) * toX, a * y + b * (y + bow) + c * (toY - bow) + d * toY];
}

/** The edge nearest to a point of the world, within `reach`; -1 for none. */
export function nearestEdge(scene: Scene, x: number, y: number, reach: number): number {
  const { from, points } = scene.view.edges;
  let [best, least] = [-1, reach];
  for (const edge of scene.edgesBetween(y - reach, y + reach)) {
    const route = points.subarray(from[edge]!, from[edge + 1]!);
    if (y < route[1]! - reach || y > route[route.length - 1]! + reach) continue;
    for (let i = 0; i < route.length; i += 3) {
      const inside = y >= route[i + 1]! && y <= route[i + 2]!;
      const away = inside
        ? Math.abs(route[i]! - x)
        : i + 3 < route.length
          ? offCurve(route, i, x, y)
          : Infinity;
      if (away < least) [best, least] = [edge, away];
    }
  }
  return best;
}

/** Distance from a point to the curve behind a vertical. */
function offCurve(route: Float64Array, i: number, x: number, y: number): number {
  const [top, bottom] = [route[i + 2]!, route[i + 4]!];
  if (y < top || y > bottom) return Infinity;
  let away = Infinity;
  for (let step = 0; step <= CURVE_STEPS; step += 1) {
    const [px, py] = curve(route[i]!, top, route[i + 3]!, bottom, step / CURVE_STEPS);
    away = Math.min(away, Math.hypot(px - x, py - y));
  }
  return away;
}

export function routeOf({ scene, tween }: Brush, edge: number): Float64Array {
  const { from, points } = scene.view.edges;
  return tween?.route(edge) ?? points.subarray(from[edge]!, from[edge + 1]!);
}

/** One edge in full; returns true where a gradient is on its way along it. */
export function paintWire(brush: Brush, edge: number, points: Float64Array): boolean {
  const { ctx, palette, camera, scene, moment, marks, tween } = brush;
  const { edges } = scene.view;
  const state = moment.edge(edge);
  const sent = moment.mode === "backward" && state !== "waiting";
  const colour = sent ? colourOf(palette, scene.edgeShade[edge]!) : palette.idle;
  const marked =
    edges.key[edge] === marks.edge || edges.key[edge] === marks.edgeHover || touches(brush, edge);
  const width = (sent ? scene.edgeWidth[edge]! : IDLE_WIDTH) + (marked ? MARKED_EXTRA : 0);
  ctx.globalAlpha =
    strength(brush, edge, state) * (tween && !tween.route(edge) ? tween.part ** 2 : 1);
  ctx.strokeStyle = ctx.fillStyle = marked && !sent ? palette.focus : colour;
  ctx.lineWidth = brush.detail === SPOTS ? Math.max(width, 1 / camera.zoom) : width;
  const arrow = edges.arrow[edge] === 1 && brush.detail > SPOTS;
  ctx.beginPath();
  trace(ctx, camera, points, arrow ? 4 + width : 0);
  ctx.setLineDash(dashes(state === "waiting" && moment.mode === "backward", sent, edge, scene));
  ctx.stroke();
  ctx.setLineDash([]);
  if (arrow) paintHead(ctx, camera, points, width);
  ctx.globalAlpha = 1;
  return state === "flow" && brush.pulse < 1;
}

/** Dots before a gradient comes; long dashes where it is NaN or infinite, as the legend has it. */
function dashes(waits: boolean, sent: boolean, edge: number, { edgeShade }: Scene): number[] {
  if (waits) return [2, 4];
  return sent && edgeShade[edge] === LOUD_SHADE ? [7, 4] : [];
}

function strength({ scene, marks }: Brush, edge: number, state: string): number {
  if (state === "later") return 0.08;
  const { tail, head } = scene.view.edges;
  const { only } = marks;
  const stays = (id: number): boolean => {
    const place = scene.places.get(id);
    return place === undefined || only === null || only.in(scene.faces[place]!) > 0;
  };
  if (!stays(tail[edge]!) || !stays(head[edge]!)) return 0.12;
  return state === "waiting" ? 0.75 : 1;
}

function touches({ scene, marks }: Brush, edge: number): boolean {
  if (marks.hover < 0 || scene.view.open[scene.places.get(marks.hover) ?? -1]) return false;
  return scene.view.edges.tail[edge] === marks.hover || scene.view.edges.head[edge] === marks.hover;
}

function paintHead(
  ctx: CanvasRenderingContext2D,
  camera: Camera,
  points: Float64Array,
  width: number,
): void {
  const [x, y] = [points[points.length - 3]!, camera.turned(points[points.length - 1]!)];
  const back = camera.flipped ? 1 : -1;
  const [half, length] = [3.4 + width * 0.62, 5.4 + width * 0.9];
  ctx.beginPath();
  ctx.moveTo(x, y);
  ctx.lineTo(x - half, y + back * length);
  ctx.lineTo(x + half, y + back * length);
  ctx.fill();
}

/** A gradient on its way: a dot with a tail. */
export function paintPulse(
  { ctx, palette, camera, scene, pulse }: Brush,
  edge: number,
  points: Float64Array,
): void {
  const radius = (2.6 + scene.edgeWidth[edge]!) / Math.max(0.6, Math.min(1, camera.zoom));
  ctx.fillStyle = colourOf(palette, scene.edgeShade[edge]!);
  for (let dot = TAIL_DOTS - 1; dot >= 0; dot -= 1) {
    const part = pulse - dot * 0.045;
    if (part < 0) continue;
    const [x, y] = along(points, part);
    ctx.globalAlpha = (1 - dot / TAIL_DOTS) * (dot ? 0.45 : 1);
    ctx.beginPath();
    ctx.arc(x, camera.turned(y), radius * (1 - dot * 0.13), 0, 2 * Math.PI);
    ctx.fill();
    if (dot > 0) continue;
    ctx.lineWidth = 1.5;
    ctx.strokeStyle = palette.card;
    ctx.stroke();
  }
  ctx.globalAlpha = 1;
}
