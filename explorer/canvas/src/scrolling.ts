// A picture on a page that scrolls: who scrolls by is not held up, who means the picture zooms it.
import { h, setText } from "./dom.js";
import type { Store } from "./store.js";

/** How long the hint stays after the wheel stands still. */
const HINT_MS = 1600;

/** Pixels of the frame: whoever sees no more does not see that there is an answer. */
const HARDLY_SEEN = 160;

/** Where a pointer, a wheel or a gesture is. */
export type Place = Pick<MouseEvent, "clientX" | "clientY">;
type Zoom = (factor: number, at: Place) => boolean;

/** Pixels of a line: a notch of the wheel is 3 lines in Firefox, and some 100 pixels elsewhere. */
const LINE = 33;

/** By how much one event zooms at most. A pinch sends many, a notch of the wheel with Ctrl held is
 * one, and as much as a press of the button. */
const MOST = 1.3;

/** Calls `zoom` with a factor when the wheel is meant for `element`. A pointer that was pressed in
 * it means it until it leaves, and so does a pinch on a touchpad, which the browser sends as Ctrl. */
export function zoomByWheel(
  element: HTMLElement | SVGElement,
  zoom: Zoom,
  stop: AbortSignal,
): void {
  let meant = false;
  const on = { signal: stop };
  element.addEventListener("pointerdown", () => (meant = true), on);
  element.addEventListener("pointerleave", () => (meant = false), on);
  const tell = hinting(element);
  (element as HTMLElement).addEventListener(
    "wheel",
    (event) => {
      const asked = event.ctrlKey || event.metaKey;
      if (!meant && !asked) {
        tell();
        return;
      }
      // At the ends of the zoom the page scrolls on; with Ctrl held the browser would enlarge it.
      if (zoom(factorOf(event), event) || asked) event.preventDefault();
    },
    { signal: stop, passive: false },
  );
  zoomByGesture(element, zoom, stop);
}

function factorOf({ deltaMode, deltaY, ctrlKey }: WheelEvent): number {
  const pixels = deltaY * (deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE : 1);
  const factor = Math.exp(-pixels * (ctrlKey ? 0.01 : 0.0018));
  return Math.min(MOST, Math.max(1 / MOST, factor));
}

/** Safari on a Mac tells of a pinch on the touchpad by events of its own, and would enlarge the
 * page. It sends them for fingers on a screen as well, which are pointers already. */
function zoomByGesture(element: HTMLElement | SVGElement, zoom: Zoom, stop: AbortSignal): void {
  if (navigator.maxTouchPoints > 0) return;
  let before = 1;
  const on = { signal: stop, passive: false };
  for (const name of ["gesturestart", "gesturechange"])
    element.addEventListener(
      name,
      (event) => {
        const now = event as Event & Place & { readonly scale: number };
        event.preventDefault();
        if (name === "gesturechange") zoom(now.scale / before, now);
        before = now.scale;
      },
      on,
    );
}

/** One finger scrolls the page, as the style sheet says; two are the picture's. */
export function keepTwoFingers(element: HTMLElement | SVGElement, stop: AbortSignal): void {
  for (const name of ["touchstart", "touchmove"] as const) {
    (element as HTMLElement).addEventListener(
      name,
      (event) => {
        if (event.touches.length > 1) event.preventDefault();
      },
      { signal: stop, passive: false },
    );
  }
}

/** Whether a finger that has not dragged anything yet is on its way up or down the page. */
export function scrollsPage(event: PointerEvent, fingers: number, x: number, y: number): boolean {
  return event.pointerType === "touch" && fingers === 1 && Math.abs(y) > Math.abs(x);
}

/** On a phone the answer to Run comes below the edge of the screen: it is brought up, unless what
 * went wrong stands beside the code. */
export function bringUp(store: Store, frame: HTMLElement): void {
  const { asked } = store;
  store.asked = false;
  if (!asked || store.state.latest?.trace.failure) return;
  scrollTo(frame, "start");
}

/** The card of what was picked; it stands below the bars where the page is narrow. */
export function bringUpCard(card: HTMLElement): void {
  scrollTo(card, "nearest");
}

function scrollTo(part: HTMLElement, block: ScrollLogicalPosition): void {
  if (part.getBoundingClientRect().top + HARDLY_SEEN < window.innerHeight) return;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  part.scrollIntoView({ block, behavior: still ? "instant" : "smooth" });
}

/** Shows for a moment how the wheel zooms. */
function hinting(element: Element): () => void {
  const words = h("p", { class: "wheel-hint", "aria-hidden": "true", hidden: true });
  let timer: ReturnType<typeof setTimeout> | undefined;
  return () => {
    const key = navigator.platform.startsWith("Mac") ? "⌘" : "Ctrl";
    setText(words, `${key} and wheel zoom; so does the wheel alone after a click`);
    if (!words.isConnected) element.parentElement?.append(words);
    words.hidden = false;
    clearTimeout(timer);
    timer = setTimeout(() => (words.hidden = true), HINT_MS);
  };
}
