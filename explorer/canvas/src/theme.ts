// Light or dark: read from Streamlit's background colour, else from the system.
import type { Theme } from "./palette.js";

/** The theme behind an element. */
export function themeOf(element: Element): Theme {
  const colour = getComputedStyle(element).getPropertyValue("--st-background-color").trim();
  const bright = brightness(colour);
  if (bright !== null) return bright < 0.5 ? "dark" : "light";
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** 0 (black) to 1 (white) of "#rgb", "#rrggbb" or "rgb(r, g, b)"; null for anything else. */
export function brightness(colour: string): number | null {
  const hex = /^#([0-9a-f]{3,8})$/i.exec(colour)?.[1];
  const parts = hex
    ? (hex.length < 6 ? [...hex].map((digit) => digit + digit) : (hex.match(/../g) ?? []))
        .slice(0, 3)
        .map((part) => parseInt(part, 16))
    : /^rgba?\(/.test(colour)
      ? (colour.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number)
      : [];
  const [r, g, b] = parts;
  if (r === undefined || g === undefined || b === undefined) return null;
  return (0.299 * r + 0.587 * g + 0.114 * b) / 255;
}
