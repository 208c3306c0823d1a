// Where the window stands over the drawing: pan, zoom, glide, flip.
import { Glide, type Stand } from "./glide.js";
import { LEGIBLE, MARGIN, READABLE } from "./legible.js";

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

/** Why the window stands where it does: nobody has moved it since a drawing was opened in it, all of
 * the drawing was asked for, or it was led to a place. */
type Reason = "opened" | "fitted" | "led";

const NEAREST = 4;
/** Small graphs are enlarged, but not beyond this. */
const LARGEST_FIT = 1.25;
const LARGEST_START = 0.85;
const NOTCH = 1.3;
/** Rounding of what fits exactly, in pixels. */
const SLACK = 0.01;

/** World coordinates have the root's side at y = 0; flipped, it is at the bottom of the window. */
export class Camera {
  zoom = 1;
  x = 0;
  y = 0;
  flipped = false;
  width = 0;
  height = 0;
  /** Size of the drawing, and where its root is from left to right. */
  world = { width: 0, height: 0, root: 0 };
  private reason: Reason = "opened";
  private glide: Glide | null = null;

  /** `still`: no animation, at once. */
  constructor(private readonly still: () => boolean) {}

  get moving(): boolean {
    return this.glide !== null;
  }

  /** Advances a glide. */
  tick(now: number): void {
    if (!this.glide) return;
    const { zoom, x, y } = this.glide.at(now, this.width, this.height);
    [this.zoom, this.x, this.y] = [zoom, x, y];
    if (this.glide.over(now)) this.glide = null;
  }

  /** Stops where it is. */
  hold(): void {
    this.glide = null;
  }

  private stand({ zoom, x, y }: Stand): void {
    [this.zoom, this.x, this.y, this.glide] = [zoom, x, y, null];
  }

  private go(to: Stand, smooth: boolean, reason: Reason = "led"): void {
    const from = { zoom: this.zoom, x: this.x, y: this.y };
    this.reason = reason;
    if (!smooth || this.still()) this.stand(to);
    else this.glide = new Glide(from, to);
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
    this.reason = "led";
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
    this.reason = "led";
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
  resize(world: Camera["world"]): void {
    if (this.flipped) this.y -= (world.height - this.world.height) * this.zoom;
    this.world = world;
  }

  /** Takes a window of another size; what was in its middle stays there, all stays all. */
  size(width: number, height: number): void {
    const [dx, dy] = [(width - this.width) / 2, (height - this.height) / 2];
    if (dx === 0 && dy === 0) return;
    [this.width, this.height] = [width, height];
    if (this.reason === "opened") this.open();
    else if (this.reason === "fitted") this.fit(false);
    else this.shift(dx, dy);
  }

  private shift(dx: number, dy: number): void {
    [this.x, this.y] = [this.x + dx, this.y + dy];
    this.glide = this.glide?.shifted(dx, dy) ?? null;
  }

  /** Whether it shows all of the drawing, legible, because nobody has led it elsewhere. */
  get opensWhole(): boolean {
    return this.reason === "opened" && this.whole >= LEGIBLE;
  }

  /** All of the drawing where its titles stay legible, else its root. */
  open(smooth = false): void {
    const to = this.whole >= LEGIBLE ? this.centred(this.whole) : this.atRoot();
    this.go(to, smooth, "opened");
  }

  /** All of the drawing, however small. */
  fit(smooth = true): void {
    this.go(this.centred(this.whole), smooth, "fitted");
  }

  /** Shows all of another drawing where all of the last was in view; false where it was not. */
  stay(): boolean {
    if (this.reason === "fitted") this.fit();
    else if (this.opensWhole) this.open(true);
    else return false;
    return true;
  }

  private centred(zoom: number): Stand {
    const { width, height } = this.world;
    return { zoom, x: (this.width - width * zoom) / 2, y: (this.height - height * zoom) / 2 };
  }

  private atRoot(): Stand {
    const wide = (this.width - 2 * MARGIN) / Math.max(1, this.world.width);
    const zoom = Math.max(READABLE, Math.min(LARGEST_START, wide));
    const y = this.flipped ? this.height - MARGIN - this.world.height * zoom : MARGIN;
    const room = this.width - this.world.width * zoom;
    if (room >= 2 * MARGIN) return { zoom, x: room / 2, y };
    // Too wide: the root comes as near to the middle as the ends of the drawing allow.
    const x = this.width / 2 - this.world.root * zoom;
    return { zoom, x: Math.min(MARGIN, Math.max(room - MARGIN, x)), y };
  }

  /** Turns the drawing upside down about the middle of what is in the window. */
  flip(): void {
    const { y, height } = this.window;
    const middle = y + height / 2;
    this.flipped = !this.flipped;
    this.hold();
    this.reason = "led";
    this.y = this.height / 2 - this.turned(middle) * this.zoom;
  }

  /** Moves as little as needed for a rectangle to be in the window; shrinks only where it must. */
  reveal(rect: Rect): void {
    const to = this.around(rect, { zoom: this.zoom, x: this.x, y: this.y }, READABLE);
    if (to.zoom !== this.zoom || to.x !== this.x || to.y !== this.y) this.go(to, true);
  }

  /** All of a rectangle as large as it can be read with ease, or its upper end. */
  frame(rect: Rect): void {
    this.go(this.around(rect, this.about(rect, LARGEST_START), LEGIBLE), true);
  }

  /** Brings a rectangle to the middle, large enough to be read, unless it is in view like that. */
  seek(rect: Rect): void {
    if (this.zoom >= LEGIBLE && this.shows(rect)) return;
    this.go(this.about(rect, this.zoom < LEGIBLE ? READABLE : this.zoom), true);
  }

  /** Puts the root's side of a rectangle at a point of the window. */
  anchor(rect: Rect, screenX: number, screenY: number): void {
    this.go(this.anchored(rect, screenX, screenY), true);
  }

  /** The same, then moves as little as needed for it to be in the window. */
  keep(rect: Rect, screenX: number, screenY: number): void {
    this.go(this.around(rect, this.anchored(rect, screenX, screenY), LEGIBLE), true);
  }

  private anchored(rect: Rect, screenX: number, screenY: number): Stand {
    const x = screenX - (rect.x + rect.width / 2) * this.zoom;
    return { zoom: this.zoom, x, y: screenY - this.turned(rect.y) * this.zoom };
  }

  /** The middle of a rectangle in the middle of the window. */
  private about(rect: Rect, zoom: number): Stand {
    const { x, y, width, height } = this.turnedRect(rect);
    return {
      zoom,
      x: this.width / 2 - (x + width / 2) * zoom,
      y: this.height / 2 - (y + height / 2) * zoom,
    };
  }

  /** All of a rectangle in the window where that needs no zoom below `least`, else its start. */
  private around(rect: Rect, from: Stand, least: number): Stand {
    const { x, y, width, height } = this.turnedRect(rect);
    const fits = Math.min((this.width - 2 * MARGIN) / width, (this.height - 2 * MARGIN) / height);
    const zoom = Math.min(from.zoom, fits < least ? READABLE : fits);
    const place = (start: number, size: number, window: number, now: number): number => {
      if (size * zoom > window - 2 * MARGIN + SLACK) return MARGIN - start * zoom;
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
    const { zoom } = this;
    const [left, top] = [this.width / 2 - x * zoom, this.height / 2 - this.turned(y) * zoom];
    this.go({ zoom, x: left, y: top }, true);
  }
}
