// The views, by the last word of their component's name.
import { h } from "./dom.js";
import { Editor, type Order } from "./editor.js";
import { Graph } from "./graph.js";
import { Jacobians } from "./jacobian.js";
import type { Layout } from "./layout.js";
import { Leaves } from "./leaves.js";
import { Lines } from "./lines.js";
import { bytesOf, readRun } from "./payload.js";
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
  lines: ({ store, stop }) => {
    const lines = new Lines(store, stop);
    return { element: lines.element, update: once((data) => lines.show(readRun(data).trace)) };
  },
  leaves: ({ store, stop }) => {
    const leaves = new Leaves(store, stop);
    return {
      element: leaves.element,
      update: once((data) => {
        const { run, trace } = readRun(data);
        leaves.show(run, trace);
      }),
    };
  },
  jacobian: ({ store, stop, trigger }) => {
    const wish = trigger && {
      v: (place: number) => trigger("v", place),
      all: () => trigger("ask", true),
    };
    const view = new Jacobians(store, stop, wish);
    return {
      element: view.element,
      update(data) {
        view.show((JSON.parse(new TextDecoder().decode(bytesOf(data))) as { run: number }).run);
      },
    };
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

/** Skips data that has been seen: Streamlit also calls when only the theme changed. */
function once(update: (data: unknown) => void): (data: unknown) => void {
  let seen: unknown;
  return (data) => {
    if (data === seen) return;
    seen = data;
    update(data);
  };
}
