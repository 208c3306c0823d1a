// Where the window stands over the drawing: pan, zoom, glide, flip.

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Whether two rectangles have a point in common. */
export function meets(one: Rect, other: Rect): boolean {
  return (
    one.x < other.x + other.width &&
    one.x + one.width > other.x &&
    one.y < other.y + other.height &&
    one.y + one.height > other.y
  );
}

interface Stand {
  readonly zoom: number;
  readonly x: number;
  readonly y: number;
}

const NEAREST = 4;
/** Small graphs are enlarged, but not beyond this. */
const LARGEST_FIT = 1.25;
/** Below this zoom text cannot be read; a tall drawing is then shown from its root. */
const LEGIBLE = 0.5;
/** Zoom at which a drawing too large for the window is opened. */
const READABLE = 0.62;
const LARGEST_START = 0.85;
const MARGIN = 24;
const NOTCH = 1.3;
const GLIDE_MS = 420;

/** Slow at both ends; 0 to 1. */
export function eased(time: number): number {
  return time < 0.5 ? 4 * time ** 3 : 1 - (2 - 2 * time) ** 3 / 2;
}

/** World coordinates have the root's side at y = 0; flipped, it is at the bottom of the window. */
export class Camera {
  zoom = 1;
  x = 0;
  y = 0;
  flipped = false;
  width = 0;
  height = 0;
  /** Size of the drawing. */
  world = { width: 0, height: 0 };
  private glide: { readonly from: Stand; readonly to: Stand; readonly start: number } | null = null;

  /** `still`: no animation, at once. */
  constructor(private readonly still: () => boolean) {}

  get moving(): boolean {
    return this.glide !== null;
  }

  /** Advances a glide. */
  tick(now: number): void {
    if (!this.glide) return;
    const { from, to, start } = this.glide;
    const part = eased(Math.min(1, (now - start) / GLIDE_MS));
    this.zoom = from.zoom * (to.zoom / from.zoom) ** part;
    // The middle of the window goes along a straight line in the world.
    const along =
      Math.abs(to.zoom / from.zoom - 1) < 1e-6
        ? part
        : ((this.zoom - from.zoom) / (to.zoom - from.zoom)) * (to.zoom / this.zoom);
    const middle = (stand: Stand): [number, number] => [
      (this.width / 2 - stand.x) / stand.zoom,
      (this.height / 2 - stand.y) / stand.zoom,
    ];
    const [one, other] = [middle(from), middle(to)];
    this.x = this.width / 2 - (one[0] + (other[0] - one[0]) * along) * this.zoom;
    this.y = this.height / 2 - (one[1] + (other[1] - one[1]) * along) * this.zoom;
    if (now - start >= GLIDE_MS) this.stand(to);
  }

  /** Stops where it is. */
  hold(): void {
    this.glide = null;
  }

  private stand({ zoom, x, y }: Stand): void {
    [this.zoom, this.x, this.y, this.glide] = [zoom, x, y, null];
  }

  private go(to: Stand, smooth: boolean): void {
    const from = { zoom: this.zoom, x: this.x, y: this.y };
    if (!smooth || this.still()) this.stand(to);
    else this.glide = { from, to, start: performance.now() };
  }

  /** y on the drawn side of the flip. */
  turned(y: number): number {
    return this.flipped ? this.world.height - y : y;
  }

  /** The rectangle as it is drawn, in world units. */
  turnedRect({ x, y, width, height }: Rect): Rect {
    return { x, y: this.flipped ? this.world.height - y - height : y, width, height };
  }

  toWorld(x: number, y: number): readonly [number, number] {
    return [(x - this.x) / this.zoom, this.turned((y - this.y) / this.zoom)];
  }

  toScreen(rect: Rect): Rect {
    const { x, y, width, height } = this.turnedRect(rect);
    return {
      x: x * this.zoom + this.x,
      y: y * this.zoom + this.y,
      width: width * this.zoom,
      height: height * this.zoom,
    };
  }

  /** What of the world is in the window. */
  get window(): Rect {
    const [x, one] = this.toWorld(0, 0);
    const [, other] = this.toWorld(0, this.height);
    return {
      x,
      y: Math.min(one, other),
      width: this.width / this.zoom,
      height: Math.abs(other - one),
    };
  }

  pan(dx: number, dy: number): void {
    this.hold();
    this.x += dx;
    this.y += dy;
  }

  /** Zooms around the middle, by a factor of 1.3 per notch. */
  notch(notches: number): void {
    this.zoomAt(this.width / 2, this.height / 2, NOTCH ** notches);
  }

  /** Multiplies the zoom about a point of the window; false at the ends of the zoom. */
  zoomAt(x: number, y: number, factor: number): boolean {
    this.hold();
    const zoom = Math.min(NEAREST, Math.max(this.farthest, this.zoom * factor));
    if (zoom === this.zoom) return false;
    this.x = x - ((x - this.x) / this.zoom) * zoom;
    this.y = y - ((y - this.y) / this.zoom) * zoom;
    this.zoom = zoom;
    return true;
  }

  private get farthest(): number {
    return Math.min(0.05, this.whole / 2);
  }

  /** Zoom at which all is in the window. */
  private get whole(): number {
    const { width, height } = this.world;
    return Math.min(
      LARGEST_FIT,
      (this.width - 2 * MARGIN) / Math.max(1, width),
      (this.height - 2 * MARGIN) / Math.max(1, height),
    );
  }

  /** Takes a drawing of another size; what is on screen stays where it is. */
  resize(world: { readonly width: number; readonly height: number }): void {
    if (this.flipped) this.y -= (world.height - this.world.height) * this.zoom;
    this.world = { width: world.width, height: world.height };
  }

  /** All of the drawing where its text stays legible, else its upper end. */
  open(smooth = false): void {
    this.go(this.whole >= LEGIBLE ? this.centred(this.whole) : this.atRoot(), smooth);
  }

  /** All of the drawing, or as much as can be told apart. */
  fit(): void {
    this.go(this.centred(Math.max(this.whole, 0.004)), true);
  }

  private centred(zoom: number): Stand {
    const { width, height } = this.world;
    return { zoom, x: (this.width - width * zoom) / 2, y: (this.height - height * zoom) / 2 };
  }

  private atRoot(): Stand {
    const wide = (this.width - 2 * MARGIN) / Math.max(1, this.world.width);
    const zoom = Math.max(READABLE, Math.min(LARGEST_START, wide));
    const y = this.flipped ? this.height - MARGIN - this.world.height * zoom : MARGIN;
    return { zoom, x: (this.width - this.world.width * zoom) / 2, y };
  }

  /** Turns the drawing upside down about the middle of what is in the window. */
  flip(): void {
    const { y, height } = this.window;
    const middle = y + height / 2;
    this.flipped = !this.flipped;
    this.hold();
    this.y = this.height / 2 - this.turned(middle) * this.zoom;
  }

  /** Moves as little as needed for a rectangle to be in the window; shrinks only where it must. */
  reveal(rect: Rect): void {
    const to = this.around(rect, { zoom: this.zoom, x: this.x, y: this.y });
    if (to.zoom !== this.zoom || to.x !== this.x || to.y !== this.y) this.go(to, true);
  }

  /** All of a rectangle as large as it can be read with ease, or its upper end. */
  frame(rect: Rect): void {
    const { x, y, width, height } = this.turnedRect(rect);
    const zoom = LARGEST_START;
    const middle = {
      x: this.width / 2 - (x + width / 2) * zoom,
      y: this.height / 2 - (y + height / 2) * zoom,
    };
    this.go(this.around(rect, { zoom, ...middle }), true);
  }

  /** Puts the root's side of a rectangle at a point of the window, then moves as little as needed. */
  keep(rect: Rect, screenX: number, screenY: number): void {
    const x = screenX - (rect.x + rect.width / 2) * this.zoom;
    const y = screenY - this.turned(rect.y) * this.zoom;
    this.go(this.around(rect, { zoom: this.zoom, x, y }), true);
  }

  private around(rect: Rect, from: Stand): Stand {
    const { x, y, width, height } = this.turnedRect(rect);
    const fits = Math.min((this.width - 2 * MARGIN) / width, (this.height - 2 * MARGIN) / height);
    const zoom = Math.min(from.zoom, Math.max(READABLE, fits));
    const place = (start: number, size: number, window: number, now: number): number => {
      if (size * zoom > window - 2 * MARGIN) return MARGIN - start * zoom;
      return Math.min(
        window - MARGIN - (start + size) * zoom,
        Math.max(MARGIN - start * zoom, now),
      );
    };
    // Zoomed about the rectangle's middle first, so that it stays where it is on screen.
    const [middleX, middleY] = [x + width / 2, y + height / 2];
    return {
      zoom,
      x: place(x, width, this.width, from.x + middleX * (from.zoom - zoom)),
      y: place(y, height, this.height, from.y + middleY * (from.zoom - zoom)),
    };
  }

  /** True where all of a rectangle is in the window. */
  shows(rect: Rect): boolean {
    const { x, y, width, height } = this.toScreen(rect);
    return x >= 0 && y >= 0 && x + width <= this.width && y + height <= this.height;
  }

  /** Moves so that a point of the world is in the middle. */
  centre(x: number, y: number): void {
    this.go(
      {
        zoom: this.zoom,
        x: this.width / 2 - x * this.zoom,
        y: this.height / 2 - this.turned(y) * this.zoom,
      },
      true,
    );
  }
}
