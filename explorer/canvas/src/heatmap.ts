// A matrix as colours: orange above zero, blue below, loud where it is not finite.
import { h } from "./dom.js";
import { numeric, short } from "./numbers.js";
import { LOUD, type Theme } from "./palette.js";
import type { Num } from "./records.js";

const CELL = 16;
type Colour = readonly [number, number, number];
const ENDS: Readonly<Record<Theme, readonly [Colour, Colour, Colour]>> = {
  light: [
    [33, 102, 172],
    [247, 247, 247],
    [217, 95, 2],
  ],
  dark: [
    [104, 172, 240],
    [38, 39, 48],
    [255, 160, 80],
  ],
};

/** `matrix` as a canvas, with its ends in words below. */
export function heatmap(matrix: readonly (readonly Num[])[], theme: Theme): HTMLElement {
  const columns = Math.max(1, ...matrix.map((row) => row.length));
  const numbers = matrix.flat().map(numeric);
  const largest = Math.max(0, ...numbers.filter(Number.isFinite).map(Math.abs));
  const label = `Heatmap of block means, ${matrix.length} by ${columns}, from ${short(-largest)} (blue) over 0 to ${short(largest)} (orange)`;
  const canvas = h("canvas", {
    class: "heatmap",
    width: columns * CELL,
    height: matrix.length * CELL,
    role: "img",
    "aria-label": label,
  });
  const context = canvas.getContext("2d");
  matrix.forEach((row, y) => {
    row.forEach((number, x) => {
      if (!context) return;
      context.fillStyle = shade(numeric(number), largest, theme);
      context.fillRect(x * CELL, y * CELL, CELL, CELL);
    });
  });
  const ends = h(
    "div",
    { class: "heat-ends" },
    h("span", {}, short(-largest)),
    h("span", {}, "0"),
    h("span", {}, short(largest)),
  );
  return h("figure", { class: "heat" }, canvas, h("div", { class: "heat-key" }), ends);
}

/** Colour of one number, where `largest` is the far end of both directions. */
export function shade(number: number, largest: number, theme: Theme): string {
  if (!Number.isFinite(number)) return LOUD[theme];
  const [below, middle, above] = ENDS[theme];
  const size = largest > 0 ? Math.min(1, Math.abs(number) / largest) : 0;
  const end = number < 0 ? below : above;
  const parts = middle.map((part, axis) => Math.round(part + ((end[axis] ?? 0) - part) * size));
  return `rgb(${parts.join(",")})`;
}
