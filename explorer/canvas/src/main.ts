// The runtime: loaded once per page, draws every view that a shim hands over.
import { h } from "./dom.js";
import { pageLayout } from "./layout.js";
import { fnv1a, type Sent } from "./payload.js";
import { Store } from "./store.js";
import { dress } from "./style.js";
import { themeOf } from "./theme.js";
import { VIEWS, type View } from "./views.js";

/** What Streamlit calls a component's module with. */
export interface Component {
  readonly name: string;
  readonly data: unknown;
  readonly parentElement: HTMLElement | ShadowRoot;
  setTriggerValue(name: string, value: unknown): void;
}

export interface Runtime {
  readonly build: string;
  /** Draws or updates one view; returns how to take it away. */
  render(component: Component): () => void;
  /** Draws a run into any element, without Streamlit and without an editor. */
  standalone(element: HTMLElement, payload: Sent): void;
}

interface Mounted {
  readonly view: View;
  readonly root: HTMLElement;
  readonly stop: AbortController;
  component: Component;
}

const KEY = Symbol.for("autograd-explorer");

function makeRuntime(): Runtime {
  const store = new Store();
  const layout = pageLayout();
  const mounted = new WeakMap<object, Mounted>();
  layout.warm();
  return {
    build: BUILD,
    render(component) {
      const parent = component.parentElement;
      let it = mounted.get(parent);
      if (!it) {
        it = mount(component, store, layout);
        mounted.set(parent, it);
      }
      it.component = component;
      update(it, component.data);
      const { stop, root } = it;
      return () => {
        stop.abort();
        root.remove();
        mounted.delete(parent);
      };
    },
    standalone: (element, payload) => standalone(element, payload, layout),
  };
}

function mount(component: Component, store: Store, layout: ReturnType<typeof pageLayout>): Mounted {
  const parent = component.parentElement;
  const make = VIEWS[component.name.split("_").at(-1) ?? ""];
  if (!make) throw new Error(`no view for component ${component.name}`);
  const stop = new AbortController();
  const trigger = (name: string, value: unknown): void => it.component.setTriggerValue(name, value);
  const view = make({ store, layout, stop: stop.signal, trigger });
  const root = h("div", { class: "ax" }, view.element);
  const it: Mounted = { view, root, stop, component };
  const place =
    parent instanceof ShadowRoot ? parent : (parent.getRootNode() as Document | ShadowRoot);
  dress(place);
  (parent.querySelector(".ax-place") ?? parent).append(root);
  return it;
}

/** A view that cannot show its data says so and lives on; the next data may be good. */
function update({ view, root }: Mounted, data: unknown): void {
  root.dataset["theme"] = themeOf(root);
  root.querySelector(":scope > .broken")?.remove();
  try {
    view.update(data);
  } catch (error) {
    console.error(error);
    root.append(
      h(
        "p",
        { class: "broken", role: "alert" },
        `This part cannot show the answer: ${String(error)}`,
      ),
    );
  }
}

function standalone(
  element: HTMLElement,
  payload: Sent,
  layout: ReturnType<typeof pageLayout>,
): void {
  const shadow = element.shadowRoot ?? element.attachShadow({ mode: "open" });
  const data = new TextEncoder().encode(JSON.stringify(payload));
  const store = new Store();
  dress(shadow);
  const root = h("div", { class: "ax alone", "data-trace": fnv1a(data) });
  shadow.replaceChildren(root);
  element.style.margin = "0";
  const stop = new AbortController().signal;
  const views = ["graph", "leaves", "jacobian", "lines"].map((name) =>
    VIEWS[name]?.({ store, layout, stop, trigger: null }),
  );
  const program = h(
    "pre",
    { class: "program", tabindex: 0, "aria-label": "Program" },
    payload.trace.program.source,
  );
  const titles = ["", "Gradients of the leaves", "", "What each line gave"];
  views.forEach((view, index) => {
    if (!view) return;
    if (titles[index]) root.append(h("h2", {}, titles[index]));
    root.append(view.element);
    if (index === 0) root.append(h("h2", {}, "Program"), program);
  });
  const show = (): void => {
    root.dataset["theme"] = themeOf(root);
    for (const view of views) view?.update(data);
  };
  show();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
}

const page = globalThis as Record<symbol, unknown>;
if ((page[KEY] as Runtime | undefined)?.build !== BUILD) {
  page[KEY] = makeRuntime();
  dispatchEvent(new Event("autograd-explorer"));
}

/** Streamlit mounts the runtime like any component; it has nothing to show. */
export default function nothing(): void {}
