// The views, by the last word of their component's name.
import { h } from "./dom.js";
import { Editor, type Order } from "./editor.js";
import { Graph } from "./graph.js";
import { Jacobians } from "./jacobian.js";
import type { Layout } from "./layout.js";
import { Leaves } from "./leaves.js";
import { Lines } from "./lines.js";
import { bytesOf, readRun } from "./payload.js";
import type { Trace } from "./records.js";
import type { Store } from "./store.js";
import { Transcript } from "./transcript.js";

export interface View {
  readonly element: HTMLElement;
  /** Takes new data; called again whenever data or theme change. */
  update(data: unknown): void;
}

/** What a view may ask of the page around it. */
export interface Surroundings {
  readonly store: Store;
  readonly layout: Layout;
  readonly stop: AbortSignal;
  /** Tells Python something, once; null on a page without Python. */
  readonly trigger: ((name: string, value: unknown) => void) | null;
}

/** A view that is grey and says why, while the newest run has no graph and this is of the one before.
 * `show` returns its run. */
function dated(
  { store, stop }: Surroundings,
  element: HTMLElement,
  show: (data: unknown) => number,
): View {
  const words = h("p", { class: "quiet", hidden: true }, "Of the run before.");
  const whole = h("div", {}, words, element);
  let run: number | null = null;
  const paint = (): void => {
    const old = run !== null && store.isOld(run);
    whole.classList.toggle("stale", old);
    words.hidden = !old || element.childElementCount === 0;
  };
  const unwatch = store.watch((state, old) => state.latest !== old.latest && paint());
  stop.addEventListener("abort", unwatch);
  return {
    element: whole,
    update(data) {
      run = show(data);
      paint();
    },
  };
}

export const VIEWS: Readonly<Record<string, (around: Surroundings) => View>> = {
  graph: ({ store, layout, stop }) => {
    const graph = new Graph(store, layout, stop);
    return {
      element: h("div", {}, graph.element, new Transcript(store, stop).element),
      update(data) {
        store.accept(readRun(data));
        graph.refresh();
      },
    };
  },
  lines: (around) => {
    const lines = new Lines(around.store, around.stop);
    return dated(around, lines.element, onRun(lines));
  },
  leaves: (around) => {
    const leaves = new Leaves(around.store, around.stop);
    return dated(around, leaves.element, onRun(leaves));
  },
  jacobian: (around) => {
    const { store, stop, trigger } = around;
    const wish = trigger && {
      v: (place: number) => trigger("v", place),
      all: () => trigger("ask", true),
    };
    const view = new Jacobians(store, stop, wish);
    return dated(around, view.element, (data) => {
      const { run } = JSON.parse(new TextDecoder().decode(bytesOf(data))) as { run: number };
      view.show(run);
      return run;
    });
  },
  editor: ({ store, stop, trigger }) => {
    const editor = new Editor(store, (text) => trigger?.("run", text), stop);
    return {
      element: editor.element,
      update: once((data) =>
        editor.show(JSON.parse(new TextDecoder().decode(bytesOf(data))) as Order),
      ),
    };
  },
};

/** Shows a run that came, unless it was the last that came; returns which it is. */
function onRun(view: { show(run: number, trace: Trace): void }): (data: unknown) => number {
  let seen: unknown;
  let last = 0;
  return (data) => {
    if (data === seen) return last;
    const { run, trace } = readRun(data);
    view.show(run, trace);
    [seen, last] = [data, run];
    return run;
  };
}

/** Skips data that has been seen: Streamlit also calls when only the theme changed. */
function once(update: (data: unknown) => void): (data: unknown) => void {
  let seen: unknown;
  return (data) => {
    if (data === seen) return;
    seen = data;
    update(data);
  };
}
