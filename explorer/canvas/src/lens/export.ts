// What is in the window as an SVG file: painted as on screen, with another pen.
import type { Brush } from "./brush.js";
import { paint } from "./painter.js";
import { SvgPen, type Width } from "./pen.js";

/** The picture as it stands, without what the pointer and the keyboard are just at. */
export function svgOf(
  brush: Omit<Brush, "ctx" | "ratio" | "tween" | "pulse">,
  width: Width,
): string {
  const { camera, palette, marks } = brush;
  const pen = new SvgPen(width);
  const rest = { ...marks, hover: -1, edgeHover: -1, focus: -1, glow: null };
  paint({ ...brush, ctx: pen, ratio: 1, tween: null, pulse: 1, marks: rest });
  return pen.file(camera.width, camera.height, palette.family);
}
