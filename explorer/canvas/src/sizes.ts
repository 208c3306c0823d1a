// Two thumbs on the log scale of gradients: what lies between them stays, the rest steps back.
import { h, setAttribute } from "./dom.js";
import { power } from "./legend.js";
import type { Scale } from "./palette.js";

/** Stops per decade. */
const STOPS = 4;

/** Norms, both included; null: all, also where no gradient came. */
export type Range = readonly [low: number, high: number] | null;

export class Sizes {
  readonly element: HTMLElement;
  private readonly thumbs: readonly [HTMLInputElement, HTMLInputElement];
  private readonly ends = [h("span"), h("span")] as const;
  private scale: Scale | null = null;

  constructor(private readonly changed: (range: Range) => void) {
    const thumb = (name: string): HTMLInputElement => {
      const it = h("input", { type: "range", step: 1, "aria-label": name, title: name });
      it.addEventListener("input", () => this.moved(it));
      return it;
    };
    this.thumbs = [thumb("Smallest gradient that stays"), thumb("Largest gradient that stays")];
    this.element = h(
      "span",
      { class: "sizes", role: "group", "aria-label": "Only gradients of some size" },
      this.ends[0],
      h("span", { class: "rails" }, ...this.thumbs),
      this.ends[1],
    );
  }

  /** Another pass has another scale, and shows everything. */
  show(scale: Scale): void {
    if (scale === this.scale) return;
    this.scale = scale;
    for (const thumb of this.thumbs) {
      thumb.min = String(scale.low * STOPS);
      thumb.max = String(scale.high * STOPS);
    }
    this.thumbs[0].value = this.thumbs[0].min;
    this.thumbs[1].value = this.thumbs[1].max;
    this.tell();
  }

  /** The ends are open: what is smaller or larger than the scale, or not finite, stays there too. */
  private get range(): Range {
    const [low, high] = this.thumbs.map(({ valueAsNumber }) => valueAsNumber) as [number, number];
    const open = [low <= Number(this.thumbs[0].min), high >= Number(this.thumbs[1].max)] as const;
    if (open[0] && open[1]) return null;
    return [open[0] ? 0 : 10 ** (low / STOPS), open[1] ? Infinity : 10 ** (high / STOPS)];
  }

  /** A thumb pushes the other one along. */
  private moved(thumb: HTMLInputElement): void {
    const [low, high] = this.thumbs;
    if (low.valueAsNumber > high.valueAsNumber) {
      if (thumb === low) high.value = low.value;
      else low.value = high.value;
    }
    this.tell();
    this.changed(this.range);
  }

  private tell(): void {
    this.thumbs.forEach((thumb, end) => {
      const text = exponent(thumb.valueAsNumber / STOPS);
      this.ends[end]!.textContent = text;
      setAttribute(thumb, "aria-valuetext", text);
    });
    this.element.classList.toggle("active", this.range !== null);
  }
}

/** "10⁻³", or the number itself between whole powers: "0.0018". */
function exponent(of: number): string {
  return Number.isInteger(of) ? power(of) : (10 ** of).toPrecision(2);
}
