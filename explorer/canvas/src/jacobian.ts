// The whole Jacobian of a small root: v beside it, and below it v times it, as the pass brought it.
import { nameOf } from "./describe.js";
import { button, h } from "./dom.js";
import { shade } from "./heatmap.js";
import { count, element, numeric, place, shape, short } from "./numbers.js";
import type { Theme } from "./palette.js";
import type { Jacobian, Num, Pass, TensorView } from "./records.js";
import type { Replay } from "./replay.js";
import type { Store } from "./store.js";
import { themeOf } from "./theme.js";

/** Columns of which the numbers are written; of more only the colours. */
const WRITTEN = 12;
/** Elements of a root up to which the worker computes a Jacobian. */
const MOST_ROWS = 32;
/** Nodes of a graph that is run once for each. */
const MOST_NODES = 2000;

/** What a reader can ask for; null where nobody can run the program again. */
export interface Wish {
  /** v shall be 1 at this element of the root and 0 elsewhere. */
  v(place: number): void;
  /** Jacobians of the passes that the program asked for itself, too. */
  all(): void;
}

export class Jacobians {
  readonly element = h("div", { class: "jacobians", "data-testid": "explorer-jacobian" });
  private run: number | null = null;

  constructor(
    private readonly store: Store,
    stop: AbortSignal,
    private readonly wish: Wish | null,
  ) {
    const unwatch = store.watch((state, old) => {
      if (state.pass !== old.pass || state.shown !== old.shown) this.paint();
    });
    stop.addEventListener("abort", unwatch);
  }

  show(run: number): void {
    this.run = run;
    this.paint();
  }

  private paint(): void {
    const replay = this.store.state.shown?.run === this.run ? this.store.replay : null;
    const root = replay?.pass.nodes.find((node) => node.kind === "output");
    if (!replay || !root?.value) {
      this.element.replaceChildren();
      return;
    }
    const { pass } = replay;
    const sizes = root.value.shape;
    const body =
      pass.jacobians.length > 0
        ? [
            this.hint(pass, nameOf(root)),
            ...pass.jacobians.map((one) => this.table(replay, one, nameOf(root), sizes)),
          ]
        : this.offer(pass, sizes);
    this.element.replaceChildren(...body);
  }

  private hint(pass: Pass, root: string): HTMLElement {
    const press =
      this.wish && pass.how === "automatic"
        ? ` Press an element of ${root} to start from it alone: that picks one row.`
        : "";
    return h(
      "p",
      { class: "quiet" },
      `Backward never builds the whole Jacobian J; it brings each leaf v · J at once.${press}`,
    );
  }

  /** A button where the program called backward itself: its graph would run once per element. */
  private offer(pass: Pass, sizes: readonly number[]): HTMLElement[] {
    const rows = count(sizes);
    const own = pass.how === "backward" || pass.how === "grad";
    const { wish } = this;
    if (!wish || !own || rows < 2 || rows > MOST_ROWS || pass.node_count > MOST_NODES) return [];
    return [
      h(
        "p",
        { class: "quiet" },
        `This pass multiplies v by a Jacobian of ${rows} rows. `,
        button(
          "Compute the whole Jacobian",
          () => wish.all(),
          { class: "small" },
          "show all of it",
        ),
      ),
    ];
  }

  private table(
    replay: Replay,
    one: Jacobian,
    root: string,
    sizes: readonly number[],
  ): HTMLElement {
    const leaf = replay.nodes.get(one.leaf);
    const columns = one.rows[0]?.length ?? 0;
    const largest = Math.max(
      0,
      ...one.rows.flat().map(numeric).filter(Number.isFinite).map(Math.abs),
    );
    const look = { theme: themeOf(this.element), largest, written: columns <= WRITTEN };
    const name = nameOf(leaf);
    const leafShape = leaf?.shape ?? [];
    const heads =
      one.rows[0]?.map((_, at) => h("th", { scope: "col" }, `${name}${indexed(leafShape, at)}`)) ??
      [];
    const rows = one.rows.map((row, at) =>
      h(
        "tr",
        {},
        this.rowHead(replay.pass, `${root}${indexed(sizes, at)}`, at),
        h("td", { class: "v numbers" }, replay.pass.v ? element(replay.pass.v, at) : ""),
        ...row.map((number) => cell(number, look)),
      ),
    );
    const title = `J = ∂${root} / ∂${name}: ${shape(sizes)} by ${shape(leafShape)}`;
    return h(
      "div",
      { class: "scroll", tabindex: 0, role: "region", "aria-label": title },
      h(
        "table",
        { class: look.written ? null : "dense" },
        h("caption", {}, title),
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            h("td"),
            h("th", { scope: "col", class: "v" }, "v"),
            ...(look.written
              ? heads
              : [
                  h(
                    "th",
                    { scope: "col", colspan: columns },
                    `${name}, ${columns} elements row by row`,
                  ),
                ]),
          ),
        ),
        h("tbody", {}, ...rows),
        h("tfoot", {}, productRow(replay, one, columns, look.written)),
      ),
    );
  }

  /** The element of the root; pressing it makes v one-hot there. */
  private rowHead(pass: Pass, text: string, at: number): HTMLElement {
    const { wish } = this;
    if (!wish || pass.how !== "automatic") return h("th", { scope: "row" }, text);
    const press = button(
      `Start backward from ${text} alone: v = one_hot(${at})`,
      () => wish.v(at),
      { class: "small" },
      text,
    );
    return h("th", { scope: "row" }, press);
  }
}

interface Look {
  readonly theme: Theme;
  readonly largest: number;
  readonly written: boolean;
}

function cell(number: Num, { theme, largest, written }: Look): HTMLElement {
  const td = h("td", { class: "numbers", title: short(number) }, written ? short(number) : null);
  td.style.setProperty("--shade", shade(numeric(number), largest, theme));
  return td;
}

/** What the engine brought the leaf: v times the Jacobian. */
function productRow(replay: Replay, one: Jacobian, columns: number, written: boolean): HTMLElement {
  const brought = arrived(replay, one.leaf);
  const head = h("th", { scope: "row" }, "v · J");
  if (!brought)
    return h(
      "tr",
      {},
      head,
      h("td", { class: "v" }),
      h("td", { colspan: columns }, "nothing arrived"),
    );
  const cells = written
    ? brought.values.map((_, at) => h("td", { class: "numbers" }, element(brought, at)))
    : [
        h(
          "td",
          { colspan: columns, class: "numbers" },
          brought.values.map((_, at) => element(brought, at)).join("  "),
        ),
      ];
  return h("tr", {}, head, h("td", { class: "v" }, "="), ...cells);
}

function arrived(replay: Replay, leaf: string): TensorView | null {
  return replay.into.get(leaf)?.[0]?.gradient ?? null;
}

/** "[1, 2]" of the element at a row-major place; nothing for a scalar. */
function indexed(sizes: readonly number[], at: number): string {
  return sizes.length > 0 ? `[${place(at, sizes).join(", ")}]` : "";
}
