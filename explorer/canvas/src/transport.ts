// First, Back, Play, Forward, Last; slider, speed, mode, and what happens at this moment.
import type { Moment } from "./boxes.js";
import { sentenceOf } from "./describe.js";
import { button, h, s, setAttribute, setText } from "./dom.js";
import { type Mode, moments } from "./replay.js";
import type { Store } from "./store.js";
import { Timeline } from "./timeline.js";

/** Steps per second. The fastest shows 100,000 steps in half a minute. */
const SPEEDS = [0.5, 1, 2, 4, 8, 16, 64, 512, 4096];

const ICONS = {
  First: "M6 5v14M19 5 9 12l10 7z",
  Back: "M17 5 7 12l10 7z",
  Play: "M8 4v16l12-8z",
  Pause: "M8 5v14M16 5v14",
  Forward: "M7 5l10 7-10 7z",
  Last: "M18 5v14M5 5l10 7-10 7z",
} as const;

let groups = 0;

export class Transport {
  readonly element: HTMLElement;
  /** Stands before the picture, for keyboards: each of its boxes is a stop. */
  readonly skip = button(
    "Skip the boxes",
    () => this.buttons.Play.focus(),
    { class: "skip" },
    "skip the boxes",
  );
  private readonly buttons: Record<
    "First" | "Back" | "Play" | "Forward" | "Last",
    HTMLButtonElement
  >;
  private readonly slider = h("input", {
    type: "range",
    min: 1,
    step: 1,
    "aria-label": "Step",
    class: "slider",
  });
  private readonly status = h("span", { class: "status", "data-testid": "explorer-step" });
  /** What has the same height at each step. */
  readonly steady: readonly HTMLElement[];
  private readonly sentence = h("p", { class: "sentence", role: "status", "aria-live": "polite" });
  private readonly modes: Record<Mode, HTMLInputElement>;
  private readonly timeline: Timeline;
  private moment: Moment | null = null;

  constructor(
    private readonly store: Store,
    stop: AbortSignal,
  ) {
    this.buttons = {
      First: this.control("First", () => store.go(0)),
      Back: this.control("Back", () => store.step(-1)),
      Play: this.control("Play", () => store.play()),
      Forward: this.control("Forward", () => store.step(1)),
      Last: this.control("Last", () => store.go(Infinity)),
    };
    this.timeline = new Timeline(
      (at) => store.go(at),
      stop,
      () => this.moment && this.bars(this.moment),
    );
    this.slider.addEventListener("input", () => store.go(this.slider.valueAsNumber - 1));
    groups += 1;
    const group = `ax-mode-${groups}`;
    this.modes = { forward: this.radio(group, "forward"), backward: this.radio(group, "backward") };
    this.steady = [
      h("div", { class: "track" }, this.timeline.element, this.slider),
      h(
        "div",
        { class: "controls" },
        h("div", { class: "buttons" }, ...Object.values(this.buttons)),
        this.status,
        h(
          "div",
          { class: "modes", role: "radiogroup", "aria-label": "What to replay" },
          this.choice(this.modes.forward, "Forward", "watch the graph grow"),
          this.choice(this.modes.backward, "Backward", "watch gradients flow"),
        ),
        this.speeds(),
        this.following(),
      ),
    ];
    this.element = h(
      "div",
      { class: "transport", role: "group", "aria-label": "Replay" },
      this.sentence,
      ...this.steady,
    );
  }

  paint(moment: Moment): void {
    this.moment = moment;
    const { replay, mode, at } = moment;
    const count = moments(replay, mode);
    const { playing } = this.store.state;
    setText(this.status, count > 0 ? `step ${at + 1} of ${count}` : "step 0 of 0");
    this.slider.max = String(Math.max(1, count));
    this.slider.value = String(at + 1);
    this.slider.style.setProperty("--done", `${(100 * at) / Math.max(1, count - 1)}%`);
    this.slider.disabled = count < 2;
    setAttribute(this.slider, "aria-valuetext", `step ${at + 1} of ${count}`);
    const [start, end] = [at === 0, at >= count - 1];
    // Not `disabled`: that would take the focus away, and the keys with it.
    for (const name of ["First", "Back"] as const)
      setAttribute(this.buttons[name], "aria-disabled", String(start));
    for (const name of ["Last", "Forward"] as const)
      setAttribute(this.buttons[name], "aria-disabled", String(end));
    this.buttons.Play.disabled = count < 2;
    this.playButton(playing);
    this.modes[mode].checked = true;
    // A film is not read out step by step; its last sentence is.
    setAttribute(this.sentence, "aria-live", playing ? "off" : "polite");
    setText(this.sentence, sentenceOf(replay, mode, at));
    this.bars(moment);
  }

  private bars({ replay, mode, at, theme }: Moment): void {
    this.timeline.paint(replay, mode, at, theme);
  }

  private playButton(playing: boolean): void {
    const name = playing ? "Pause" : "Play";
    if (this.buttons.Play.getAttribute("aria-label") === name) return;
    this.buttons.Play.setAttribute("aria-label", name);
    this.buttons.Play.title = `${name} (Space)`;
    this.buttons.Play.replaceChildren(icon(name));
  }

  private control(name: keyof typeof ICONS, press: () => void): HTMLButtonElement {
    return button(name, press, { class: `control ${name.toLowerCase()}` }, icon(name));
  }

  private radio(group: string, mode: Mode): HTMLInputElement {
    const it = h("input", { type: "radio", name: group, value: mode });
    it.addEventListener("change", () => it.checked && this.store.setMode(mode));
    return it;
  }

  private choice(radio: HTMLInputElement, name: string, what: string): HTMLElement {
    return h("label", {}, radio, h("span", {}, name, h("span", { class: "what" }, `: ${what}`)));
  }

  private following(): HTMLElement {
    const box = h("input", { type: "checkbox", checked: true });
    box.addEventListener("change", () => this.store.set({ follow: box.checked }));
    const title = "Keep the box at work in view";
    return h("label", { class: "follow", title }, box, h("span", {}, "follow"));
  }

  private speeds(): HTMLElement {
    const options = SPEEDS.map((speed) =>
      h("option", { value: speed, selected: speed === 1 }, `${speed}×`),
    );
    const select = h(
      "select",
      { "aria-label": "Speed, steps per second", title: "Speed: steps per second" },
      ...options,
    );
    select.addEventListener("change", () => this.store.set({ speed: Number(select.value) }));
    return h("label", { class: "speed" }, h("span", {}, "speed"), select);
  }
}

function icon(name: keyof typeof ICONS): SVGSVGElement {
  return s(
    "svg",
    { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" },
    s("path", { d: ICONS[name] }),
  );
}
