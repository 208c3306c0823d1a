// A picture on a page that scrolls: who scrolls by is not held up, who means the picture zooms it.
import { h, setText } from "./dom.js";
import type { Store } from "./store.js";

/** How long the hint stays after the wheel stands still. */
const HINT_MS = 1600;

/** Pixels of the frame: whoever sees no more does not see that there is an answer. */
const HARDLY_SEEN = 160;

/** Calls `zoom` with a factor when the wheel is meant for `element`. A pointer that was pressed in
 * it means it until it leaves, and so does a pinch on a touchpad, which the browser sends as Ctrl. */
export function zoomByWheel(
  element: HTMLElement | SVGElement,
  zoom: (factor: number, event: WheelEvent) => boolean,
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
      if (!meant && !event.ctrlKey && !event.metaKey) {
        tell();
        return;
      }
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
      const factor = Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0018));
      // At the ends of the zoom the page scrolls on.
      if (zoom(factor, event)) event.preventDefault();
    },
    { signal: stop, passive: false },
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
