// Views that take a while: asked about before they start, watched while they are made, stopped at will.
import { button, h, setText } from "../dom.js";
import type { Progress } from "./engine.js";

/** Layouts shorter than this need no words. */
const PATIENCE_MS = 250;

export class LongView {
  readonly element = h("div", { class: "long", role: "status", hidden: true });
  private timer = 0;

  constructor(private readonly cancel: () => void) {}

  /** Asks whether to go on. */
  ask(boxes: number): Promise<boolean> {
    return new Promise((resolve) => {
      const answer = (yes: boolean) => (): void => {
        this.done();
        resolve(yes);
      };
      const text = `This view has ${boxes.toLocaleString("en")} boxes and takes a moment.`;
      this.element.replaceChildren(
        h("span", {}, text),
        button("Show them", answer(true), {}, "Show them"),
        button("Leave it", answer(false), {}, "Leave it"),
      );
      this.element.hidden = false;
    });
  }

  /** Work has begun; says so if it lasts. */
  begin(): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      this.element.replaceChildren(
        h("span", {}, "Laying out …"),
        button("Cancel", this.cancel, {}, "Cancel"),
      );
      this.element.hidden = false;
    }, PATIENCE_MS);
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
}
