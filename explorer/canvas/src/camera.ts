// Pan and zoom of one SVG: pointer, wheel, pinch, buttons, keys.
import type { Bounds } from "./picture.js";
import { keepTwoFingers, type Place, scrollsPage, zoomByWheel } from "./scrolling.js";

const NEAREST = 6;
const FARTHEST = 0.03;
const NOTCH = 1.3;
/** Free room around a picture that is shown whole. */
const MARGIN = 18;
/** Small graphs are enlarged, but not beyond this. */
const LARGEST_FIT = 1.6;
/** Below this zoom the name in a box has hardly ten pixels, which a class cannot read. */
const LEGIBLE = 0.72;
/** The zoom at which a picture opens that cannot be read whole. */
const OPENING = 0.9;
/** Pixels that a pointer may move and still be a click. */
const STILL = 4;

interface Point {
  readonly x: number;
  readonly y: number;
}

/** The zoom at which `size` fits into `room` pixels. */
export function fitZoom(size: number, room: number): number {
  return Math.max(FARTHEST, Math.min(LARGEST_FIT, (room - 2 * MARGIN) / Math.max(1, size)));
}

export class Camera {
  private zoom = 1;
  private x = 0;
  private y = 0;
  private world: Bounds = { x: 0, y: 0, width: 0, height: 0 };
  private anchor: Bounds | null = null;
  /** What was brought into view last; a window that changes its size keeps it there. */
  private followed: readonly [Bounds, Bounds] | null = null;
  private touched = false;
  /** Size of the window, known without asking the browser to lay out the page. */
  private room = { width: 0, height: 0 };
  private dragged = false;
  private readonly pointers = new Map<number, Point>();

  /** `svg` is the window, `stage` the group that moves in it. */
  constructor(
    private readonly svg: SVGSVGElement,
    private readonly stage: SVGGElement,
    stop: AbortSignal,
  ) {
    const on = { signal: stop };
    svg.addEventListener("pointerdown", (event) => this.down(event), on);
    svg.addEventListener("pointermove", (event) => this.moved(event), on);
    for (const name of ["pointerup", "pointercancel"] as const) {
      svg.addEventListener(name, (event) => this.up(event), on);
    }
    svg.addEventListener("click", (event) => this.dragged && event.stopPropagation(), {
      ...on,
      capture: true,
    });
    zoomByWheel(svg, (factor, at) => this.wheel(factor, at), stop);
    keepTwoFingers(svg, stop);
    const resized = new ResizeObserver(([entry]) => {
      if (!entry) return;
      this.room = entry.contentRect;
      if (this.touched) return;
      this.open();
      if (this.followed) this.follow(...this.followed);
    });
    resized.observe(svg);
    stop.addEventListener("abort", () => resized.disconnect());
  }

  /** A new picture: shown whole if its text stays legible, else legible at `anchor`. */
  look(world: Bounds, anchor: Bounds | null): void {
    this.world = world;
    this.anchor = anchor;
    this.followed = null;
    this.touched = false;
    this.open();
  }

  /** Height, in pixels, that shows a picture of this size whole in a window of width `room`. */
  heightFor({ width, height }: Bounds, room: number): number {
    const whole = fitZoom(width, room);
    return Math.ceil(height * (whole < LEGIBLE ? OPENING : whole)) + 2 * MARGIN;
  }

  private open(): void {
    const { width } = this.room;
    if (width === 0 || this.world.width === 0) return;
    const zoom = this.fitting();
    if (zoom >= LEGIBLE || !this.anchor) this.centre(this.world, zoom);
    else this.atTop(this.anchor, OPENING);
  }

  fit(): void {
    this.touched = false;
    this.glide(true);
    this.centre(this.world, this.fitting());
  }

  /** Multiplies the zoom by 1.3 per notch, about the middle. */
  notch(notches: number): void {
    const { width, height } = this.room;
    this.touched = true;
    this.glide(true);
    this.zoomAt({ x: width / 2, y: height / 2 }, NOTCH ** notches);
  }

  /** Brings a box into view where it is not, with what is `around` it if that fits; leaves the camera
   * alone where they are. */
  follow(box: Bounds, around = box): void {
    const { width, height } = this.room;
    this.followed = [box, around];
    if (width === 0) return;
    const fits = around.width * this.zoom <= width && around.height * this.zoom <= height;
    const wanted = fits ? around : box;
    if (this.shows(wanted)) return;
    this.glide(true);
    this.x = middled(width, this.zoom, across(wanted), across(this.world));
    this.y = middled(height, this.zoom, down(wanted), down(this.world));
    this.apply();
  }

  private shows(box: Bounds): boolean {
    const left = box.x * this.zoom + this.x;
    const top = box.y * this.zoom + this.y;
    return (
      left >= 0 &&
      top >= 0 &&
      left + box.width * this.zoom <= this.room.width &&
      top + box.height * this.zoom <= this.room.height
    );
  }

  private fitting(): number {
    const { width, height } = this.room;
    return Math.min(fitZoom(this.world.width, width), fitZoom(this.world.height, height));
  }

  private centre(box: Bounds, zoom: number): void {
    const { width, height } = this.room;
    this.zoom = zoom;
    this.x = width / 2 - (box.x + box.width / 2) * zoom;
    this.y = height / 2 - (box.y + box.height / 2) * zoom;
    this.apply();
  }

  /** torchviz draws the output at the bottom, so the root stands near the lower edge. */
  private atTop(box: Bounds, zoom: number): void {
    const { width, height } = this.room;
    this.zoom = zoom;
    this.x = width / 2 - (box.x + box.width / 2) * zoom;
    this.y = height - MARGIN - (box.y + box.height) * zoom;
    this.apply();
  }

  private zoomAt(point: Point, factor: number): boolean {
    const zoom = Math.min(NEAREST, Math.max(FARTHEST, this.zoom * factor));
    if (zoom === this.zoom) return false;
    this.x = point.x - ((point.x - this.x) / this.zoom) * zoom;
    this.y = point.y - ((point.y - this.y) / this.zoom) * zoom;
    this.zoom = zoom;
    this.apply();
    return true;
  }

  private wheel(factor: number, at: Place): boolean {
    this.glide(false);
    const zoomed = this.zoomAt(this.local(at), factor);
    if (zoomed) this.touched = true;
    return zoomed;
  }

  private down(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.dragged = false;
    this.pointers.set(event.pointerId, this.local(event));
    this.glide(false);
  }

  private moved(event: PointerEvent): void {
    const old = this.pointers.get(event.pointerId);
    if (!old) return;
    const now = this.local(event);
    const [x, y] = [now.x - old.x, now.y - old.y];
    if (!this.dragged && Math.hypot(x, y) < STILL) return;
    if (!this.dragged && scrollsPage(event, this.pointers.size, x, y)) return;
    if (!this.dragged) this.svg.setPointerCapture(event.pointerId);
    this.dragged = this.touched = true;
    const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) this.pinch(old, now, other);
    else this.pan(x, y);
    this.pointers.set(event.pointerId, now);
  }

  private up(event: PointerEvent): void {
    this.pointers.delete(event.pointerId);
  }

  private pinch(old: Point, now: Point, other: Point): void {
    const before = Math.hypot(old.x - other.x, old.y - other.y);
    const after = Math.hypot(now.x - other.x, now.y - other.y);
    this.pan((now.x - old.x) / 2, (now.y - old.y) / 2);
    if (before > 0)
      this.zoomAt({ x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 }, after / before);
  }

  private pan(byX: number, byY: number): void {
    this.x += byX;
    this.y += byY;
    this.apply();
  }

  private local({ clientX, clientY }: Place): Point {
    const { left, top } = this.svg.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  }

  private glide(on: boolean): void {
    this.stage.classList.toggle("glide", on);
  }

  private apply(): void {
    const { x, y, zoom } = this;
    this.stage.style.transform = `translate(${x.toFixed(2)}px, ${y.toFixed(2)}px) scale(${zoom.toFixed(4)})`;
  }
}

/** Start and size along one axis. */
type Span = readonly [number, number];

const across = ({ x, width }: Bounds): Span => [x, width];
const down = ({ y, height }: Bounds): Span => [y, height];

/** Where the picture starts on screen if `part` of it is in the middle, as far as that leaves no more
 * free room beside the picture than around one that is shown whole. */
function middled(room: number, zoom: number, part: Span, [start, size]: Span): number {
  const first = MARGIN - start * zoom;
  const last = room - MARGIN - (start + size) * zoom;
  if (last > first) return (first + last) / 2;
  return Math.max(last, Math.min(first, room / 2 - (part[0] + part[1] / 2) * zoom));
}
