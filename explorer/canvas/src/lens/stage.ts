// The canvas: frames when something changed, and a still picture of very large views while they move.
import type { Scale } from "../palette.js";
import type { Mode } from "../replay.js";
import { type Brush, detailAt } from "./brush.js";
import { Camera } from "./camera.js";
import type { Palette } from "./colours.js";
import type { Film } from "./film.js";
import { type Marks, UNMARKED } from "./marks.js";
import { Minimap } from "./minimap.js";
import { Moment } from "./moment.js";
import { paint } from "./painter.js";
import type { Scene } from "./scene.js";
import { Trail } from "./trail.js";
import { Tween } from "./tween.js";

/** How long a gradient is on its way after a step. */
const PULSE_MS = 700;
/** Frames that take longer than this are not painted anew while the camera moves. */
const SLOW_MS = 24;
/** Pause after which a moved picture is painted in full again. */
const SETTLE_MS = 140;
const MOST_RATIO = 2;

export interface Stand {
  readonly mode: Mode;
  /** Step or frame; null: all done. */
  readonly at: number | null;
}

export class Stage {
  readonly canvas = document.createElement("canvas");
  readonly camera: Camera;
  readonly map: Minimap;
  readonly trail: Trail;
  scene: Scene | null = null;
  film: Film | null = null;
  marks: Marks = UNMARKED;
  stand: Stand = { mode: "backward", at: null };
  /** Called after each frame; true where the camera had moved. */
  painted: (moved: boolean) => void = () => undefined;
  private readonly ctx = this.canvas.getContext("2d", { alpha: false })!;
  private scale: Scale | null = null;
  private tween: Tween | null = null;
  private stepped = -Infinity;
  private asked = 0;
  private ratio = 1;
  private slow = false;
  private moved = false;
  private still: {
    readonly picture: HTMLCanvasElement;
    readonly zoom: number;
    readonly x: number;
    readonly y: number;
  } | null = null;
  private settle = 0;

  constructor(
    private palette: Palette,
    stop: AbortSignal,
  ) {
    this.canvas.className = "sheet";
    this.canvas.setAttribute("aria-hidden", "true");
    this.camera = new Camera(() => this.calm);
    this.map = new Minimap(this.camera, () => this.move(), stop);
    this.trail = new Trail(this.camera, () => this.move());
    stop.addEventListener("abort", () => {
      cancelAnimationFrame(this.asked);
      clearTimeout(this.settle);
    });
  }

  /** True where the reader wants no motion. */
  get calm(): boolean {
    return matchMedia("(prefers-reduced-motion: reduce)").matches;
  }

  /** The window has another size. */
  size(width: number, height: number): void {
    this.ratio = Math.min(MOST_RATIO, devicePixelRatio || 1);
    this.canvas.width = Math.max(1, Math.round(width * this.ratio));
    this.canvas.height = Math.max(1, Math.round(height * this.ratio));
    this.camera.size(width, height);
    this.still = null;
  }

  colour(palette: Palette): void {
    this.palette = palette;
    this.touch();
  }

  get colours(): Palette {
    return this.palette;
  }

  /** A new arrangement, animated from the old one where there is one of the same pass. */
  show(scene: Scene, scale: Scale, animated: boolean): void {
    this.tween = Tween.between(animated ? this.scene : null, scene, this.calm);
    this.scene = scene;
    this.scale = scale;
    this.slow = false;
    const { width, height } = scene.view;
    this.camera.resize({ width, height, root: scene.root });
    this.touch();
  }

  replay(stand: Stand): void {
    const { mode, at } = this.stand;
    if (mode === stand.mode && at === stand.at) return;
    this.stand = stand;
    this.stepped =
      stand.mode === "backward" && stand.at !== null && !this.calm ? performance.now() : -Infinity;
    this.touch();
  }

  mark(marks: Partial<Marks>): void {
    this.marks = { ...this.marks, ...marks };
    this.touch();
  }

  moment(): Moment | null {
    return this.scene && this.film
      ? new Moment(this.scene, this.film, this.stand.mode, this.stand.at)
      : null;
  }

  /** Something changed: paint at the next frame. */
  touch(): void {
    this.still = null;
    this.request();
  }

  /** Only the camera moved. */
  move(): void {
    this.moved = true;
    this.request();
  }

  private request(): void {
    if (!this.asked) this.asked = requestAnimationFrame((now) => this.frame(now));
  }

  private frame(now: number): void {
    this.asked = 0;
    const { scene, film, scale, camera } = this;
    const glides = camera.moving;
    camera.tick(now);
    this.tween?.tick(now);
    if (this.tween?.done) this.tween = null;
    const moved = this.moved || glides;
    this.moved = false;
    if (!scene || !film || !scale) return;
    const pulse = Math.min(1, (now - this.stepped) / PULSE_MS);
    if (moved && this.slow && this.still && !this.tween) this.blit();
    else this.full({ scene, scale, pulse });
    this.map.paint(scene, camera, this.palette, this.ratio);
    this.trail.paint(scene);
    this.painted(moved);
    if (camera.moving || this.tween || pulse < 1) this.request();
  }

  private full({ scene, scale, pulse }: { scene: Scene; scale: Scale; pulse: number }): void {
    const { ctx, palette, camera, marks, tween } = this;
    const moment = this.moment()!;
    const brush: Brush = {
      ctx,
      palette,
      scale,
      camera,
      scene,
      moment,
      marks,
      tween,
      pulse,
      detail: detailAt(camera.zoom),
    };
    const started = performance.now();
    paint(brush, this.ratio);
    this.slow = performance.now() - started > SLOW_MS && !tween;
    this.still = this.slow ? this.copied() : null;
  }

  private copied(): NonNullable<Stage["still"]> {
    const picture = document.createElement("canvas");
    [picture.width, picture.height] = [this.canvas.width, this.canvas.height];
    picture.getContext("2d")!.drawImage(this.canvas, 0, 0);
    const { zoom, x, y } = this.camera;
    return { picture, zoom, x, y };
  }

  /** The last full picture, moved and scaled to where the camera is now; in full again when it rests. */
  private blit(): void {
    const { picture, zoom, x, y } = this.still!;
    const { ctx, camera, ratio } = this;
    const grown = camera.zoom / zoom;
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.fillStyle = this.palette.sheet;
    ctx.fillRect(0, 0, this.canvas.width, this.canvas.height);
    ctx.setTransform(
      grown,
      0,
      0,
      grown,
      (camera.x - x * grown) * ratio,
      (camera.y - y * grown) * ratio,
    );
    ctx.drawImage(picture, 0, 0);
    clearTimeout(this.settle);
    this.settle = window.setTimeout(() => this.touch(), SETTLE_MS);
  }
}
