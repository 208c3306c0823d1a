// The way of the window from one place over the drawing to another.

/** A point (u, v) of the drawing is at (u * zoom + x, v * zoom + y) of the window. */
export interface Stand {
  readonly zoom: number;
  readonly x: number;
  readonly y: number;
}

const GLIDE_MS = 420;

/** Slow at both ends; 0 to 1. */
export function eased(time: number): number {
  return time < 0.5 ? 4 * time ** 3 : 1 - (2 - 2 * time) ** 3 / 2;
}

export class Glide {
  constructor(
    private readonly from: Stand,
    private readonly to: Stand,
    private readonly start = performance.now(),
  ) {}

  over(now: number): boolean {
    return now - this.start >= GLIDE_MS;
  }

  /** Where the window stands; its middle goes along a straight line in the drawing. */
  at(now: number, width: number, height: number): Stand {
    const { from, to } = this;
    if (this.over(now)) return to;
    const part = eased(Math.max(0, (now - this.start) / GLIDE_MS));
    const zoom = from.zoom * (to.zoom / from.zoom) ** part;
    const along =
      Math.abs(to.zoom / from.zoom - 1) < 1e-6
        ? part
        : ((zoom - from.zoom) / (to.zoom - from.zoom)) * (to.zoom / zoom);
    const place = (window: number, one: number, other: number): number => {
      const [before, after] = [
        (window / 2 - one) / from.zoom,
        (window / 2 - other) / to.zoom,
      ] as const;
      return window / 2 - (before + (after - before) * along) * zoom;
    };
    return { zoom, x: place(width, from.x, to.x), y: place(height, from.y, to.y) };
  }

  /** The same way in a window that was moved. */
  shifted(dx: number, dy: number): Glide {
    const shift = ({ zoom, x, y }: Stand): Stand => ({ zoom, x: x + dx, y: y + dy });
    return new Glide(shift(this.from), shift(this.to), this.start);
  }
}
