// A bar per step with the size of the gradient received; a click goes there.
import { h } from "./dom.js";
import { NOTHING } from "./lens/columns.js";
import { larger } from "./lens/graph.js";
import { LOUD, type Scale, type Theme } from "./palette.js";
import type { Mode, Replay } from "./replay.js";
import { moments } from "./replay.js";

const HEIGHT = 34;
const LEAST = 3;
const THICKEST = 26;
const CURSOR: Readonly<Record<Theme, string>> = { light: "#d9480f", dark: "#ff9f5a" };
/** Where the thumb of the slider stands at its ends, so that bars stand above its positions. */
const INSET = 14;

export class Timeline {
  readonly element = h("canvas", { class: "timeline", height: HEIGHT, role: "img" });

  constructor(go: (at: number) => void, stop: AbortSignal, repaint: () => void) {
    this.element.addEventListener("click", (event) => {
      const { left, width } = this.element.getBoundingClientRect();
      const place = (event.clientX - left - INSET) / Math.max(1, width - 2 * INSET);
      go(Math.round(place * (this.count - 1)));
    });
    const resized = new ResizeObserver(([entry]) => {
      this.width = entry?.contentRect.width ?? 0;
      repaint();
    });
    resized.observe(this.element);
    stop.addEventListener("abort", () => resized.disconnect());
  }

  private count = 1;
  private width = 0;

  paint(replay: Replay, mode: Mode, at: number, theme: Theme): void {
    this.count = Math.max(1, moments(replay, mode));
    const ratio = devicePixelRatio || 1;
    const width = this.width;
    if (width === 0) return;
    this.element.width = width * ratio;
    this.element.height = HEIGHT * ratio;
    const label =
      mode === "backward"
        ? "Size of the gradient that each step received, on a log scale"
        : "Operations that each step made";
    this.element.setAttribute("aria-label", label);
    const context = this.element.getContext("2d");
    if (!context) return;
    context.scale(ratio, ratio);
    const columns = this.columns(mode === "backward" ? replay.received : replay.made);
    const pitch = (width - 2 * INSET) / Math.max(1, columns.length - 1);
    const reached = this.count > 1 ? (at * (columns.length - 1)) / (this.count - 1) : 0;
    const thick = Math.max(1, Math.min(THICKEST, pitch - (pitch > 4 ? 2 : 0)));
    columns.forEach((value, index) => {
      const [size, colour] = bar(replay.scale, mode, value, theme);
      context.globalAlpha = index <= reached ? 1 : 0.35;
      context.fillStyle = colour;
      context.fillRect(INSET + index * pitch - thick / 2, HEIGHT - 4 - size, thick, size);
    });
    context.globalAlpha = 1;
    context.fillStyle = CURSOR[theme];
    context.fillRect(
      INSET + reached * pitch - Math.max(3, thick) / 2,
      HEIGHT - 3,
      Math.max(3, thick),
      3,
    );
  }

  /** One value per bar: a step each, or the largest of several where there are more than pixels. */
  private columns(values: ArrayLike<number>): Float64Array {
    const most = Math.max(1, Math.floor(this.width - 2 * INSET));
    if (this.drawn?.values !== values || this.drawn.most !== most)
      this.drawn = { values, most, columns: gathered(values, Math.min(most, values.length)) };
    return this.drawn.columns;
  }

  private drawn: {
    readonly values: ArrayLike<number>;
    readonly most: number;
    readonly columns: Float64Array;
  } | null = null;
}

/** The largest value of each of `count` stretches of equal length; NaN is larger than all. */
export function gathered(values: ArrayLike<number>, count: number): Float64Array {
  const columns = new Float64Array(count).fill(NOTHING);
  for (let at = 0; at < values.length; at += 1) {
    const column = Math.floor((at * count) / values.length);
    columns[column] = larger(columns[column]!, values[at]!);
  }
  return columns;
}

/** Height and colour of a bar. */
function bar(scale: Scale, mode: Mode, value: number, theme: Theme): [number, string] {
  const room = HEIGHT - 6;
  if (mode === "forward") return [Math.min(room, LEAST + 5 * value), scale.colour(0, theme)];
  if (value === NOTHING) return [LEAST, "#8a8f98"];
  const place = scale.place(value);
  if (place === null) return [room, LOUD[theme]];
  return [LEAST + (room - LEAST) * place, scale.colour(value, theme)];
}
