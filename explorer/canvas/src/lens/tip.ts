// Words beside the pointer, or below the box that has the focus.
import type { Rect } from "./camera.js";

/** From what they are about to the words. */
const OFFSET = 14;

export class Tip {
  readonly element = document.createElement("div");

  constructor() {
    this.element.className = "tip";
    this.element.hidden = true;
    this.element.setAttribute("aria-hidden", "true");
  }

  hide(): void {
    this.element.hidden = true;
  }

  /** `lines` below a title, beside a place in a window of the given size. */
  show(
    title: string,
    note: string,
    lines: readonly string[],
    place: Rect,
    room: { width: number; height: number },
  ): void {
    const head = document.createElement("p");
    const [strong, small] = [document.createElement("strong"), document.createElement("small")];
    strong.textContent = title;
    small.textContent = note;
    head.append(strong, " ", small);
    const rest = lines.map((line) => {
      const p = document.createElement("p");
      p.textContent = line;
      return p;
    });
    this.element.replaceChildren(head, ...rest);
    this.element.hidden = false;
    this.move(place, room);
  }

  /** The same words elsewhere. */
  move({ x, y, height }: Rect, room: { width: number; height: number }): void {
    const { offsetWidth, offsetHeight } = this.element;
    this.element.style.left = `${Math.max(4, Math.min(room.width - offsetWidth - 6, x + OFFSET))}px`;
    const below = y + height + OFFSET + 4;
    this.element.style.top = `${below + offsetHeight > room.height ? Math.max(4, y - offsetHeight - OFFSET) : below}px`;
  }
}
