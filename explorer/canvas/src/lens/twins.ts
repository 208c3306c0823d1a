// A focusable element per visible box, over the place where it is painted: for keyboard, screen reader and tests.
import { type Camera, meets } from "./camera.js";
import { hintOf } from "./faces.js";
import { groupName } from "./ids.js";
import type { Moment } from "./moment.js";
import type { Scene } from "./scene.js";

/** Beyond this many boxes only those in the window have a twin. */
const MOST = 1500;
/** Up to so many boxes the Tab key stops at each; beyond, at one, and the arrow keys go on from it. */
const MOST_STOPS = 40;

export interface Twin {
  /** Id of the record's node, or the name of the group. */
  readonly id: string;
  readonly label: string;
  /** null for boxes that hold nothing. */
  readonly expanded: boolean | null;
}

export interface TwinHandlers {
  focus(id: number | null): void;
  press(id: number): void;
  /** Closes the group around. */
  leave(id: number): void;
}

export class Twins {
  readonly element = document.createElement("div");
  private readonly made = new Map<number, HTMLButtonElement>();
  private scene: Scene | null = null;
  /** Where the Tab key stops in a long list. */
  private stop: HTMLElement | null = null;

  constructor(
    private readonly name: (node: number) => string,
    handlers: TwinHandlers,
    stop: AbortSignal,
  ) {
    this.element.className = "twins";
    this.element.setAttribute("role", "group");
    this.element.setAttribute(
      "aria-label",
      "Boxes of the graph in the order of the backward pass; arrow keys up and down move",
    );
    const idOf = (event: Event): number | null => {
      const text = (event.target as Element).getAttribute("data-box");
      return text === null ? null : Number(text);
    };
    const on = { signal: stop };
    this.element.addEventListener(
      "focusin",
      (event) => {
        this.stop = event.target as HTMLElement;
        handlers.focus(idOf(event));
      },
      on,
    );
    this.element.addEventListener("focusout", () => handlers.focus(null), on);
    this.element.addEventListener(
      "click",
      (event) => {
        const id = idOf(event);
        if (id !== null) handlers.press(id);
      },
      on,
    );
    this.element.addEventListener(
      "keydown",
      (event) => {
        const id = idOf(event);
        if (id === null || event.ctrlKey || event.metaKey || event.altKey) return;
        if (event.key === "ArrowDown" || event.key === "ArrowUp")
          this.walk(event.target as Element, event.key === "ArrowDown" ? 1 : -1);
        else if (event.key === "Enter") handlers.press(id);
        else if (event.key === "Backspace") handlers.leave(id);
        else return;
        event.preventDefault();
        event.stopPropagation();
      },
      on,
    );
  }

  private walk(from: Element, step: 1 | -1): void {
    const twins = [...this.element.children] as HTMLElement[];
    const next = twins[twins.indexOf(from as HTMLElement) + step];
    if (!next) return;
    if (twins.length > MOST_STOPS) {
      (from as HTMLElement).tabIndex = -1;
      next.tabIndex = 0;
    }
    next.focus();
  }

  /** Brings the list up to a scene; elements that stay keep their focus. */
  update(scene: Scene, camera: Camera, moment: Moment): void {
    const places = this.shown(scene, camera);
    const kept = new Set<HTMLElement>();
    let before: Element | null = null;
    for (const place of places) {
      const id = scene.view.id[place]!;
      const twin = this.made.get(id) ?? this.make(id);
      this.describe(twin, describe(scene, moment, place, this.name));
      const { x, y, width, height } = camera.turnedRect(scene.rect(place));
      twin.style.cssText = `left:${x.toFixed(1)}px;top:${y.toFixed(1)}px;width:${width.toFixed(1)}px;height:${height.toFixed(1)}px`;
      kept.add(twin);
      const next: Element | null = before
        ? before.nextElementSibling
        : this.element.firstElementChild;
      if (next !== twin) this.element.insertBefore(twin, next);
      before = twin;
    }
    for (const [id, twin] of this.made) {
      if (kept.has(twin)) continue;
      twin.remove();
      this.made.delete(id);
    }
    this.stops();
    this.scene = scene;
    this.move(camera);
  }

  private stops(): void {
    const twins = [...this.element.children] as HTMLElement[];
    const stop = this.stop?.isConnected ? this.stop : twins[0];
    for (const twin of twins) twin.tabIndex = twins.length <= MOST_STOPS || twin === stop ? 0 : -1;
  }

  private shown(scene: Scene, camera: Camera): number[] {
    let places = Array.from({ length: scene.count }, (_, at) => at);
    if (scene.count > MOST) {
      const { window } = camera;
      places = places.filter((at) => meets(scene.rect(at), window)).slice(0, MOST);
    }
    // A group stands before what it holds: it starts no later, and reaches further.
    const low = (at: number): number => scene.faces[at]!.low;
    const high = (at: number): number => scene.faces[at]!.high;
    return places.sort(
      (one, other) =>
        low(one) - low(other) ||
        high(other) - high(one) ||
        scene.view.depth[one]! - scene.view.depth[other]!,
    );
  }

  private make(id: number): HTMLButtonElement {
    const twin = document.createElement("button");
    twin.type = "button";
    twin.setAttribute("data-box", String(id));
    this.made.set(id, twin);
    return twin;
  }

  private describe(button: HTMLButtonElement, twin: Twin): void {
    const set = (name: string, value: string | null): void => {
      if (value === null) button.removeAttribute(name);
      else if (button.getAttribute(name) !== value) button.setAttribute(name, value);
    };
    set("data-node-id", twin.id);
    set("aria-label", twin.label);
    set("aria-expanded", twin.expanded === null ? null : String(twin.expanded));
  }

  focusOn(id: number): void {
    this.made.get(id)?.focus({ preventScroll: true });
  }

  /** Follows the camera; one style for all. */
  move({ x, y, zoom }: Camera): void {
    if (this.scene) this.element.style.transform = `matrix(${zoom}, 0, 0, ${zoom}, ${x}, ${y})`;
  }
}

/** What a box is, in words. */
export function describe(
  scene: Scene,
  moment: Moment,
  place: number,
  name: (node: number) => string,
): Twin {
  const face = scene.faces[place]!;
  const open = scene.view.open[place] === 1;
  const group = face.node < 0;
  const states = {
    later: "not made yet",
    waiting: "no gradient yet",
    now: "at work now",
    part: "in part done",
    done: "",
  } as const;
  const leaves = face.chips.filter((chip) => chip.leaf).map((chip) => chip.text);
  const words = [
    [face.title, face.note].filter(Boolean).join(", "),
    ...(group ? [open ? "open group" : "group"] : []),
    ...hintOf(face),
    ...(leaves.length ? [`uses ${leaves.join(", ")}`] : []),
    open ? "" : states[moment.state(place)],
  ];
  return {
    id: group ? groupName(face.id) : name(face.node),
    label: words.filter(Boolean).join("; "),
    expanded: group ? open : null,
  };
}
