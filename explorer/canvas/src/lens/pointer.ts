// Pointers, wheel and pinch over the canvas.
import { keepTwoFingers, type Place, scrollsPage, zoomByWheel } from "../scrolling.js";
import type { Camera } from "./camera.js";

/** Pixels that a pointer may move and still be a click. */
const STILL = 4;

export interface Handlers {
  moved(): void;
  click(x: number, y: number): void;
  /** null: the pointer left. */
  hover(at: readonly [number, number] | null): void;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

export function listen(
  canvas: HTMLCanvasElement,
  camera: Camera,
  handlers: Handlers,
  stop: AbortSignal,
): void {
  const pointers = new Map<number, Point>();
  let dragged = false;
  const on = { signal: stop };
  const at = (event: PointerEvent): Point => ({ x: event.offsetX, y: event.offsetY });

  canvas.addEventListener(
    "pointerdown",
    (event) => {
      if (event.button !== 0) return;
      if (pointers.size === 0) dragged = false;
      pointers.set(event.pointerId, at(event));
      camera.hold();
    },
    on,
  );

  canvas.addEventListener(
    "pointermove",
    (event) => {
      const now = at(event);
      const old = pointers.get(event.pointerId);
      if (!old) {
        handlers.hover([now.x, now.y]);
        return;
      }
      const [x, y] = [now.x - old.x, now.y - old.y];
      if (!dragged && Math.hypot(x, y) < STILL) return;
      if (!dragged && scrollsPage(event, pointers.size, x, y)) return;
      if (!dragged) {
        canvas.setPointerCapture(event.pointerId);
        canvas.dataset["drag"] = "";
        handlers.hover(null);
      }
      dragged = true;
      const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
      if (other) pinch(camera, old, now, other);
      else camera.pan(x, y);
      pointers.set(event.pointerId, now);
      handlers.moved();
    },
    on,
  );

  const up = (event: PointerEvent): void => {
    const held = pointers.delete(event.pointerId);
    delete canvas.dataset["drag"];
    if (held && !dragged && event.type === "pointerup")
      handlers.click(event.offsetX, event.offsetY);
  };
  canvas.addEventListener("pointerup", up, on);
  canvas.addEventListener("pointercancel", up, on);
  canvas.addEventListener("pointerleave", () => pointers.size === 0 && handlers.hover(null), on);

  const zoomed = (factor: number, { clientX, clientY }: Place): boolean => {
    const { left, top } = canvas.getBoundingClientRect();
    if (!camera.zoomAt(clientX - left, clientY - top, factor)) return false;
    handlers.hover(null);
    handlers.moved();
    return true;
  };
  zoomByWheel(canvas, zoomed, stop);
  keepTwoFingers(canvas, stop);
}

function pinch(camera: Camera, old: Point, now: Point, other: Point): void {
  const before = Math.hypot(old.x - other.x, old.y - other.y);
  const after = Math.hypot(now.x - other.x, now.y - other.y);
  if (before > 0) camera.zoomAt((now.x + other.x) / 2, (now.y + other.y) / 2, after / before);
  camera.pan((now.x - old.x) / 2, (now.y - old.y) / 2);
}
