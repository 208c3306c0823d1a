// What all painting shares: the canvas, colours, zoom, and the state of what is painted.
import { LOUD, RAMPS, type Scale } from "../palette.js";
import type { Camera } from "./camera.js";
import type { Palette } from "./colours.js";
import type { Marks } from "./marks.js";
import type { Moment } from "./moment.js";
import type { Pen } from "./pen.js";
import { LOUD_SHADE, NO_SHADE, type Scene } from "./scene.js";
import type { Tween } from "./tween.js";

/** How much can be told apart at a zoom. */
export const SPOTS = 0;
export const SHAPES = 1;
export const TEXTS = 2;

const SHAPES_FROM = 0.16;
const TEXTS_FROM = 0.36;

export interface Brush {
  readonly ctx: Pen;
  /** Pixels of the device per pixel of the page. */
  readonly ratio: number;
  readonly palette: Palette;
  readonly scale: Scale;
  readonly camera: Camera;
  readonly scene: Scene;
  readonly moment: Moment;
  readonly marks: Marks;
  readonly tween: Tween | null;
  /** SPOTS, SHAPES or TEXTS. */
  readonly detail: number;
  /** Time since the replay moved, 0 to 1; 1 where nothing moves. */
  readonly pulse: number;
}

export function detailAt(zoom: number): number {
  return zoom < SHAPES_FROM ? SPOTS : zoom < TEXTS_FROM ? SHAPES : TEXTS;
}

/** Colour of a shade; `idle` for what has no gradient. */
export function colourOf({ theme, idle }: Palette, shade: number): string {
  if (shade === NO_SHADE) return idle;
  return shade === LOUD_SHADE ? LOUD[theme] : RAMPS[theme][shade]!;
}

export function rounded(
  ctx: Pen,
  x: number,
  y: number,
  width: number,
  height: number,
  radius: number,
): void {
  ctx.beginPath();
  ctx.roundRect(x, y, width, height, radius);
}
