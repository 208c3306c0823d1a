// A bar per step with the size of the gradient received; a click goes there.
import { h } from "./dom.js";
import { LOUD, type Theme } from "./palette.js";
import type { Num, Step } from "./records.js";
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
    const pitch = (width - 2 * INSET) / Math.max(1, this.count - 1);
    const thick = Math.max(1, Math.min(THICKEST, pitch - (pitch > 4 ? 2 : 0)));
    for (let index = 0; index < this.count; index += 1) {
      const [size, colour] = this.bar(replay, mode, index, theme);
      context.globalAlpha = index <= at ? 1 : 0.35;
      context.fillStyle = colour;
      context.fillRect(INSET + index * pitch - thick / 2, HEIGHT - 4 - size, thick, size);
    }
    context.globalAlpha = 1;
    context.fillStyle = CURSOR[theme];
    context.fillRect(
      INSET + at * pitch - Math.max(3, thick) / 2,
      HEIGHT - 3,
      Math.max(3, thick),
      3,
    );
  }

  /** Height and colour of a step's bar. */
  private bar(replay: Replay, mode: Mode, index: number, theme: Theme): [number, string] {
    const room = HEIGHT - 6;
    if (mode === "forward") {
      const made = replay.pass.frames[index]?.nodes.length ?? 0;
      return [Math.min(room, LEAST + 5 * made), replay.scale.colour(0, theme)];
    }
    const norm = received(replay.pass.steps[index]);
    if (norm === null) return [LEAST, "#8a8f98"];
    const place = replay.scale.place(norm);
    if (place === null) return [room, LOUD[theme]];
    return [LEAST + (room - LEAST) * place, replay.scale.colour(norm, theme)];
  }
}

function received(step: Step | undefined): Num | null {
  const view = step?.received.find((one) => one !== null);
  if (!view) return null;
  return view.nonfinite > 0 ? "nan" : view.norm;
}
