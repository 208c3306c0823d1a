// The explorer lens inside the graph component: made when first wanted, follows the shared store.
import type { Moment } from "./boxes.js";
import { button, h } from "./dom.js";
import type { Zoom } from "./keys.js";
import { PALETTES } from "./lens/colours.js";
import type { Contents } from "./lens/contents.js";
import type { ExplorerLens } from "./lens/lens.js";
import { grouped } from "./lens/names.js";
import type { Finds, Status } from "./lens/options.js";
import { pageLens } from "./lens/page.js";
import type { Pass } from "./records.js";
import { save } from "./saving.js";
import { Sizes } from "./sizes.js";
import type { Pin } from "./store.js";

const HELP = `Words that all must fit: tanh, op:mul, name:weight, scope:layer1, line:12, line:3-7,
size>100, size<1e-6, size=nan, /regular expression/. Enter goes to the next, Shift+Enter back.`;

export interface Hears {
  readonly pick: (pin: Pin | null) => void;
  readonly point: (nodes: readonly string[] | null) => void;
  /** A view is on screen. */
  readonly viewed: (status: Status) => void;
  readonly failed: (error: Error) => void;
  /** Its controls stand there, and take their room, before anything is fitted to the rest. */
  readonly appears: () => void;
}

export class WideFigure {
  /** The place of the lens, and its own controls. */
  readonly element = h("div", { class: "wide-figure", hidden: true });
  readonly controls = h("span", { class: "wide-controls", hidden: true });
  private lens: ExplorerLens | null = null;
  private pass: Pass | null = null;
  private finds: Finds | null = null;
  private pin: Pin | null = null;
  /** Pressed in the lens itself, so it is where the reader looks. */
  private pressed: Pin | null = null;
  /** The lens has the pass; before, it cannot mark anything in it. */
  private loaded = false;
  private readonly paths = button(
    "Only what leads from the held box to the root",
    () => this.narrow(this.paths.getAttribute("aria-pressed") !== "true"),
    { class: "small", "aria-pressed": "false", disabled: true },
    "path",
  );
  private readonly told = h("output", { class: "found" });
  private readonly field = this.searchField();
  private readonly walk = h(
    "span",
    { class: "walk", hidden: true },
    button("Previous found box", () => void this.next(-1), { class: "small" }, "↑"),
    button("Next found box", () => void this.next(1), { class: "small" }, "↓"),
  );
  private readonly sizes = new Sizes((range) => this.lens?.narrowing.sized(range));

  constructor(
    stop: AbortSignal,
    private readonly hears: Hears,
  ) {
    const act = (name: string, text: string, does: (lens: ExplorerLens) => unknown): HTMLElement =>
      button(name, () => void (this.lens && does(this.lens)), { class: "small" }, text);
    this.controls.append(
      act("Show fewer boxes", "less", (lens) => lens.open("less")),
      act("Show more boxes", "more", (lens) => lens.open("more")),
      act("Open the group at work", "inside", (lens) => lens.stepInside()),
      this.paths,
      act("Turn the graph upside down", "flip", (lens) => lens.flip()),
      act("Save what is in view as SVG", "svg", (lens) =>
        save(lens.svg(), "graph.svg", "image/svg+xml"),
      ),
      this.field,
      this.walk,
      this.told,
      this.sizes.element,
    );
    stop.addEventListener("abort", () => this.lens?.destroy());
  }

  /** Zoom buttons and keys. */
  readonly camera: Zoom = {
    notch: (notches) => this.lens?.notch(notches),
    fit: () => this.lens?.fit(),
  };

  hide(): void {
    this.element.hidden = this.controls.hidden = true;
  }

  /** Shows a pass; resolves when it is painted. */
  async show(pass: Pass, text: readonly string[], moment: Moment): Promise<void> {
    this.element.hidden = this.controls.hidden = false;
    this.hears.appears();
    if (pass !== this.pass) {
      this.mark(null);
      this.loaded = false;
    }
    const palette = PALETTES[moment.theme];
    if (!this.lens) {
      this.lens = pageLens(this.element, {
        pass,
        source: text,
        palette,
        onSelect: (pin) => {
          this.pressed = pin;
          this.hears.pick(pin);
        },
        onHover: this.hears.point,
        onView: this.hears.viewed,
        onError: this.hears.failed,
      });
      this.pass = pass;
      await this.lens.ready;
    } else if (pass !== this.pass) {
      this.pass = pass;
      this.forget();
      await this.lens.setPass(pass, text);
      await this.search(this.field.value);
    }
    if (pass !== this.pass) return;
    this.loaded = true;
    this.lens.setPalette(palette);
    this.sizes.show(moment.replay.scale);
    this.paint(moment, false);
    this.hears.viewed(this.lens.status);
  }

  /** `follow`: the box at work comes into view. */
  paint(moment: Moment, follow: boolean): void {
    this.lens?.setStep(moment.at, moment.mode, follow);
  }

  mark(pin: Pin | null): void {
    if (pin === this.pin || !this.loaded) return;
    this.pin = pin;
    this.lens?.select(pin);
    if (pin?.kind === "node" && pin !== this.pressed) void this.lens?.goTo(pin.id);
    this.paths.disabled = pin?.kind !== "node";
    this.narrow(pin?.kind === "node" && this.paths.getAttribute("aria-pressed") === "true");
  }

  /** Lets everything step back that does not lead from the held box to the root; or nothing. */
  private narrow(on: boolean): void {
    this.paths.setAttribute("aria-pressed", String(on));
    void this.lens?.only(on && this.pin ? this.pin.id : null);
  }

  /** What lies in a group; null where there is none of that name. */
  contents(group: string): Contents | null {
    return this.lens?.contents(group) ?? null;
  }

  glow(nodes: readonly string[]): void {
    this.lens?.glow(nodes);
  }

  private searchField(): HTMLInputElement {
    const field = h("input", {
      type: "search",
      class: "search",
      placeholder: "find: tanh, line:3, /w\\d/",
      title: HELP,
      "aria-label": "Find boxes by name, operation, line or module; Enter goes to the next",
    });
    field.addEventListener("input", () => void this.search(field.value));
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !this.finds) return;
      event.preventDefault();
      void this.next(event.shiftKey ? -1 : 1);
    });
    return field;
  }

  private async search(query: string): Promise<void> {
    if (query.trim() === "" || !this.lens) {
      this.forget();
      return;
    }
    try {
      this.finds = await this.lens.find(query);
      this.walk.hidden = this.finds.count === 0;
      this.tell(`${grouped(this.finds.count)} found`);
    } catch (error) {
      this.forget();
      this.tell(error instanceof Error ? error.message : String(error));
    }
  }

  private async next(by: 1 | -1): Promise<void> {
    const at = await this.finds?.step(by);
    if (this.finds && at !== undefined && at >= 0)
      this.tell(`${grouped(at + 1)} of ${grouped(this.finds.count)}`);
  }

  private forget(): void {
    this.finds?.clear();
    this.finds = null;
    this.walk.hidden = true;
    this.tell("");
  }

  /** What does not fit in is told whole when it is pointed at. */
  private tell(text: string): void {
    this.told.textContent = this.told.title = text;
  }
}
