// A table of what each statement gave, in source order; visits of a loop apart.
import { button, type Child, h } from "./dom.js";
import { shape, summary } from "./numbers.js";
import type { Line, TensorView, Trace } from "./records.js";
import type { Store } from "./store.js";

/** Up to this many visits stand below each other; more get a pager. */
const STACKED = 3;
const COLUMNS = 5;

export class Lines {
  readonly element = h("div", { class: "lines", "data-testid": "explorer-lines" });
  private trace: Trace | null = null;
  private run: number | null = null;

  constructor(
    private readonly store: Store,
    stop: AbortSignal,
  ) {
    const unwatch = store.watch((state, old) => state.hover !== old.hover && this.glow());
    stop.addEventListener("abort", unwatch);
  }

  show(run: number, trace: Trace): void {
    if (trace === this.trace) return;
    [this.run, this.trace] = [run, trace];
    if (trace.lines.length === 0) {
      this.element.replaceChildren(
        h("p", { class: "quiet" }, "No statement was finished, so there is nothing to list."),
      );
      return;
    }
    const source = trace.program.source.split("\n");
    const heads = ["line", "name", "value", "type", "grad_fn"];
    const bodies = [...byLine(trace.lines)].map(([line, visits]) =>
      this.statement(line, source[line - 1] ?? "", visits),
    );
    const head = h(
      "thead",
      {},
      h("tr", {}, ...heads.map((text) => h("th", { scope: "col" }, text))),
    );
    const table = h(
      "table",
      {},
      h("caption", { class: "unseen" }, "What each line gave"),
      head,
      ...bodies,
    );
    this.element.replaceChildren(
      h(
        "div",
        { class: "scroll", tabindex: 0, role: "region", "aria-label": "What each line gave" },
        table,
      ),
    );
    this.glow();
  }

  private statement(line: number, code: string, visits: readonly Line[]): HTMLElement {
    const body = h("tbody", { "data-line": line });
    body.addEventListener("pointerenter", () => this.point(line));
    body.addEventListener("pointerleave", () => this.point(null));
    const paged = visits.length > STACKED;
    const show = (index: number): void => {
      const shown = paged ? visits.slice(index, index + 1) : visits;
      const pager = paged ? pagerOf(visits, index, show) : null;
      body.replaceChildren(
        codeRow(line, code, pager),
        ...shown.flatMap((visit) => rowsOf(visit, visits.length > 1 && !paged)),
      );
    };
    show(visits.length - 1);
    return body;
  }

  private point(line: number | null): void {
    const replay = this.store.state.shown?.run === this.run ? this.store.replay : null;
    const nodes = replay && line !== null ? replay.onLine(line) : [];
    this.store.set({ hover: line === null ? null : { by: "lines", nodes, line, columns: null } });
  }

  private glow(): void {
    const { hover, shown } = this.store.state;
    const of = hover?.by === "graph" ? shown?.run === this.run : !this.store.isOld(this.run);
    const line = hover && (of || hover.by === "lines") ? hover.line : null;
    for (const body of this.element.querySelectorAll("tbody")) {
      body.classList.toggle("glow", line !== null && body.dataset["line"] === String(line));
    }
  }
}

function byLine(lines: readonly Line[]): Map<number, Line[]> {
  const groups = new Map<number, Line[]>();
  for (const line of [...lines].sort(
    (one, other) => one.line - other.line || one.visit - other.visit,
  )) {
    const group = groups.get(line.line);
    if (group) group.push(line);
    else groups.set(line.line, [line]);
  }
  return groups;
}

function pagerOf(
  visits: readonly Line[],
  index: number,
  show: (index: number) => void,
): HTMLElement {
  const turn = (name: string, by: number, sign: string): HTMLButtonElement => {
    const to = index + by;
    return button(
      `${name} visit of line ${visits[0]?.line}`,
      () => show(to),
      { class: "small", disabled: to < 0 || to >= visits.length },
      sign,
    );
  };
  const count = h("span", {}, `visit ${visits[index]?.visit} of ${visits.at(-1)?.visit}`);
  return h("span", { class: "pager" }, turn("Previous", -1, "‹"), count, turn("Next", 1, "›"));
}

function codeRow(line: number, code: string, pager: Child): HTMLElement {
  const text = h("div", { class: "source" }, h("code", {}, code), pager);
  return h(
    "tr",
    { class: "statement" },
    h("th", { scope: "row", class: "line-number" }, String(line)),
    h("td", { colspan: COLUMNS - 1 }, text),
  );
}

/** One row per name that a visit bound, and one for what it printed. */
function rowsOf(visit: Line, repeated: boolean): HTMLElement[] {
  const mark = repeated ? h("span", { class: "visit" }, `visit ${visit.visit}`) : null;
  const tensors = Object.entries(visit.names).map(([name, view]) =>
    tensorCells(name, view, visit.grad_fns[name]),
  );
  const others = Object.entries(visit.others).map(([name, text]) => [
    h("code", {}, name),
    h("td", { colspan: COLUMNS - 2, class: "numbers" }, text),
  ]);
  const rows = [...tensors, ...others].map((cells, row) => rowOf(row === 0 ? mark : null, cells));
  if (visit.printed)
    rows.push(
      rowOf(rows.length === 0 ? mark : null, [quiet("printed"), printedCell(visit.printed)]),
    );
  return rows;
}

function rowOf(mark: Child, cells: readonly Child[]): HTMLElement {
  const made = cells.map((cell) =>
    cell instanceof HTMLTableCellElement ? cell : h("td", {}, cell),
  );
  return h("tr", {}, h("td", { class: "line-number" }, mark), ...made);
}

function tensorCells(name: string, view: TensorView, made: string | undefined): Child[] {
  const wild = view.nonfinite > 0;
  return [
    h("code", {}, name === "_" ? "(result)" : name),
    h("td", { class: wild ? "numbers wild" : "numbers" }, `${wild ? "⚠ " : ""}${summary(view)}`),
    `${shape(view.shape)} ${view.dtype}`,
    made ?? (view.requires_grad ? "leaf, requires grad" : quiet("requires no grad")),
  ];
}

function printedCell(printed: string): HTMLElement {
  return h(
    "td",
    { colspan: COLUMNS - 2, class: "printed" },
    h("pre", {}, printed.replace(/\n$/, "")),
  );
}

function quiet(text: string): HTMLElement {
  return h("span", { class: "quiet" }, text);
}
