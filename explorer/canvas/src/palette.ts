// Size of a gradient -> colour and width, on a log scale that a legend can show.

import { numeric } from "./numbers.js";
import type { Num } from "./records.js";

/** Monotone in lightness along a yellow-blue axis, which all common kinds of colour blindness keep. */
const LIGHT_STOPS = ["#b39a2e", "#7f9a5c", "#47898a", "#2b68ab", "#1c2671"];
const DARK_STOPS = ["#4a5196", "#3f76b8", "#4fa3a5", "#b4c46e", "#ffe788"];
/** Vermillion, outside of both ramps: NaN and infinities. */
export const LOUD = { light: "#c2410c", dark: "#ff7a33" } as const;
export const SHADES = 64;

const THINNEST = 1.2;
const WIDEST = 5.5;
const LOUD_WIDTH = 3.5;
const FEWEST_DECADES = 2;
const MOST_DECADES = 12;

export type Theme = "light" | "dark";

type Triple = readonly [number, number, number];

const linear = (part: number): number =>
  part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
const gamma = (part: number): number =>
  part <= 0.0031308 ? 12.92 * part : 1.055 * part ** (1 / 2.4) - 0.055;

function rgbOf(hex: string): Triple {
  const part = (at: number): number => linear(parseInt(hex.slice(at, at + 2), 16) / 255);
  return [part(1), part(3), part(5)];
}

/** Linear RGB -> OKLab (https://bottosson.github.io/posts/oklab/). */
function labOf([r, g, b]: Triple): Triple {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function hexOf([lightness, a, b]: Triple): string {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const parts = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  const byte = (part: number): string =>
    Math.round(255 * Math.min(1, Math.max(0, gamma(part))))
      .toString(16)
      .padStart(2, "0");
  return `#${parts.map(byte).join("")}`;
}

function ramp(stops: readonly string[]): readonly string[] {
  const labs = stops.map((stop) => labOf(rgbOf(stop)));
  return Array.from({ length: SHADES }, (_, index) => {
    const place = (index / (SHADES - 1)) * (labs.length - 1);
    const from = Math.min(labs.length - 2, Math.floor(place));
    const [low, high] = [labs[from], labs[from + 1]] as [Triple, Triple];
    const mixed = low.map((part, axis) => part + ((high[axis] ?? part) - part) * (place - from));
    return hexOf(mixed as unknown as Triple);
  });
}

export const RAMPS: Readonly<Record<Theme, readonly string[]>> = {
  light: ramp(LIGHT_STOPS),
  dark: ramp(DARK_STOPS),
};

/** Whole decades that hold all norms of one pass. */
export class Scale {
  /** The ends are powers of ten: 10 ** low .. 10 ** high. */
  private constructor(
    readonly low: number,
    readonly high: number,
  ) {}

  static of(norms: Iterable<Num | null>): Scale {
    let [least, most] = [Infinity, 0];
    for (const norm of norms) {
      const size = norm === null ? 0 : numeric(norm);
      if (!(size > 0) || size === Infinity) continue;
      least = Math.min(least, size);
      most = Math.max(most, size);
    }
    if (most === 0) return new Scale(-FEWEST_DECADES, 0);
    const high = Math.ceil(Math.log10(most));
    const low = Math.min(Math.floor(Math.log10(least)), high - FEWEST_DECADES);
    return new Scale(Math.max(low, high - MOST_DECADES), high);
  }

  /** 0 (small or zero) to 1 (large); null for NaN and infinities. */
  place(norm: Num): number | null {
    const size = numeric(norm);
    if (!Number.isFinite(size)) return null;
    if (size <= 0) return 0;
    const place = (Math.log10(size) - this.low) / (this.high - this.low);
    return Math.min(1, Math.max(0, place));
  }

  colour(norm: Num, theme: Theme): string {
    const place = this.place(norm);
    if (place === null) return LOUD[theme];
    return RAMPS[theme][Math.round(place * (SHADES - 1))] ?? LOUD[theme];
  }

  /** Width of an edge in pixels at zoom 1. */
  width(norm: Num): number {
    const place = this.place(norm);
    return place === null ? LOUD_WIDTH : THINNEST + (WIDEST - THINNEST) * place;
  }
}
