// Views that take a while: asked about before they start, watched while they are made, stopped at will.
import { button, h, setText } from "../dom.js";
import type { Progress } from "./engine.js";

/** Layouts shorter than this need no words. */
const PATIENCE_MS = 250;

export class LongView {
  readonly element = h("div", { class: "long", role: "status", hidden: true });
  private timer = 0;
  /** Answers the open question with no. */
  private leave: (() => void) | null = null;
  /** What had the focus before the question. */
  private before: HTMLElement | null = null;

  constructor(private readonly cancel: () => void) {
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      if (this.leave) this.leave();
      else this.cancel();
    });
  }

  /** Asks whether to go on. */
  ask(boxes: number): Promise<boolean> {
    this.leave?.();
    return new Promise((resolve) => {
      const answer = (yes: boolean) => (): void => {
        this.leave = null;
        this.done();
        this.before?.focus();
        resolve(yes);
      };
      this.leave = answer(false);
      const text = `This view has ${boxes.toLocaleString("en")} boxes and takes a moment.`;
      const yes = button("Show them", answer(true), {}, "Show them");
      this.show(h("span", {}, text), yes, button("Leave it", this.leave, {}, "Leave it"));
      this.before = focused(this.element);
      yes.focus();
    });
  }

  /** Work has begun; says so if it lasts. */
  begin(): void {
    this.leave?.();
    clearTimeout(this.timer);
    this.timer = window.setTimeout(
      () => this.show(h("span", {}, "Laying out …"), button("Cancel", this.cancel, {}, "Cancel")),
      PATIENCE_MS,
    );
  }

  progress([done, of]: Progress): void {
    const words = this.element.querySelector("span");
    const running = this.element.querySelectorAll("button").length === 1;
    if (words && running)
      setText(
        words,
        `Laying out group ${done.toLocaleString("en")} of ${of.toLocaleString("en")} …`,
      );
  }

  done(): void {
    clearTimeout(this.timer);
    this.element.hidden = true;
  }

  private show(...parts: readonly HTMLElement[]): void {
    this.element.replaceChildren(...parts);
    this.element.hidden = false;
  }
}

function focused(element: HTMLElement): HTMLElement | null {
  const root = element.getRootNode() as Document | ShadowRoot;
  return root.activeElement instanceof HTMLElement ? root.activeElement : null;
}
