// Above the figure: which picture, which pass, zoom.
import { passTitle } from "./describe.js";
import { button, h } from "./dom.js";
import type { Trace } from "./records.js";
import type { Store } from "./store.js";

/** What the figure shows: the dressed picture, or torchviz's own with its flags. */
export interface Lens {
  readonly classic: boolean;
  readonly attrs: boolean;
  readonly saved: boolean;
}

/** Name of a classic text in the record. */
export function classicName({ attrs, saved }: Lens): string {
  return [attrs && "attrs", saved && "saved"].filter(Boolean).join("+");
}

let groups = 0;

export class Toolbar {
  readonly element: HTMLElement;
  private readonly passes = h("select", { "aria-label": "Backward pass", class: "passes" });
  private readonly flags = h("span", { class: "flags", hidden: true });
  private lens: Lens = { classic: false, attrs: false, saved: false };
  private listed: Trace | null = null;

  constructor(
    private readonly store: Store,
    private readonly changed: (lens: Lens) => void,
    zoom: { readonly notch: (notches: number) => void; readonly fit: () => void },
    showCard: (on: boolean) => void,
  ) {
    this.passes.addEventListener("change", () => store.choosePass(Number(this.passes.value)));
    this.flags.append(this.flag("show_attrs", "attrs"), this.flag("show_saved", "saved"));
    this.element = h(
      "div",
      { class: "toolbar", role: "group", "aria-label": "Picture" },
      this.lenses(),
      this.flags,
      this.passes,
      h(
        "span",
        { class: "zoom" },
        button("Zoom out", () => zoom.notch(-1), {}, "−"),
        button("Zoom in", () => zoom.notch(1), {}, "+"),
        button("Fit the whole graph", () => zoom.fit(), {}, "fit"),
        this.cardSwitch(showCard),
      ),
    );
  }

  paint(): void {
    const trace = this.store.state.shown?.trace ?? null;
    if (trace !== this.listed) this.list(trace);
    this.passes.value = String(this.store.state.pass);
  }

  private list(trace: Trace | null): void {
    this.listed = trace;
    const passes = trace?.passes ?? [];
    const calls = new Map(trace?.events.map((event) => [event.pass_index, event.detail]));
    const options = passes.map((pass, index) =>
      h("option", { value: index }, passTitle(pass, passes.length, calls.get(pass.index) ?? null)),
    );
    this.passes.replaceChildren(...options);
    this.passes.hidden = passes.length < 2;
  }

  private lenses(): HTMLElement {
    const group = `ax-lens-${(groups += 1)}`;
    const radio = (name: string, classic: boolean): HTMLElement => {
      const it = h("input", { type: "radio", name: group, checked: classic === this.lens.classic });
      it.addEventListener("change", () => it.checked && this.choose({ classic }));
      return h("label", {}, it, h("span", {}, name));
    };
    return h(
      "span",
      { class: "segments", role: "radiogroup", "aria-label": "Drawing" },
      radio("Dressed", false),
      radio("torchviz", true),
    );
  }

  /** Hides the card, for a larger graph. */
  private cardSwitch(showCard: (on: boolean) => void): HTMLElement {
    const it = button(
      "Card",
      () => {
        const on = it.getAttribute("aria-pressed") !== "true";
        it.setAttribute("aria-pressed", String(on));
        showCard(on);
      },
      { "aria-pressed": "true", title: "Show or hide the card" },
      "card",
    );
    return it;
  }

  private flag(name: string, key: "attrs" | "saved"): HTMLElement {
    const box = h("input", { type: "checkbox" });
    box.addEventListener("change", () => this.choose({ [key]: box.checked }));
    return h("label", {}, box, h("span", {}, name));
  }

  private choose(change: Partial<Lens>): void {
    this.lens = { ...this.lens, ...change };
    this.flags.hidden = !this.lens.classic;
    this.changed(this.lens);
  }
}
