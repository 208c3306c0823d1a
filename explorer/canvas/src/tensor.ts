// One tensor in full: small ones as their numbers, larger ones as heatmap, both with statistics.
import { type Child, h } from "./dom.js";
import { heatmap } from "./heatmap.js";
import { count, element, norm, numeric, place, shape, short } from "./numbers.js";
import type { Theme } from "./palette.js";
import type { TensorView } from "./records.js";

const NUMBERS = 64;
/** Up to this many elements a reader sees range and mean without being told. */
const AT_A_GLANCE = 6;
/** Columns of a matrix that surely fit into the card. */
const FITTING = 2;

/** "3×4 float32", the numbers or the heatmap, and what is known of all elements. */
export function tensor(view: TensorView, theme: Theme): HTMLElement {
  const elements = count(view.shape);
  return h(
    "div",
    { class: "tensor" },
    elements === 1 ? null : h("div", { class: "shape" }, `${shape(view.shape)} ${view.dtype}`),
    alarm(view, elements),
    body(view, elements, theme),
    elements > 1 ? statistics(view, elements) : null,
  );
}

function body(view: TensorView, elements: number, theme: Theme): Child {
  if (elements === 0) return h("p", { class: "quiet" }, "no elements");
  if (elements === 1 && view.values.length === 1)
    return h("p", { class: "numbers scalar" }, element(view, 0));
  if (view.truncated)
    return h("p", { class: "quiet" }, "too large for statistics: only its shape is known");
  if (elements <= NUMBERS && view.values.length >= elements) return grid(view, elements);
  if (view.heat && view.heat.length > 0) return heatmap(view.heat, theme);
  if (view.values.length === 0) return null;
  const first = view.values.slice(0, 8).map((_, index) => element(view, index));
  return h("p", { class: "numbers" }, `[${first.join(", ")}, …]`);
}

/** Says loudly that some numbers are none. */
function alarm(view: TensorView, elements: number): Child {
  if (view.nonfinite === 0) return null;
  const which = elements === 1 ? "This is" : `${view.nonfinite} of ${elements} elements are`;
  return h("p", { class: "alarm" }, `⚠ ${which} NaN or infinite`);
}

function grid(view: TensorView, elements: number): HTMLElement {
  const width = view.shape.at(-1) ?? 1;
  const height = view.shape.at(-2) ?? 1;
  const leading = view.shape.slice(0, -2);
  const matrices: HTMLElement[] = [];
  for (let start = 0; start < elements; start += width * height) {
    const index = matrices.length;
    const title =
      elements > width * height
        ? h("div", { class: "shape" }, `[${[...place(index, leading), ":", ":"].join(", ")}]`)
        : null;
    matrices.push(h("div", {}, title, matrix(view, start, width, height)));
  }
  // Wide matrices scroll, and what scrolls must be reachable by keyboard.
  return h("div", { class: "matrices", tabindex: width > FITTING ? 0 : null }, ...matrices);
}

function matrix(view: TensorView, start: number, width: number, height: number): HTMLElement {
  const rows = Array.from({ length: height }, (_, row) =>
    h(
      "tr",
      {},
      ...Array.from({ length: width }, (_, column) => {
        const at = start + row * width + column;
        const wild = !Number.isFinite(numeric(view.values[at] ?? 0));
        return h("td", { class: wild ? "wild" : null }, element(view, at));
      }),
    ),
  );
  return h("table", { class: "numbers", role: "presentation" }, h("tbody", {}, ...rows));
}

function statistics(view: TensorView, elements: number): Child {
  const facts: [string, string][] = [];
  const many = elements > AT_A_GLANCE;
  if (many && view.low !== null && view.high !== null)
    facts.push(["low … high", `${short(view.low)} … ${short(view.high)}`]);
  if (many && view.mean !== null) facts.push(["mean", short(view.mean)]);
  if (many && view.std !== null) facts.push(["std", short(view.std)]);
  if (view.norm !== null) facts.push(["2-norm", norm(view.norm)]);
  if (many && view.zeros > 0) facts.push(["zeros", `${view.zeros} of ${elements}`]);
  if (facts.length === 0) return null;
  return h(
    "dl",
    { class: "statistics" },
    ...facts.map(([name, text]) => h("div", {}, h("dt", {}, name), h("dd", {}, text))),
  );
}
