// Keys of the replay and the camera: all of them inside the graph component, and on the page around
// it those that nobody else needs.
import type { Store } from "./store.js";

/** Steps of an arrow with Shift held. */
const LEAP = 10;

/** What has a use of its own for Left and Right. */
const USES_ARROWS = [
  "input, select, textarea, [contenteditable]:not([contenteditable=false]), iframe, audio, video",
  "[aria-haspopup=listbox], [aria-modal=true]",
  ...["combobox", "dialog", "grid", "listbox", "menu", "menubar", "option", "radiogroup", "slider"],
  ...["spinbutton", "tablist", "toolbar", "tree"],
]
  .map((one) => (/^[a-z]+$/.test(one) ? `[role=${one}]` : one))
  .join();

/** What buttons and keys ask of whichever figure is on screen. */
export interface Zoom {
  notch(notches: number): void;
  fit(): void;
}

/** What a key does; null: nothing, the page may have it. */
export function actionOf(key: string, store: Store, camera: Zoom): (() => void) | null {
  switch (key) {
    case "ArrowRight":
    case "PageDown": // what a presenter's clicker sends
      return () => store.step(1);
    case "ArrowLeft":
    case "PageUp":
      return () => store.step(-1);
    case "Shift+ArrowRight":
      return () => store.step(LEAP);
    case "Shift+ArrowLeft":
      return () => store.step(-LEAP);
    case "Home":
      return () => store.go(0);
    case "End":
      return () => store.go(Infinity);
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

/** What `element` does on a key that is pressed in it, and on the rest of the page. */
export function listenForKeys(
  element: HTMLElement,
  action: (key: string, target: Element) => (() => void) | null,
  stop: AbortSignal,
): void {
  const pressed = (event: KeyboardEvent, target: Element): void => {
    const act = action(nameOf(event), target);
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };
  const on = { signal: stop };
  element.addEventListener(
    "keydown",
    (event) => {
      const target = event.target as Element;
      if (!isShortcut(event) && !belongsToControl(target, event.key)) pressed(event, target);
    },
    on,
  );
  document.addEventListener(
    "keydown",
    (event) => {
      if (!isShortcut(event) && isFree(event, element)) pressed(event, document.body);
    },
    on,
  );
}

function isShortcut({ ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  return ctrlKey || metaKey || altKey;
}

function nameOf({ key, shiftKey }: KeyboardEvent): string {
  return shiftKey && key.startsWith("Arrow") ? `Shift+${key}` : key;
}

/** Whether nothing outside the graph needs the key. The page of the app scrolls by most keys, so
 * only Left and Right are free there; a page that is nothing but the replay gives it all of them. */
function isFree(event: KeyboardEvent, graph: HTMLElement): boolean {
  const path = event.composedPath().filter((it) => it instanceof Element);
  const [target] = path;
  if (event.defaultPrevented || !target || path.includes(graph)) return false;
  if (target === document.body && graph.closest(".alone")) return true;
  return isSideways(event.key) && !scrollsSideways(target) && !path.some(usesArrows);
}

function usesArrows(element: Element): boolean {
  return element.matches(USES_ARROWS);
}

function isSideways(key: string): boolean {
  return key === "ArrowLeft" || key === "ArrowRight";
}

function scrollsSideways(element: Element): boolean {
  return (
    element.scrollWidth > element.clientWidth &&
    /auto|scroll/.test(getComputedStyle(element).overflowX)
  );
}

/** True where a control of the page needs the key itself. A clicker goes on after a pull at the slider. */
function belongsToControl(target: Element, key: string): boolean {
  if (target.matches("input[type=range]"))
    return !["+", "-", " ", "f", "F", "0", "Escape", "PageDown", "PageUp"].includes(key);
  if (isSideways(key) && scrollsSideways(target)) return true;
  if (target.matches("input, select, textarea, [contenteditable=true]")) return key !== "Escape";
  return key === " " && target.matches("button, summary, a");
}
