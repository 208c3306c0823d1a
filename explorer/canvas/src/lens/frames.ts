// Open groups: a tinted frame, and a title that stays out of the way of the edge that enters.
import { type Brush, rounded } from "./brush.js";
import type { Rect } from "./camera.js";
import type { Face } from "./view.js";

const RADIUS = 10;
const TITLE_Y = 15;
const TITLE_X = 12;
const TITLE_SIZE = 11.5;
const NOTE_SIZE = 11;
/** Between title, edge and note. */
const GAP = 10;
/** Titles never get smaller on screen than at this zoom, as long as the frame has room. */
const LEAST_ZOOM = 0.78;
/** Smaller than this no letter can be read. */
const LEAST_LEGIBLE = 0.3;
const LARGEST_TITLE = 5;
/** Part of a frame's height that a grown title may take. */
const TITLE_PART = 0.12;

/** Height of the part of an open group that closes it. */
export const HEADER_HEIGHT = 28;

export function paintFrame(
  { ctx, palette, camera, marks }: Brush,
  id: number,
  rect: Rect,
  alpha: number,
): void {
  const { x, y, width, height } = camera.turnedRect(rect);
  const hovered = marks.hover === id;
  ctx.globalAlpha = alpha;
  ctx.fillStyle = palette.group;
  rounded(ctx, x, y, width, height, RADIUS);
  ctx.fill();
  const chosen = marks.group === id || marks.focus === id;
  ctx.lineWidth = (chosen ? 2.5 : hovered ? 1.6 : 1) / Math.min(1, camera.zoom * 1.5);
  ctx.strokeStyle = hovered || chosen ? palette.focus : palette.groupEdge;
  ctx.stroke();
  ctx.globalAlpha = 1;
}

export function paintTitle(
  brush: Brush,
  face: Face,
  rect: Rect,
  axis: number,
  alpha: number,
): void {
  const { ctx, palette, camera, marks } = brush;
  const { x, y, width, height } = camera.turnedRect(rect);
  const grown = Math.max(
    1,
    Math.min(LARGEST_TITLE, LEAST_ZOOM / camera.zoom, (height * TITLE_PART) / (2 * TITLE_Y)),
  );
  if (camera.zoom * grown < LEAST_LEGIBLE) return;
  const middle = camera.flipped ? y + height - TITLE_Y * grown : y + TITLE_Y * grown;
  const title = `–  ${face.title}`;
  ctx.font = `600 ${TITLE_SIZE * grown}px ${palette.family}`;
  const room = ctx.measureText(title).width;
  if (TITLE_X + room > width) return;
  ctx.globalAlpha = alpha;
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  ctx.lineJoin = "round";
  ctx.lineWidth = 4 * grown;
  ctx.strokeStyle = palette.sheet;
  ctx.fillStyle = marks.hover === face.id ? palette.focus : palette.ink;
  ctx.strokeText(title, x + TITLE_X, middle);
  ctx.fillText(title, x + TITLE_X, middle);
  const start = Math.max(TITLE_X + room + GAP, axis + GAP);
  ctx.font = `400 ${NOTE_SIZE * grown}px ${palette.family}`;
  ctx.fillStyle = palette.quiet;
  for (const text of [[face.note, face.detail].filter(Boolean).join(" · "), face.detail]) {
    if (!text || start + ctx.measureText(text).width > width - GAP) continue;
    ctx.strokeText(text, x + start, middle);
    ctx.fillText(text, x + start, middle);
    break;
  }
  ctx.globalAlpha = 1;
}
