// The whole drawing in a corner, with the window on it, while not all is in the window.
import { button, h, setAttribute, setText } from "../dom.js";
import { colourOf } from "./brush.js";
import type { Camera } from "./camera.js";
import type { Palette } from "./colours.js";
import type { Scene } from "./scene.js";

const WIDEST = 120;
const TALLEST = 150;
const NARROWEST = 26;
/** Drawings that exceed the window by less need no map. */
const NEEDED = 1.25;
/** More boxes than this are not told apart on a map. */
const MOST = 4000;

export class Minimap {
  readonly element: HTMLElement;
  private readonly canvas = h("canvas", { "aria-hidden": "true" });
  private readonly handle = button("Hide the map", () => this.turn(), { "aria-expanded": "true" });
  private shut = false;
  private picture: HTMLCanvasElement | null = null;
  private drawn: readonly unknown[] = [];
  private scale = 1;
  private left = 0;

  /** `moved`: the camera is on its way, or the map must be painted. */
  constructor(
    camera: Camera,
    private readonly moved: () => void,
    stop: AbortSignal,
  ) {
    this.element = h("div", { class: "map" }, this.handle, this.canvas);
    this.name();
    const go = (event: PointerEvent): void => {
      if (event.buttons === 0) return;
      const y = event.offsetY / this.scale;
      camera.centre((event.offsetX - this.left) / this.scale, camera.turned(y));
      moved();
    };
    this.canvas.addEventListener("pointerdown", go, { signal: stop });
    this.canvas.addEventListener("pointermove", go, { signal: stop });
  }

  /** Hides the map where it covers boxes, or shows it again. */
  private turn(): void {
    this.shut = !this.shut;
    this.canvas.hidden = this.shut;
    setAttribute(this.handle, "aria-expanded", String(!this.shut));
    this.name();
    this.moved();
  }

  private name(): void {
    setText(this.handle, this.shut ? "map" : "×");
    const says = this.shut ? "Show the map" : "Hide the map";
    setAttribute(this.handle, "aria-label", says);
    setAttribute(this.handle, "title", says);
  }

  paint(scene: Scene, camera: Camera, palette: Palette, ratio: number): void {
    const { width, height } = scene.view;
    const needed =
      width * camera.zoom > camera.width * NEEDED || height * camera.zoom > camera.height * NEEDED;
    this.element.hidden = !needed;
    if (!needed || this.shut) return;
    this.scale = Math.min(WIDEST / width, TALLEST / height);
    const [wide, tall] = [
      Math.max(NARROWEST, Math.round(width * this.scale)),
      Math.max(NARROWEST, Math.round(height * this.scale)),
    ];
    this.left = (wide - width * this.scale) / 2;
    const drawn = [scene, camera.flipped, palette, ratio];
    if (!this.picture || drawn.some((part, index) => part !== this.drawn[index])) {
      this.drawn = drawn;
      this.canvas.width = wide * ratio;
      this.canvas.height = tall * ratio;
      this.canvas.style.width = `${wide}px`;
      this.canvas.style.height = `${tall}px`;
      this.picture = this.boxes(scene, camera, palette, ratio);
    }
    this.window(camera, palette, ratio);
  }

  private boxes(scene: Scene, camera: Camera, palette: Palette, ratio: number): HTMLCanvasElement {
    const picture = document.createElement("canvas");
    picture.width = this.canvas.width;
    picture.height = this.canvas.height;
    const ctx = picture.getContext("2d")!;
    ctx.setTransform(ratio * this.scale, 0, 0, ratio * this.scale, ratio * this.left, 0);
    const thin = 1 / this.scale;
    const step = Math.max(1, Math.floor(scene.count / MOST));
    for (let at = 0; at < scene.count; at += step) {
      const { x, y, width, height } = camera.turnedRect(scene.rect(at));
      const open = scene.view.open[at] === 1;
      ctx.fillStyle = open ? palette.group : colourOf(palette, scene.boxShade[at]!);
      ctx.fillRect(x, y, Math.max(thin, width), Math.max(open ? thin : thin * 0.7, height));
    }
    return picture;
  }

  private window(camera: Camera, palette: Palette, ratio: number): void {
    const ctx = this.canvas.getContext("2d")!;
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.clearRect(0, 0, this.canvas.width, this.canvas.height);
    ctx.drawImage(this.picture!, 0, 0);
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.strokeStyle = palette.focus;
    ctx.lineWidth = 1.5;
    const { x, y, zoom, width, height } = camera;
    const tall = Math.max(3, (height / zoom) * this.scale);
    ctx.strokeRect(
      this.left - (x / zoom) * this.scale,
      (-y / zoom) * this.scale,
      (width / zoom) * this.scale,
      tall,
    );
  }
}
