// What Streamlit gets for each view: a few lines that wait for the runtime and hand over to it.
import type { Component, Runtime } from "./main.js";

const KEY = Symbol.for("autograd-explorer");

function runtime(): Runtime | null {
  const it = (globalThis as Record<symbol, unknown>)[KEY] as Runtime | undefined;
  return it?.build === BUILD ? it : null;
}

const ready = new Promise<Runtime>((done) => {
  const there = runtime();
  if (there) done(there);
  else {
    addEventListener("autograd-explorer", function arrived() {
      const it = runtime();
      if (!it) return;
      removeEventListener("autograd-explorer", arrived);
      done(it);
    });
  }
});

export default function mount(component: Component): () => void {
  let unmount: (() => void) | undefined;
  let gone = false;
  ready.then((it) => {
    if (!gone) unmount = it.render(component);
  });
  return () => {
    gone = true;
    unmount?.();
  };
}
