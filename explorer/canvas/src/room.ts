// How much room the frame gets: enough for the picture, the card beside it where both fit.
import { fitZoom } from "./camera.js";
import type { Bounds } from "./picture.js";

/** Share of the width that the frame has with the card beside it. */
const BESIDE_CARD = 0.65;
/** A picture that would be smaller than this beside the card gets the whole width. */
const COMFORTABLE = 0.42;
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
  const wide = fitZoom(bounds.width, width * BESIDE_CARD) < COMFORTABLE;
  const beside = !wide && width > NARROW && !graph.classList.contains("cardless");
  graph.classList.toggle("wide", wide);
  frame.style.setProperty("--tall", `${heightFor(bounds, beside ? width * BESIDE_CARD : width)}px`);
}

/** The folded view fits itself to its frame. */
export function arrangeFolded(graph: HTMLElement, frame: HTMLElement): void {
  graph.classList.remove("wide");
  frame.style.setProperty("--tall", `${FOLDED_HEIGHT}px`);
}
