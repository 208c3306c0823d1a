// The bars above a picture: what a reader must know, and where the first NaN or infinity came from.
import { button, h } from "./dom.js";
import { withCode } from "./failure.js";
import { notesOf } from "./notes.js";
import type { Alarm } from "./records.js";
import { momentOf } from "./replay.js";
import type { Store } from "./store.js";

export class Said {
  private readonly banner = h("p", { class: "banner", role: "status", hidden: true });
  private readonly bar = h("div", {
    class: "alarm-bar",
    "data-testid": "explorer-alarm",
    role: "status",
    hidden: true,
  });
  readonly elements = [this.banner, this.bar];
  private shown: Alarm | null = null;
  private told = "";

  constructor(private readonly store: Store) {}

  paint(): void {
    const notes = notesOf(this.store.state, this.store.pass);
    this.say(notes.join(" "));
    const { shown } = this.store.state;
    const alarm = this.store.isOld(shown?.run) ? null : (shown?.trace.alarm ?? null);
    if (alarm === this.shown) return;
    this.shown = alarm;
    this.bar.hidden = alarm === null;
    if (!alarm) return;
    const show = alarm.node === null ? null : this.button(alarm);
    this.bar.replaceChildren(
      h("p", {}, "⚠ ", ...withCode(alarm.sentence), " ", show),
      ...(alarm.hint ? [h("p", { class: "advice" }, ...withCode(alarm.hint))] : []),
    );
  }

  /** Only where it differs, so that nothing is announced twice. */
  private say(words: string): void {
    if (this.told === words) return;
    this.told = words;
    this.banner.replaceChildren(h("span", {}, ...withCode(words)));
    this.banner.hidden = words === "";
  }

  private button(alarm: Alarm): HTMLElement {
    return button("Show it in the graph", () => this.go(alarm), { class: "small" }, "show it");
  }

  /** The pass, the moment and the box. */
  private go({ where, pass_index, node, step }: Alarm): void {
    if (pass_index !== null) this.store.choosePass(pass_index);
    const { replay } = this.store;
    if (!replay || node === null) return;
    this.store.set({ mode: where, pin: { kind: "node", id: node } });
    const moment = step ?? momentOf(replay, where, node);
    if (moment !== null) this.store.go(moment);
  }
}
