// In place of a picture: words that say why there is none.
import { button, h } from "./dom.js";
import { absence } from "./notes.js";
import type { Pass } from "./records.js";

export class Notice {
  readonly element = h("div", { class: "notice", hidden: true });

  hide(): void {
    this.element.hidden = true;
  }

  /** The pass has no graph, or only its summary was kept. */
  absent(pass: Pass | null): void {
    this.say(...absence(pass).map((text) => h("p", {}, text)));
  }

  /** The layout failed; `again` tries once more. */
  broken(error: Error, again: () => void): void {
    this.say(
      h(
        "p",
        {},
        "The picture could not be laid out; the replay and all numbers below are complete.",
      ),
      h("p", { class: "quiet" }, error.message),
      button("Draw again", again, { class: "small" }, "draw again"),
    );
  }

  private say(...words: HTMLElement[]): void {
    this.element.hidden = false;
    this.element.replaceChildren(...words);
  }
}
