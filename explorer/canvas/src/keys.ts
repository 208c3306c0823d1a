// Keys of the replay and the camera, while the focus is inside the graph component.
import type { Store } from "./store.js";

const PAGE = 10;

/** What buttons and keys ask of whichever figure is on screen. */
export interface Zoom {
  notch(notches: number): void;
  fit(): void;
}

/** What a key does; null: nothing, the page may have it. */
export function actionOf(key: string, store: Store, camera: Zoom): (() => void) | null {
  switch (key) {
    case "ArrowRight":
      return () => store.step(1);
    case "ArrowLeft":
      return () => store.step(-1);
    case "Home":
      return () => store.go(0);
    case "End":
      return () => store.go(Infinity);
    case "PageDown":
      return () => store.step(PAGE);
    case "PageUp":
      return () => store.step(-PAGE);
    case " ":
      return () => store.play();
    case "+":
    case "=":
      return () => camera.notch(1);
    case "-":
      return () => camera.notch(-1);
    case "0":
    case "f":
    case "F":
      return () => camera.fit();
    case "Escape":
      return store.state.pin ? () => store.set({ pin: null }) : null;
    default:
      return null;
  }
}

/** True where a control of the page needs the key itself. */
export function belongsToControl(target: Element, key: string): boolean {
  if (target.matches("input[type=range]"))
    return !["+", "-", " ", "f", "F", "0", "Escape"].includes(key);
  if (target.matches("input, select, textarea, [contenteditable=true]")) return key !== "Escape";
  return key === " " && target.matches("button, summary, a");
}
