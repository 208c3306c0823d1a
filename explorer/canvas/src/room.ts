// How much room the frame gets: enough for the picture, as long as the bars around it stay in sight.
import type { Bounds } from "./picture.js";

/** Share of the width that the frame has with the card beside it. */
const BESIDE_CARD = 0.65;
/** Height of the frame of the folded view, in pixels: it fits what it shows to the frame. */
const FOLDED_HEIGHT = 620;
/** Below this width the card stands under the frame; the style sheet has the same number. */
const NARROW = 680;

/** `heightFor` says how tall a picture is in a frame of some width. */
export function arrange(
  graph: HTMLElement,
  frame: HTMLElement,
  bounds: Bounds,
  width: number,
  heightFor: (bounds: Bounds, width: number) => number,
): void {
  const beside = width > NARROW && !graph.classList.contains("cardless");
  frame.style.setProperty("--tall", `${heightFor(bounds, beside ? width * BESIDE_CARD : width)}px`);
}

/** The folded view fits itself to its frame. */
export function arrangeFolded(frame: HTMLElement): void {
  frame.style.setProperty("--tall", `${FOLDED_HEIGHT}px`);
}

/** Tells the frame how much of the window's height the bars above and below it take, whenever that
 * changes; what is returned tells it at once. */
export function leaveRoom(
  frame: HTMLElement,
  bars: readonly HTMLElement[],
  stop: AbortSignal,
): () => void {
  const tell = (): void => {
    const taken = bars.reduce((sum, bar) => sum + bar.offsetHeight, 0);
    frame.style.setProperty("--bars", `${taken}px`);
  };
  const resized = new ResizeObserver(tell);
  for (const bar of bars) resized.observe(bar);
  stop.addEventListener("abort", () => resized.disconnect());
  return tell;
}
