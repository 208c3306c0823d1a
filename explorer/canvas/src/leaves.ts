// A table of all leaves: `.grad` at this moment of the replay, value and `.grad` at the program's end.
import { whyNone } from "./describe.js";
import { h } from "./dom.js";
import { norm, shape, summary } from "./numbers.js";
import type { Leaf, TensorView, Trace } from "./records.js";
import { type Grad, gradOf, moments, type Replay } from "./replay.js";
import type { Store } from "./store.js";

interface Row {
  readonly leaf: Leaf;
  readonly now: HTMLTableCellElement;
  readonly size: HTMLTableCellElement;
}

export class Leaves {
  readonly element = h("div", { class: "leaves", "data-testid": "explorer-leaves" });
  private readonly nowHead = h("th", { scope: "col" });
  private rows: Row[] = [];
  private run: number | null = null;
  private trace: Trace | null = null;

  constructor(
    private readonly store: Store,
    stop: AbortSignal,
  ) {
    const unwatch = store.watch((state, old) => {
      if (
        state.at !== old.at ||
        state.mode !== old.mode ||
        state.pass !== old.pass ||
        state.shown !== old.shown
      )
        this.follow();
    });
    stop.addEventListener("abort", unwatch);
  }

  show(run: number, trace: Trace): void {
    if (trace === this.trace) return;
    [this.run, this.trace] = [run, trace];
    if (trace.leaves.length === 0) {
      this.element.replaceChildren(h("p", { class: "quiet" }, "The program made no leaf tensor."));
      this.rows = [];
      return;
    }
    this.rows = trace.leaves.map((leaf) => ({
      leaf,
      now: h("td"),
      size: h("td", { class: "numbers" }),
    }));
    const heads = [
      "leaf",
      "shape",
      this.nowHead,
      "‖.grad‖",
      "value at the end",
      ".grad at the end",
    ];
    const head = h(
      "tr",
      {},
      ...heads.map((text) => (typeof text === "string" ? h("th", { scope: "col" }, text) : text)),
    );
    const table = h(
      "table",
      {},
      h("caption", { class: "unseen" }, "Leaves and their gradients"),
      h("thead", {}, head),
      h("tbody", {}, ...this.rows.map(rowOf)),
    );
    this.element.replaceChildren(
      h(
        "div",
        {
          class: "scroll",
          tabindex: 0,
          role: "region",
          "aria-label": "Leaves and their gradients",
        },
        table,
      ),
    );
    this.follow();
  }

  /** Brings the column of this moment up to date. */
  private follow(): void {
    const replay = this.store.state.shown?.run === this.run ? this.store.replay : null;
    const { mode, at } = this.store.state;
    const backward = replay !== null && mode === "backward" && moments(replay, "backward") > 0;
    const why = !replay
      ? "–"
      : mode === "forward" && moments(replay, "backward") > 0
        ? "choose Backward"
        : "backward has not run";
    this.nowHead.textContent = backward
      ? `.grad at step ${at.backward + 1}`
      : ".grad in the replay";
    for (const row of this.rows) {
      const grad = backward ? gradNow(replay, at.backward, row.leaf) : null;
      const returns = grad?.is === "none" && replay ? returned(replay, row.leaf.name) : null;
      const known = returns ? state("none", returns) : grad && gradElement(grad);
      row.now.replaceChildren(known ?? quiet(backward ? "not in this pass" : why));
      const view = grad && (grad.is === "known" || grad.is === "before") ? grad.view : null;
      row.size.textContent = view && view.norm !== null ? norm(view.norm) : "";
    }
  }
}

function rowOf({ leaf, now, size }: Row): HTMLElement {
  const end = leaf.grad
    ? number(leaf.grad)
    : state(
        leaf.why_none === "not run yet" ? "waiting" : "none",
        whyNone(leaf.why_none, leaf.why_line),
      );
  const line = leaf.line === null ? null : h("span", { class: "quiet" }, `line ${leaf.line}`);
  return h(
    "tr",
    { "data-leaf": leaf.name },
    h("th", { scope: "row" }, h("code", {}, leaf.name), " ", line),
    h("td", {}, shape(leaf.shape)),
    now,
    size,
    h("td", { class: "numbers" }, summary(leaf.value)),
    h("td", {}, end),
  );
}

/** The leaf's gradient at a moment; null where another pass gave it. */
function gradNow(replay: Replay, at: number, { name, why_none }: Leaf): Grad | null {
  const node = replay.leaves.get(name);
  if (node !== undefined) return gradOf(replay, at, node);
  return why_none === null ? null : { is: "apart" };
}

/** Where torch.autograd.grad takes a leaf's gradient out, before it comes to `.grad`; else null. */
function returned({ pass, leaves, into }: Replay, name: string): string | null {
  const sink = into.get(leaves.get(name) ?? "")?.[0]?.tail;
  if (pass.how !== "grad" || sink === undefined) return null;
  const [came, ...more] = (into.get(sink) ?? []).filter((edge) => edge.gradient !== null);
  if (!came?.gradient) return null;
  const what = more.length > 0 ? "the sum of what comes here" : summary(came.gradient);
  return `None – autograd.grad returns ${what} and leaves .grad alone`;
}

/** A number, "0", "None" and "not run yet" never look alike. */
function gradElement(grad: Grad): HTMLElement {
  switch (grad.is) {
    case "known":
      return number(grad.view);
    case "before":
      return h("span", {}, number(grad.view), quiet(" from before"));
    case "none":
      return state("none", "None – nothing was sent here");
    case "waiting":
      return state("waiting", "not run yet");
    case "apart":
      return state("none", "None – no gradient comes here");
  }
}

function number(view: TensorView): HTMLElement {
  if (view.nonfinite > 0) return h("span", { class: "numbers wild" }, `⚠ ${summary(view)}`);
  const zero = view.norm === 0 ? quiet(" zero") : null;
  return h("span", { class: "numbers" }, summary(view), zero);
}

function state(name: string, text: string): HTMLElement {
  return h("span", { class: `state ${name}` }, text);
}

function quiet(text: string): HTMLElement {
  return h("span", { class: "quiet" }, text);
}
