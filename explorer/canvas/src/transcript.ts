// "Replay in words": the steps of a pass as a list that can be read, heard, copied and followed.
import { copied } from "./clipboard.js";
import { button, h, setText } from "./dom.js";
import type { Pass } from "./records.js";
import type { Replay } from "./replay.js";
import type { State, Store } from "./store.js";
import { heading, noSteps, sentence } from "./words.js";

/** Steps that are listed: a long read. The command line has them all. */
const MOST = 500;
const ASIDE = `Only the first ${MOST} steps are listed; "python -m explorer run --explain" tells all.`;

export class Transcript {
  private readonly title = h("p", { class: "heading" });
  private readonly list = h("ol", { "aria-label": "Steps of the backward pass" });
  private readonly aside = h("p", { class: "quiet", hidden: true }, ASIDE);
  private readonly said = h("span", { class: "quiet", role: "status" });
  readonly element = h(
    "details",
    { class: "transcript", "data-testid": "explorer-words" },
    h("summary", {}, "Replay in words"),
    h(
      "div",
      { class: "row" },
      this.title,
      button("Copy the words", () => void this.copy(), { class: "small" }, "copy"),
      this.said,
    ),
    this.list,
    this.aside,
  );
  /** The pass that is written down. */
  private written: Pass | null = null;

  constructor(
    private readonly store: Store,
    stop: AbortSignal,
  ) {
    this.element.addEventListener("toggle", () => this.paint());
    const unwatch = store.watch((state, old) => this.changed(state, old));
    stop.addEventListener("abort", unwatch);
  }

  private changed(state: State, old: State): void {
    const moved = state.at !== old.at || state.mode !== old.mode || state.pass !== old.pass;
    if (moved || state.shown !== old.shown) this.paint();
  }

  /** Nothing is worked out before somebody opens it. */
  private paint(): void {
    const { replay } = this.store;
    if (!this.element.open || !replay) return;
    if (this.written !== replay.pass) this.write(replay);
    this.mark();
  }

  private write(replay: Replay): void {
    const { pass } = replay;
    this.written = pass;
    const many = this.store.state.shown?.trace.passes.length ?? 1;
    setText(this.title, [heading(pass, many), noSteps(pass)].filter(Boolean).join(" "));
    setText(this.said, "");
    const items = pass.steps
      .slice(0, MOST)
      .map((step) => h("li", {}, this.link(replay, step.index)));
    this.list.replaceChildren(...items);
    this.aside.hidden = pass.steps.length <= MOST;
  }

  /** A sentence that takes the replay to its step. */
  private link(replay: Replay, at: number): HTMLElement {
    const step = replay.pass.steps[at];
    const text = step ? sentence(replay, step) : "";
    const go = (): void => {
      this.store.setMode("backward");
      this.store.go(at);
    };
    const it = button(text, go, { class: "told" }, text);
    it.removeAttribute("aria-label");
    it.removeAttribute("title");
    return it;
  }

  private mark(): void {
    const { mode, at } = this.store.state;
    for (const [number, item] of [...this.list.children].entries()) {
      const now = mode === "backward" && number === at.backward;
      if (now) item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
    }
  }

  /** All of it as plain text. */
  get text(): string {
    const lines = [...this.list.children].map(
      (item, number) => `${number + 1}. ${item.textContent}`,
    );
    return [this.title.textContent, ...lines].join("\n");
  }

  private async copy(): Promise<void> {
    const done = await copied(this.text, this.list);
    setText(this.said, done ? "copied" : "marked: press Ctrl+C");
  }
}
