// Above the figure: which picture, which pass, zoom.
import { passTitle } from "./describe.js";
import { button, h } from "./dom.js";
import type { Zoom } from "./keys.js";
import type { Trace } from "./records.js";
import { save } from "./saving.js";
import type { Store } from "./store.js";

/** Which picture of a pass. */
export type PictureName = "dressed" | "classic" | "explorer";

/** What the reader chose to see: the dressed picture, torchviz's own with its flags, or the folded
 * view. null: whatever suits the size of the graph. */
export interface Lens {
  readonly picture: PictureName | null;
  readonly attrs: boolean;
  readonly saved: boolean;
}

/** Name of a classic text in the record. */
export function classicName({ attrs, saved }: Omit<Lens, "picture">): string {
  return [attrs && "attrs", saved && "saved"].filter(Boolean).join("+");
}

let groups = 0;

export class Toolbar {
  readonly element: HTMLElement;
  private readonly passes = h("select", { "aria-label": "Backward pass", class: "passes" });
  private readonly flags = h("span", { class: "flags", hidden: true });
  private readonly radios = new Map<PictureName, HTMLInputElement>();
  /** Of torchviz's pictures; the folded one has its own. */
  private readonly file: HTMLElement;
  private lens: Lens = { picture: null, attrs: false, saved: false };
  private listed: Trace | null = null;

  constructor(
    private readonly store: Store,
    private readonly changed: (lens: Lens) => void,
    zoom: Zoom,
    svg: () => string,
    showCard: (on: boolean) => void,
    controls: HTMLElement,
  ) {
    this.passes.addEventListener("change", () => store.choosePass(Number(this.passes.value)));
    this.flags.append(this.flag("show_attrs", "attrs"), this.flag("show_saved", "saved"));
    this.file = button(
      "Save the picture as SVG",
      () => save(svg(), "graph.svg", "image/svg+xml"),
      {},
      "svg",
    );
    this.element = h(
      "div",
      { class: "toolbar", role: "group", "aria-label": "Picture" },
      this.lenses(),
      this.flags,
      this.passes,
      controls,
      h(
        "span",
        { class: "zoom" },
        button("Zoom out", () => zoom.notch(-1), {}, "−"),
        button("Zoom in", () => zoom.notch(1), {}, "+"),
        button("Fit the whole graph", () => zoom.fit(), {}, "fit"),
        this.file,
        this.cardSwitch(showCard),
      ),
    );
  }

  paint(): void {
    const trace = this.store.state.shown?.trace ?? null;
    if (trace !== this.listed) this.list(trace);
    this.passes.value = String(this.store.state.pass);
    this.passes.title = this.passes.selectedOptions[0]?.text ?? "";
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
    groups += 1;
    const group = `ax-lens-${groups}`;
    const radio = (name: string, picture: PictureName): HTMLElement => {
      const it = h("input", { type: "radio", name: group });
      it.addEventListener("change", () => it.checked && this.choose({ picture }));
      this.radios.set(picture, it);
      return h("label", {}, it, h("span", {}, name));
    };
    return h(
      "span",
      { class: "segments", role: "radiogroup", "aria-label": "Drawing" },
      radio("Dressed", "dressed"),
      radio("torchviz", "classic"),
      radio("Folded", "explorer"),
    );
  }

  /** Says which picture is on screen, and whether torchviz has one of this pass. */
  showing(picture: PictureName, drawn: boolean): void {
    for (const [name, radio] of this.radios) {
      radio.checked = name === picture;
      radio.disabled = !drawn && name !== "explorer";
    }
    this.flags.hidden = picture !== "classic";
    this.file.hidden = picture === "explorer";
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
    this.changed(this.lens);
  }
}
